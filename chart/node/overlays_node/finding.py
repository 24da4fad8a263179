"""What each source offers on each surface: its items, and the files that are part of none."""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Callable

from overlays_node.config import Source
from overlays_node.links import FILE, FOLDER
from overlays_node.names import LARGEST, WorkflowNameError, skill_problem, workflow_name
from overlays_node.offer import (
    HIDDEN,
    LARGE,
    PERSONAS,
    PROMPT,
    SKILLS,
    SURFACES,
    TOOLS,
    UNNAMED,
    WORKFLOWS,
    Item,
    Offer,
    hidden,
)
from overlays_node.renaming import rename_problem
from overlays_node.scan import NOTHING, Entry, Scan, read, status

DEFAULT_SUBDIRS = {TOOLS: "tools", WORKFLOWS: "workflows", SKILLS: ".agents/skills"}


def offers(at: int, root: pathlib.Path, source: Source) -> tuple[Offer, ...]:
    """What the files below `root` offer as source number `at`, one entry per surface. Raises OSError."""
    real = os.path.realpath(root)
    return tuple(_offer(surface, at, real, source) for surface in SURFACES)


def offer(surface: str, at: int, root: pathlib.Path, source: Source, *, loose: bool = True) -> Offer:
    """What the files below `root` offer as source number `at`; nothing when the surface is off.

    A link that leads out of the root is left out and noted. Not to look for files of no item saves much. Raises
    OSError: the files cannot be read.
    """
    return _offer(surface, at, os.path.realpath(root), source, loose=loose)


def _offer(surface: str, at: int, root: str, source: Source, *, loose: bool = True) -> Offer:
    subdir = dict(source.subdirs).get(surface)
    if subdir is None:
        return Offer()
    scan = Scan(surface, at, root, source.repo)
    kind = scan.enter(subdir)
    wanted = FILE if surface == PROMPT else FOLDER
    if kind != wanted:
        if kind != NOTHING or subdir != DEFAULT_SUBDIRS.get(surface):
            scan.note("", f"{subdir} is no {wanted} of {source.repo}", error=False)
        return Offer(notes=tuple(scan.notes))
    _FINDERS[surface](scan)
    return scan.offer(loose=loose)


def _find_tools(scan: Scan) -> None:
    for group in scan.children():
        if group.kind != FOLDER or hidden(group.name):
            continue
        if _has_project(scan, group):
            scan.add(group.name, group)
            continue
        for inner in scan.children(group):
            if inner.kind == FOLDER and _has_project(scan, inner):
                scan.add(inner.name, inner)


def _has_project(scan: Scan, entry: Entry) -> bool:
    return scan.is_file(f"{entry.real}/pyproject.toml")


def _find_workflows(scan: Scan) -> None:
    for entry in scan.walk():
        if entry.kind == FILE and entry.name.endswith(".py"):
            _workflow(scan, entry)


def _workflow(scan: Scan, entry: Entry) -> None:
    """Take a Python file as item, or leave it loose: then it can be no workflow, for anybody."""
    if os.lstat(entry.real).st_size > LARGEST:
        scan.leave_out(entry, "is larger than 1 MiB: not looked into, and not served", LARGE)
        return
    try:
        name = workflow_name(read(entry.real))
    except WorkflowNameError as why:
        if not hidden(entry.name):
            scan.leave_out(entry, str(why), UNNAMED, error=True)
            return
        name = entry.name
    if name is not None and (hidden(entry.name) or hidden(name)):
        scan.leave_out(entry, "is a workflow that is hidden by its name, and not served", HIDDEN)
    elif name is not None:
        scan.add(name, entry)


def _find_skills(scan: Scan) -> None:
    for entry in scan.children():
        if entry.kind != FOLDER or hidden(entry.name):
            continue
        file, fixed = f"{entry.real}/SKILL.md", ""
        found = status(file)
        if found is None:
            continue
        if not stat.S_ISREG(found.st_mode):
            problem: str | None = "SKILL.md is not a regular file"
        elif found.st_size > LARGEST:
            problem = "SKILL.md is larger than 1 MiB"
        else:
            data = read(file)
            problem = skill_problem(data, entry.name)
            fixed = "" if problem else rename_problem(data, entry.name)
        scan.add(entry.name, entry, problem, fixed)


def _find_personas(scan: Scan) -> None:
    for entry in scan.children():
        if entry.kind == FOLDER:
            scan.add(entry.name, entry)
        elif entry.kind == FILE and entry.name.endswith(".md") and entry.name != ".md":
            scan.add(entry.name[: -len(".md")], entry)


def _find_prompt(scan: Scan) -> None:
    problem = "the prompt is larger than 1 MiB" if os.lstat(scan.base).st_size > LARGEST else None
    scan.items.append(Item(PROMPT, scan.repo, scan.at, "", problem, scan.base))


_FINDERS: dict[str, Callable[[Scan], None]] = {
    TOOLS: _find_tools,
    WORKFLOWS: _find_workflows,
    SKILLS: _find_skills,
    PERSONAS: _find_personas,
    PROMPT: _find_prompt,
}
