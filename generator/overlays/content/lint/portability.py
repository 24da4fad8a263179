"""Which skills every reader takes: what was told about each, in rows."""

# Text and os calls: a tree may have 100,000 files.
# ruff: noqa: PTH114, PTH118

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from overlays.content import codes
from overlays.content.lint.tally import Tally
from overlays.content.skill import check
from overlays.content.skill.deviations import RULES
from overlays.content.skill.remark import Remark
from overlays.io.tree import start_of
from overlays.model.portability import Cause, Row
from overlays_node.names import LARGEST


def rows(tally: Tally, skills: Mapping[str, str], source: str, file: str) -> tuple[Row, ...]:
    """A row for each skill, by name; skills: path of its directory to its name. file: the name of the file in it."""
    causes: dict[str, list[Cause]] = {path: [] for path in skills}
    for path, cause in tally.causes:
        for skill in _skills_of(path, skills):
            causes[skill].append(cause)
    made = (
        Row(name, source, tally.place(f"{path}/{file}"), tuple(sorted(causes[path], key=lambda one: one.finding)))
        for path, name in skills.items()
    )
    return tuple(sorted(made, key=lambda row: (row.name, row.file)))


def _skills_of(path: str, skills: Mapping[str, str]) -> Iterable[str]:
    """The skill that a path is in, or all when it is the directory of the skills."""
    above = path
    while above:
        if above in skills:
            return (above,)
        above = above.rpartition("/")[0]
    return (skill for skill in skills if skill.startswith(f"{path}/"))


def links(tally: Tally, base: str, skills: Mapping[str, str], found: Iterable[str]) -> None:
    """Tell of links among the skills, of which `base` is the directory; found: the links that are there."""
    if os.path.islink(os.path.join(tally.root, base)):
        why, hint = "some readers find nothing behind it", "name the directory that it leads to"
        _link(tally, base, "link-root", "the directory of the skills is a link", why, hint)
    for path in found:
        if tally.told(path, codes.LINK) or tally.told(path, codes.SKILL_FILE):
            continue
        if path in skills:
            why, hint = "some readers do not look behind links", "put the directory itself there"
            _link(tally, path, "link-skill", "the directory of the skill is a link", why, hint)
        elif any(skill in skills for skill in _above(path)):
            why, hint = "where skills are copied it leads elsewhere, or is left out", "put a copy of the file there"
            _link(tally, path, "link-inside", "a link inside the skill", why, hint)


def _above(path: str) -> Iterable[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path


def _link(tally: Tally, path: str, deviation: str, what: str, why: str, hint: str) -> None:
    tally.remark(path, Remark(0, 0, RULES[deviation].code, what, why, hint, deviation))


def inner(tally: Tally, path: str) -> None:
    """A SKILL.md inside another skill. PromptKit reads it, so what it minds in there is told, too."""
    code, why = RULES["inner-skill"].code, "it is no skill of its own, but some agents take it for one"
    what, hint = "SKILL.md inside another skill", "give it another name"
    tally.remark(path, Remark(0, 0, code, what, why, hint, "inner-skill"))
    try:
        data = start_of(os.path.join(tally.root, path), LARGEST + 1)
    except OSError:
        return  # told with the other files
    for one in check.remarks(data, path.split("/")[-2]) if data is not None else ():
        tally.remark(path, one, only="promptkit")
