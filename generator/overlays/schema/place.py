"""From a problem with a pointer to a finding with a file, line and column."""

from __future__ import annotations

from typing import Protocol

from overlays.model.finding import Finding, Location, Problem
from overlays.model.plan import Pointer


class Place(Protocol):
    """Where something stands; alias_line is the line of the alias through which it came, 0 when there is none."""

    @property
    def location(self) -> Location:
        """File, line and column, or the text of a flag."""

    @property
    def alias_line(self) -> int:
        """1-based; 0 when no alias is involved."""


class Places(Protocol):
    """Looks up places by pointer, see overlays.io.values.Values."""

    def locate(self, path: Pointer) -> Place:
        """The value."""

    def locate_key(self, path: Pointer) -> Place:
        """The key."""

    def locate_first_key(self, path: Pointer) -> Place:
        """The first key of the map."""


def finding(problem: Problem, places: Places) -> Finding:
    """The problem with its place. What came through an alias stands at the anchored text and names the alias."""
    look_up = {"value": places.locate, "key": places.locate_key, "first_key": places.locate_first_key}[problem.at]
    place = look_up(problem.pointer)
    through = f" (through the alias on line {place.alias_line})" if place.alias_line else ""
    return Finding(
        where=place.location,
        code=problem.code,
        pointer="".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in problem.pointer),
        what=problem.what + through,
        why=problem.why,
        hint=problem.hint,
        severity=problem.severity,
    )
