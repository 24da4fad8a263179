"""The files of a merged directory: what won, in real directories; each file is one with that of its tree."""

# Paths are text and os calls: there may be hundreds of thousands of files.
# ruff: noqa: PTH102, PTH211

from __future__ import annotations

import bisect
import errno
import itertools
import os
import pathlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from overlays_node.arrange import LINK, Parcel, Piece, parcels
from overlays_node.config import Source
from overlays_node.items import FOLDER, PROMPT, Served, join_prompts, survey
from overlays_node.limits import Limits, check_room
from overlays_node.merge_commit import EXECUTABLE, FILE, Entries
from overlays_node.merge_ids import askable
from overlays_node.sets import Member
from overlays_node.trees import facts_of, write_file

PROMPT_FILE = "SYSTEM_PROMPT.md"
NO_LINK = (errno.EMLINK, errno.EPERM, errno.EXDEV)  # errors of a hard link that a copy does not have
OFTEN = 500  # directories and copies between two looks at the room that is left
MOST_KEPT = 10_000  # findings; more are only counted


class Finding(NamedTuple):
    """Something of a source that is not delivered, and why; `path` is from the root of the repository."""

    repo: str
    path: str
    reason: str


@dataclass
class Content:
    """What was written. `found` is how many findings there were; `findings` are the first of them."""

    items: int = 0
    files: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def report(self, repo: str, path: str, reason: str) -> None:
        """Take note of what is not delivered."""
        self.found += 1
        if len(self.findings) < MOST_KEPT:
            self.findings.append(Finding(repo, path, reason))


class _Tree:
    """The published tree of a member."""

    def __init__(self, root: pathlib.Path, commit: str) -> None:
        self.root = os.path.realpath(root)
        self.commit = commit
        self._lacks = sorted(one.path for one in facts_of(root).left_out)

    def where(self, real: str) -> str:
        """A place on the disk as a path from its root."""
        return real[len(self.root) + 1 :]

    def whole(self, where: str) -> bool:
        """Whether everything that the commit has in that folder is in the tree."""
        inside = f"{where}/"
        at = bisect.bisect(self._lacks, inside)
        return at == len(self._lacks) or not self._lacks[at].startswith(inside)


class Layout:
    """The work on the files of one merged directory.

    `members` are the repositories that are there; sources whose repository is not among them give nothing. `look` is
    called again and again.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        sources: Sequence[Source],
        members: Mapping[str, Member],
        root_of: Callable[[str], pathlib.Path],
        entries: Entries,
        limits: Limits,
        look: Callable[[], None],
    ) -> None:
        self._folder = os.fspath(folder)
        self._sources = sources
        self._root_of = root_of
        self._trees = {repo: _Tree(root_of(repo), one.resolved.commit) for repo, one in members.items()}
        self._entries = entries
        self._limits = limits
        self._look = look
        self._made = 0
        self.content = Content()

    def write(self) -> None:
        """Make the directory. Raises OSError, SpaceError: it is of no use."""
        os.mkdir(self._folder, 0o755)
        for served in survey(self._sources, self._root_of):
            self._look()
            self._report(served)
            if served.surface == PROMPT:
                self._prompt(served)
            else:
                self._surface(served)

    def _report(self, served: Served) -> None:
        for note in served.notes:
            source = self._sources[note.source]
            if source.repo in self._trees:
                self.content.report(source.repo, self._in_repo(note.surface, note.source, note.path), note.text)

    def _in_repo(self, surface: str, at: int, path: str) -> str:
        subdir = dict(self._sources[at].subdirs)[surface]
        return f"{subdir}/{path}" if path else subdir

    def _prompt(self, served: Served) -> None:
        """The prompts one after the other, one at a time in memory; no file where they say nothing."""
        winners = [choice.winner for choice in served.choices if choice.winner is not None]
        parts = join_prompts(self._read(one.real) for one in winners)
        self.content.items += len(winners)
        first = next(parts, None)
        if first is not None:
            self.content.files += 1
            place = f"{self._folder}/{PROMPT_FILE}"
            check_room(
                pathlib.Path(self._folder), self._limits, add_bytes=sum(os.lstat(one.real).st_size for one in winners)
            )
            write_file(os.fsencode(place), 0o444, itertools.chain([first], parts))
            self._entries.put_file(PROMPT_FILE, place)

    def _read(self, real: str) -> bytes:
        self._look()
        return pathlib.Path(real).read_bytes()

    def _surface(self, served: Served) -> None:
        top = f"{self._folder}/{served.surface}"
        os.mkdir(top, 0o755)
        made = {""}
        for parcel in parcels(served, self._sources, self._root_of, self._limits):
            self._look()
            if parcel.pieces:
                self._parents(top, parcel.path.rpartition("/")[0], made)
                self._parcel(top, parcel)
                self.content.items += parcel.item is not None
            for path, reason in parcel.left_out:
                where = self._in_repo(parcel.surface, parcel.source, path)
                self.content.report(self._sources[parcel.source].repo, where, reason)

    def _parents(self, top: str, path: str, made: set[str]) -> None:
        if path not in made:
            self._parents(top, path.rpartition("/")[0], made)
            self._make_folder(f"{top}/{path}")
            made.add(path)

    def _parcel(self, top: str, parcel: Parcel) -> None:
        tree = self._trees[self._sources[parcel.source].repo]
        for piece in parcel.pieces:
            new = f"{top}/{piece.path}"
            if piece.kind == FOLDER:
                self._make_folder(new)
            elif piece.kind == LINK:
                os.symlink(piece.target, new)
                self.content.files += 1
            else:
                self._make_file(piece.real, new)
                self.content.files += 1
        first, path = parcel.pieces[0], f"{parcel.surface}/{parcel.path}"
        if first.kind == FOLDER and parcel.item is not None and parcel.as_is and parcel.item.winner is not None:
            where = tree.where(parcel.item.winner.real)
            if tree.whole(where) and askable(where):
                self._entries.take_folder(path, tree.commit, where)
                return
        for piece in parcel.pieces:
            self._enter(tree, f"{parcel.surface}/{piece.path}", piece)

    def _enter(self, tree: _Tree, path: str, piece: Piece) -> None:
        if piece.kind == LINK:
            self._entries.put_link(path, os.fsencode(piece.target))
        elif piece.kind != FOLDER:
            mode = EXECUTABLE if os.lstat(piece.real).st_mode & 0o111 else FILE
            self._entries.take(path, mode, tree.commit, tree.where(piece.real), piece.real)

    def _make_folder(self, path: str) -> None:
        self._made += 1
        if self._made % OFTEN == 0:
            self._look()
            check_room(pathlib.Path(self._folder), self._limits)
        os.mkdir(path, 0o755)

    def _make_file(self, real: str, new: str) -> None:
        try:
            os.link(real, new)
        except OSError as why:
            if why.errno not in NO_LINK:
                raise
            check_room(pathlib.Path(self._folder), self._limits, add_bytes=os.lstat(real).st_size, add_inodes=1)
            shutil.copy(real, new)
