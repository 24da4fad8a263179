"""What is wrong with agents, or without effect, as far as the values alone tell."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from overlays.core.agent_patterns import doubt
from overlays.model.agent import CHOSEN, Agent
from overlays.model.finding import Problem, warning
from overlays.model.plan import Plan

_CACHE_VOLUME = "overlays-cache"


def problems(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    """All of it. values: checked, with all defaults."""
    yield from _twice(plan)
    for agent in plan.agents:
        yield from _patterns(agent)
        yield from _preload(agent)
        yield from _persona(agent)
        yield from _without_effect(agent)
    yield from _source_preload(plan)
    yield from _without_cache(plan)
    yield from _boundary(plan, values)


def _twice(plan: Plan) -> Iterator[Problem]:
    first: dict[str, Agent] = {}
    for agent in plan.agents:
        other = first.setdefault(agent.name, agent)
        if other is not agent:
            yield Problem(
                (*agent.origin, "name"),
                "OVL606",
                f"the agent {agent.name!r} is already at agents[{other.origin[1]}]",
                "both would have one pod template of that name",
                "give one of them another name",
            )


def _patterns(agent: Agent) -> Iterator[Problem]:
    for surface in CHOSEN:
        seen: set[str] = set()
        for index, pattern in enumerate(agent.patterns(surface) or ()):
            where = (*agent.origin, surface, index)
            found = doubt(pattern, surface)
            if found:
                why, hint = found
                what = f"the pattern {pattern!r} does not mean what it seems to"
                yield warning(where, "OVL601", what, why, hint)
            if pattern in seen:
                what = f"the pattern {pattern!r} stands twice"
                yield warning(where, "OVL603", what, "once is enough: an item needs one that matches", "remove it")
            seen.add(pattern)


def _preload(agent: Agent) -> Iterator[Problem]:
    if agent.preload and not agent.system_prompt:
        yield Problem(
            (*agent.origin, "preload"),
            "OVL613",
            f"the agent {agent.name!r} has preload and systemPrompt: false",
            "preloaded skills are a part of the composed prompt, which it does not get",
            "remove one of the two keys",
            at="key",
        )
    seen: set[str] = set()
    for index, name in enumerate(agent.preload):
        where = (*agent.origin, "preload", index)
        if agent.skills is not None and not any(fnmatchcase(name, pattern) for pattern in agent.skills):
            why = "its skills are []" if not agent.skills else "no pattern of its skills matches it"
            hint = "add it to the agent's skills, or remove it here"
            yield Problem(where, "OVL604", f"{name!r} is preloaded and is not among the agent's skills", why, hint)
        if name in seen:
            yield warning(where, "OVL603", f"{name!r} stands twice in preload", "once is enough", "remove it")
        seen.add(name)


def _persona(agent: Agent) -> Iterator[Problem]:
    if not agent.persona or agent.personas is None or agent.skills is not None:
        return
    if not any(fnmatchcase(agent.persona, pattern) for pattern in agent.personas):
        yield Problem(
            (*agent.origin, "persona"),
            "OVL607",
            f"the persona {agent.persona!r} is not among the agent's personas",
            "no pattern of its personas matches it",
            "add it to personas, or remove persona",
        )


def _without_effect(agent: Agent) -> Iterator[Problem]:
    if agent.persona and agent.skills is not None:
        yield _idle(agent, "persona", "its skills are listed here, and the persona's list is read only without that")
    if agent.skills == ():
        if agent.mount_as:
            yield _idle(agent, "mountAs", "its skills are [], so nothing is mounted")
        if agent.most_tokens or agent.warn_tokens:
            yield _idle(agent, "budget", "its skills are [], so its catalog is empty")
    if agent.most_tokens and agent.warn_tokens and agent.warn_tokens >= agent.most_tokens:
        yield _idle(agent, "budget", "warnTokens is not below tokens: what is above it is an error already")


def _idle(agent: Agent, key: str, why: str) -> Problem:
    what = f"{key} of the agent {agent.name!r} has no effect"
    return warning((*agent.origin, key), "OVL615", what, why, "remove one of the two", "key")


def _source_preload(plan: Plan) -> Iterator[Problem]:
    reading = any(agent.system_prompt and agent.skills != () for agent in plan.agents)
    for source in plan.sources:
        if source.skills_preload and not (source.skills and reading):
            why = "no agent gets skills and a prompt" if source.skills else "the skills of this source are switched off"
            yield warning(
                (*source.origin, "skillsPreload"),
                "OVL612",
                f"skillsPreload of {source.repo!r} has no effect",
                why,
                "list the agents under agents, or remove the key" if source.skills else "remove one of the two keys",
                "key",
            )


def _without_cache(plan: Plan) -> Iterator[Problem]:
    if plan.agents and not plan.has_workload:
        why = "repoCache.enabled is false" if not plan.cache.enabled else "there is no source and no repository"
        yield warning(
            ("agents",),
            "OVL609",
            "the agents get no pod templates",
            f"{why}, and their pods install what they read from the cache",
            "set repoCache.enabled to true, or remove agents" if not plan.cache.enabled else "list a source",
            "key",
        )


def _boundary(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Hooks that would put the whole cache into the agents' containers."""
    if not (plan.agents and plan.has_workload):
        return
    sandbox = values["sandbox"]
    why = "with agents a container sees what its agent may use, and the cache has everything"
    for index, mount in enumerate(sandbox["extraVolumeMounts"]):
        if mount["name"] == _CACHE_VOLUME:
            what = f"{_CACHE_VOLUME!r} is mounted into the container of every agent"
            yield Problem(("sandbox", "extraVolumeMounts", index, "name"), "OVL614", what, why, "remove the mount")
    for index, volume in enumerate(sandbox["extraVolumes"]):
        if _holds_cache(plan, volume):
            what = f"the volume {volume['name']!r} holds the cache"
            yield Problem(("sandbox", "extraVolumes", index), "OVL614", what, why, "remove the volume", at="first_key")


def _holds_cache(plan: Plan, volume: Mapping[str, Any]) -> bool:
    claim = volume.get("persistentVolumeClaim")
    if plan.cache.claim:
        return isinstance(claim, Mapping) and claim.get("claimName") == plan.cache.claim
    host_path = volume.get("hostPath")
    path = host_path.get("path") if isinstance(host_path, Mapping) else None
    if not isinstance(path, str):
        return False
    one, other = f"{posixpath.normpath(f'/{path}').strip('/')}/", f"{plan.cache.host_path.strip('/')}/"
    return one == "/" or one.startswith(other) or other.startswith(one)
