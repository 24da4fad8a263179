"""What stands around a SKILL.md and readers differ on: links, and a SKILL.md inside another skill; and the rows."""

from __future__ import annotations

import pathlib

import pytest

from overlays.content.lint.repository import Examined, Repository, examine
from overlays.model.portability import Outcome
from tests.unit.content.lint.test_repository import GOOD, tree

SKILLS = ".agents/skills"
OK, UNKNOWN, WARN = Outcome.OK, Outcome.UNKNOWN, Outcome.WARN
MANGLE, SKIP, FATAL = Outcome.MANGLE, Outcome.SKIP, Outcome.FATAL


def examined(folder: pathlib.Path, files: dict[str, str | bytes | None], *profiles: str) -> Examined:
    return examine(Repository(tree(folder, files), ".", {"skills": SKILLS}, profiles=frozenset(profiles)))


def told(found: Examined, *codes: str) -> list[str]:
    return [f"{one.where} {one.code} {one.severity.value}" for one in found.findings if one.code in codes]


LINKED_SKILL: dict[str, str | bytes | None] = {
    "real/pdf/SKILL.md": GOOD.format("pdf"),
    f"{SKILLS}/pdf ->": "../../real/pdf",
}
LINKED_ROOT: dict[str, str | bytes | None] = {"real/pdf/SKILL.md": GOOD.format("pdf"), f"{SKILLS} ->": "../real"}
LINK_INSIDE: dict[str, str | bytes | None] = {
    f"{SKILLS}/pdf/SKILL.md": GOOD.format("pdf"),
    f"{SKILLS}/pdf/more.md ->": "../../../docs/more.md",
    "docs/more.md": "",
}
LINKED_FILE: dict[str, str | bytes | None] = {
    "pdf.md": GOOD.format("pdf"),
    f"{SKILLS}/pdf/SKILL.md ->": "../../../pdf.md",
}


@pytest.mark.parametrize(
    ("files", "places", "cells"),
    [
        (LINKED_SKILL, {"promptkit": [f"{SKILLS}/pdf"], "all": [f"{SKILLS}/pdf"]}, (OK, OK, SKIP, UNKNOWN)),
        (LINKED_ROOT, {"promptkit": [SKILLS], "all": [SKILLS]}, (OK, OK, FATAL, UNKNOWN)),
        (LINK_INSIDE, {"promptkit": [], "all": [f"{SKILLS}/pdf/more.md"]}, (OK, OK, OK, UNKNOWN)),
        (LINKED_FILE, {"promptkit": [], "all": []}, (SKIP, OK, OK, UNKNOWN)),
    ],
    ids=["a linked skill", "a linked directory of skills", "a link inside", "a linked SKILL.md"],
)
def test_links(
    tmp_path: pathlib.Path,
    files: dict[str, str | bytes | None],
    places: dict[str, list[str]],
    cells: tuple[Outcome, ...],
) -> None:
    tree(tmp_path, files)
    for profile in ("spec", "cao", "claude", "promptkit", "all"):
        found = examined(tmp_path, {}, profile)
        assert told(found, "OVL562") == [f"{place} OVL562 error" for place in places.get(profile, [])], profile
        assert [(row.name, row.cells) for row in found.rows] == [("pdf", cells)]
    assert told(found, "OVL545") == ([f"{SKILLS}/pdf/SKILL.md OVL545 error"] if files is LINKED_FILE else [])


def test_a_link_that_is_not_delivered_is_told_once(tmp_path: pathlib.Path) -> None:
    files = {f"{SKILLS}/pdf/SKILL.md": GOOD.format("pdf"), f"{SKILLS}/pdf/x ->": "/etc/passwd"}
    assert told(examined(tmp_path, {**files}, "all"), "OVL534", "OVL562") == [f"{SKILLS}/pdf/x OVL534 error"]


def test_a_skill_inside_another(tmp_path: pathlib.Path) -> None:
    inner = f"{SKILLS}/pdf/examples/a/SKILL.md"
    files = {f"{SKILLS}/pdf/SKILL.md": GOOD.format("pdf"), inner: GOOD.format("A")}
    tree(tmp_path, {**files})
    for profile in ("spec", "cao", "claude"):
        assert told(examined(tmp_path, {}, profile), "OVL526", "OVL549") == [f"{inner} OVL526 warning"], profile
    for profile in ("promptkit", "all"):
        found = examined(tmp_path, {}, profile)
        # What PromptKit minds in it is told as well; that its name is not the directory's matters to nobody.
        assert told(found, "OVL526", "OVL549") == [f"{inner} OVL526 error", f"{inner}:2:7 OVL549 error"], profile
        assert [(row.name, row.cells) for row in found.rows] == [("pdf", (WARN, OK, FATAL, UNKNOWN))]


def test_rows_are_of_all_skills_by_name_and_hold_their_own_findings(tmp_path: pathlib.Path) -> None:
    files = {f"{SKILLS}/{name}/SKILL.md": GOOD.format(name) for name in ("b", "a", "ab", "a-b")}
    files[f"{SKILLS}/b/SKILL.md"] = ""
    files[f"{SKILLS}/_draft/SKILL.md"] = ""
    found = examined(tmp_path, {**files}, "spec")
    assert [(row.name, row.file, len(row.causes)) for row in found.rows] == [
        ("a", f"{SKILLS}/a/SKILL.md", 0),
        ("a-b", f"{SKILLS}/a-b/SKILL.md", 0),
        ("ab", f"{SKILLS}/ab/SKILL.md", 0),
        ("b", f"{SKILLS}/b/SKILL.md", 1),
    ]
    assert found.rows[3].cells == (SKIP, SKIP, FATAL, UNKNOWN)
    assert found.rows[0].cells == (OK, OK, OK, OK)
