"""Runs the command `overlays` as a user does: a real process, bytes in, bytes out."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Ran(NamedTuple):
    """What a process left."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def told(self) -> str:
        """Standard error as text."""
        return self.stderr.decode()


def overlays(
    *arguments: str | pathlib.Path,
    stdin: bytes = b"",
    cwd: pathlib.Path | None = None,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Ran:
    """Run `overlays` with these arguments; env is laid over the environment of the tests."""
    done = subprocess.run(
        [python, "-m", "overlays", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
