"""Which workloads restart, appear or disappear: those whose pod templates differ; and which PodTemplates do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Final

from overlays.core.diff import sandbox, workloads
from overlays.core.diff.state import State
from overlays.core.diff.workloads import Workload
from overlays.model.difference import Kind, Restart

_WORKLOADS: Final = (workloads.repo_cache, workloads.api)


def restarts(before: State, after: State) -> tuple[Restart, ...]:
    """What `helm upgrade` from one to the other does to the pods of the cache and of the API, with the same chart."""
    return _changes(_WORKLOADS, before, after)


def templates(before: State, after: State) -> tuple[Restart, ...]:
    """What it does to the PodTemplates: it restarts nothing, pods that are made from them later differ."""
    names = dict.fromkeys(agent.name for state in (before, after) for agent in state.plan.agents)
    agents = (functools.partial(sandbox.of_agent, name) for name in names)
    return _changes((sandbox.template, *agents), before, after)


def _changes(made: tuple[Callable[[State], Workload | None], ...], before: State, after: State) -> tuple[Restart, ...]:
    found = []
    for of in made:
        old, new = of(before), of(after)
        if old != new:
            kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
            reasons = tuple(_reasons(old, new)) if old and new else ()
            found.append(Restart(kind, _object(old), _object(new), reasons))
    return tuple(found)


def _object(workload: Workload | None) -> str | None:
    return f"{workload.kind} {workload.name}" if workload else None


def _reasons(old: Workload, new: Workload) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"a {new.kind} takes the place of the {old.kind}"
    elif old.name != new.name:
        yield "it has another name: the old one goes, the new one comes"
    before, after = dict(old.variables), dict(new.variables)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names or old.variables != new.variables:
        yield f"variables {', '.join(names)}" if names else "the order of the variables"
    yield from (part for part in new.parts if old.parts[part] != new.parts[part])
