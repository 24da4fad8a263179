"""What a node or a pod says that it has: the status of a cache, or what `install` has put into a workspace."""

from __future__ import annotations

from typing import NamedTuple

CACHE, WORKSPACE = "cache", "workspace"
"""Where a document is from: `.status.json` of a cache, `installed.json` of a workspace."""


class Held(NamedTuple):
    """A repository of a cache. commit: None when it was never fetched. error: of the last try, "" for none."""

    repo: str
    ref: str
    commit: str | None
    error: str


class Placed(NamedTuple):
    """An item of a workspace. kind: its surface. mount: what stands before its name in the copy, "" for nothing."""

    kind: str
    name: str
    source: str
    ref: str
    commit: str
    path: str
    mount: str
    preload: bool
    shadows: tuple[str, ...]

    @property
    def key(self) -> str:
        """Text: "surface/name"."""
        return f"{self.kind}/{self.name}"


class Document(NamedTuple):
    """One of them, as far as it tells which versions of what were in play.

    name: how it is shown, which tells no secret. place: CACHE or WORKSPACE. pod: of a cache. agent: of a workspace, ""
    for one that has everything. set, digest: "" for none yet; the digest is that of the manifest.
    remarks: what is not as it should be, in its own words.
    """

    name: str
    place: str
    pod: str
    agent: str
    set: str
    complete: bool
    digest: str
    remarks: tuple[str, ...]
    repositories: tuple[Held, ...]
    items: tuple[Placed, ...]


class Apart(NamedTuple):
    """Something about which documents differ. about: "manifest", "agent", "repository" or "item".

    values: each with the names of the documents that say so; "" for those that should have it and do not.
    """

    about: str
    name: str
    values: tuple[tuple[str, tuple[str, ...]], ...]
