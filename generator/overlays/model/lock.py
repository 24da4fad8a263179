"""The lock: which commit each ref of the list meant when it was last looked at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

SCHEMA_VERSION: Final = 1


class Locked(NamedTuple):
    """One repository of the lock: where it was asked, for which effective ref ("" is HEAD), and what it meant."""

    url: str
    ref: str
    commit: str


class Lock(NamedTuple):
    """What a lock file holds: "owner/name" to its entry, in the order of REPOSITORIES."""

    repositories: Mapping[str, Locked]


class Cause(Enum):
    """What is to blame when a ref has no commit: the ref, or the repository, which does not answer or is none."""

    REF = "ref"
    REPOSITORY = "repository"


class Failure(NamedTuple):
    """Why a ref has no commit. reason: one line without secrets, from the remote or about it."""

    cause: Cause
    reason: str


class Kind(Enum):
    """How a repository of the list and its entry in the lock differ."""

    MISSING = "missing"  # in the list only
    LEFT = "left"  # in the lock only
    URL = "url"
    REF = "ref"
    MOVED = "moved"  # they agree, but the ref means another commit now


class Drift(NamedTuple):
    """One difference. ref: of a ref that moved, "" is the default branch. old, new: URLs, refs or commits."""

    repo: str
    kind: Kind
    ref: str = ""
    old: str = ""
    new: str = ""
