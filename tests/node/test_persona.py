"""The list of skills of a persona: read where it is plain, refused where it may be anything else."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from overlays_node.offer import Item
from overlays_node.persona import PersonaError, data_of, skills_of


def persona(*lines: str) -> bytes:
    return "\n".join(["---", "name: kind", *lines, "---", "", "Be kind."]).encode()


@pytest.mark.parametrize(
    ("lines", "skills"),
    [
        (["skills: []"], ()),
        (["skills: [ ]"], ()),
        (["skills: [pdf]"], ("pdf",)),
        (["skills: [pdf, \"code-*\", 'x', ]  # a note"], ("pdf", "code-*", "x")),
        (["skills: [code-*]"], ("code-*",)),
        (["skills: ['it''s', \"a, b\"]"], ("it's", "a, b")),
        (["skills:", "- pdf", '- "code-*"'], ("pdf", "code-*")),
        (
            ["skills:  # mine", "", "  # and", "  - pdf  # this", "", "  - code-[ab]*", "tools: [x]"],
            ("pdf", "code-[ab]*"),
        ),
        (["skills:", "  -   pdf"], ("pdf",)),
        (["description: >", "  skills: [x]", "  ---", "skills: [pdf]"], ("pdf",)),
        (["skills: [pdf, pdf]"], ("pdf", "pdf")),
        (["skills: [\"\", ' a']"], ("", " a")),
        (["my key: 1", "a.b-c: 2", "skills: [pdf]"], ("pdf",)),
        (["tools:", "- skills", "-", "skills: [pdf]"], ("pdf",)),
        ([], None),
        (["description: skills: no"], None),
        (["# skills: [x]"], None),
        (["skillset: [x]"], None),
        (["tools: [x]", "rules: [skill]"], None),
    ],
)
def test_plain_lists_are_read(lines: list[str], skills: tuple[str, ...] | None) -> None:
    assert skills_of(persona(*lines)) == skills
    assert skills_of(persona(*lines).replace(b"\n", b"\r\n")) == skills


@pytest.mark.parametrize(
    "key",
    [
        "Skills",
        "SKILLS",
        "skill",
        "skils",
        "skil",
        "sklls",
        "skiills",
        "sills",
        "kills",
        "sklils",
        "skills.",
        "xskills",
    ],
)
def test_a_misspelt_key_does_not_grant_all(key: str) -> None:
    with pytest.raises(PersonaError) as refused:
        skills_of(persona(f"{key}: [ads-db]"))
    assert str(refused.value) == f"line 3: {key} looks like a misspelt skills, whose list would be overlooked"


@pytest.mark.parametrize(
    "data", [b"", b"Be kind.\n", b"# skills\n\nskills: [x]\n", b"-- -\n", b"- a\n---\nskills: []\n---"]
)
def test_without_front_matter_there_is_no_list(data: bytes) -> None:
    assert skills_of(data) is None


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["skills: pdf"], 3),
        (["skills:"], 3),
        (["skills: null"], 3),
        (["skills: ~"], 3),
        (["skills: {a: b}"], 3),
        (["skills: [a, [b]]"], 3),
        (["skills: [a: b]"], 3),
        (["skills: [a,, b]"], 3),
        (["skills: [a"], 3),
        (["skills: [a,", "  b]"], 3),
        (["skills: [a]", "  b"], 3),
        (["skills: [a]", "- b"], 3),
        (["skills: [a] b"], 3),
        (["skills: [a]#b"], 3),
        (["skills: [*x]"], 3),
        (["skills: [&x a]"], 3),
        (["skills: &x [a]"], 3),
        (["skills: !!seq [a]"], 3),
        (["skills: |", "  - a"], 3),
        (["skills: >-"], 3),
        (['skills: ["a\\u0020b"]'], 3),
        (["skills: [yes]"], 3),
        (["skills: [Null]"], 3),
        (["skills: [3]"], 3),
        (["skills: [3d-print]"], 3),
        (["skills: [a b]"], 3),
        (["skills:\t[a]"], 3),
        (["skills:[a]"], 3),
        (["skills : [a]"], 3),
        (['"skills": [a]'], 3),
        (["'skills': [a]"], 3),
        (["? skills", ": [a]"], 3),
        (["<<: {skills: [a]}"], 3),
        (["{skills: [a]}"], 3),
        (["&a skills: [a]"], 3),
        (["!!str skills: [a]"], 3),
        (["\tskills: [a]"], 3),
        (["skills: [a]", "skills: [a]"], 4),
        (["skills:", "- a", "  - b"], 5),
        (["skills:", "  - a", "- b"], 5),
        (["skills:", "- a", "-"], 5),
        (["skills:", "- a: b"], 4),
        (["skills:", "- - a"], 4),
        (["skills:", "- a b"], 4),
        (["skills:", "- *a"], 4),
        (["skills:", "- on"], 4),
        (["skills:", "  a"], 4),
        (["x: 1\rskills: [a]"], 3),
        (["x: 1\u2028skills: [a]"], 3),
        (["x: 1\u0085skills: [a]"], 3),
        (["..."], 3),
        (["--- "], 3),
        (["----"], 3),
    ],
)
def test_any_other_form_is_an_error_with_its_line(lines: list[str], line: int) -> None:
    with pytest.raises(PersonaError) as caught:
        skills_of(persona(*lines))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf---\nskills: [a]\n---\n",
        b"\n---\nskills: [a]\n---\n",
        b"--- \nskills: [a]\n---\n",
        b"----\nskills: [a]\n----\n",
        b"--- {skills: [a]}\n---\n",
        b"---\rskills: [a]\r---\r",
        b"---\nskills: [a]\n",
        b"---\n",
        b"---",
        b"---\n  skills: [a]\n---\n",
        b"---\n- skills: [a]\n---\n",
        b"---\nname: \xff\nskills: [a]\n---\n",
        b"---\nname: x\n---\n" + b"x" * (1 << 20),
    ],
)
def test_front_matter_that_some_would_find_is_never_passed_over(data: bytes) -> None:
    with pytest.raises(PersonaError):
        skills_of(data)


@pytest.mark.parametrize(
    "skipped", [*"\f\v\x00\x1c\x1f\x85\xa0\xad\u2028\u3000\u200b\u2060\ufeff\u202e", "\u2028 \n\x0c"]
)
def test_nothing_that_does_not_show_hides_the_beginning(skipped: str) -> None:
    with pytest.raises(PersonaError) as caught:
        skills_of(f"{skipped}---\nskills: []\n---\n".encode())
    assert str(caught.value) == "line 1: the file does not begin with a line ---, and yet it may have front matter"


def test_the_reason_is_a_sentence_with_a_way_out() -> None:
    with pytest.raises(
        PersonaError, match=r"^line 3: skills is no plain list of texts on one line, such as \[code-rev"
    ):
        skills_of(persona("skills: pdf"))
    with pytest.raises(PersonaError, match=r"^line 3: skills has no value: write \[\] for no skill, or leave the key"):
        skills_of(persona("skills:"))


PARTS = [
    "skills",
    ":",
    " ",
    "[",
    "]",
    "a",
    '"b"',
    "'c'",
    ",",
    "- ",
    "\n",
    "\n  ",
    "#",
    "x: 1",
    "|",
    "*",
    "\t",
    "'",
    '"',
]


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_what_is_read_is_what_yaml_says(text: str) -> None:
    """Whatever the front matter is: an error, or the list that a YAML reader finds."""
    data = f"---\n{text}\n---\n".encode()
    try:
        found = skills_of(data)
    except PersonaError:
        return
    block = text.split("\n---")[0]
    try:
        wanted = yaml.safe_load(block)
    except yaml.YAMLError:
        return
    assert found == (tuple(wanted["skills"]) if isinstance(wanted, dict) and "skills" in wanted else None)


def test_the_file_of_a_persona(tmp_path: pathlib.Path) -> None:
    file, folder = tmp_path / "kind.md", tmp_path / "brief"
    file.write_bytes(b"Be kind.")
    folder.mkdir()
    assert data_of(Item("personas", "kind", 0, "kind.md", None, str(file))) == b"Be kind."
    brief = Item("personas", "brief", 0, "brief", None, str(folder))
    assert data_of(brief) is None
    (folder / "PERSONA.md").symlink_to(file)
    assert data_of(brief) is None
    (folder / "PERSONA.md").unlink()
    (folder / "PERSONA.md").write_bytes(b"x" * (2 << 20))
    assert len(data_of(brief) or b"") == (1 << 20) + 1
