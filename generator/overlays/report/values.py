"""The normal form of a plan as a values file (contract 2.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from overlays.report.templating import render

Pairs = Sequence[tuple[str, str]]
Entry = Sequence[tuple[str, "str | tuple[str, ...]"]]
"""(key, text or list of texts)."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def overlays(
    sources: Sequence[Entry], settings: Pairs = (), pins: Pairs = (), requested: Mapping[str, str] = _NOTHING
) -> str:
    """`overlays.sources`; with no source also `toolServer.enabled: false`, since an empty list is compat mode.

    settings: other keys of `overlays`, which stand before the list. pins: `repoCache.repositoryRefs`, which is left out
    without them. requested: repository to a comment on its ref.
    """
    entries = [_entry(pairs, requested) for pairs in sources]
    return render("values.overlays.j2", settings=settings, sources=entries, refs=_commented(pins, requested))


def repo_cache(repositories: Sequence[str], refs: Pairs, requested: Mapping[str, str] = _NOTHING) -> str:
    """`repoCache.repositories` and `repositoryRefs`, which is what a chart older than overlay sources takes.

    requested: repository to a comment on its ref.
    """
    return render("values.repo-cache.j2", repositories=repositories, refs=_commented(refs, requested))


def _entry(pairs: Entry, requested: Mapping[str, str]) -> list[tuple[str, str | tuple[str, ...], str]]:
    """(key, value, comment); the comment is "" for all but the ref."""
    repo = str(dict(pairs)["repo"])
    return [(key, text, _comment(repo, requested) if key == "ref" else "") for key, text in pairs]


def _commented(refs: Pairs, requested: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(repo, ref, _comment(repo, requested)) for repo, ref in refs]


def _comment(repo: str, requested: Mapping[str, str]) -> str:
    return f"  # {requested[repo]}" if repo in requested else ""
