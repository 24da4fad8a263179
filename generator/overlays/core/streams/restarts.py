"""Whose pods are replaced when one stream takes the place of another, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from overlays.core.streams.match import WORKLOADS
from overlays.core.streams.pods import by_name, container_pairs, containers, pod_template, variables
from overlays.core.streams.text import same
from overlays.model.difference import Kind, Restart
from overlays.model.stream import KubeObject

TEMPLATE: Final = "PodTemplate"
"""The kind from which others make pods; no controller of Kubernetes reads it."""

_MAX_NAMES: Final = 12
_CONTAINER_LISTS: Final = frozenset({"initContainers", "containers", "ephemeralContainers"})


def restart(old: KubeObject | None, new: KubeObject | None) -> Restart | None:
    """What happens to the pods of a workload, from its old to its new state; None when nothing does.

    None too for objects whose pods are not replaced: Jobs, and what only a hook of Helm creates.
    """
    return _change(old, new, _keeps_pods)


def template(old: KubeObject | None, new: KubeObject | None) -> Restart | None:
    """What happens to a PodTemplate; None when nothing does. It restarts nothing: pods made from it later differ."""
    return _change(old, new, lambda item: item.identity.kind == TEMPLATE and pod_template(item.value) is not None)


def _change(old: KubeObject | None, new: KubeObject | None, counts: Callable[[KubeObject], bool]) -> Restart | None:
    workloads = [item if item and counts(item) else None for item in (old, new)]
    before, after = (f"{item.identity.kind} {item.identity.name}" if item else None for item in workloads)
    if old is None or new is None or workloads[0] is None or workloads[1] is None:
        if before is None and after is None:
            return None
        return Restart(Kind.ADDED if before is None else Kind.REMOVED, before, after)
    reasons = _reasons(old, new)
    return Restart(Kind.CHANGED, before, after, reasons) if reasons else None


def _keeps_pods(item: KubeObject) -> bool:
    annotations = item.value["metadata"].get("annotations")
    hook = isinstance(annotations, dict) and "helm.sh/hook" in annotations
    return item.identity.kind in WORKLOADS and not hook and pod_template(item.value) is not None


def _reasons(old: KubeObject, new: KubeObject) -> tuple[str, ...]:
    before, after = pod_template(old.value) or {}, pod_template(new.value) or {}
    reasons = []
    if old.identity.kind != new.identity.kind:
        reasons.append(f"a {new.identity.kind} takes the place of the {old.identity.kind}")
    if not same(before, after):
        reasons += [*_of_metadata(before, after), *_of_containers(old.value, new.value), *_of_spec(before, after)]
        reasons = reasons or ["the order of containers"]
    if old.identity.kind == new.identity.kind and not same(_selector(old.value), _selector(new.value)):
        reasons.append("selector (which Kubernetes lets nobody change: delete the workload first)")
    if reasons and _waits(new.value):
        reasons.append("by hand only: the update strategy is OnDelete")
    return tuple(reasons)


def _selector(value: Mapping[str, Any]) -> Any:
    return _map(value.get("spec")).get("selector")


def _waits(value: Mapping[str, Any]) -> bool:
    strategy = _map(value.get("spec")).get("updateStrategy")
    return isinstance(strategy, dict) and strategy.get("type") == "OnDelete"


def _of_metadata(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    one, other = (_map(item.get("metadata")) for item in (before, after))
    for key, word in (("annotations", "annotation"), ("labels", "label")):
        names = _changed(_map(one.get(key)), _map(other.get(key)))
        if names:
            yield f"{word} {_listed(names)}"
    for name in _changed(one, other):
        if name not in ("annotations", "labels"):
            yield f"metadata.{name}"


def _of_containers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = containers(before), containers(after)
    pairs = list(container_pairs(before, after))
    yield from (f"container {name} is new" for name, item in new.items() if all(item is not pair[1] for pair in pairs))
    yield from (f"container {name} is gone" for name, item in old.items() if all(item is not pair[0] for pair in pairs))
    for one, other in pairs:
        name = other["name"]
        keys = _changed(one, other)
        if "env" in keys:
            names = _changed(variables(one), variables(other))
            yield f"{f'variables {_listed(names)}' if names else 'order of the variables'} of container {name}"
        yield from (f"{key} of container {name}" for key in keys if key != "env")


def _of_spec(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    one, other = _map(before.get("spec")), _map(after.get("spec"))
    for key in _changed(one, other):
        if key == "volumes":
            names = _changed(by_name(_list(one.get(key))), by_name(_list(other.get(key))))
            yield f"volume {_listed(names)}" if names else "order of volumes"
        elif key not in _CONTAINER_LISTS:
            yield key


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names whose values differ, in the order of `after`; what only `before` has comes last."""
    return [
        name
        for name in dict.fromkeys((*after, *before))
        if (name in before) != (name in after) or not same(before.get(name), after.get(name))
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _listed(names: list[str]) -> str:
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
