"""The normal form: the plan as the values that would give it (contract 2.7)."""

from __future__ import annotations

from overlays.model.plan import Delivery, Pairs, Plan, Source


def sources(plan: Plan) -> tuple[Pairs, ...]:
    """Each source as (key, text) in the order in which they are printed; a key that says nothing is left out."""
    return tuple(_entry(source) for source in plan.sources)


def _entry(source: Source) -> Pairs:
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
    )


def settings(plan: Plan) -> Pairs:
    """What `overlays` says besides the list; a key that says the default is left out."""
    return () if plan.delivery is Delivery.SEPARATE else (("delivery", plan.delivery.value),)


def repositories(plan: Plan) -> tuple[str, ...]:
    """The whole list of repositories to cache, for a chart older than overlay sources."""
    return tuple(repository.repo for repository in plan.repositories)


def repository_refs(plan: Plan) -> Pairs:
    """Effective refs of those repositories and all pins, in byte order of the repository."""
    return tuple(sorted(plan.refs))
