"""Sets: the commits of all repositories, published together by one pointer, and the stable paths that lead there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
from dataclasses import dataclass
from typing import Any

from overlays_node import log
from overlays_node.config import Manifest, Repository
from overlays_node.store import Resolved
from overlays_node.volume import Volume, link_target, real_directory

LAYOUT = 1  # of what a set holds; part of its id
ID = re.compile(r"[0-9a-f]{16}")
RECORD = ".set.json"


@dataclass(frozen=True)
class Member:
    """One repository at one commit, and what was asked for to get it."""

    repository: Repository
    resolved: Resolved

    @property
    def tree(self) -> str:
        """Place of its files below .trees."""
        return f"{self.repository.key}/{self.resolved.commit}"


@dataclass(frozen=True)
class OverlaySet:
    """A published or wanted set. `complete`: every repository of its manifest is in it."""

    manifest_digest: str
    complete: bool
    members: tuple[Member, ...]

    @property
    def id(self) -> str:
        """16 hex digits that name these commits under this manifest."""
        pairs = [[member.repository.repo, member.resolved.commit] for member in self.members]
        text = json.dumps([LAYOUT, self.manifest_digest, pairs], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def holds(self, other: OverlaySet, manifest: Manifest) -> bool:
        """Whether every repository of `other` that the manifest still lists is here too."""
        mine = {member.repository.repo for member in self.members}
        listed = {repository.repo for repository in manifest.repositories}
        return all(one.repository.repo in mine for one in other.members if one.repository.repo in listed)


def current(volume: Volume) -> OverlaySet | None:
    """The set that .current points to; None when there is none or it cannot be read."""
    target = link_target(volume.current) or ""
    folder, _, name = target.partition("/")
    return load(volume, name) if folder == volume.sets.name and ID.fullmatch(name) else None


def load(volume: Volume, name: str) -> OverlaySet | None:
    """The set of that id as it was published; None when it cannot be read."""
    try:
        record = json.loads((volume.sets / name / RECORD).read_bytes())
        return OverlaySet(
            str(record["manifestDigest"]),
            record["complete"] is True,
            tuple(_member(repo, entry) for repo, entry in record["repositories"].items()),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _member(repo: str, entry: dict[str, Any]) -> Member:
    repository = Repository(repo, str(entry["cloneUrl"]), str(entry["ref"]))
    return Member(repository, Resolved(str(entry["commit"]), str(entry["kind"])))


def history(volume: Volume) -> list[OverlaySet]:
    """Every set on disk, the one that became current last at the end."""
    records = [path / RECORD for path in volume.sets.iterdir() if ID.fullmatch(path.name)]
    stamped = sorted((path.stat().st_mtime_ns, path.parent.name) for path in records if path.exists())
    return [found for _, name in stamped for found in [load(volume, name)] if found is not None]


def publish(volume: Volume, wanted: OverlaySet) -> bool:
    """Make `wanted` the current set; True when another one was current. Its trees must be there already.

    Safe to repeat: what a killed run left undone is done by the next one.
    """
    folder = volume.sets / wanted.id
    if not folder.exists():
        _assemble(volume, wanted).rename(folder)
    target = f"{volume.sets.name}/{wanted.id}"
    changed = link_target(volume.current) != target
    if changed:
        os.utime(folder / RECORD)  # `history` goes by it
        volume.link(volume.current, target)
    _place_stable_links(volume, wanted)
    _remove_stable_links(volume, {member.repository.repo for member in wanted.members})
    return changed


def _assemble(volume: Volume, wanted: OverlaySet) -> pathlib.Path:
    folder = volume.temporary("set")
    folder.mkdir()
    for member in wanted.members:
        link = folder / member.repository.repo
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(f"../../../{volume.trees.name}/{member.tree}")
    record = {
        "schemaVersion": 1,
        "manifestDigest": wanted.manifest_digest,
        "complete": wanted.complete,
        "repositories": {
            member.repository.repo: {
                "ref": member.repository.ref,
                "cloneUrl": member.repository.clone_url,
                "commit": member.resolved.commit,
                "kind": member.resolved.kind,
            }
            for member in wanted.members
        },
    }
    volume.write_json(folder / RECORD, record)
    return folder


def _stable_target(owner: str, name: str) -> str:
    return f"../.current/{owner}/{name}"


def _place_stable_links(volume: Volume, wanted: OverlaySet) -> None:
    """Lead every stable path to the current set.

    What another cache left at such a path is served until the set is complete, then it makes way.
    """
    for member in wanted.members:
        owner, _, name = member.repository.repo.partition("/")
        folder, link = volume.root / owner, volume.root / owner / name
        if not real_directory(folder):
            if _stands(folder) and not wanted.complete:
                continue
            _take_over(volume, folder)
            folder.mkdir()
        target = _stable_target(owner, name)
        if link_target(link) == target or (_stands(link) and not wanted.complete):
            continue
        if real_directory(link):
            _take_over(volume, link)
        elif _stands(link):
            log.warning("taken-over", path=str(link), what="a link or file of another cache")
        volume.link(link, target)


def _take_over(volume: Volume, path: pathlib.Path) -> None:
    if _stands(path):
        log.warning("taken-over", path=str(path), what="a directory, link or file of another cache")
        volume.discard(path)


def _stands(path: pathlib.Path) -> bool:
    return os.path.lexists(path)


def _remove_stable_links(volume: Volume, wanted: set[str]) -> None:
    """Remove our links to repositories that are not wanted; everything that is not ours stays."""
    for folder in sorted(volume.root.iterdir()):
        if folder.name.startswith(".") or not real_directory(folder):
            continue
        ours = [link for link in folder.iterdir() if link_target(link) == _stable_target(folder.name, link.name)]
        gone = [link for link in ours if f"{folder.name}/{link.name}" not in wanted]
        for link in gone:
            log.info("repository-removed", repository=f"{folder.name}/{link.name}")
            volume.discard(link)
        if gone:
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()
