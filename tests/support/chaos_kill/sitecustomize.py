"""With this folder on PYTHONPATH a Python process is killed, as kill -9 does, right before its Nth change of the disk.

Python tells an audit hook about each such call before it is made. N is in $CHAOS_KILL_AT. With $CHAOS_KILL_NOTICED only
changes count that a reader of the cache may notice, so no new folders, temporary names, trash and stores. What is
written into a file never counts: it is not in place before it is renamed, or the directory it is in.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import signal
import sys

CHANGES = ("chmod", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "utime")
EVENTS = frozenset({"subprocess.Popen", *(f"os.{change}" for change in CHANGES)})
NOTICED = frozenset({"os.remove", "os.rename", "os.symlink"})
HIDDEN = frozenset({".tmp", ".trash", ".store"})


def _noticed(event: str, args: tuple[object, ...]) -> bool:
    paths = [pathlib.Path(os.fsdecode(arg)) for arg in args if isinstance(arg, (str, bytes, os.PathLike))]
    return event in NOTICED and any(path.is_absolute() and not HIDDEN.intersection(path.parts) for path in paths)


def _count(event: str, args: tuple[object, ...]) -> None:
    if event in EVENTS and (_all or _noticed(event, args)) and next(_numbers) == _last:
        os.kill(os.getpid(), signal.SIGKILL)


_numbers = itertools.count(1)
_last = int(os.environ["CHAOS_KILL_AT"])
_all = "CHAOS_KILL_NOTICED" not in os.environ
sys.addaudithook(_count)
