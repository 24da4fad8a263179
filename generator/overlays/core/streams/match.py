"""Which object of the old stream is which of the new one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from overlays.model.stream import Identity, KubeObject, Stream

WORKLOADS: Final = frozenset({"Deployment", "DaemonSet", "StatefulSet"})
"""Kinds whose pods are replaced when their template changes, and of which one can take the place of another."""

_RUNTIME: Final = "(.+-runtime-)[0-9a-f]{10}"


class Matched(NamedTuple):
    """pairs: old and new, in the order of the new stream. removed, added: in the order of their streams."""

    pairs: tuple[tuple[KubeObject, KubeObject], ...]
    removed: tuple[KubeObject, ...]
    added: tuple[KubeObject, ...]


def match(old: Stream, new: Stream) -> Matched:
    """By group, kind, name space and name; then the same workload of another kind, and the runtime by its prefix."""
    old_by, new_by = _numbered(old.objects), _numbered(new.objects)
    partners = {key: old_by[key] for key in new_by if key in old_by}
    for loose in (_as_workload, _as_runtime):
        free = {loose(item): key for key, item in old_by.items() if key not in partners and loose(item)}
        taken = {item.identity for item in partners.values()}
        for key, item in new_by.items():
            before = free.pop(loose(item), None) if key not in partners else None
            if before is not None and old_by[before].identity not in taken:
                partners[key] = old_by[before]
    used = {id(item) for item in partners.values()}
    return Matched(
        pairs=tuple((partners[key], item) for key, item in new_by.items() if key in partners),
        removed=tuple(item for item in old_by.values() if id(item) not in used),
        added=tuple(item for key, item in new_by.items() if key not in partners),
    )


def runtime_prefix(item: KubeObject) -> str | None:
    """What stands before the hash in the name of a ConfigMap that holds the node's runtime; None for other objects."""
    if item.identity.kind != "ConfigMap" or item.value.get("immutable") is not True:
        return None
    found = re.fullmatch(_RUNTIME, item.identity.name)
    return found[1] if found else None


def _numbered(objects: Iterable[KubeObject]) -> dict[tuple[Identity, int], KubeObject]:
    """By identity; objects whose name is generated may share one, and count in their order."""
    found: dict[tuple[Identity, int], KubeObject] = {}
    often: dict[Identity, int] = {}
    for item in objects:
        number = often[item.identity] = often.get(item.identity, -1) + 1
        found[item.identity, number] = item
    return found


def _as_workload(item: KubeObject) -> Identity | None:
    return item.identity._replace(kind="") if item.identity.kind in WORKLOADS else None


def _as_runtime(item: KubeObject) -> Identity | None:
    prefix = runtime_prefix(item)
    return item.identity._replace(name=prefix) if prefix else None
