"""What is delivered of each winner and loose file: its folders, files and links, one parcel after the other."""

# Paths are text and os calls: there may be hundreds of thousands of files.
# ruff: noqa: PTH115, PTH120

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from overlays_node.config import Source
from overlays_node.items import FILE, FOLDER, PROMPT, WORKFLOWS, Choice, Item, Served
from overlays_node.limits import DEFAULT, MIB, Limits
from overlays_node.links import OnDisk

LINK, NAMED = "link", "named"
GIT_FOLDER = ".git"
PACKAGE = "__init__.py"  # of all workflows: it would make one package of them, which hides those of other directories
SHORT = 400  # characters of a path that break no limit, whatever their bytes are


class Piece(NamedTuple):
    """One thing to make. `path` is below the surface's directory, and parents come first.

    `kind` is FOLDER, FILE, LINK or NAMED. `real` is where a file is on the disk, links resolved: a regular file of its
    own repository. `target` is the text of a link, which stays inside its item, or the name in the copy of a SKILL.md.
    """

    path: str
    kind: str
    real: str
    target: str


class Parcel(NamedTuple):
    """An item or a loose file of one source, with everything that is delivered of it.

    `path` is where it lies below the surface's directory; `item` is None for a loose file; `shadowed` are the sources
    whose copy it hides. The first of `pieces` is the parcel itself, a folder is followed by all that is below it; none
    are there when it cannot be delivered. `left_out` says of what is missing why. `as_is`: it is all that is on the
    disk at its path, without any copy.
    """

    surface: str
    path: str
    item: Choice | None
    source: int
    shadowed: tuple[int, ...]
    pieces: tuple[Piece, ...]
    left_out: tuple[tuple[str, str], ...]
    as_is: bool


def parcels(
    served: Served, sources: Sequence[Source], root_of: Callable[[str], pathlib.Path], limits: Limits = DEFAULT
) -> Iterator[Parcel]:
    """All that one surface delivers, by name and then by path; nothing for the prompt, which is composed.

    `served` was chosen from these sources, in this order, and `root_of` gives the directory of a repo's files. A link
    stays if it never leaves its item. One to elsewhere in its repository is replaced by what is there. Of one source
    such copies are within the limits of one tree together. An __init__.py of all workflows is left out. Raises OSError:
    files cannot be read.
    """
    if served.surface == PROMPT:
        return
    trees: dict[int, _Tree] = {}

    def tree(at: int) -> _Tree:
        if at not in trees:
            trees[at] = _Tree(os.path.realpath(root_of(sources[at].repo)), _subdir(sources[at], served.surface), limits)
        return trees[at]

    for choice in served.choices:
        item = choice.winner
        if item is not None:
            packing = _Packing(tree(item.source))
            packing.item(item)
            shadowed = tuple(one.source for one in choice.shadowed)
            yield packing.parcel(served.surface, item.path, choice, item.source, shadowed)
    for loose in served.loose:
        if GIT_FOLDER not in loose.path.lower().split("/"):
            packing = _Packing(tree(loose.source))
            if (served.surface, loose.path) == (WORKFLOWS, PACKAGE):
                packing.left_out.append((loose.path, "would hide the workflows of other directories"))
            else:
                packing.loose(loose.path)
            yield packing.parcel(served.surface, loose.path, None, loose.source, loose.shadowed)


def _subdir(source: Source, surface: str) -> str:
    return dict(source.subdirs)[surface]


class _TooMuchError(Exception):
    """A copy breaks a limit; the text says which."""


class _Tree:
    """The files of one source, `root` and `base`, the subdir, with links resolved, and what copies may still take."""

    def __init__(self, root: str, subdir: str, limits: Limits) -> None:
        self.root = root
        self.base = os.path.realpath(f"{root}/{subdir}")
        self.limits = limits
        self.links = OnDisk(root)
        self._steps, self._bytes = limits.files, limits.bytes
        self._last = ("", self.base)

    def real(self, folder: str) -> str:
        """Where a directory below `base` is on the disk; asked for many files of one in turn."""
        if folder != self._last[0]:
            self._last = (folder, os.path.realpath(f"{self.base}/{folder}"))
        return self._last[1]

    def spend(self, steps: int, size: int) -> None:
        """Count a part of a copy. What a copy took stays taken when it is given up: so the work has an end."""
        self._steps -= steps
        self._bytes -= size
        if self._steps < 0 or self._bytes < 0:
            most = f"{self.limits.files:,} files and directories and {self.limits.bytes // MIB:,} MiB"
            raise _TooMuchError(f"what links lead to is more than {most} in all, which is the limit")


