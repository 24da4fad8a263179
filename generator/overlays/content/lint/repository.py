"""Everything to tell about the content of one overlay repository."""

# Text and os calls: a tree may have 100,000 files.
# ruff: noqa: PTH112, PTH118

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from overlays.content import codes, unreadable
from overlays.content.hygiene import front as hygiene
from overlays.content.hygiene.speech import TAG_LIKE
from overlays.content.lint import layout, links, personas, portability, upkeep
from overlays.content.lint.area import Area
from overlays.content.lint.files import Files, folded
from overlays.content.lint.tally import Tally
from overlays.content.skill import check as skill
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import shown
from overlays.io.tree import FOLDER, entry, start_of
from overlays.model.budget import DEFAULT, Budget
from overlays.model.finding import Finding, Severity
from overlays.model.portability import ALL, Row
from overlays_node import items, trees
from overlays_node.config import Source
from overlays_node.names import LARGEST
from overlays_node.persona import FILE_NAME, data_of

CAO: Final = "cao"
_READ_FIRST: Final = (items.SKILLS, items.PERSONAS, items.PROMPT)
"""Surfaces that models read, walked before those that hold programs: what is in both is text."""
_ITEMS: Final = {
    items.TOOLS: "a tool is a directory with pyproject.toml, one or two levels below it",
    items.WORKFLOWS: "a workflow is a Python file with WORKFLOW_NAME",
    items.SKILLS: "a skill is a directory with SKILL.md, right below it",
    items.PERSONAS: "a persona is a directory or a file *.md, right below it",
}


class Repository(NamedTuple):
    """One repository to look at.

    root: its directory. named: how the user names that directory.
    subdirs: surface to relative path, for the surfaces that are on. ignored: paths from the root that Git ignores.
    profiles: readers of skills; what they mind is an error. source: "owner/name" when it is one of a list.
    tools: names of the tools of all sources, None when nobody knows them. budget: what one skill may cost.
    """

    root: pathlib.Path
    named: str
    subdirs: Mapping[str, str]
    ignored: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    source: str = ""
    tools: frozenset[str] | None = None
    budget: Budget = DEFAULT


class Examined(NamedTuple):
    """All findings, sorted; rows: what readers make of each skill, by name."""

    findings: tuple[Finding, ...]
    rows: tuple[Row, ...] = ()


def lint(repository: Repository) -> tuple[Finding, ...]:
    """All findings, sorted."""
    return examine(repository).findings


def examine(repository: Repository) -> Examined:
    """Everything to tell about a repository."""
    root = os.path.realpath(repository.root)
    tally = Tally(root, repository.named, repository.ignored, repository.profiles)
    if not os.path.isdir(tally.root):
        why = "it is no directory" if os.path.lexists(repository.root) else "there is no such directory"
        tally.tell("", codes.UNREADABLE, "the repository cannot be read", why, "name the directory of a checkout")
        return Examined(tuple(tally.findings))
    work = _Lint(tally, repository)
    work.run()
    rows = portability.rows(tally, work.skills, repository.source, layout.SKILL)
    return Examined(tuple(sorted(tally.findings)), rows)


