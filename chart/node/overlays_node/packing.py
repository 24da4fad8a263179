"""Packing one parcel: its folders, files and links, as they are on the disk, and copies of what its links lead to."""

# Paths are text and os calls: there may be hundreds of thousands of files.
# ruff: noqa: PTH115, PTH120

from __future__ import annotations

import os
import stat

from overlays_node.choosing import Choice
from overlays_node.limits import MIB, Limits
from overlays_node.links import FILE, FOLDER, OnDisk
from overlays_node.offer import Item
from overlays_node.parcel import LINK, Parcel, Piece
from overlays_node.withheld import ALL, Hidden

GIT_FOLDER = ".git"
SHORT = 400  # characters of a path that break no limit, whatever their bytes are


class _TooMuchError(Exception):
    """A copy breaks a limit; the text says which."""


class Tree:
    """The files of one source, `root` and `base`, the subdir, with links resolved, and what copies may still take.

    `hidden` is what no link may bring, None for nothing. `guarded`: some of it may lie here without any link.
    """

    def __init__(self, root: str, surface: str, subdir: str, limits: Limits, hidden: Hidden | None) -> None:
        self.root = root
        self.base = os.path.realpath(f"{root}/{subdir}")
        self.limits = limits
        self.hidden = hidden
        self.guarded = hidden is not None and hidden.overlaps(surface, self.base)
        self.links = OnDisk(root)
        self._steps, self._bytes = limits.files, limits.bytes
        self._last = ("", self.base)
        self._closed: dict[str, bool] = {}  # path below `base` -> whether it is, or is behind, a link to what is hidden

    def real(self, folder: str) -> str:
        """Where a directory below `base` is on the disk; asked for many files of one in turn."""
        if folder != self._last[0]:
            self._last = (folder, os.path.realpath(f"{self.base}/{folder}"))
        return self._last[1]

    def is_closed(self, path: str) -> bool:
        """Whether a path below `base` is a link to what is hidden, or leads through one."""
        if self.hidden is None or not path:
            return False
        if path not in self._closed:
            above, _, name = path.rpartition("/")
            self._closed[path] = self.is_closed(above) or self.hides(f"{self.real(above)}/{name}")
        return self._closed[path]

    def hides(self, place: str, end: str = "") -> bool:
        """Whether a place on the disk, if it is a link, leads to what is hidden; `end` is where, if that is known."""
        if self.hidden is None or not (end or os.path.islink(place)):  # noqa: PTH114
            return False
        return self.hidden.hides(place, end or os.path.realpath(place))

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


class Packing:
    """The work on one parcel. `followed` are the places of the links behind which it is just now."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.pieces: list[Piece] = []
        self.left_out: list[tuple[str, str]] = []
        self.followed: list[str] = []
        self._as_is = not tree.guarded
        self._leads_out = tree.guarded

    def parcel(self, surface: str, path: str, item: Choice | None, source: int, shadowed: tuple[int, ...]) -> Parcel:
        """What was packed."""
        as_is = self._as_is and not self.left_out
        lists = (ALL if self.tree.hidden is None else self.tree.hidden.key) if self._leads_out else ""
        return Parcel(surface, path, item, source, shadowed, tuple(self.pieces), tuple(self.left_out), as_is, lists)

    def item(self, item: Item) -> None:
        """Add an item."""
        place = f"{self.tree.base}/{item.path}"
        if item.real == place:
            self.entry(item.real, item.path)
        elif self.tree.hides(place, item.real):
            self._gives_up()
        else:  # behind a link: any number of items may be there
            self._copy(item.path, item.real, item.real)

    def loose(self, path: str) -> None:
        """Add a loose file."""
        folder, slash, name = path.rpartition("/")
        place = f"{self.tree.real(folder)}{slash or '/'}{name}"
        if place == f"{self.tree.base}/{path}":
            self.entry(place, path)
        elif self.tree.is_closed(path):
            self._gives_up()
        else:  # in a directory behind a link
            self._copy(path, place, place)

    def entry(self, place: str, path: str) -> None:
        """Add what is at a place on the disk."""
        mode = os.lstat(place).st_mode
        if not self._is_open(place):
            return
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
            if entry.name.lower() == GIT_FOLDER or not self._is_open(entry.path):
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
        found, reason = self.tree.links.end(place[len(self.tree.root) + 1 :])
        end = f"{self.tree.root}/{found}" if found else self.tree.root
        if reason:
            self.left_out.append((path, reason))
        elif self.tree.hides(place, end):
            self._gives_up()
        else:
            self._copy(path, place, end)

    def _is_open(self, place: str) -> bool:
        return not self.tree.guarded or self.tree.hidden is None or not self.tree.hidden.covers(place)

    def _gives_up(self) -> None:
        """Something is left out because it is hidden."""
        self._as_is, self._leads_out = False, True

    def _copy(self, path: str, link: str, end: str) -> None:
        """Add the file or folder `end` in place of the link, whole; or leave the outermost link out."""
        self._as_is, self._leads_out = False, True
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
