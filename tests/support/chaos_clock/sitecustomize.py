"""With this folder on PYTHONPATH a Python process sees a wall clock that is wrong, and that jumps while it runs.

The file $CHAOS_CLOCK says by how many seconds; it is read anew each time. The monotonic clock is the true one.
"""

from __future__ import annotations

import os
import pathlib
import time

_true_ns, _file = time.time_ns, pathlib.Path(os.environ["CHAOS_CLOCK"])


def _wrong_ns() -> int:
    return _true_ns() + int(_file.read_text()) * 1_000_000_000


time.time_ns = _wrong_ns
time.time = lambda: _wrong_ns() / 1_000_000_000
