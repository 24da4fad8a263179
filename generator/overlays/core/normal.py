"""The normal form: the plan as the values that would give it (contract 2.7).

Agents are no part of it: it takes the place of `overlays.sources`, beside what else the values say.
"""

from __future__ import annotations

from typing import TypeAlias

from overlays.model.agent import CATALOG_INSTRUCTION
from overlays.model.plan import Delivery, Pairs, Plan, Source

Entry: TypeAlias = "tuple[tuple[str, str | tuple[str, ...]], ...]"
"""(key, text or list of texts) in the order in which they are printed."""


def sources(plan: Plan) -> tuple[Entry, ...]:
    """Each source; a key that says nothing is left out."""
    return tuple(_entry(source) for source in plan.sources)


def _entry(source: Source) -> Entry:
    always = {"toolsSubdir": source.tools, "workflowsSubdir": source.workflows, "skillsSubdir": source.skills}
    if_set = {
        "personasSubdir": source.personas,
        "promptPath": source.prompt,
        "cloneUrl": source.clone_url,
        "visibility": source.visibility,
    }
    return (
        ("repo", source.repo),
        *((("ref", source.ref),) if source.ref else ()),
        *always.items(),
        *((key, text) for key, text in if_set.items() if text),
        *((("skillsPreload", source.skills_preload),) if source.skills_preload else ()),
    )


def settings(plan: Plan) -> Pairs:
    """What `overlays` says besides the list; a key that says the default is left out."""
    found = {} if plan.delivery is Delivery.SEPARATE else {"delivery": plan.delivery.value}
    if plan.catalog_instruction != CATALOG_INSTRUCTION:
        found["catalogInstruction"] = plan.catalog_instruction
    return tuple(found.items())


def repositories(plan: Plan) -> tuple[str, ...]:
    """The whole list of repositories to cache, for a chart older than overlay sources."""
    return tuple(repository.repo for repository in plan.repositories)


def repository_refs(plan: Plan) -> Pairs:
    """Effective refs of those repositories and all pins, in byte order of the repository."""
    return tuple(sorted(plan.refs))
