"""SIGTERM: the program leaves everything as it is at this moment, which is always a state to go on from."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import NoReturn

_asked: list[int] = []  # the exit status, as soon as somebody has asked for the end


class Terminated(SystemExit):
    """SIGTERM came, and the program shall end with that status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def leave(self) -> NoReturn:
        """End at once. Workers may be writing a line just now, and Python aborts when it cannot close its streams."""
        sys.stderr.flush()
        os._exit(self.status)


def at_sigterm(status: int) -> None:
    """From now on SIGTERM raises Terminated, wherever the main thread is. Process 1 would not end otherwise."""
    signal.signal(signal.SIGTERM, partial(_end, status))


def look() -> None:
    """Raises Terminated: SIGTERM came, and nobody heard of it, because Python was in a finaliser just then.

    What is raised in one, or in the callback of a weak reference, is printed and dropped. So who waits looks.
    """
    if _asked:
        raise Terminated(_asked[0])


def _end(status: int, *_: object) -> NoReturn:
    _asked.append(status)
    raise Terminated(status)
