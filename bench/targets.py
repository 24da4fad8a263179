"""Figures that were promised, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Target(NamedTuple):
    """One of them, as text; `reached`: whether the limit was kept."""

    what: str
    limit: str
    measured: str
    reached: bool


def at_most(what: str, limit: float, measured: float, form: str) -> Target:
    """A figure with an upper limit; `form` formats both: "{:.2f} s"."""
    return Target(what, "≤ " + form.format(limit), form.format(measured), measured <= limit)


def table(targets: Sequence[Target]) -> list[str]:
    """Lines of Markdown."""
    return ["| promised | limit | measured | |", "| --- | ---: | ---: | --- |"] + [
        f"| {target.what} | {target.limit} | {target.measured} | {'reached' if target.reached else '**missed**'} |"
        for target in targets
    ]
