"""Mount paths that meet: a container has one mount at a path, and the workspace is in none and has none in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overlays.model.finding import Problem
from overlays.model.plan import SANDBOX_ROOT, Plan, Pointer

_WORKSPACE: Pointer = ("sandbox", "workspace")
_ASKERS = ("/overlays/manifest", "/overlays/runtime/overlays_node")
"""Mounts of the chart's own in each container that asks the cache."""


def problems(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    """An error for every mount at the path of an earlier one. values: checked, with all defaults."""
    cache: list[tuple[str, Pointer]] = [(plan.cache.host_path, ("repoCache", "hostPath"))] if plan.cache.enabled else []
    prompt: list[tuple[str, Pointer]] = [(plan.api.prompt_dir, ("overlay", "mountPath"))] if plan.api.prompt_dir else []
    if plan.has_workload:
        yield from _meeting([*cache, *_extra(values, "repoCache")])
        agent: list[tuple[str, Pointer]] = [(plan.sandbox.workspace, _WORKSPACE)]
        agent += [(SANDBOX_ROOT, ("sandbox", "mountCache"))] if values["sandbox"]["mountCache"] else []
        yield from _meeting([*agent, *_extra(values, "sandbox")])
        yield from _nested(plan.sandbox.workspace, [plan.cache.host_path, *_ASKERS])
    if values["apiRs"]["enabled"]:
        yield from _meeting([*(cache if plan.sources else ()), *prompt, *_extra(values, "apiRs")])


def _nested(workspace: str, read_only: list[str]) -> Iterator[Problem]:
    for path in read_only:
        what = why = ""
        if f"{workspace}/".startswith(f"{path}/"):
            what = f"{workspace!r} is at or below {path!r}, which the installation has mounted read-only"
            why = "Kubernetes refuses a container with two mounts at one path, and none can be made in a read-only one"
        elif path.startswith(f"{workspace}/"):
            what = f"{path!r}, which the installation has mounted read-only, is below the workspace {workspace!r}"
            why = "the installation writes to the workspace and reads from the cache: neither can be in the other"
        if what:
            yield Problem(_WORKSPACE, "OVL208", what, why, "give the workspace another path")


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
