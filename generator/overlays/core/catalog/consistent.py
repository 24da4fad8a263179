"""Whether what a catalog says of skills fits what it says of agents: who edits one by hand may miss a place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from overlays.model.quoted import quoted


def flaw(document: Mapping[str, Any]) -> str:
    """What does not fit in a document that has the shape of schemas/catalog.schema.json; "" when all does."""
    return next(_flaws(document), "")


def _flaws(document: Mapping[str, Any]) -> Iterator[str]:
    known: dict[str, frozenset[str]] = {}
    used: dict[str, set[str]] = {}
    for kind in ("skills", "builtins"):
        names = [one["name"] for one in document[kind]]
        yield from _twice(f"/{kind}", names)
        known[kind], used[kind] = frozenset(names), set()
    yield from _twice("/agents", [one["name"] or "" for one in document["agents"]])
    for at, agent in enumerate(document["agents"]):
        for kind, some in used.items():
            some.update(one["name"] for one in agent[kind])
        yield from _of_agent(f"/agents/{at}", agent, known)
    for kind, some in used.items():
        for name in sorted(known[kind] - some):
            yield f"/{kind}: {quoted(name)} is a skill of none of the agents"


def _of_agent(where: str, agent: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> Iterator[str]:
    patterns = agent["patterns"]
    for kind, names in known.items():
        yield from _twice(f"{where}/{kind}", [one["name"] for one in agent[kind]])
        for at, one in enumerate(agent[kind]):
            if one["name"] not in names:
                yield f"{where}/{kind}/{at}: nothing is said of {quoted(one['name'])} in /{kind}"
            if (patterns is None) is bool(one["patterns"]) or not set(one["patterns"]) <= set(patterns or ()):
                yield f"{where}/{kind}/{at}: its patterns are none of the agent's"
    seen = [one.get("delivered", one["name"]) for kind in known for one in agent[kind]]
    yield from _twice(where, seen)


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{where}: {quoted(name)} is there twice"
        seen.add(name)
