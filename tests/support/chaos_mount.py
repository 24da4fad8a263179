"""Real mounts for tests: a small disk, a second mount point, a disk that turns read-only."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, *, size: str, inodes: int) -> Iterator[pathlib.Path]:
    """A disk of that size (as mount takes it: "8m") and that many inodes, in memory."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes}", "tmpfs"):
        yield folder


@contextlib.contextmanager
def bound(source: pathlib.Path, folder: pathlib.Path, *, read_only: bool = False) -> Iterator[pathlib.Path]:
    """The same directory, or file, at another place."""
    with _mounted(folder, "--bind", str(source)):
        if read_only:
            _run("mount", "-o", "remount,bind,ro", str(folder))
        yield folder


@contextlib.contextmanager
def read_only(folder: pathlib.Path) -> Iterator[None]:
    """Whoever uses the directory by its path finds it read-only: a mount of itself lies on top meanwhile."""
    aside = folder.with_name(f"{folder.name}.read-only")
    with bound(folder, aside, read_only=True), _mounted(folder, "--bind", str(aside)):
        yield


def remount(folder: pathlib.Path, options: str) -> None:
    """Change the options of a mount: "ro", "rw", "size=…"."""
    _run("mount", "-o", f"remount,{options}", str(folder))


@contextlib.contextmanager
def _mounted(folder: pathlib.Path, *what: str) -> Iterator[None]:
    if not folder.exists():
        folder.mkdir(parents=True)
    _run("mount", *what, str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"this machine cannot run `{' '.join(command)}`, which needs root (CAP_SYS_ADMIN): {done.stderr}")
