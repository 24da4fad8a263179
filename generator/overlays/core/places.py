"""Where a consumer that sees the cache finds each surface: a directory of every source, or the one of the winners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from overlays.model.plan import MERGED, MERGED_PUBLIC, Plan, Source

MERGED_PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tools": "tools",
        "workflows": "workflows",
        "skills": "skills",
        "personas": "personas",
        "prompt": "SYSTEM_PROMPT.md",
    }
)
"""Surface to its path in a merged repository."""


def places(plan: Plan, surface: str, root: str, *, public: bool = False) -> str:
    """Absolute paths of a surface in the cache, joined by ":"; "" when no source has it, or there is no cache.

    root: where the consumer sees the cache. public: of public sources only.
    """
    sources = public_sources(plan) if public else plan.sources
    if not (plan.cache.enabled and serves(sources, surface)):
        return ""
    if plan.reads_merged:
        return f"{root}/{MERGED_PUBLIC if public else MERGED}/{MERGED_PATHS[surface]}"
    return ":".join([f"{root}/{path}" for path in _paths(sources, surface)])


def serves(sources: Iterable[Source], surface: str) -> bool:
    """Whether some of them has the surface."""
    return any(getattr(source, surface) for source in sources)


def public_sources(plan: Plan) -> list[Source]:
    """The sources whose repository is public, whatever entry says so."""
    effective = effective_visibilities(plan)
    return [source for source in plan.sources if effective[source.repo] == "public"]


def effective_visibilities(plan: Plan) -> dict[str, str]:
    """Repository to "private" or "public"."""
    return {repository.repo: repository.visibility for repository in plan.repositories}


def _paths(sources: Iterable[Source], surface: str) -> list[str]:
    """`<repo>/<path>` of each source that serves the surface; one that stands twice stands once, at its last place."""
    found: dict[str, None] = {}
    for source in sources:
        path = getattr(source, surface)
        if path:
            text = f"{source.repo}/{path}"
            found.pop(text, None)
            found[text] = None
    return list(found)
