"""With this folder on PYTHONPATH a Python process is killed, as kill -9 does, at its Nth step in an installation.

A step is a call or a return, of Python or of C, in one of MODULES, so that nothing happens between two of them. N is in
$CHAOS_KILL_AT; with 0 it is not killed, and the last line of its log tells how many steps there were. With
$CHAOS_OLD_LIBRARY the C library has no renameat2.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import signal
import sys
from types import FrameType
from typing import Any

MODULES = ("install", "workbench", "journal", "renames", "removal", "copying", "destination")
FILES = tuple(os.path.join("overlays_node", f"{name}.py") for name in MODULES)  # noqa: PTH118


class _OldLibrary(ctypes.CDLL):
    def __getattr__(self, name: str) -> Any:
        if name == "renameat2":
            raise AttributeError(name)
        return super().__getattr__(name)


def _count(frame: FrameType, event: str, _: object) -> None:
    global _steps
    if frame.f_code.co_filename.endswith(FILES) and frame.f_code.co_name != "<module>":
        _steps += 1
        if _steps == _last:
            os.kill(os.getpid(), signal.SIGKILL)


def _tell() -> None:
    sys.setprofile(None)
    sys.stderr.write(json.dumps({"event": "steps", "count": _steps}) + "\n")


_steps, _last = 0, int(os.environ["CHAOS_KILL_AT"])
if os.environ.get("CHAOS_OLD_LIBRARY"):
    ctypes.CDLL = _OldLibrary  # type: ignore[misc]
if _last == 0:
    atexit.register(_tell)
sys.setprofile(_count)
