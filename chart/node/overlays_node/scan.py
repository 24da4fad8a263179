"""The walk over one subdir of a source: what stands there, links followed inside the tree, and what is taken of it."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from overlays_node.links import ABSENT, FILE, FOLDER, OnDisk

TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT = "tools", "workflows", "skills", "personas", "prompt"
SURFACES = (TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT)
OTHER, OUTSIDE, NOTHING = "other", "outside", "nothing"  # what stands somewhere, besides FILE and FOLDER


@dataclass(frozen=True)
class Item:
    """One named thing: `source` is its place in the list, `path` is below the subdir ("" for the prompt).

    `problem` says why it cannot be served, although it takes the name. `real` is where it is on the disk, links
    resolved: two items of one place are one.
    """

    surface: str
    name: str
    source: int
    path: str
    problem: str | None = None
    real: str = field(default="", compare=False)


@dataclass(frozen=True)
class Note:
    """Something to tell about a source; `path` is below the subdir, "" for the subdir itself."""

    surface: str
    source: int
    path: str
    text: str
    error: bool


@dataclass(frozen=True)
class Offer:
    """What one source offers on one surface: items, and files that are part of no item.

    `base` is the directory on the disk, links resolved; "" when there is none.
    """

    items: tuple[Item, ...] = ()
    loose: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    base: str = field(default="", compare=False)


class Entry(NamedTuple):
    """What stands in a folder: `path` is below the subdir, `kind` and `real` are those of what a link leads to.

    `real` is the place on the disk, links resolved.
    """

    name: str
    path: str
    kind: str
    is_link: bool
    real: str


class Scan:
    """The walk over one subdir. `root` and `base`, the subdir, are on the disk, links resolved.

    Finders take items with `add`; what they put into `left_out` is no loose file.
    """

    def __init__(self, surface: str, at: int, root: str, repo: str) -> None:
        self.surface = surface
        self.at = at
        self.root = root
        self.repo = repo
        self.base = ""
        self.items: list[Item] = []
        self.notes: list[Note] = []
        self.left_out: set[str] = set()
        self._listed: dict[str, list[Entry]] = {}
        self._links = OnDisk(root)

    def enter(self, subdir: str) -> str:
        """Go to the subdir; what stands there."""
        path, linked, mode = self.root, False, 0
        for part in subdir.split("/"):
            path = f"{path}/{part}"
            found = status(path)
            if found is None:
                return NOTHING
            mode, linked = found.st_mode, linked or stat.S_ISLNK(found.st_mode)
        self.base = os.path.realpath(path) if linked else path
        if not linked:
            return _kind(mode)
        if self.base != self.root and not self.base.startswith(self.root + os.sep):
            return OUTSIDE
        found = status(self.base)
        return NOTHING if found is None or stat.S_ISLNK(found.st_mode) else _kind(found.st_mode)

    def is_file(self, real: str) -> bool:
        """Whether a regular file is at that place on the disk, or a link to one inside the tree."""
        found = status(real)
        if found is None or not stat.S_ISLNK(found.st_mode):
            return found is not None and stat.S_ISREG(found.st_mode)
        return self._follow(real)[0] == FILE

    def _follow(self, link: str) -> tuple[str, str]:
        """What a link of the tree leads to, and where that is."""
        end, reason = self._links.end(link[len(self.root) + 1 :])
        if reason:
            return OUTSIDE, link
        return (self._links.kind(os.fsencode(end)) or OTHER, f"{self.root}/{end}") if end else (FOLDER, self.root)

    def children(self, folder: Entry | None = None) -> list[Entry]:
        """The entries of a folder, or of the subdir, in byte order."""
        real, path = (self.base, "") if folder is None else (folder.real, folder.path)
        found = self._listed.get(path)
        if found is None:
            found = self._listed[path] = self._list(real, f"{path}/" if path else "")
        return found

    def _list(self, real: str, before: str) -> list[Entry]:
        entries = []
        with os.scandir(real) as found:
            for one in found:
                is_link, place = one.is_symlink(), one.path
                if is_link:
                    kind, place = self._follow(place)
                else:
                    kind = FOLDER if one.is_dir(follow_symlinks=False) else FILE if one.is_file() else OTHER
                entries.append(Entry(one.name, before + one.name, kind, is_link, place))
        entries.sort(key=lambda entry: os.fsencode(entry.name))
        return entries

    def walk(self, but: Collection[str] = ()) -> Iterator[Entry]:
        """Everything below the subdir but these paths, parents first; folders behind links are not looked into."""
        pending = [iter(self.children())]
        while pending:
            for entry in pending[-1]:
                if entry.path in but:
                    continue
                yield entry
                if entry.kind == FOLDER and not entry.is_link:
                    pending.append(iter(self.children(entry)))
                    break
            else:
                pending.pop()

    def add(self, name: str, entry: Entry, problem: str | None = None) -> None:
        """Take an item; a name of "." or "_" is none, and its files are loose."""
        if not hidden(name):
            self.items.append(Item(self.surface, name, self.at, entry.path, problem, entry.real))

    def note(self, path: str, text: str, *, error: bool) -> None:
        """Remember something to tell."""
        self.notes.append(Note(self.surface, self.at, path, text, error))

    def offer(self) -> Offer:
        """What was found: the first item of each name by path, and every file that is part of none."""
        kept: dict[str, Item] = {}
        for item in sorted(self.items, key=lambda one: os.fsencode(one.path)):
            first = kept.setdefault(item.name, item)
            if first is not item:
                self.left_out.add(item.path)
                if first.real != item.real:
                    self.note(item.path, f"{item.name!r} is there already, at {first.path}", error=True)
        self.left_out.update(item.path for item in kept.values())
        loose = () if self.surface == PROMPT else tuple(self._loose())
        return Offer(tuple(kept.values()), loose, tuple(self.notes), self.base)

    def _loose(self) -> Iterator[str]:
        for entry in self.walk(self.left_out):
            if entry.kind not in (FILE, FOLDER):
                text = "is no file, or a link that leads nowhere or out of the repository"
                self.note(entry.path, text, error=True)
            elif entry.kind == FILE or entry.is_link:
                yield entry.path


def status(path: str) -> os.stat_result | None:
    """What stands there, a link as such; None for nothing. Raises OSError: it cannot be told."""
    try:
        return os.lstat(path)
    except OSError as why:
        if why.errno not in ABSENT:
            raise
        return None


def _kind(mode: int) -> str:
    return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else OTHER


def hidden(name: str) -> bool:
    """Whether a name is one that no item has."""
    return name.startswith((".", "_"))


def read(real: str) -> bytes:
    """Bytes of a file on the disk."""
    with open(real, "rb", buffering=0) as file:
        return file.read()
