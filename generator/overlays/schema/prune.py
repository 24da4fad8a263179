"""Values without what breaks the schema, so that one run can also check the meaning of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from overlays.model.plan import Pointer

MARK = "<broken>"
"""Begins the name that stands for a broken entry of a list, and the host of its clone URL; no legal value holds it."""

_LISTS = (
    ("overlays", "sources"),
    ("toolServer", "extraSources"),
    ("repoCache", "repositories"),
)


def prune(values: Mapping[str, Any], broken: Iterable[Pointer], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which every broken value has its default, and every list entry with one names no real repository.

    Entries keep their places, so pointers into the result are pointers into values. broken: of values, wrong keys
    included. defaults: the chart's, complete.
    """
    pruned = dict(values)
    for pointer in broken:
        index = pointer[2] if pointer[:2] in _LISTS and len(pointer) > 2 else None
        if pointer[0] == "agents" and len(pointer) > 1:
            pruned["agents"] = _without_agent(pruned["agents"], pointer[1])
        elif isinstance(index, int):
            pruned[str(pointer[0])] = _without_entry(pruned[str(pointer[0])], str(pointer[1]), index)
        else:
            _reset(pruned, pointer, defaults)
    return pruned


def _without_entry(table: Mapping[str, Any], key: str, index: int) -> dict[str, Any]:
    entries = list(table[key])
    broken = entries[index]
    entries[index] = {"repo": f"{MARK}/{index}", "cloneUrl": f"https://{MARK}/"}
    if key == "sources":
        named = broken.get("repo") if isinstance(broken, dict) else None
        entries[index] = {"repo": str(named or f"{MARK}/{index}"), "enabled": False}
    return {**table, key: entries}


def _without_agent(entries: Sequence[Any], index: str | int) -> list[Any]:
    return [{"name": f"{MARK}{at}"} if at == index else entry for at, entry in enumerate(entries)]


def _reset(table: dict[str, Any], pointer: Pointer, defaults: Mapping[str, Any]) -> None:
    for key, below in zip(map(str, pointer), (*pointer[1:], None), strict=True):
        if below is None or isinstance(below, int):
            table.pop(key, None)
            if key in defaults:
                table[key] = defaults[key]
            return
        if not isinstance(table.get(key), dict):
            return  # a value around it has been reset
        table[key] = table = dict(table[key])
        defaults = defaults.get(key, {})
