"""Nulls: an error inside the product's own objects, the default elsewhere (contract 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overlays.model.finding import Problem
from overlays.model.plan import Pointer
from overlays.schema import words

OWN_OBJECTS = ("overlays", "toolServer", "repoCache")


def problems(user: Mapping[str, Any]) -> list[Problem]:
    """Every null inside the product's own objects. user: everything merged, before the defaults."""
    return [
        words.null(pointer) for key in OWN_OBJECTS for pointer in _nulls(user.get(key), (key,)) if pointer != (key,)
    ]


def _nulls(root: object, pointer: Pointer) -> Iterator[Pointer]:
    pending: list[tuple[object, Pointer]] = [(root, pointer)]
    while pending:
        value, at = pending.pop()
        if value is None:
            yield at
        elif isinstance(value, dict):
            pending += [(item, (*at, key)) for key, item in value.items() if item is None or not isinstance(item, str)]
        elif isinstance(value, list):
            pending += [(item, (*at, index)) for index, item in enumerate(value) if not isinstance(item, str)]


def without(user: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """User without the nulls at keys for which the chart has a default: there a null means that default.

    Shares what it does not change.
    """
    return {
        key: without(value, defaults[key])
        if isinstance(value, dict) and isinstance(defaults.get(key), Mapping)
        else value
        for key, value in user.items()
        if value is not None or key not in defaults
    }
