"""Two locks compared: which commits moved, came or went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overlays.model.difference import FieldChange, Kind, RepositoryChange
from overlays.model.lock import Lock, Locked

NOT_RENDERED: Final = "the rest is told without the lock, whose commits only 'overlays render --locked' renders"
"""What is to be known wherever commits are told."""


def commit_changes(before: Lock, after: Lock) -> tuple[RepositoryChange, ...]:
    """In the order of `after`; what is gone comes last."""
    old, new = before.repositories, after.repositories
    found = []
    for repo in dict.fromkeys((*new, *old)):
        fields = tuple(_fields(old.get(repo), new.get(repo)))
        if fields:
            kind = Kind.CHANGED if repo in old and repo in new else Kind.ADDED if repo in new else Kind.REMOVED
            found.append(RepositoryChange(kind, repo, fields))
    return tuple(found)


def _fields(before: Locked | None, after: Locked | None) -> Iterator[FieldChange]:
    """What differs, the commit first; all of it when a side has no such entry."""
    old, new = _stated(before), _stated(after)
    for field in ("commit", "ref", "cloneUrl"):
        one, other = old.get(field), new.get(field)
        if one != other:
            kind = Kind.ADDED if one is None else Kind.REMOVED if other is None else Kind.CHANGED
            yield FieldChange(kind, field, one, other)


def _stated(locked: Locked | None) -> dict[str, str]:
    if locked is None:
        return {}
    stated = {"commit": locked.commit, "ref": locked.ref, "cloneUrl": locked.url}
    return {field: text for field, text in stated.items() if text}
