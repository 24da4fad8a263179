"""Where the parts of a pod stand in the object that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_TEMPLATES: Final = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"), ("template",), ())
"""Paths of pod templates: of most workloads, CronJob, PodTemplate, Pod."""

_LISTS: Final = ("initContainers", "containers", "ephemeralContainers")


def pod_template(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The map with `metadata` and `spec` of the pods of an object; None when it makes none."""
    for path in _TEMPLATES:
        found: Any = value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        spec = found.get("spec") if isinstance(found, dict) else None
        if isinstance(spec, dict) and isinstance(spec.get("containers"), list):
            assert isinstance(found, dict)  # noqa: S101  (for mypy)
            return found
    return None


def containers(value: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The containers of an object's pods by name, init containers first; {} when it makes no pods."""
    template = pod_template(value)
    if template is None:
        return {}
    listed = [template["spec"].get(key) for key in _LISTS]
    return by_name(item for items in listed if isinstance(items, list) for item in items)


def container_pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The containers that two objects have, by name; of a single one on either side the name may have changed."""
    before, after = containers(old), containers(new)
    for name, item in after.items():
        if name in before:
            yield before[name], item
    left = [item for name, item in before.items() if name not in after]
    come = [item for name, item in after.items() if name not in before]
    if len(left) == len(come) == 1:
        yield left[0], come[0]


def variables(container: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a container's `env` by name. Of a name that stands twice Kubernetes takes the last."""
    env = container.get("env")
    return by_name(env) if isinstance(env, list) else {}


def by_name(items: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The maps of a list that have a text as `name`, by it."""
    return {name: item for item in items if (name := name_of(item)) is not None}


def name_of(item: Any) -> str | None:
    """The `name` of an item of a list; None when it has none."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def plain_text(entry: Mapping[str, Any]) -> str | None:
    """The text of a variable; None when it comes from elsewhere or is no text."""
    value = entry.get("value", "")
    return value if isinstance(value, str) and "valueFrom" not in entry else None
