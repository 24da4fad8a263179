"""Pseudo-repositories: what won of all sources as one tree of its own, made when the commits of a set are known."""

from __future__ import annotations

import hashlib
import json
import pathlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from overlays_node import log, merge_commit, merge_facts
from overlays_node.config import MERGED, Source
from overlays_node.git import Git
from overlays_node.limits import Limits, check_room
from overlays_node.merge_commit import Entries
from overlays_node.merge_facts import ALL, PUBLIC, facts_of
from overlays_node.merge_files import Content, Finding, Layout
from overlays_node.sets import Member, Merged, OverlaySet
from overlays_node.state import MergedStatus
from overlays_node.trees import FACTS
from overlays_node.volume import Volume

LAYOUT = 2  # of what is made of the same commits
MOST_TOLD = 100  # findings of one commit that the log names; its .git/overlays.json has them all
REST = 9  # times as long as one took, nothing is merged for a set that is followed by another soon


@dataclass(frozen=True)
class Wanted:
    """What is to be merged: these sources, of which these members are there, for the sets of that volume."""

    place: Volume
    repo: str
    sources: tuple[Source, ...]
    members: Mapping[str, Member]

    @property
    def inputs(self) -> str:
        """Hex digits that name everything that has a say in the result."""
        sources = [[one.repo, one.subdirs] for one in self.sources]
        commits = [[repo, one.resolved.commit] for repo, one in self.members.items()]
        return hashlib.sha256(json.dumps([LAYOUT, sources, commits]).encode()).hexdigest()

    @property
    def folder(self) -> pathlib.Path:
        """Where all its commits are."""
        return self.place.trees / self.repo.replace("/", "%2F")


