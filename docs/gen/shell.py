"""Run a command of the documentation as a reader would: in a directory of its own, in a POSIX shell."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Ran(NamedTuple):
    """output: standard output and standard error as a terminal shows them."""

    code: int
    output: str


def run(
    command: str, cwd: pathlib.Path, bin_: pathlib.Path | None = None, environment: Mapping[str, str] | None = None
) -> Ran:
    """Run a command line in cwd, with these variables and few others.

    The programs of this virtual environment come first; before them those of bin_.
    """
    kept = {name: text for name, text in os.environ.items() if name in ("HOME", "TMPDIR")}
    path = [*([str(bin_)] if bin_ else []), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=cwd,
        env={
            **kept,
            **(environment or {}),
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join([*([str(bin_)] if bin_ else []), *path]),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode())
