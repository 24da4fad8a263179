"""Exit statuses of every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """0 fine, 1 an error or invalid input, 2 drift was found, 64 wrong usage, 70 a bug of ours, 130 interrupted."""

    OK = 0
    INVALID = 1
    DRIFT = 2
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130
