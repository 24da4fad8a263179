"""Items: what each source offers on each surface, and who wins where two offer the same name."""

# Paths are text and os calls: thousands of pathlib objects would cost more than the reading.
# ruff: noqa: PTH114, PTH116, PTH118, PTH208

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from overlays_node.config import Source
from overlays_node.names import LARGEST, WorkflowNameError, skill_problem, workflow_name

TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT = "tools", "workflows", "skills", "personas", "prompt"
SURFACES = (TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT)
DEFAULT_SUBDIRS = {TOOLS: "tools", WORKFLOWS: "workflows", SKILLS: ".agents/skills"}

FOLDER, FILE, OTHER, OUTSIDE, NOTHING = "folder", "file", "other", "outside", "nothing"


@dataclass(frozen=True)
class Item:
    """One named thing: `source` is its place in the list, `path` is below the subdir ("" for the prompt).

    `problem` says why it cannot be served, although it takes the name.
    """

    surface: str
    name: str
    source: int
    path: str
    problem: str | None = None


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
    """What one source offers on one surface: items, and files that are part of no item."""

    items: tuple[Item, ...] = ()
    loose: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Who wins one name: None when nothing is served under it; `shadowed` in source order."""

    name: str
    winner: Item | None
    shadowed: tuple[Item, ...]


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
    """Everything that the sources serve, one entry per surface; `root_of` gives the directory of a repo's files."""
    return tuple(
        choose(surface, [offer(surface, at, root_of(one.repo), one) for at, one in enumerate(sources)])
        for surface in SURFACES
    )


def offer(surface: str, at: int, root: pathlib.Path, source: Source) -> Offer:
    """What the files below `root` offer as source number `at`; nothing when the surface is off.

    A link that leads out of the root is left out and noted. Raises OSError: the files cannot be read.
    """
    subdir = dict(source.subdirs).get(surface)
    if subdir is None:
        return Offer()
    scan = _Scan(surface, at, os.path.realpath(root), source.repo)
    base = os.path.join(scan.root, subdir)
    kind = scan.kind(base)
    wanted = FILE if surface == PROMPT else FOLDER
    if kind != wanted:
        if kind != NOTHING or subdir != DEFAULT_SUBDIRS.get(surface):
            scan.note("", f"{subdir} is no {wanted} of {source.repo}", error=False)
        return Offer(notes=tuple(scan.notes))
    scan.base = base
    _FINDERS[surface](scan)
    return scan.offer()


@dataclass
class _Scan:
    """The walk over one subdir."""

    surface: str
    at: int
    root: str
    repo: str
    base: str = ""
    items: list[Item] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)

    def kind(self, path: str) -> str:
        """What stands at a path, links followed inside the tree."""
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                real = os.path.realpath(path)
                if real != self.root and not real.startswith(self.root + os.sep):
                    return OUTSIDE
                mode = os.stat(real).st_mode
        except OSError:
            return NOTHING
        return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else OTHER

    def children(self, path: str) -> Iterator[tuple[str, str, str]]:
        """(name, path below the subdir, kind) of a folder's entries, in byte order."""
        folder = os.path.join(self.base, path)
        for name in sorted(os.listdir(folder), key=os.fsencode):
            yield name, f"{path}/{name}" if path else name, self.kind(os.path.join(folder, name))

    def add(self, name: str, path: str, problem: str | None = None) -> None:
        """Take an item; a name of "." or "_" is none, and its files are loose."""
        if not hidden(name):
            self.items.append(Item(self.surface, name, self.at, path, problem))

    def note(self, path: str, text: str, *, error: bool) -> None:
        """Remember something to tell."""
        self.notes.append(Note(self.surface, self.at, path, text, error))

    def read(self, path: str) -> bytes:
        """Bytes of a file below the subdir."""
        return pathlib.Path(self.base, path).read_bytes()

    def offer(self) -> Offer:
        """What was found: the first item of each name by path, and every file that is part of none."""
        kept: dict[str, Item] = {}
        for item in sorted(self.items, key=lambda one: os.fsencode(one.path)):
            first = kept.setdefault(item.name, item)
            if first is not item:
                self.left_out.add(item.path)
                self.note(item.path, f"{item.name!r} is there already, at {first.path}", error=True)
        self.left_out.update(item.path for item in kept.values())
        loose = () if self.surface == PROMPT else tuple(self._loose(""))
        return Offer(tuple(kept.values()), loose, tuple(self.notes))

    def _loose(self, path: str) -> Iterator[str]:
        for _, below, kind in self.children(path):
            if below in self.left_out:
                continue
            if kind == FOLDER and not os.path.islink(os.path.join(self.base, below)):
                yield from self._loose(below)
            elif kind in (FILE, FOLDER):
                yield below
            else:
                self.note(below, "is no file, or a link that leads nowhere or out of the repository", error=True)


def hidden(name: str) -> bool:
    """Whether a name is one that no item has."""
    return name.startswith((".", "_"))


