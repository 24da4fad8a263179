"""From a path in the merged values to the text that set it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from overlays.helm.strvals import Path
from overlays.io.document import Document
from overlays.io.flags import Flag
from overlays.io.nodes import Alias, target
from overlays.model.finding import Location

Layer: TypeAlias = Document | Flag
What: TypeAlias = Literal["value", "key", "first key"]

CHART_DEFAULTS: Final = Location("chart/values.yaml")
"""The place of what only the chart's defaults say."""


class Place(NamedTuple):
    """Where something stands.

    location: in a file (behind an alias: the anchored text), or the text of a flag.
    alias_line: the line of the alias through which it came, 0 when there is none.
    raw: the text of a plain scalar as the user wrote it; None for all else.
    """

    location: Location
    alias_line: int = 0
    raw: str | None = None


def find_place(layers: tuple[Layer, ...], defaults: Mapping[str, object], path: Path, what: What) -> Place:
    """The place of what is at path, from the last layer that has it; if none has, of the nearest thing around it.

    layers: files and flags in the order in which they apply, over the chart's defaults.
    """
    while True:
        place = _search(layers, defaults, path, what)
        if place:
            return place
        path, what = path[:-1], "value"


def find_key(layer: Layer, path: Path) -> Place | None:
    """The place of the key at path in one file or flag; None when that does not say it."""
    return _search((layer,), {}, path, "key")


def _search(layers: tuple[Layer, ...], defaults: Mapping[str, object], path: Path, what: What) -> Place | None:
    around: Place | None = None  # a flag that sets only something inside the value at path
    for layer in reversed(layers):
        if isinstance(layer, Flag):
            place, whole, hides = _in_flag(layer, path)
            if place and not whole:
                around, place = around or place, None
        else:
            hides = _hides(layer.value, path)
            place = _in_document(layer, path, what)
        if place:
            return place
        if hides:
            return around
    return around or (Place(CHART_DEFAULTS) if _has(defaults, path) else None)


def _hides(value: object, path: Path) -> bool:
    """Whether a value that is replaced whole stands on the way to path: nothing below it comes from other layers."""
    for step in path:
        if not isinstance(value, dict):
            return True
        if step not in value:
            return False
        value = value[step]
    return False


def _in_flag(flag: Flag, path: Path) -> tuple[Place | None, bool, bool]:
    """The flag as place; whether it sets path itself, or only something inside; whether it hides other layers."""
    inside = False
    for assignment, raw in zip(reversed(flag.assignments), reversed(flag.raws), strict=True):
        length = len(assignment.path)
        if path[:length] == assignment.path:
            if _has(assignment.value, path[length:]):
                return Place(flag.whole, raw=raw if len(path) == length else None), True, True
            return None, False, True
        if assignment.path[: len(path)] == path:
            inside = True
    return (Place(flag.whole) if inside else None), False, False


def _has(value: Any, rest: Path) -> bool:
    for step in rest:
        if isinstance(value, dict):
            if step not in value:
                return False
        elif not isinstance(value, list) or isinstance(step, str) or step >= len(value):
            return False
        value = value[step]
    return True


def _in_document(document: Document, path: Path, what: What) -> Place | None:
    if not _has(document.value, path):
        return None
    node = key = document.root
    alias_line = key_alias_line = 0
    for step in path:
        entry = node.child(step)
        if entry is None:
            return None
        alias_line = key_alias_line = alias_line or entry.alias_line
        if isinstance(entry.value, Alias):
            alias_line = alias_line or entry.value.mark[0]
        node, key = target(entry.value), target(entry.key)
        if key is node:
            key_alias_line = alias_line
    if what == "key":
        return Place(Location(document.name, *key.mark), key_alias_line, key.raw)
    if what == "first key" and node.is_map and node.items:
        return Place(Location(document.name, *node.items[0].mark), alias_line)
    return Place(Location(document.name, *node.mark), alias_line, node.raw)
