"""With this folder on PYTHONPATH one kind of change fails in a Python process where the kernel would refuse it.

Python tells an audit hook about each such call before it is made. $CHAOS_FAIL is "EVENT ERROR PART" ("os.link EMLINK
merged."): calls of that event that name a path with that part fail with that error, from the Nth on, where N is in
$CHAOS_FAIL_FROM (default 1).
"""

from __future__ import annotations

import errno
import itertools
import os
import sys


def _fail(event: str, args: tuple[object, ...]) -> None:
    if event == _event:
        paths = [os.fsdecode(arg) for arg in args if isinstance(arg, (str, bytes, os.PathLike))]
        if any(_part in path for path in paths) and next(_numbers) >= _first:
            raise OSError(_error, os.strerror(_error), paths[-1])


_event, _name, _part = os.environ["CHAOS_FAIL"].split(" ")
_error: int = getattr(errno, _name)
_first = int(os.environ.get("CHAOS_FAIL_FROM", "1"))
_numbers = itertools.count(1)
sys.addaudithook(_fail)
