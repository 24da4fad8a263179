"""The agents of the values, and what of the plan each of them depends on."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from overlays.core import digest
from overlays.helm import gojson
from overlays.model.agent import CHOSEN, Agent
from overlays.model.plan import Repository, Source

_SURFACES = (*CHOSEN, "prompt")


def agents(
    values: Mapping[str, Any], sources: Sequence[Source], repositories: Iterable[Repository]
) -> tuple[Agent, ...]:
    """Every agent with its digest. values: checked, with all defaults."""
    if not values["agents"]:
        return ()
    listed = preloading(sources, digest.entries(sources, repositories))
    used = functools.cache(functools.partial(_used, listed))
    found = (_agent(entry, index) for index, entry in enumerate(values["agents"]))
    return tuple(agent._replace(digest=_digest(agent, used(_unused(agent)))) for agent in found)


def _agent(entry: Mapping[str, Any], index: int) -> Agent:
    get, budget = entry.get, entry.get("budget", {})
    return Agent(
        name=entry["name"],
        skills=_patterns(entry, "skills"),
        tools=_patterns(entry, "tools"),
        workflows=_patterns(entry, "workflows"),
        personas=_patterns(entry, "personas"),
        persona=get("persona", ""),
        preload=tuple(get("preload", ())),
        system_prompt=get("systemPrompt", True),
        mount_as=get("mountAs", {}).get("skills", ""),
        most_tokens=int(budget["tokens"]) if "tokens" in budget else None,
        warn_tokens=int(budget["warnTokens"]) if "warnTokens" in budget else None,
        origin=("agents", index),
    )


def _patterns(entry: Mapping[str, Any], surface: str) -> tuple[str, ...] | None:
    return tuple(entry[surface]) if surface in entry else None


def entry(agent: Agent) -> dict[str, object]:
    """The agent as the manifest has it, without its digest: what says the default is absent.

    The budget is no part of it: no pod depends on it.
    """
    found: dict[str, object] = {"name": agent.name}
    for surface in CHOSEN:
        patterns = agent.patterns(surface)
        if patterns is not None:
            found[surface] = list(patterns)
    if agent.persona:
        found["persona"] = agent.persona
    if agent.preload:
        found["preload"] = list(agent.preload)
    if agent.mount_as:
        found["mountAs"] = {"skills": agent.mount_as}
    if not agent.system_prompt:
        found["systemPrompt"] = False
    return found


def preloading(sources: Sequence[Source], entries: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """The entries of the manifest: those of the digest, and what the sources preload.

    The plan's digest does not name it (contract 2.5): without agents nothing is preloaded.
    """
    return [
        {**found, "skillsPreload": list(source.skills_preload)} if source.skills_preload else dict(found)
        for source, found in zip(sources, entries, strict=True)
    ]


def _unused(agent: Agent) -> frozenset[str]:
    """The keys of a source that the agent does not depend on."""
    unused = {surface for surface in _SURFACES if not agent.uses(surface)}
    return frozenset(unused if agent.uses("skills") and agent.system_prompt else {*unused, "skillsPreload"})


def _used(listed: Iterable[Mapping[str, object]], unused: frozenset[str]) -> str:
    """Canonical JSON of the plan without these keys, and without sources that serve nothing then.

    Agents that use the same surfaces have the same: of 1,000 sources it is made once.
    """
    used = [{key: value for key, value in found.items() if key not in unused} for found in listed]
    sources = [found for found in used if any(surface in found for surface in _SURFACES)]
    return gojson.dumps({"schemaVersion": digest.SCHEMA_VERSION, "sources": sources})


def _digest(agent: Agent, plan: str) -> str:
    """`sha256:` and lower-case hex of the canonical JSON of the agent and of what it uses of the plan."""
    text = f'{{"agent":{gojson.dumps(entry(agent))},"plan":{plan}}}'
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
