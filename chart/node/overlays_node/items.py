"""Items: what each source offers on each surface, and who wins where two offer the same name."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH116, PTH123

from __future__ import annotations

import errno
import os
import pathlib
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from overlays_node.config import Source
from overlays_node.names import LARGEST, WorkflowNameError, skill_problem, workflow_name

TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT = "tools", "workflows", "skills", "personas", "prompt"
SURFACES = (TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT)
DEFAULT_SUBDIRS = {TOOLS: "tools", WORKFLOWS: "workflows", SKILLS: ".agents/skills"}

FOLDER, FILE, OTHER, OUTSIDE, NOTHING = "folder", "file", "other", "outside", "nothing"
ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)  # errors that say: there is nothing


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


@dataclass(frozen=True)
class InTheWay:
    """A path that something served of that source needs."""

    path: str
    source: int


@dataclass(frozen=True)
class Choice:
    """Who wins one name: None when nothing is served under it; `shadowed` in source order.

    `last` is the copy that takes the name. When it is not the winner, it has a problem, or something is in its way.
    """

    name: str
    winner: Item | None
    shadowed: tuple[Item, ...]
    last: Item
    in_the_way: InTheWay | None = None


@dataclass(frozen=True)
class Loose:
    """One loose file: the source that is served, and the ones whose file of that path is not."""

    path: str
    source: int
    shadowed: tuple[int, ...]


@dataclass(frozen=True)
class Served:
    """All of one surface, by name and by path."""

    surface: str
    choices: tuple[Choice, ...]
    loose: tuple[Loose, ...]
    notes: tuple[Note, ...]


def survey(sources: Sequence[Source], root_of: Callable[[str], pathlib.Path]) -> tuple[Served, ...]:
    """Everything that the sources serve, one entry per surface; `root_of` gives the directory of a repo's files.

    Raises OSError: some files cannot be read.
    """
    found = [offers(at, root_of(one.repo), one) for at, one in enumerate(sources)]
    return tuple(choose(surface, [one[place] for one in found]) for place, surface in enumerate(SURFACES))


def offers(at: int, root: pathlib.Path, source: Source) -> tuple[Offer, ...]:
    """What the files below `root` offer as source number `at`, one entry per surface. Raises OSError."""
    real = os.path.realpath(root)
    return tuple(_offer(surface, at, real, source) for surface in SURFACES)


def offer(surface: str, at: int, root: pathlib.Path, source: Source) -> Offer:
    """What the files below `root` offer as source number `at`; nothing when the surface is off.

    A link that leads out of the root is left out and noted. Raises OSError: the files cannot be read.
    """
    return _offer(surface, at, os.path.realpath(root), source)


def _offer(surface: str, at: int, root: str, source: Source) -> Offer:
    subdir = dict(source.subdirs).get(surface)
    if subdir is None:
        return Offer()
    scan = _Scan(surface, at, root, source.repo)
    kind = scan.enter(subdir)
    wanted = FILE if surface == PROMPT else FOLDER
    if kind != wanted:
        if kind != NOTHING or subdir != DEFAULT_SUBDIRS.get(surface):
            scan.note("", f"{subdir} is no {wanted} of {source.repo}", error=False)
        return Offer(notes=tuple(scan.notes))
    _FINDERS[surface](scan)
    return scan.offer()


class _Entry(NamedTuple):
    """What stands in a folder: `path` is below the subdir, `kind` that of a link's target."""

    name: str
    path: str
    kind: str
    is_link: bool


