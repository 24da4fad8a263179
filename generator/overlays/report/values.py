"""The normal form of a plan as a values file (contract 2.7)."""

from __future__ import annotations

from collections.abc import Sequence

from overlays.report.templating import render

Pairs = Sequence[tuple[str, str]]


def overlays(sources: Sequence[Pairs]) -> str:
    """`overlays.sources`; with no source also `toolServer.enabled: false`, since an empty list is compat mode."""
    return render("values.overlays.j2", sources=sources)


def repo_cache(repositories: Sequence[str], refs: Pairs) -> str:
    """`repoCache.repositories` and `repositoryRefs`, which is what a chart older than overlay sources takes."""
    return render("values.repo-cache.j2", repositories=repositories, refs=refs)
