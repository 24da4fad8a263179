"""Where items stand on each surface, and what looks like one but is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from overlays.content import codes
from overlays.content.lint import portability
from overlays.content.lint.files import Files
from overlays.content.lint.tally import Tally
from overlays.io.tree import FILE, FOLDER, Entry, start_of
from overlays.model.quoted import quoted
from overlays_node.items import PERSONAS, SKILLS, TOOLS, WORKFLOWS, hidden
from overlays_node.names import LARGEST, WorkflowNameError, workflow_line

SKILL, PROJECT, INIT = "SKILL.md", "pyproject.toml", "__init__.py"


class Layout:
    """One surface: `base` is its directory from the root, links resolved.

    items: the paths below that of its items, and of what would be one if its name were not taken.
    """

    def __init__(self, files: Files, base: str, items: frozenset[str]) -> None:
        self.files, self.base, self.items = files, base, items

    def children(self, path: str) -> tuple[Entry, ...]:
        """What is in a directory."""
        return self.files.folders.get(path, ())

    def folders(self, path: str) -> Iterator[Entry]:
        """Directories in a directory, other repositories left out."""
        return (one for one in self.children(path) if one.kind == FOLDER and one.path not in self.files.submodules)

    def is_item(self, one: Entry) -> bool:
        """Whether an entry is one of the items."""
        return one.path[len(self.base) :].lstrip("/") in self.items

    def has(self, path: str, name: str) -> bool:
        """Whether a directory has something of that name."""
        return any(one.name == name for one in self.children(path))

    def below(self, path: str, name: str) -> Iterator[Entry]:
        """Everything of that name below a directory that is in no item."""
        pending = [path]
        while pending:
            for one in self.children(pending.pop()):
                if one.name == name:
                    yield one
                if one.kind == FOLDER and not self.is_item(one):
                    pending.append(one.path)

    def tell(self, path: str, code: str, what: str, why: str, hint: str) -> None:
        """Something about a path from the root."""
        self.files.tally.tell(path, code, what, why, hint)

    def hide(self, path: str, surface: str) -> None:
        """An item that is not served because of its name."""
        _hide(self.files.tally, path, surface)

    def no_item(self, path: str, what: str, hint: str) -> None:
        """Something that looks like an item and is none."""
        self.tell(path, codes.NO_ITEM, what, "its files are merged with those of other sources", hint)


def check(surface: str, layout: Layout) -> None:
    """Tell what looks like an item of a surface and is none."""
    _CHECKS[surface](layout)


def _skills(layout: Layout) -> None:
    if layout.has(layout.base, SKILL):
        why, hint = "a skill is a directory with a SKILL.md", "move it into a directory that has the skill's name"
        layout.tell(f"{layout.base}/{SKILL}", codes.TOO_DEEP, "SKILL.md right in the directory of skills", why, hint)
    for one in layout.folders(layout.base):
        if hidden(one.name):
            if layout.has(one.path, SKILL):
                layout.hide(one.path, SKILLS)
        elif layout.is_item(one):
            for inner in _deeper(layout, one):
                portability.inner(layout.files.tally, inner.path)
        else:
            _no_skill(layout, one)


def _no_skill(layout: Layout, folder: Entry) -> None:
    deeper = _deeper(layout, folder)
    for inner in deeper:
        why = "only directories right below the directory of skills are served"
        hint = "move the skill up, and give its directory the skill's name"
        layout.tell(inner.path, codes.TOO_DEEP, "SKILL.md at a depth at which nobody looks", why, hint)
    spelt = [one for one in layout.children(folder.path) if one.name.lower() == SKILL.lower()]
    for one in spelt:
        why = "the file is named SKILL.md, and on the nodes case counts"
        layout.tell(one.path, codes.SPELLING, f"{quoted(one.name)} is not read", why, "git mv it to SKILL.md")
    if not deeper and not spelt:
        layout.no_item(folder.path, "a directory of the skills without SKILL.md", "add SKILL.md, or move it elsewhere")


def _deeper(layout: Layout, folder: Entry) -> list[Entry]:
    return [one for one in layout.below(folder.path, SKILL) if one.path != f"{folder.path}/{SKILL}"]


def _tools(layout: Layout) -> None:
    for one in layout.folders(layout.base):
        if hidden(one.name):
            if layout.has(one.path, PROJECT):
                layout.hide(one.path, TOOLS)
        elif not layout.is_item(one):
            _group(layout, one)


def _group(layout: Layout, group: Entry) -> None:
    """A directory of the tools that is no tool: tools may be right below it."""
    holds = False
    for one in layout.children(group.path):
        if layout.is_item(one):
            holds = True
        elif hidden(one.name) and layout.has(one.path, PROJECT):
            holds = True
            layout.hide(one.path, TOOLS)
    for deep in layout.below(group.path, PROJECT):
        if deep.path.count("/") > group.path.count("/") + 2:
            holds = True
            why = "a tool is one or two levels below the directory of tools"
            layout.tell(
                deep.path, codes.TOO_DEEP, f"{PROJECT} at a depth at which nobody looks", why, "move the tool up"
            )
    if not holds:
        layout.no_item(
            group.path, f"a directory of the tools without {PROJECT}", f"add {PROJECT}, or move it elsewhere"
        )


def _workflows(layout: Layout) -> None:
    if layout.has(layout.base, INIT):
        why = "workflows are loaded file by file; as a package this directory hides those of other sources"
        layout.tell(f"{layout.base}/{INIT}", codes.INIT, f"{INIT} in the directory of workflows", why, "remove it")


def hide_workflow(tally: Tally, path: str) -> None:
    """A workflow that is not served because of its name: that of the file, or one that stands in a line of it."""
    line = 0 if hidden(path.rpartition("/")[2]) else _line(tally, path)
    _hide(tally, path, WORKFLOWS, line)


def _line(tally: Tally, path: str) -> int:
    """Where a Python file says the name of its workflow; 0 when that cannot be told."""
    try:
        return (workflow_line(start_of(f"{tally.root}/{path}", LARGEST) or b"") or ("", 0))[1]
    except (OSError, WorkflowNameError):
        return 0


def _hide(tally: Tally, path: str, surface: str, line: int = 0) -> None:
    why = "names that begin with '.' or '_' are never served"
    what, hint = f"an item of the {surface} that is hidden by its name", "rename it to serve it"
    tally.tell(path, codes.HIDDEN, what, why, hint, (line, int(line > 0)))


def _personas(layout: Layout) -> None:
    for one in layout.children(layout.base):
        if one.kind == FILE and one.name.lower().endswith(".md") and not one.name.endswith(".md"):
            layout.no_item(
                one.path, f"{quoted(one.name)} is no persona: the name ends in .md, in small letters", "rename it"
            )


_CHECKS: Final[Mapping[str, Callable[[Layout], None]]] = {
    SKILLS: _skills,
    TOOLS: _tools,
    WORKFLOWS: _workflows,
    PERSONAS: _personas,
}