@dataclass
class _Scan:
    """The walk over one subdir. `root` and `base`, the subdir, are on the disk, links resolved."""

    surface: str
    at: int
    root: str
    repo: str
    base: str = ""
    items: list[Item] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    listed: dict[str, list[_Entry]] = field(default_factory=dict)
    has_links: bool = False

    def enter(self, subdir: str) -> str:
        """Go to the subdir; what stands there."""
        path, linked, mode = self.root, False, 0
        for part in subdir.split("/"):
            path = f"{path}/{part}"
            found = _mode(path)
            if found is None:
                return NOTHING
            mode, linked = found, linked or stat.S_ISLNK(found)
        self.base = os.path.realpath(path) if linked else path
        return self._target(path) if linked else _kind(mode)

    def kind(self, path: str) -> str:
        """What stands at a path on the disk, links followed inside the tree."""
        mode = _mode(path)
        if mode is None:
            return NOTHING
        return self._target(path) if stat.S_ISLNK(mode) else _kind(mode)

    def _target(self, path: str) -> str:
        real = os.path.realpath(path)
        if real != self.root and not real.startswith(self.root + os.sep):
            return OUTSIDE
        mode = _mode(real)
        return NOTHING if mode is None or stat.S_ISLNK(mode) else _kind(mode)

    def on_disk(self, path: str) -> str:
        """Where a path below the subdir is."""
        return f"{self.base}/{path}"

    def children(self, path: str) -> list[_Entry]:
        """A folder's entries in byte order."""
        found = self.listed.get(path)
        if found is None:
            found = self.listed[path] = self._list(path)
        return found

    def _list(self, path: str) -> list[_Entry]:
        before = f"{path}/" if path else ""
        entries = []
        with os.scandir(self.on_disk(path)) as found:
            for one in found:
                is_link = one.is_symlink()
                if is_link:
                    kind, self.has_links = self._target(one.path), True
                else:
                    kind = FOLDER if one.is_dir(follow_symlinks=False) else FILE if one.is_file() else OTHER
                entries.append(_Entry(one.name, before + one.name, kind, is_link))
        entries.sort(key=lambda entry: os.fsencode(entry.name))
        return entries

    def walk(self, but: Collection[str] = ()) -> Iterator[_Entry]:
        """Everything below the subdir but these paths, parents first; folders behind links are not looked into."""
        pending = [iter(self.children(""))]
        while pending:
            for entry in pending[-1]:
                if entry.path in but:
                    continue
                yield entry
                if entry.kind == FOLDER and not entry.is_link:
                    pending.append(iter(self.children(entry.path)))
                    break
            else:
                pending.pop()

    def add(self, name: str, path: str, problem: str | None = None) -> None:
        """Take an item; a name of "." or "_" is none, and its files are loose."""
        if not hidden(name):
            real = self.on_disk(path)
            real = os.path.realpath(real) if self.has_links else real
            self.items.append(Item(self.surface, name, self.at, path, problem, real))

    def note(self, path: str, text: str, *, error: bool) -> None:
        """Remember something to tell."""
        self.notes.append(Note(self.surface, self.at, path, text, error))

    def read(self, path: str) -> bytes:
        """Bytes of a file below the subdir."""
        with open(self.on_disk(path), "rb", buffering=0) as file:
            return file.read()

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


def _stat(path: str) -> os.stat_result | None:
    """What stands there, a link as such; None for nothing. Raises OSError: it cannot be told."""
    try:
        return os.lstat(path)
    except OSError as why:
        if why.errno not in ABSENT:
            raise
        return None


def _mode(path: str) -> int | None:
    found = _stat(path)
    return None if found is None else found.st_mode


def _kind(mode: int) -> str:
    return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else OTHER


def hidden(name: str) -> bool:
    """Whether a name is one that no item has."""
    return name.startswith((".", "_"))


def _find_tools(scan: _Scan) -> None:
    for group in scan.children(""):
        if group.kind != FOLDER or hidden(group.name):
            continue
        if _has_project(scan, group):
            scan.add(group.name, group.path)
            continue
        for inner in scan.children(group.path):
            if inner.kind == FOLDER and _has_project(scan, inner):
                scan.add(inner.name, inner.path)


def _has_project(scan: _Scan, entry: _Entry) -> bool:
    return scan.kind(scan.on_disk(f"{entry.path}/pyproject.toml")) == FILE


def _find_workflows(scan: _Scan) -> None:
    for entry in scan.walk():
        if entry.kind != FILE or not entry.name.endswith(".py") or hidden(entry.name):
            continue
        if os.stat(scan.on_disk(entry.path)).st_size > LARGEST:
            scan.note(entry.path, "is larger than 1 MiB and not looked into", error=False)
            continue
        try:
            name = workflow_name(scan.read(entry.path))
        except WorkflowNameError as why:
            scan.left_out.add(entry.path)
            scan.note(entry.path, str(why), error=True)
            continue
        if name is not None:
            scan.add(name, entry.path)


def _find_skills(scan: _Scan) -> None:
    for entry in scan.children(""):
        if entry.kind != FOLDER or hidden(entry.name):
            continue
        file = f"{entry.path}/SKILL.md"
        found = _stat(scan.on_disk(file))
        if found is None:
            continue
        if not stat.S_ISREG(found.st_mode):
            problem: str | None = "SKILL.md is not a regular file"
        elif found.st_size > LARGEST:
            problem = "SKILL.md is larger than 1 MiB"
        else:
            problem = skill_problem(scan.read(file), entry.name)
        scan.add(entry.name, entry.path, problem)


def _find_personas(scan: _Scan) -> None:
    for entry in scan.children(""):
        if entry.kind == FOLDER:
            scan.add(entry.name, entry.path)
        elif entry.kind == FILE and entry.name.endswith(".md") and entry.name != ".md":
            scan.add(entry.name[: -len(".md")], entry.path)


def _find_prompt(scan: _Scan) -> None:
    scan.items.append(Item(PROMPT, scan.repo, scan.at, "", None, scan.base))


