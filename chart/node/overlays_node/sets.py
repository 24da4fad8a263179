"""Sets: the commits of all repositories, published together by one pointer, and the stable paths that lead there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from overlays_node import NodeError, stable
from overlays_node.checks import check_repo
from overlays_node.config import PRELOAD, SEPARATE, Manifest, Repository, Source, read_source
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
    public: bool = False

    @property
    def tree(self) -> str:
        """Place of its files below .trees."""
        return f"{self.repository.key}/{self.resolved.commit}"


class Merged(NamedTuple):
    """A pseudo-repository of a set: what won of several sources, as one commit."""

    repo: str
    commit: str

    @property
    def tree(self) -> str:
        """Place of its files below .trees."""
        return f"{self.repo.replace('/', '%2F')}/{self.commit}"


@dataclass(frozen=True)
class OverlaySet:
    """A published or wanted set. `complete`: every repository of its manifest is in it.

    `sources` are those of its manifest, None where the record does not tell; `merged` holds what won of them.
    """

    manifest_digest: str
    complete: bool
    members: tuple[Member, ...]
    delivery: str = SEPARATE
    sources: tuple[Source, ...] | None = None
    merged: tuple[Merged, ...] = ()

    @property
    def trees(self) -> dict[str, str]:
        """Repo -> place below .trees, of everything in it."""
        return {
            **{one.repository.repo: one.tree for one in self.members},
            **{one.repo: one.tree for one in self.merged},
        }

    @property
    def id(self) -> str:
        """16 hex digits that name these commits under this manifest."""
        pairs = [[member.repository.repo, member.resolved.commit] for member in self.members]
        pairs += [[one.repo, one.commit] for one in self.merged]
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
        sources = record.get("sources")
        return OverlaySet(
            str(record["manifestDigest"]),
            record["complete"] is True,
            tuple(_member(repo, entry) for repo, entry in record["repositories"].items()),
            str(record.get("delivery", SEPARATE)),
            None if sources is None else tuple(read_source("sources", one) for one in sources),
            tuple(Merged(check_repo("merged", repo), str(commit)) for repo, commit in record.get("merged", {}).items()),
        )
    except (NodeError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _member(repo: str, entry: dict[str, Any]) -> Member:
    repository = Repository(check_repo("repo", repo), str(entry["cloneUrl"]), str(entry["ref"]))
    return Member(repository, Resolved(str(entry["commit"]), str(entry["kind"])), entry["public"] is True)


def history(volume: Volume) -> list[OverlaySet]:
    """Every readable set on disk, the one that became current last at the end."""
    stamped = sorted((stamp, name) for name, stamp in _stamps(volume).items())
    return [found for _, name in stamped for found in [load(volume, name)] if found is not None]


def _stamps(volume: Volume) -> dict[str, int]:
    """Id -> a number that is larger the later the set became current: a time, but one that never goes back."""
    found = {}
    for path in volume.sets.iterdir() if volume.sets.is_dir() else ():
        with contextlib.suppress(OSError):
            if ID.fullmatch(path.name):
                found[path.name] = (path / RECORD).stat().st_mtime_ns
    return found


def publish(volume: Volume, wanted: OverlaySet) -> tuple[bool, dict[str, str]]:
    """Make `wanted` the current set. Its trees must be there already.

    Gives whether another one was current, and by repository why its stable path does not lead there: what another
    cache left there may not be ours to move. Safe to repeat: what a killed run left undone is done by the next one.
    """
    folder = volume.sets / wanted.id
    if not _whole(volume, wanted):
        volume.discard(folder)
        _assemble(volume, wanted).rename(folder)
    target = f"{volume.sets.name}/{wanted.id}"
    changed = link_target(volume.current) != target
    if changed:
        stamp = max(time.time_ns(), 1 + max(_stamps(volume).values()))  # the clock may have been set back
        os.utime(folder / RECORD, ns=(stamp, stamp))
        if real_directory(volume.current):
            volume.discard(volume.current)
        volume.link(volume.current, target)
    problems = stable.place(volume, wanted.trees, replace=wanted.complete)
    stable.remove(volume, wanted.trees)
    return changed, problems


def _whole(volume: Volume, wanted: OverlaySet) -> bool:
    """Whether the set is there as it was assembled once."""
    folder = volume.sets / wanted.id
    links = ((folder / repo, _link_text(volume, tree)) for repo, tree in wanted.trees.items())
    return load(volume, wanted.id) is not None and all(link_target(link) == text for link, text in links)


def _link_text(volume: Volume, tree: str) -> str:
    return f"../../../{volume.trees.name}/{tree}"


def _assemble(volume: Volume, wanted: OverlaySet) -> pathlib.Path:
    folder = volume.temporary("set")
    folder.mkdir()
    for repo, tree in wanted.trees.items():
        link = folder / repo
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(_link_text(volume, tree))
    volume.write_json(folder / RECORD, _record(wanted))
    return folder


def _record(wanted: OverlaySet) -> dict[str, Any]:
    sources = None if wanted.sources is None else [_source(one) for one in wanted.sources]
    return {
        "schemaVersion": 1,
        "manifestDigest": wanted.manifest_digest,
        "complete": wanted.complete,
        "delivery": wanted.delivery,
        **({} if sources is None else {"sources": sources}),
        "repositories": {
            member.repository.repo: {
                "ref": member.repository.ref,
                "cloneUrl": member.repository.clone_url,
                "commit": member.resolved.commit,
                "kind": member.resolved.kind,
                "public": member.public,
            }
            for member in wanted.members
        },
        "merged": {one.repo: one.commit for one in wanted.merged},
    }


def _source(one: Source) -> dict[str, Any]:
    return {"repo": one.repo, **dict(one.subdirs), **({PRELOAD: one.skills_preload} if one.skills_preload else {})}


def reset(volume: Volume) -> int:
    """Remove the stable paths, the pointer and the status, so that nothing is served or ready; how many paths."""
    volume.status.unlink(missing_ok=True)
    removed = sum(stable.remove(place, ()) for place in (volume, volume.public) if place.root.is_dir())
    for place in (volume, volume.public):
        if link_target(place.current) is not None:
            place.current.unlink()
    return removed
