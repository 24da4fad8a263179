"""Runs `overlays` in this process: for tests of many small runs, to which a process of its own adds nothing."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator

from overlays.cli import app
from tests.support.overlays import Ran


def overlays_here(*arguments: str | pathlib.Path) -> Ran:
    """The exit status and both streams. Names of files are relative to the directory of this process."""
    with _streams() as (out, err):
        code = app._run([str(one) for one in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(code, _all(out), _all(err))


@contextlib.contextmanager
def _streams() -> Iterator[tuple[int, int]]:
    """Files in place of both streams."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(one.fileno(), "w", closefd=False)) for one in (out, err))
        try:
            yield out.fileno(), err.fileno()
        finally:
            sys.stdout, sys.stderr = before


def _all(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
