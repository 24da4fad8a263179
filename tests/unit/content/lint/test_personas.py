"""The list of skills of a persona: told where an agent would get nothing by it, or not what was meant."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.checkouts import List
from tests.support.overlays import overlays
from tests.unit.content.lint.test_repository import TOOL, found, tree


def told(folder: pathlib.Path, text: str | bytes, path: str = "reviewer.md") -> list[str]:
    """ "line severity code what" of each finding about one persona."""
    findings = found(folder, {**TOOL, f"personas/{path}": text}, personas="personas", skills="", workflows="")
    return [f"{one.where.line}:{one.where.column} {one.severity.value} {one.code} {one.what}" for one in findings]


UNREAD = "error OVL563 the list of skills cannot be read"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\nname: a\nskills: pdf\n---\n", 3),
        ("---\nskills: [pdf]\nskills: []\n---\n", 3),
        ("\ufeff---\nskills: [pdf]\n---\n", 1),
        ("---\nskills: [pdf]\n", 1),
        ("---\nskills:\n---\n", 2),
        ("---\nskills: {pdf: 1}\n---\n", 2),
        ("---\nskills:\n  - pdf\n  - [b]\n---\n", 4),
        ("---\nskills: [pdf]\n...\n", 3),
        (b"---\nname: \xff\nskills: [pdf]\n---\n", 2),
    ],
)
@pytest.mark.parametrize("path", ["reviewer.md", "reviewer/PERSONA.md"])
def test_a_list_that_cannot_be_read(text: str | bytes, line: int, path: str, tmp_path: pathlib.Path) -> None:
    assert f"{line}:1 {UNREAD}" in told(tmp_path, text, path)


@pytest.mark.parametrize(
    "text",
    [
        "---\nname: a\nskills: [pdf, 'b-*']\n---\nx\n",
        "---\nskills:\n- pdf\n# more\n- b\n---\n- pdf\n",
        "---\nskills: []\n---\n",
        "---\nname: a\n---\nskills: x\n",
        "You review.\n",
        "",
    ],
)
def test_a_list_that_is_fine_or_none(text: str, tmp_path: pathlib.Path) -> None:
    assert told(tmp_path, text) == []


DOUBT = "warning OVL601 the pattern {!r} does not mean what it seems to"


def test_patterns_get_the_advice_that_those_of_agents_get(tmp_path: pathlib.Path) -> None:
    patterns = ["pdf", " pdf", "!pdf", "{a,b}", "[^x]", "", "Pdf", "x", "pdf"]
    doubts = [(at, one) for at, one in enumerate(patterns) if one in patterns[1:7]]
    block = "---\nname: a\nskills:\n# all\n" + "".join(f"  - '{one}'\n\n" for one in patterns) + "---\n"
    assert told(tmp_path, block) == [
        *(f"{5 + 2 * at}:1 {DOUBT.format(one)}" for at, one in doubts),
        f"{5 + 2 * 8}:1 warning OVL603 the pattern 'pdf' stands twice",
    ]
    flow = "---\nskills: [" + ", ".join(f"'{one}'" for one in patterns) + "]\n---\n"
    assert told(tmp_path, flow) == [
        *sorted(f"2:1 {DOUBT.format(one)}" for _, one in doubts),
        "2:1 warning OVL603 the pattern 'pdf' stands twice",
    ]


def test_of_many_patterns_a_hundred_are_told(tmp_path: pathlib.Path) -> None:
    lines = "- '!x'\n" * 100_000
    found_here = told(tmp_path, f"---\nskills:\n{lines}---\n")
    assert [sum(code in one for one in found_here) for code in ("OVL601", "OVL603")] == [101, 101]


def test_what_is_no_persona_has_no_list(tmp_path: pathlib.Path) -> None:
    files = {"personas/dir/notes.md": "---\nskills: x\n---\n", "personas/.hidden.md": "---\nskills: x\n---\n"}
    findings = found(tree(tmp_path, files), TOOL, personas="personas", skills="", workflows="")
    assert [one for one in findings if one.code == "OVL563"] == []


def test_the_command_line_and_the_sources_of_a_list(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/base", "personasSubdir": "personas"})
    listed.has("acme/base", {"personas/reviewer.md": "---\nskills: pdf\n---\n"})
    expected = (
        "checkouts/acme/base/personas/reviewer.md:2:1: error OVL563: the list of skills cannot be read: an agent of "
        "this persona gets no skill: skills is no plain list of texts on one line, such as "
        '[code-review, "pdf-*"]\n'
        '  hint: write `skills: [code-review, "pdf-*"]` on a line of its own, or a line `- name` for each\n'
    )
    for arguments in (
        ("checkouts/acme/base", "--personas-subdir", "personas"),
        ("-f", "values.yaml", "--checkouts", "checkouts"),
    ):
        ran = overlays("lint", *arguments, cwd=tmp_path)
        assert (ran.code, ran.stdout.decode()) == (1, expected)