class _Lint:
    """The work on one repository."""

    def __init__(self, tally: Tally, repository: Repository) -> None:
        self.tally, self.subdirs = tally, dict(repository.subdirs)
        prompt_only = bool({CAO, ALL} & tally.profiles)
        self.files = Files(tally, _submodules(tally.root), repository.budget, prompt_only=prompt_only)
        self.bases: list[str] = []
        self.skills: dict[str, str] = {}
        self.tools = repository.tools

    def run(self) -> None:
        """All checks."""
        for surface in sorted(self.subdirs, key=_READ_FIRST.__contains__, reverse=True):
            self.walk(surface, self.subdirs[surface])
        found = [self.surface(surface) for surface in self.subdirs]
        if not any(found):
            self.nothing()
        links.check(self.tally, self.files.links)
        if items.SKILLS in self.subdirs:
            portability.links(self.tally, self.subdirs[items.SKILLS], self.skills, self.files.links)
        self.left_out()
        upkeep.check(self.files)

    def walk(self, surface: str, subdir: str) -> None:
        """Look at the files of a surface."""
        start = self.physical(os.path.join(self.tally.root, subdir))
        found = entry(self.tally.root, start) if start is not None else None
        if start is None or found is None:
            return
        above = [start, *(start[:at] for at, char in enumerate(start) if char == "/")]
        if any(self.files.in_other_repository(path) for path in above):
            return
        self.bases.append(start)
        area = Area(surface in _READ_FIRST, start if surface == items.SKILLS else "")
        if found.kind == FOLDER:
            self.files.look(start, area)
        else:
            self.files.area = area
            self.files.entry(found)

    def physical(self, path: str) -> str | None:
        """A path on the disk from the root, links resolved; None when it is outside."""
        return self.below(os.path.realpath(path))

    def below(self, real: str) -> str | None:
        """As physical, of a path whose links are resolved."""
        inside = real.startswith(self.tally.root.rstrip("/") + "/")
        return real[len(self.tally.root.rstrip("/")) + 1 :] if inside else None

    def path(self, surface: str, below: str) -> str:
        return f"{self.subdirs[surface]}/{below}" if below else self.subdirs[surface]

    def own(self, surface: str, offer: items.Offer) -> Iterator[items.Item]:
        """The items that Git does not ignore."""
        return (item for item in offer.items if not self.tally.skips(self.path(surface, item.path)))

    def surface(self, surface: str) -> bool:
        """One surface that is on. False when it is known to have no item."""
        source = Source(".", tuple(self.subdirs.items()))
        try:
            offer = items.offer(surface, 0, pathlib.Path(self.tally.root), source)
        except OSError as error:
            self.unknown(surface, error)
            return True
        self.offer(surface, offer)
        return any(self.own(surface, offer))

    def unknown(self, surface: str, error: OSError) -> None:
        """A surface of which something cannot be read; the skills that can be are checked all the same."""
        path = self.physical(os.fsdecode(error.filename or "")) or self.subdirs[surface]
        above = [path, *(path[:at] for at, char in enumerate(path) if char == "/")]
        if not any(self.tally.told(one, codes.UNREADABLE) for one in above):
            why, hint = unreadable.why(error), unreadable.hint(error)
            what = f"it cannot be read, so the items of the {surface} are not known"
            self.tally.tell(path, codes.UNREADABLE, what, why, hint)
        if surface == items.SKILLS:
            base = self.physical(os.path.join(self.tally.root, self.subdirs[surface])) or ""
            for one in self.files.folders.get(base, ()):
                if entry(self.tally.root, f"{one.path}/{layout.SKILL}") and not items.hidden(one.name):
                    self.skill(one.name, one.name)

    def offer(self, surface: str, offer: items.Offer) -> None:
        """What a surface offers."""
        own = list(self.own(surface, offer))
        for note in offer.notes:
            self.note(surface, note)
        names: dict[str, items.Item] = {}
        for item in own:
            self.item(surface, item)
            first = names.setdefault(folded(item.name), item)
            path = self.path(surface, item.path)
            if first.name != item.name and not self.tally.told(path, codes.CASE):
                self.files.same_but_case(path, item.name, first.name)
        if not offer.base or surface == items.PROMPT:
            return
        if not own:
            what, why = f"the directory of the {surface} offers nothing", _ITEMS[surface]
            self.tally.tell(self.subdirs[surface], codes.EMPTY, what, why, "add one, or remove the directory")
        base = self.physical(offer.base) or ""
        taken = {item.path for item in offer.items} | {note.path for note in offer.notes if note.error}
        layout.check(surface, layout.Layout(self.files, base, frozenset(taken)))

    def note(self, surface: str, note: items.Note) -> None:
        """What the node's own rules say. Its words about links are told by path, from the files."""
        path = self.path(surface, note.path)
        line = re.fullmatch("line ([0-9]+): (.*)", note.text) if note.about == items.UNNAMED else None
        if not note.path:
            self.missing(surface)
        elif line:
            why, hint = "the name is found without running the file", 'write WORKFLOW_NAME = "name", alone on its line'
            self.tally.tell(path, codes.WORKFLOW_NAME, line[2], why, hint, (int(line[1]), 1))
        elif note.about == items.LARGE:
            what, why = "larger than 1 MiB and not looked into", "it could be a workflow, so it is not delivered"
            self.tally.tell(path, codes.WORKFLOW_SIZE, what, why, "move data into a file that is not called *.py")
        elif note.about == items.HIDDEN:
            layout.hide_workflow(self.tally, path)
        elif note.about == items.TWICE:
            what, why = (
                " ".join(f"{surface}: {note.text}".split()),
                "of two items of one name the first by path is served",
            )
            self.tally.tell(path, codes.TWICE, what, why, "rename one of them")
        elif note.about == items.BEHIND:
            why, hint = "nothing behind the link is delivered", "link to a directory that has what is needed alone"
            self.tally.tell(path, codes.LINK, note.text, why, hint)

    def missing(self, surface: str) -> None:
        path = self.subdirs[surface]
        kind = "file" if surface == items.PROMPT else "directory"
        there = os.path.lexists(os.path.join(self.tally.root, path))
        what = f"the {kind} of the {surface} is {f'no {kind}' if there else 'not there'}"
        why = "it was named, so it is meant to be there" if not there else "nothing is served from it"
        self.tally.tell(path, codes.MISSING, what, why, "correct the name, or switch the surface off")

    def item(self, surface: str, item: items.Item) -> None:
        """One item; its files are looked at also where a link leads to them."""
        real = self.below(item.real)
        if real is not None and real not in self.files.folders and os.path.isdir(item.real):
            self.files.look(real, Area(surface in _READ_FIRST, one=real if surface == items.SKILLS else ""))
        if surface == items.SKILLS:
            self.skill(item.path, item.name)
        elif surface == items.PERSONAS:
            self.persona(item)
        elif surface == items.PROMPT and item.problem:
            why, hint = "nothing of it is served", "say less: agents read all of it at every start"
            self.tally.tell(self.subdirs[surface], codes.PROMPT_SIZE, item.problem, why, hint)

    def persona(self, item: items.Item) -> None:
        """The list of skills of a persona."""
        path = self.path(items.PERSONAS, item.path)
        try:
            data = data_of(item)
        except OSError:
            return  # told with the other files
        if os.path.isdir(item.real):
            path = f"{path}/{FILE_NAME}"
        for one in personas.remarks(data) if data is not None else ():
            self.tally.tell(path, one.code, one.what, one.why, one.hint, (one.line, one.column))

    def skill(self, below: str, name: str) -> None:
        """The SKILL.md of a skill of that name, which is at a path below the directory of the skills."""
        folder = self.path(items.SKILLS, below)
        path = f"{folder}/{layout.SKILL}"
        self.skills[folder] = name
        try:
            data = self.files.read.get(path) or start_of(os.path.join(self.tally.root, path), LARGEST + 1)
        except OSError:
            return  # told with the other files
        if data is None:
            why, hint = "it is not opened, and nothing is served as this skill", "make it a regular file"
            what = "SKILL.md is no regular file"
            self.tally.remark(path, Remark(0, 0, codes.SKILL_FILE, what, why, hint, "no-file"))
            return
        read = skill.read(data, name)
        for one in read.remarks:
            self.tally.remark(path, one)
        if read.parts.front is not None:
            self.front(path, hygiene.remarks(read.root, read.parts.front, read.parts.first, self.tools))

    def front(self, path: str, remarks: Iterable[Remark]) -> None:
        """What hygiene says about a front matter."""
        for one in remarks:
            strict = one.what == TAG_LIKE and ALL in self.tally.profiles
            self.tally.tell(
                path, one.code, one.what, one.why, one.hint, (one.line, one.column), Severity.ERROR if strict else None
            )

    def nothing(self) -> None:
        looked = ", ".join(shown(path) for path in self.subdirs.values()) or "no directory"
        what, why = "the repository offers nothing", f"there is no item in {looked}"
        self.tally.tell("", codes.NOTHING, what, why, "name another directory, or say where the items are")

    def left_out(self) -> None:
        """What the node did not write, where it was the node that made these files."""
        for one in trees.facts_of(pathlib.Path(self.tally.root)).left_out:
            if not any(one.path == base or one.path.startswith(f"{base}/") for base in self.bases):
                continue
            if one.reason == links.SUBMODULE:
                self.files.submodule(one.path)
            else:
                links.tell(self.tally, one.path, one.reason)


def _submodules(root: str) -> list[str]:
    """The paths that .gitmodules names; of a file of the usual size, which is far below 1 MiB."""
    try:
        data = start_of(os.path.join(root, ".gitmodules"), LARGEST) or b""
    except OSError:
        return []
    pairs = (line.partition(b"=") for line in data.split(b"\n"))
    found = (value.strip() for key, _, value in pairs if key.strip() == b"path")
    return [os.fsdecode(path.strip(b'"')).strip("/") for path in found]
