"""Tests with a short and a long form ask how many rounds to run."""

from __future__ import annotations

from typing import Protocol


class Rounds(Protocol):
    """The fixture `rounds`: `long` with the option --long, else `short`."""

    def __call__(self, *, short: int, long: int) -> int: ...
