"""The program as a process: to its end, as a loop under another program, and what `ready` says."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tests.support.chaos_loop import CODE, Loop
from tests.support.node import Node

LONG = 3600  # seconds; an interval that no test lives to see the end of


class Under(Loop):
    """A loop that another program starts."""

    def __init__(self, node: Node, *prefix: str, interval: float = LONG) -> None:
        super().__init__(node, interval=interval)
        self._command = [*prefix, *self._command]


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE), **variables}


def oldest_python() -> str:
    """The oldest interpreter from 3.9 on: of the path, of pyenv, else the one that runs the tests."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"), "versions")
    for minor in range(9, sys.version_info.minor):
        places = [shutil.which(f"python3.{minor}"), *sorted(map(str, pyenv.glob(f"3.{minor}.*/bin/python")))]
        for place in filter(None, places):
            asked = [place, "-c", "import sys; print(sys.version_info[1])"]
            if subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip() == str(minor):
                return place
    return sys.executable


def run(*args: str | pathlib.Path, prefix: Sequence[str] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """The program to its end."""
    command = [*prefix, sys.executable, "-m", "overlays_node", *map(str, args)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, errors="surrogateescape", env=environment(**variables)
    )


def once(node: Node, *args: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """One pass of the program."""
    where = ("--manifest", node.manifest, "--root", node.root)
    return run("sync", "--once", "--min-free", "0%", *where, *args, prefix=prefix)


def ready(node: Node) -> str:
    return run("ready", "--manifest", node.manifest, "--root", node.root).stdout


def pass_after(loop: Loop) -> None:
    """A whole pass that begins from now on, in a loop that waits: nothing runs when it has ended."""
    seen = len(loop.events)
    loop.hang_up()
    loop.wait_for("pass-finished", after=seen)
