"""Mount paths that meet: Kubernetes refuses a container with two mounts at one path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overlays.model.finding import Problem
from overlays.model.plan import Plan, Pointer


def problems(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    """An error for every mount at the path of an earlier one. values: checked, with all defaults."""
    cache: list[tuple[str, Pointer]] = [(plan.cache.host_path, ("repoCache", "hostPath"))] if plan.cache.enabled else []
    prompt: list[tuple[str, Pointer]] = [(plan.api.prompt_dir, ("overlay", "mountPath"))] if plan.api.prompt_dir else []
    if plan.cache.enabled and plan.repositories:
        yield from _meeting([*cache, *_extra(values, "repoCache")])
    if values["apiRs"]["enabled"]:
        yield from _meeting([*(cache if plan.sources else ()), *prompt, *_extra(values, "apiRs")])


def _extra(values: Mapping[str, Any], owner: str) -> list[tuple[str, Pointer]]:
    mounts = values[owner]["extraVolumeMounts"]
    return [(mount["mountPath"], (owner, "extraVolumeMounts", n, "mountPath")) for n, mount in enumerate(mounts)]


def _meeting(mounts: list[tuple[str, Pointer]]) -> Iterator[Problem]:
    first: dict[str, Pointer] = {}
    for path, pointer in mounts:
        other = first.setdefault(path.rstrip("/"), pointer)
        if other != pointer:
            yield Problem(
                pointer,
                "OVL208",
                f"{path!r} is mounted here and at {'.'.join(map(str, other))}",
                "Kubernetes refuses a container with two mounts at one path",
                "give one of them another path",
            )
