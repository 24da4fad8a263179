"""With this folder on PYTHONPATH a Python process is killed, as kill -9 does, right before its Nth change of the disk.

Python tells an audit hook about each such call before it is made. N is in $CHAOS_KILL_AT. What is written into a file
does not count: the file is not in place before it is renamed, or the directory it is in.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys

CHANGES = ("chmod", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "utime")
EVENTS = frozenset({"subprocess.Popen", *(f"os.{change}" for change in CHANGES)})


def _count(event: str, args: tuple[object, ...]) -> None:
    if event in EVENTS and next(_numbers) == _last:
        os.kill(os.getpid(), signal.SIGKILL)


_numbers = itertools.count(1)
_last = int(os.environ["CHAOS_KILL_AT"])
sys.addaudithook(_count)
