"""What documents of nodes and pods say differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from overlays.model.loaded import CACHE, WORKSPACE, Apart, Document


def apart(documents: Sequence[Document]) -> tuple[Apart, ...]:
    """All differences. What only one document tells of differs from nothing."""
    workspaces = [one for one in documents if one.place == WORKSPACE]
    return (
        *_differing("manifest", {"": [(one.digest, one.name) for one in documents]}),
        *_differing("agent", {"": [(one.agent, one.name) for one in workspaces]}),
        *_differing("repository", _repositories(documents)),
        *_differing("item", _items(workspaces)),
    )


Said = Mapping[str, Iterable[tuple[str, str]]]
"""Of each name (value, document)."""


def _differing(about: str, said: Said) -> Iterator[Apart]:
    for name in sorted(said):
        values: dict[str, list[str]] = {}
        for value, document in said[name]:
            values.setdefault(value, []).append(document)
        if len(values) > 1:
            yield Apart(about, name, tuple((value, tuple(values[value])) for value in sorted(values)))


def _repositories(documents: Sequence[Document]) -> Said:
    """Their commits. A cache that lacks one differs from the other caches; a workspace has items of some only."""
    repos = {held.repo for one in documents for held in one.repositories}
    repos |= {item.source for one in documents for item in one.items}
    said: dict[str, list[tuple[str, str]]] = {repo: [] for repo in repos}
    for one in documents:
        commits: dict[str, set[str]] = {held.repo: {held.commit or ""} for held in one.repositories}
        for item in one.items:
            commits.setdefault(item.source, set()).add(item.commit)
        if one.place == CACHE:
            commits = {**{repo: {""} for repo in repos}, **commits}
        for repo, found in commits.items():
            said[repo].append((", ".join(sorted(found)), one.name))
    return said


def _items(workspaces: Sequence[Document]) -> Said:
    """Where they are from, and their copies. A workspace that lacks one differs from the others of its agent."""
    found = [(one, _of(one)) for one in workspaces]
    expected: dict[str, set[str]] = {}
    for one, items in found:
        expected.setdefault(one.agent, set()).update(items)
    said: dict[str, list[tuple[str, str]]] = {}
    for one, items in found:
        for key in expected[one.agent]:
            said.setdefault(key, []).append((items.get(key, ""), one.name))
    return said


def _of(one: Document) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for item in one.items:
        more = [f"as {item.mount}-{item.name}"] if item.mount and item.kind != "prompt" else []
        more += ["preloaded"] if item.preload else []
        found.setdefault(item.key, set()).add(", ".join([f"{item.source} {item.commit} {item.path}", *more]))
    return {key: "; ".join(sorted(values)) for key, values in found.items()}