def _find_tools(scan: _Scan) -> None:
    for name, path, kind in scan.children(""):
        if kind != FOLDER or hidden(name):
            continue
        if _has(scan, path, "pyproject.toml"):
            scan.add(name, path)
            continue
        for inner, below, kind_below in scan.children(path):
            if kind_below == FOLDER and _has(scan, below, "pyproject.toml"):
                scan.add(inner, below)


def _has(scan: _Scan, path: str, name: str) -> bool:
    return scan.kind(os.path.join(scan.base, path, name)) == FILE


def _find_workflows(scan: _Scan) -> None:
    for path in _python_files(scan, ""):
        if os.stat(os.path.join(scan.base, path)).st_size > LARGEST:
            scan.note(path, "is larger than 1 MiB and not looked into", error=False)
            continue
        try:
            name = workflow_name(scan.read(path))
        except WorkflowNameError as why:
            scan.left_out.add(path)
            scan.note(path, str(why), error=True)
            continue
        if name is not None:
            scan.add(name, path)


def _python_files(scan: _Scan, path: str) -> Iterator[str]:
    for name, below, kind in scan.children(path):
        if kind == FILE and name.endswith(".py") and not hidden(name):
            yield below
        elif kind == FOLDER and not os.path.islink(os.path.join(scan.base, below)):
            yield from _python_files(scan, below)


def _find_skills(scan: _Scan) -> None:
    for name, path, kind in scan.children(""):
        file = os.path.join(scan.base, path, "SKILL.md")
        if kind != FOLDER or hidden(name) or not os.path.lexists(file):
            continue
        mode = os.lstat(file)
        if not stat.S_ISREG(mode.st_mode):
            problem: str | None = "SKILL.md is not a regular file"
        elif mode.st_size > LARGEST:
            problem = "SKILL.md is larger than 1 MiB"
        else:
            problem = skill_problem(scan.read(f"{path}/SKILL.md"), name)
        scan.add(name, path, problem)


def _find_personas(scan: _Scan) -> None:
    for name, path, kind in scan.children(""):
        if kind == FOLDER:
            scan.add(name, path)
        elif kind == FILE and name.endswith(".md") and name != ".md":
            scan.add(name[: -len(".md")], path)


def _find_prompt(scan: _Scan) -> None:
    scan.items.append(Item(PROMPT, scan.repo, scan.at, ""))


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
        prompts = tuple(Choice(item.name, item, ()) for one in offers for item in one.items)
        return Served(surface, prompts, (), tuple(notes))
    copies: dict[str, list[Item]] = {}
    for item in (item for one in offers for item in one.items):
        copies.setdefault(item.name, []).append(item)
    taken = _Taken()
    for items in sorted(copies.values(), key=lambda all_: all_[-1].source, reverse=True):
        notes += _served_or_why_not(taken, items)
    choices = tuple(_choice(name, copies[name], taken) for name in sorted(copies))
    loose = _merge_loose(surface, offers, taken, notes)
    return Served(surface, choices, loose, tuple(notes))


def _choice(name: str, items: list[Item], taken: _Taken) -> Choice:
    last = items[-1]
    served = last.problem is None and taken.owner.get(last.path) == (last.source, last.name)
    return Choice(name, last if served else None, tuple(items[:-1]))


def _served_or_why_not(taken: _Taken, items: list[Item]) -> Iterator[Note]:
    """Give the last copy its path. An unservable one keeps the path empty: no older copy comes back."""
    last = items[-1]
    other = taken.conflict(last.path)
    if other is not None:
        text = f"{last.name!r} is not served: source {taken.owner[other][0] + 1} needs the path {other}"
        yield Note(last.surface, last.source, last.path, text, True)
        return
    taken.take(last.path, last.source, last.name)
    if last.problem is not None:
        older = f", nor is the copy of {len(items) - 1} earlier sources" if len(items) > 1 else ""
        text = f"{last.problem}; nothing is served as {last.name!r}{older}"
        yield Note(last.surface, last.source, last.path, text, True)


def _merge_loose(surface: str, offers: Sequence[Offer], taken: _Taken, notes: list[Note]) -> tuple[Loose, ...]:
    """Loose files by path, the later source first served; what stands in the way of something served is dropped."""
    merged: dict[str, list[int]] = {}
    for at in range(len(offers) - 1, -1, -1):
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
        for parent in _parents(path):
            self._above.setdefault(parent, path)

    def conflict(self, path: str) -> str | None:
        """A taken path equal to, above or inside this one."""
        for one in (path, *_parents(path)):
            if one in self.owner:
                return one
        return self._above.get(path)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def join_prompts(texts: Iterable[bytes]) -> bytes:
    """One prompt of several files: surrounding blank lines removed, `---` between them, one final newline."""
    bodies = [body for body in map(_without_blank_ends, texts) if body]
    return b"\n\n---\n\n".join(bodies) + b"\n" if bodies else b""


def _without_blank_ends(text: bytes) -> bytes:
    lines = text.split(b"\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    return b"\n".join(lines[filled[0] : filled[-1] + 1]) if filled else b""
