"""The name in a copy of a SKILL.md, and the text after its front matter."""

from __future__ import annotations

import os
import pathlib

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from overlays_node.copying import copy_file
from overlays_node.names import body_of, renamed, skill_problem
from overlays_node.renaming import rename_problem


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("name: pdf", "name: team-pdf"),
        ("name:pdf", "name:team-pdf"),
        ("name:\t pdf \t", "name:\t team-pdf \t"),
        ('name: "pdf"', 'name: "team-pdf"'),
        ("name: 'pdf' # pdf", "name: 'team-pdf' # pdf"),
        ("name: pdf # 'pdf'", "name: team-pdf # 'pdf'"),
        ("name: pdf\r", "name: team-pdf\r"),
    ],
)
def test_only_the_name_changes(line: str, new: str) -> None:
    before, after = "---\nx-name: pdf\n# name: pdf\n", "\nother: pdf\n---\nname: pdf\npdf"
    data = f"{before}{line}{after}".encode()
    assert skill_problem(data, "pdf") is None
    assert renamed(data, "team-pdf").decode() == f"{before}{new}{after}"
    assert skill_problem(renamed(data, "team-pdf"), "team-pdf") is None


PLAIN = "line 2 of SKILL.md does not give its name plainly, as name: pdf"
SECOND = "line {} of SKILL.md may be read as a second name"
GOES_ON = "its name may go on below line 2 of SKILL.md"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("name: pdf", ""),
        ("name:   'pdf'   # x\n\n# y\nother: 'name: pdf'", ""),
        ('name: "pdf" #\n"x": y\nnames: pdf\n- name: x\nmeta:\n  name: x\n  "name": y', ""),
        ("name: pdf\r\nlicense: x\r", ""),
        ("name: pdf # c\r", ""),
        ("name:pdf", PLAIN),
        ("name:\tpdf", PLAIN),
        ("name: pdf\t", PLAIN),
        ("name: pdf\t# c", PLAIN),
        ('name: pdf\n"name": x', SECOND.format(3)),
        ("name: pdf\n'name' : x", SECOND.format(3)),
        ("name: pdf\nx: y\nname : x", SECOND.format(4)),
        ("name: pdf\nname\t: x", SECOND.format(3)),
        ("name: pdf\n? name\n: x", SECOND.format(3)),
        ('name: pdf\n"n\\x61me": x', SECOND.format(3)),
        ("name: pdf\n!!str name: x", SECOND.format(3)),
        ("name: pdf\n&a name: x", SECOND.format(3)),
        ("name: pdf\n*a : x", SECOND.format(3)),
        ("name: pdf # c\u2028name: x", SECOND.format(2)),
        ("name: pdf\nx: y\x85name: x", SECOND.format(3)),
        ("name: pdf\nx: y\rname: x", SECOND.format(3)),
        ("name: pdf\n  more", GOES_ON),
        ("name: pdf\n\n# c\n\tmore", GOES_ON),
        ('name: "pdf"\n x', GOES_ON),
        ("name: pdf # c\x85 more", GOES_ON),
    ],
)
def test_a_name_that_others_may_read_otherwise_has_no_copy(lines: str, problem: str) -> None:
    data = f"---\n{lines}\n---\nname: pdf\n".encode()
    assert skill_problem(data, "pdf") is None
    assert rename_problem(data, "pdf") == problem
    if not problem:
        copy = renamed(data, "team-pdf").decode().replace("\r\n", "\n").split("---\n")[1]
        assert "name: x" in copy or yaml.safe_load(copy)["name"] == "team-pdf"


@pytest.mark.parametrize("name", ["Pdf", "a b", "a--b", "-a", "a_b", "é", "a.b", "team-"])
def test_a_name_that_is_not_legal_has_no_copy(name: str) -> None:
    data = f"---\nname: {name}\n---\n".encode()
    assert skill_problem(data, name) is None
    assert rename_problem(data, name) == "its name is not of letters a-z, digits and single hyphens"


def test_a_name_that_looks_like_a_date_gets_quotes() -> None:
    data = b"---\nname: 01-02\n---\n"
    assert renamed(data, "2024-01-02") == b'---\nname: "2024-01-02"\n---\n'
    assert renamed(b"---\nname: '01-02'\n---\n", "2024-01-02") == b"---\nname: '2024-01-02'\n---\n"


LINES = st.lists(
    st.sampled_from(["x: pdf\n", " name: pdf\n", "# name: pdf\r\n", "é\n", "\n", "names: pdf\n"]), max_size=3
)
VALUE = st.lists(st.sampled_from(["pdf", '"pdf"', "'pdf'", " ", "\t", " #pdf", "#"]), max_size=4)


@given(LINES, VALUE, st.sampled_from(["\n", "\r\n"]), LINES, LINES)
def test_a_copy_can_be_served_and_differs_in_nothing_else(
    before: list[str], value: list[str], end: str, after: list[str], body: list[str]
) -> None:
    data = "".join(["---\n", *before, "name: ", *value, end, *after, "---\n", *body]).encode()
    assume(skill_problem(data, "pdf") is None)
    copy = renamed(data, "team-pdf")
    assert skill_problem(copy, "team-pdf") is None
    assert copy.replace(b"team-pdf", b"pdf") == data
    assert len(copy) == len(data) + len(b"team-")
    assert copy.startswith(data[: data.index(b"\nname:")])


@pytest.mark.parametrize("data", [b"", b"---\n", b"\xff\nname: a\n", b"name: a\n---"])
def test_what_cannot_be_served_has_no_copy_and_no_body(data: bytes, tmp_path: pathlib.Path) -> None:
    (tmp_path / "SKILL.md").write_bytes(data)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="is not what it was"):
            copy_file(str(tmp_path / "SKILL.md"), folder, "copy", lambda found: renamed(found, "x"))
    finally:
        os.close(folder)
    assert body_of(data) == b""


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"---\nname: a\n---\nBody\n---\nx", b"Body\n---\nx"),
        (b"---\r\nname: a\r\n---\r\nBody\r\n", b"Body\r\n"),
        (b"---\nname: a\n---", b""),
        (b"---\nname: a\n----\n---\n\nB", b"\nB"),
    ],
)
def test_the_body_is_what_follows_the_front_matter(data: bytes, body: bytes) -> None:
    assert skill_problem(data, "a") is None
    assert body_of(data) == body
    if b"----" not in data:
        assert yaml.safe_load(data.split(b"---")[1])["name"] == "a"
