"""What the status tells: values that the writer makes, the status file holds, and `ready` judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RepositoryStatus:
    """One repository: what was asked for, the last commit that was got for it, and how it goes.

    `commit` and `kind` are None until the ref was resolved and its files were there once; `failures` counts the
    tries that failed since the last success; times are RFC 3339 UTC, `retry_at` is when a failed one is tried again.
    `files` and `bytes` are those of its published tree.
    """

    ref: str
    clone_url: str
    commit: str | None = None
    kind: str | None = None
    last_success: str | None = None
    last_error: str | None = None
    failures: int = 0
    retry_at: str | None = None
    warnings: tuple[str, ...] = ()
    left_out: int = 0
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class MergedStatus:
    """A merged tree of the current set: how many items and files it holds, and how many findings there were.

    `commit` is None while there is none, `last_error` says why the one that is wanted could not be made.
    """

    commit: str | None = None
    items: int = 0
    files: int = 0
    problems: int = 0
    last_error: str | None = None


@dataclass(frozen=True)
class Status:
    """What the last pass left. `set`, `manifest_digest` and `complete` tell of the current set."""

    pod: str
    started_at: str
    interval: float
    timeout: float
    set: str | None = None
    manifest_digest: str | None = None
    complete: bool = False
    finished_at: str | None = None
    requested_digest: str | None = None
    manifest_error: str | None = None
    pass_error: str | None = None
    boot_id: str | None = None
    repositories: Mapping[str, RepositoryStatus] = field(default_factory=dict)
    merged: Mapping[str, MergedStatus] = field(default_factory=dict)