class Merger:
    """Makes merged trees and remembers the last ones. `look` is called again and again meanwhile."""

    def __init__(self, volume: Volume, git: Git, limits: Limits, look: Callable[[], None]) -> None:
        self._volume = volume
        self._git = git
        self._limits = limits
        self._look = look
        self._last: dict[tuple[pathlib.Path, str], tuple[str, MergedStatus]] = {}
        self._rest = 0.0  # monotonic time before which only the last set of a pass is worth the work

    def with_merged(self, wanted: OverlaySet, *, last: bool) -> OverlaySet | None:
        """The set with what its delivery asks for; None: let it wait for the `last` one of the pass.

        Raises NodeError, OSError: it cannot be made.
        """
        if wanted.delivery != MERGED or wanted.sources is None:
            return wanted
        asked = [_wanted(self._volume, ALL, wanted.sources, wanted.members), *_public(self._volume, wanted)]
        if not last and time.monotonic() < self._rest and not all(self._known(one) for one in asked):
            return None
        return replace(wanted, merged=self._made(asked))

    def with_public(self, wanted: OverlaySet, volume: Volume) -> OverlaySet:
        """The same for the set of public members in a volume of their own. Raises NodeError, OSError."""
        if wanted.delivery != MERGED or wanted.sources is None:
            return wanted
        return replace(wanted, merged=self._made(_public(volume, wanted)))

    def status(self, shown: OverlaySet | None) -> dict[str, MergedStatus]:
        """What is known of the merged trees of a set."""
        found = {}
        for one in shown.merged if shown is not None else ():
            last = self._last.get((self._volume.root, one.repo))
            tree = self._volume.trees / one.tree
            found[one.repo] = last[1] if last is not None and last[1].commit == one.commit else facts_of(tree)[1]
        return found

    def _made(self, asked: Sequence[Wanted]) -> tuple[Merged, ...]:
        staged: list[tuple[Wanted, pathlib.Path, MergedStatus]] = []
        begun = time.monotonic()
        try:
            told: set[Finding] = set()
            for one in asked:
                if self._known(one) is None:
                    staged.append((one, *self._build(one, told)))
            if staged:
                self._volume.flush()
            for one, folder, status in staged:
                self._place(one, folder, status)
        finally:
            for _, folder, _ in staged:
                self._volume.discard(folder.parent)
            if staged:
                self._rest = time.monotonic() + REST * (time.monotonic() - begun)
        return tuple(Merged(one.repo, str(status.commit)) for one in asked for status in [self._known(one)] if status)

    def _place(self, one: Wanted, folder: pathlib.Path, status: MergedStatus) -> None:
        tree = one.folder / str(status.commit)
        if tree.is_dir():  # other inputs gave the very same
            self._volume.write(tree / ".git" / FACTS, (folder / ".git" / FACTS).read_bytes(), 0o444)
        else:
            one.place.place(folder, one.folder.name, str(status.commit))
        self._last[one.place.root, one.repo] = one.inputs, status

    def _known(self, one: Wanted) -> MergedStatus | None:
        """The tree of these inputs, if it is there."""
        place, inputs = (one.place.root, one.repo), one.inputs
        last = self._last.get(place)
        if last is None or last[0] != inputs:
            for tree in sorted(one.folder.glob("*")):
                found = facts_of(tree)
                if found[0] == inputs:
                    last = self._last[place] = found
        if last is None or last[0] != inputs or not (one.folder / str(last[1].commit)).is_dir():
            return None
        return last[1]

    def _build(self, one: Wanted, told: set[Finding]) -> tuple[pathlib.Path, MergedStatus]:
        """Make it aside, in a folder of its own: .git leads to the stores from there as from the final place."""
        begun = time.monotonic()
        check_room(self._volume.tmp, self._limits)
        aside = self._volume.temporary("merged")
        aside.mkdir()
        try:
            folder = aside / "tree"
            with Entries(self._git) as entries:
                root_of = self._root_of(one.members)
                layout = Layout(folder, one.sources, one.members, root_of, entries, self._limits, self._look)
                layout.write()
                commits = {repo: member.resolved.commit for repo, member in one.members.items()}
                own, look = one.place is not self._volume, self._look
                commit = merge_commit.write(self._git, folder, one.repo, entries, commits, look, own_objects=own)
            content = layout.content
            merge_facts.write(folder, one.inputs, commits, content)
        except BaseException:
            self._volume.discard(aside)
            raise
        status = MergedStatus(commit, content.items, content.files, content.found)
        counts = {"items": content.items, "files": content.files, "seconds": round(time.monotonic() - begun, 3)}
        log.info("merged", repository=one.repo, commit=commit, **counts)
        _log(one.repo, content, told)
        return folder, status

    def _root_of(self, members: Mapping[str, Member]) -> Callable[[str], pathlib.Path]:
        def root_of(repo: str) -> pathlib.Path:
            member = members.get(repo)
            return self._volume.tmp / "nothing" if member is None else self._volume.trees / member.tree

        return root_of


def _wanted(place: Volume, repo: str, sources: Sequence[Source], members: Iterable[Member]) -> Wanted:
    there = {one.repository.repo: one for one in members}
    of_sources = {one.repo: there[one.repo] for one in sources if one.repo in there}
    return Wanted(place, repo, tuple(sources), of_sources)


def _public(place: Volume, wanted: OverlaySet) -> list[Wanted]:
    """The public sources, if there is one, and nothing that tells of others."""
    public = {one.repository.repo: one for one in wanted.members if one.public}
    sources = [one for one in wanted.sources or () if one.repo in public]
    return [_wanted(place, PUBLIC, sources, public.values())] if sources else []


def _log(repo: str, content: Content, told: set[Finding]) -> None:
    """Name what is not delivered, once for all trees that are made together."""
    news = [one for one in content.findings if one not in told]
    told.update(news)
    for one in news[:MOST_TOLD]:
        log.warning("not-delivered", repository=repo, source=one.repo, path=one.path, reason=one.reason)
    more = len(news) - MOST_TOLD + content.found - len(content.findings)
    if more > 0:
        log.warning("not-delivered-more", repository=repo, paths=more)