_FINDERS: dict[str, Callable[[_Scan], None]] = {
    TOOLS: _find_tools,
    WORKFLOWS: _find_workflows,
    SKILLS: _find_skills,
    PERSONAS: _find_personas,
    PROMPT: _find_prompt,
}


def choose(surface: str, offers: Sequence[Offer]) -> Served:
    """Who wins: the later source, wholesale. `offers` are those of all sources for one surface, in their order."""
    notes = [note for one in offers for note in one.notes]
    if surface == PROMPT:
        prompts = _once([item for one in offers for item in one.items])
        return Served(surface, tuple(Choice(item.name, item, (), item) for item in prompts), (), tuple(notes))
    copies: dict[str, list[Item]] = {}
    for item in (item for one in offers for item in one.items):
        copies.setdefault(item.name, []).append(item)
    taken = _Taken()
    chosen: dict[str, Choice] = {}
    for name, items in sorted(copies.items(), key=lambda one: one[1][-1].source, reverse=True):
        chosen[name] = _choice(taken, name, _once(items))
        notes += _why_not(chosen[name])
    loose = _merge_loose(surface, offers, taken, notes)
    return Served(surface, tuple(chosen[name] for name in sorted(chosen)), loose, tuple(notes))


def _once(items: Sequence[Item]) -> Sequence[Item]:
    """The same without an item that comes again later, as it does when two sources name one directory."""
    if len(items) == 1:
        return items
    last = {item.real or item: item for item in items}
    return [item for item in items if last[item.real or item] is item]


def _choice(taken: _Taken, name: str, items: Sequence[Item]) -> Choice:
    """Give the last copy its path. An unservable one keeps the path empty: no older copy comes back."""
    *shadowed, last = items
    other = taken.conflict(last.path)
    if other is not None:
        return Choice(name, None, tuple(shadowed), last, InTheWay(other, taken.owner[other][0]))
    taken.take(last.path, last.source, last.name)
    return Choice(name, last if last.problem is None else None, tuple(shadowed), last)


def _why_not(choice: Choice) -> Iterator[Note]:
    last, other = choice.last, choice.in_the_way
    if other is not None:
        text = f"{last.name!r} is not served: source {other.source + 1} needs the path {other.path}"
        yield Note(last.surface, last.source, last.path, text, True)
    elif choice.winner is None:
        older = f", nor is the copy of {len(choice.shadowed)} earlier sources" if choice.shadowed else ""
        text = f"{last.problem}; nothing is served as {last.name!r}{older}"
        yield Note(last.surface, last.source, last.path, text, True)


def _merge_loose(surface: str, offers: Sequence[Offer], taken: _Taken, notes: list[Note]) -> tuple[Loose, ...]:
    """Loose files by path, the later source first served; what stands in the way of something served is dropped."""
    merged: dict[str, list[int]] = {}
    bases = set()
    for at in range(len(offers) - 1, -1, -1):
        if offers[at].base in bases:  # the very same files
            continue
        bases.add(offers[at].base)
        for path in offers[at].loose:
            if path in merged:
                merged[path].append(at)
                continue
            other = taken.conflict(path)
            if other is not None:
                notes.append(Note(surface, at, path, f"is not served: {other} stands in its place", False))
                continue
            merged[path] = [at]
        for path in offers[at].loose:
            if merged.get(path) == [at]:
                taken.take(path, at, "")
    return tuple(
        Loose(path, places[0], tuple(reversed(places[1:])))
        for path, places in sorted(merged.items(), key=lambda one: os.fsencode(one[0]))
    )


class _Taken:
    """Paths that something served needs: nothing else may stand at, inside or above them."""

    def __init__(self) -> None:
        self.owner: dict[str, tuple[int, str]] = {}  # path -> source, item's name ("" for a loose file)
        self._above: dict[str, str] = {}  # folder -> one taken path inside it

    def take(self, path: str, source: int, name: str) -> None:
        """Give a path to a source."""
        self.owner[path] = (source, name)
        parent = path.rpartition("/")[0]
        while parent and parent not in self._above:  # of a folder that is there, those above are there too
            self._above[parent] = path
            parent = parent.rpartition("/")[0]

    def conflict(self, path: str) -> str | None:
        """A taken path equal to, above or inside this one."""
        one = path
        while one:
            if one in self.owner:
                return one
            one = one.rpartition("/")[0]
        return self._above.get(path)


def join_prompts(texts: Iterable[bytes]) -> bytes:
    """One prompt of several files: surrounding blank lines removed, `---` between them, one final newline."""
    bodies = [body for body in map(_without_blank_ends, texts) if body]
    return b"\n\n---\n\n".join(bodies) + b"\n" if bodies else b""


def _without_blank_ends(text: bytes) -> bytes:
    lines = text.split(b"\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    return b"\n".join(lines[filled[0] : filled[-1] + 1]) if filled else b""
