"""The walk over one subdir of a source: what stands there, links followed inside the tree, and what is taken of it."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from typing import NamedTuple

from overlays_node.limits import DEFAULT, MIB
from overlays_node.links import ABSENT, FILE, FOLDER, OnDisk
from overlays_node.offer import BEHIND, PROMPT, TWICE, Item, Note, Offer, hidden

OTHER, OUTSIDE, NOTHING = "other", "outside", "nothing"  # what stands somewhere, besides FILE and FOLDER


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

    Finders take items with `add`; what they put into `left_out` is no loose file. Directories behind links are searched
    like any other, within limits, so that nothing comes with a link that was not looked at.
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
        self._refused: set[str] = set()
        self._told_most = False
        self._files, self._paths = DEFAULT.links, DEFAULT.link_bytes  # what may still be behind links
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
            behind = path != "" and real != f"{self.base}/{path}"
            found = [] if behind and self._spent(path) else self._list(real, f"{path}/" if path else "")
            self._listed[path] = found
            if behind:
                self._files -= len(found)
                self._paths -= sum(len(entry.path) for entry in found)
        return found

    def _spent(self, path: str) -> bool:
        """Whether a directory behind a link is beyond a limit; told once when it is that of all together."""
        if path.count("/") >= DEFAULT.levels or len(path) > DEFAULT.path:
            most = f"is a path of more than {DEFAULT.levels} levels or {DEFAULT.path} bytes"
        elif self._files > 0 and self._paths > 0:
            return False
        else:
            if self._told_most:
                return True
            self._told_most = True
            mib = DEFAULT.link_bytes // MIB
            most = f"are more than {DEFAULT.links:,} files or paths of {mib} MiB: the rest is left out"
        self.refuse(path, f"behind links {most}")
        return True

    def refuse(self, path: str, text: str) -> None:
        """Do not look into a directory, and say why."""
        self._refused.add(path)
        self.note(path, text, error=True, about=BEHIND)

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
        """Everything below the subdir but these paths, parents first; no directory inside itself."""
        pending, above = [iter(self.children())], [self.base]
        while pending:
            for entry in pending[-1]:
                if entry.path in but:
                    continue
                yield entry
                if entry.kind == FOLDER and self._may_enter(entry, above):
                    pending.append(iter(self.children(entry)))
                    above.append(entry.real)
                    break
            else:
                pending.pop()
                above.pop()

    def _may_enter(self, folder: Entry, above: list[str]) -> bool:
        if not folder.is_link:
            return True
        if folder.path not in self._refused and any(f"{one}/".startswith(f"{folder.real}/") for one in above):
            self.refuse(folder.path, "a link to a directory that it is in")
        return folder.path not in self._refused

    def add(self, name: str, entry: Entry, problem: str | None = None, fixed: str = "") -> None:
        """Take an item; a name of "." or "_" is none, and its files are loose."""
        if not hidden(name):
            self.items.append(Item(self.surface, name, self.at, entry.path, problem, entry.real, fixed))

    def note(self, path: str, text: str, *, error: bool, about: str = "") -> None:
        """Remember something to tell."""
        self.notes.append(Note(self.surface, self.at, path, text, error, about))

    def leave_out(self, entry: Entry, text: str, about: str, *, error: bool = False) -> None:
        """Let what is there be neither item nor loose file, and say why."""
        self.left_out.add(entry.path)
        self.note(entry.path, text, error=error, about=about)

    def offer(self, *, loose: bool = True) -> Offer:
        """What was found: the first item of each name by path, and every file that is part of none, if wanted."""
        kept: dict[str, Item] = {}
        for item in sorted(self.items, key=lambda one: os.fsencode(one.path)):
            first = kept.setdefault(item.name, item)
            if first.real != item.real:
                self.note(item.path, f"{item.name!r} is there already, at {first.path}", error=True, about=TWICE)
            elif item.real == f"{self.base}/{item.path}":
                kept[item.name] = item  # at its own place, not behind a link
        self.left_out.update(item.path for item in self.items)
        found = tuple(self._loose()) if loose and self.surface != PROMPT else ()
        return Offer(tuple(kept.values()), found, tuple(self.notes), self.base)

    def _loose(self) -> Iterator[str]:
        for entry in self.walk(self.left_out):
            if entry.kind not in (FILE, FOLDER):
                text = "is no file, or a link that leads nowhere or out of the repository"
                self.note(entry.path, text, error=True)
            elif entry.kind == FILE:
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


def read(real: str) -> bytes:
    """Bytes of a file on the disk."""
    with open(real, "rb", buffering=0) as file:
        return file.read()
