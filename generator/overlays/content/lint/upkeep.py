"""What is told of a skill as a whole once its files are known: where its links lead, and what it costs."""

# Text and os calls: a tree may have 100,000 files.
# ruff: noqa: PTH118

from __future__ import annotations

import os

from overlays.content.hygiene import codes, markdown
from overlays.content.hygiene.place import MOST
from overlays.content.hygiene.secrets import Blanks
from overlays.content.lint.files import Files
from overlays.content.lint.tally import Tally
from overlays.content.skill.text import shown
from overlays.model.budget import Budget
from overlays.model.finding import Finding


def check(files: Files) -> None:
    """Links and sizes of all skills, and no secret in what is told."""
    _links(files)
    _sizes(files, files.budget)
    if files.secrets:
        _blank(files.tally, Blanks(files.secrets))


def _links(files: Files) -> None:
    told: dict[str, int] = {}
    for path, skill, (line, column, target) in files.targets:
        folder = path[len(skill) + 1 :].rpartition("/")[0]
        if markdown.leaves(target):
            inside = []
        else:
            inside = [one for one in (markdown.joined(folder, target), markdown.joined("", target)) if one is not None]
        if inside and any(_there(files.tally, f"{skill}/{one}") for one in inside):
            continue
        told[path] = told.get(path, 0) + 1
        if told[path] > MOST:
            continue
        if not inside:
            what, why = f"the link to {shown(target)} leaves the skill", "an agent has the skill elsewhere, and alone"
            hint = "put a copy of the file into the skill, or link to where it is published"
            files.tally.tell(path, codes.LINK_LEAVES, what, why, hint, (line, column))
        else:
            what, why = f"the link to {shown(target)} leads to nothing", "an agent that follows it finds no file"
            files.tally.tell(path, codes.LINK_MISSES, what, why, "correct it, or add the file", (line, column))


def _there(tally: Tally, path: str) -> bool:
    return os.path.lexists(os.path.join(tally.root, path)) and not tally.skips(path.rstrip("/"))


def _sizes(files: Files, budget: Budget) -> None:
    for skill, (number, size) in files.sizes.items():
        if f"{skill}/SKILL.md" not in files.read:
            continue
        hint = "leave out what agents do not need, or fetch it where it is used"
        if size > budget.size:
            why = f"more than {budget.size} bytes are too much for a ConfigMap, and every agent gets a copy"
            if budget.size != 1 << 20:
                why = f"the budget of a skill is {budget.size} bytes"
            files.tally.tell(skill, codes.BYTES, f"the skill has {size} bytes", why, hint)
        if number > budget.files:
            files.tally.tell(skill, codes.FILES, f"the skill has {number} files", f"more than {budget.files}", hint)


def _blank(tally: Tally, blanks: Blanks) -> None:
    """Take secrets out of what other findings quote."""
    tally.findings = {_blanked(one, blanks) for one in tally.findings}
    tally.causes = [(path, cause._replace(finding=_blanked(cause.finding, blanks))) for path, cause in tally.causes]


def _blanked(one: Finding, blanks: Blanks) -> Finding:
    return one._replace(what=blanks.of(one.what), why=blanks.of(one.why), hint=blanks.of(one.hint))