class _Scope:
    """The directory on the disk that a link must not leave in order to stay a link."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._links: OnDisk | None = None

    def keeps(self, place: str) -> bool:
        """Whether the link there never leads out, not even to come back."""
        if self._links is None:
            self._links = OnDisk(self.root)
        return not self._links.end(place[len(self.root) + 1 :])[1]


class _Packing:
    """The work on one parcel. `followed` are the places of the links behind which it is just now."""

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree
        self.pieces: list[Piece] = []
        self.left_out: list[tuple[str, str]] = []
        self.followed: list[str] = []
        self._as_is = True

    def parcel(self, surface: str, path: str, item: Choice | None, source: int, shadowed: tuple[int, ...]) -> Parcel:
        """What was packed."""
        as_is = self._as_is and not self.left_out
        return Parcel(surface, path, item, source, shadowed, tuple(self.pieces), tuple(self.left_out), as_is)

    def item(self, item: Item) -> None:
        """Add an item."""
        if item.real == f"{self.tree.base}/{item.path}":
            self.entry(item.real, item.path)
        else:  # behind a link: any number of items may be there
            self._copy(item.path, item.real, item.real)

    def loose(self, path: str) -> None:
        """Add a loose file."""
        folder, slash, name = path.rpartition("/")
        place = f"{self.tree.real(folder)}{slash or '/'}{name}"
        if place == f"{self.tree.base}/{path}":
            self.entry(place, path)
        else:  # in a directory behind a link
            self._copy(path, place, place)

    def entry(self, place: str, path: str) -> None:
        """Add what is at a place on the disk."""
        mode = os.lstat(place).st_mode
        if stat.S_ISLNK(mode):
            self._follow(place, path)
        elif stat.S_ISDIR(mode):
            self._folder(_Scope(place), place, path)
        else:
            self._file(place, path)

    def _folder(self, scope: _Scope, place: str, path: str) -> None:
        self._add(Piece(path, FOLDER, "", ""), 1, 0)
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.name.lower() == GIT_FOLDER:
                continue
            if entry.is_symlink():
                self._link(scope, entry.path, below)
            elif entry.is_dir(follow_symlinks=False):
                self._folder(scope, entry.path, below)
            elif entry.is_file(follow_symlinks=False):
                self._file(entry.path, below)
            else:
                self.left_out.append((below, "no regular file"))

    def _file(self, place: str, path: str) -> None:
        size = os.lstat(place).st_size if self.followed else 0
        self._add(Piece(path, FILE, place, ""), 1, size)

    def _link(self, scope: _Scope, place: str, path: str) -> None:
        target = os.readlink(place)
        if self.followed:
            self.tree.spend(1 + target.count("/"), 0)
        if scope.keeps(place):
            self._add(Piece(path, LINK, "", target), 1, 0)
        else:
            self._follow(place, path)

    def _follow(self, place: str, path: str) -> None:
        """Add what a link leads to elsewhere in the repository."""
        end, reason = self.tree.links.end(place[len(self.tree.root) + 1 :])
        if reason:
            self.left_out.append((path, reason))
        else:
            self._copy(path, place, f"{self.tree.root}/{end}" if end else self.tree.root)

    def _copy(self, path: str, link: str, end: str) -> None:
        """Add the file or folder `end` in place of the link, whole; or leave the outermost link out."""
        self._as_is = False
        if any(one == end or one.startswith(f"{end}/") for one in (*self.followed, os.path.dirname(link))):
            self.left_out.append((path, "a link to a directory that it is in"))
            return
        mark = len(self.pieces), len(self.left_out)
        self.followed.append(os.path.dirname(link))
        try:
            self.entry(end, path)
        except _TooMuchError as why:
            if len(self.followed) > 1:
                raise
            del self.pieces[mark[0] :], self.left_out[mark[1] :]
            self.left_out.append((path, str(why)))
        finally:
            self.followed.pop()

    def _add(self, piece: Piece, steps: int, size: int) -> None:
        if self.followed:
            self.tree.spend(steps, size)
            if len(piece.path) > SHORT or piece.path.count("/") >= self.tree.limits.levels:
                self._check(piece.path)
        self.pieces.append(piece)

    def _check(self, path: str) -> None:
        limits, names = self.tree.limits, os.fsencode(path).split(b"/")
        if len(names) > limits.levels:
            raise _TooMuchError(f"behind it is a path of more than {limits.levels} levels, which is the limit")
        if len(os.fsencode(path)) > limits.path:
            raise _TooMuchError(f"behind it is a path of more than {limits.path} bytes, which is the limit")
