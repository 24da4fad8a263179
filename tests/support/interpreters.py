"""Every Python that the product supports and this machine has, each with the product's dependencies."""

from __future__ import annotations

import fcntl
import functools
import importlib.metadata
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Final

from tests.support.helm import ROOT

VERSIONS: Final = ("3.10", "3.11", "3.12", "3.13", "3.14")
VENVS: Final = ROOT / ".tools" / "venvs"
PINS: Final = ROOT / "requirements" / "dev.txt"
SOURCES: Final = os.pathsep.join(map(str, (ROOT / "generator", ROOT / "chart" / "node")))


@functools.cache
def found() -> dict[str, str]:
    """Version -> an interpreter that runs, for the versions that are on PATH or below ~/.pyenv/versions."""
    interpreters = {}
    for version in VERSIONS:
        pyenv = sorted((pathlib.Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        own = [sys.executable] if f"{sys.version_info[0]}.{sys.version_info[1]}" == version else []
        candidates = [*own, shutil.which(f"python{version}"), *map(str, reversed(pyenv))]
        working = [candidate for candidate in candidates if candidate and _version(candidate) == version]
        if working:
            interpreters[version] = working[0]
    return interpreters


def missing() -> tuple[str, ...]:
    """The supported versions that this machine does not have."""
    return tuple(version for version in VERSIONS if version not in found())


def environment(version: str) -> str:
    """The interpreter of a virtual environment with the product's dependencies, as pinned; made once and kept."""
    folder = VENVS / version
    python = folder / "bin" / "python"
    pins = PINS.read_bytes()
    stamp = folder / "pins.txt"
    VENVS.mkdir(parents=True, exist_ok=True)
    with (VENVS / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_bytes() != pins:
            uv = [sys.executable, "-m", "uv", "--quiet"]
            subprocess.run([*uv, "venv", "--clear", "--python", found()[version], str(folder)], check=True)
            install = [*uv, "pip", "install", "--python", str(python), "--constraint", str(PINS)]
            subprocess.run([*install, *(importlib.metadata.requires("agent-overlays") or [])], check=True)
            stamp.write_bytes(pins)
    return str(python)


def _version(python: str) -> str:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
