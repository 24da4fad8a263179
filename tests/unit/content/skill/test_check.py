"""SKILL.md: every row of the matrix at the level of the specification and in the profile for all readers.

And every place, and agreement with our own reader.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overlays.content.skill.check import remarks
from overlays.content.skill.profiles import judge
from overlays.content.skill.remark import Remark
from overlays_node.names import LARGEST, skill_problem

OK, WARNING, ERROR = "ok", "warning", "error"


def skill(*lines: str, name: str = "name: pdf", description: str = "description: Reads files.", end: str = "\n") -> str:
    """A good skill with these lines more, or with another name or description."""
    return end.join(["---", *([name] if name else []), *([description] if description else []), *lines, "---", "body"])


def worst(found: tuple[Remark, ...], *profiles: str) -> str:
    judged = [judge(one, profiles) for one in found]
    severities = {one[0].value for one in judged if one is not None}
    return ERROR if ERROR in severities else WARNING if severities else OK


A, E_ACUTE, JI = "a", "\u00e9", "\u6280"
TABS = "---\nname: pdf\ndescription: d\nmetadata:\n\ta: b\n---\nbody"

# The rows of the matrix, in its order: input, what the specification's level makes of it, the directory.
# `not served`: the matrix says "warning", but our own reader does not take it, so nothing would be served.
MATRIX: dict[str, tuple[str | bytes, str] | tuple[str | bytes, str, str]] = {
    "plain": (skill(), OK),
    "closing marker at the end of the file": ("---\nname: pdf\ndescription: d\n---", OK),
    "--- in the body": (skill() + "\n---\n--- more\n", OK),
    "comment line": (skill("# a comment"), OK),
    "license a number": (skill("license: 3"), OK),
    "metadata empty": (skill("metadata:"), OK),
    "quoted number as name": (skill(name='name: "123"'), OK, "123"),
    "quoted number as description": (skill(description="description: '3'"), OK),
    "compatibility of 500 characters": (skill("compatibility: " + JI * 500), OK),
    "byte order mark": ("\ufeff" + skill(), ERROR),
    "text on the opening line": ("--- x\nname: pdf\ndescription: d\n---\nbody", ERROR),
    "no closing marker": ("---\nname: pdf\ndescription: d\nbody", ERROR),
    "... as closing": ("---\nname: pdf\ndescription: d\n...\nbody", ERROR),
    "no front matter": ("# A skill\n", ERROR),
    "empty file": ("", ERROR),
    "only blank lines": ("\n \n", ERROR),
    "empty block": ("---\n---\nbody", ERROR),
    "empty block with a blank line": ("---\n\n---\nbody", ERROR),
    "list for a map": ("---\n- name: pdf\n- description: d\n---\nbody", ERROR),
    "scalar for a map": ("---\nname\n---\nbody", ERROR),
    "Name:": (skill(name="Name: pdf"), ERROR),
    "tab as indent": (TABS, ERROR),
    "unquoted ': ' in a value": (skill(description="description: use it: now"), ERROR),
    "description empty": (skill(description='description: ""'), ERROR),
    "description without a value": (skill(description="description:"), ERROR),
    "description a list": (skill(description="description: [a]"), ERROR),
    "invalid UTF-8": (skill().encode() + b"\xff", ERROR),
    "UTF-16": (skill().encode("utf-16"), ERROR),
    "raw NUL in the front matter": (skill(description="description: a\0b"), ERROR),
    "raw NUL in the body": (skill() + "\0", ERROR),
    "blank lines before the opening marker (not served)": ("\n\n" + skill(), ERROR),
    "CRLF": (skill(end="\r\n"), OK),
    "CR only": (skill(end="\r"), ERROR),
    "opening with a trailing space (not served)": (skill().replace("---", "--- ", 1), ERROR),
    "closing with a trailing space (not served)": ("---\nname: pdf\ndescription: d\n--- \nbody", ERROR),
    "---- for both": ("----\nname: pdf\ndescription: d\n----\nbody", ERROR),
    "duplicate key": (skill("license: a", "license: b"), ERROR),
    "duplicate name": (skill("name: pdf"), ERROR),
    "duplicate key in metadata": (skill("metadata:", "  a: '1'", "  a: '2'"), ERROR),
    "unknown key": (skill("version: '1'"), WARNING),
    "anchor": (skill("license: &a MIT"), WARNING),
    "alias": (skill("license: &a MIT", "compatibility: *a"), WARNING),
    "flow map": (skill("metadata: {a: b}"), WARNING),
    "value cut by a comment": (skill(description="description: a # b"), WARNING),
    "--- inside a value": (skill(description="description: a --- b"), WARNING),
    "escaped NUL": (skill(description=r'description: "a\0b"'), ERROR),
    "escaped control character": (skill(description=r'description: "a\eb"'), ERROR),
    "escaped control character elsewhere": (skill(r'license: "a\eb"'), ERROR),
    "escaped control character in metadata": (skill("metadata:", r'  a: "\x07"'), ERROR),
    "escaped control character in a key of metadata": (skill("metadata:", r'  "a\x07": b'), ERROR),
    "123 as name": (skill(name="name: 123"), WARNING, "123"),
    "01 as name": (skill(name="name: 01"), WARNING, "01"),
    "0x10 as name": (skill(name="name: 0x10"), WARNING, "0x10"),
    "yes as name": (skill(name="name: yes"), WARNING, "yes"),
    "a date as name": (skill(name="name: 2024-01-01"), WARNING, "2024-01-01"),
    "3 as description": (skill(description="description: 3"), WARNING),
    "yes as description": (skill(description="description: yes"), WARNING),
    "a date as description": (skill(description="description: 2024-01-01"), WARNING),
    "1e3 as name": (skill(name="name: 1e3"), WARNING, "1e3"),
    "0o17 as name": (skill(name="name: 0o17"), WARNING, "0o17"),
    "1:30 as description": (skill(description="description: 1:30"), WARNING),
    "null as name": (skill(name="name: null"), ERROR, "null"),
    "null as description": (skill(description="description: null"), ERROR),
    "name with a trailing space": (skill(name='name: "a "'), ERROR, "a"),
    "name a block": (skill(name="name: |\n  a"), ERROR, "a"),
    "name in NFC": (skill(name="name: caf\u00e9"), ERROR, "caf\u00e9"),
    "name in NFD": (skill(name="name: cafe\u0301"), ERROR, "cafe\u0301"),
    "name in Chinese": (skill(name="name: \u6280\u80fd"), ERROR, "\u6280\u80fd"),
    "name in full width": (skill(name="name: \uff41"), ERROR, "\uff41"),
    "name is not the directory": (skill(name="name: doc"), ERROR),
    "description only spaces": (skill(description='description: "  "'), ERROR),
    "description 1024 x a": (skill(description="description: " + A * 1024), OK),
    "description 512 x e-acute": (skill(description="description: " + E_ACUTE * 512), OK),
    "description 341 x ji": (skill(description="description: " + JI * 341), OK),
    "description 1025 x a": (skill(description="description: " + A * 1025), ERROR),
    "description 513 x e-acute": (skill(description="description: " + E_ACUTE * 513), OK),
    "description 342 x ji": (skill(description="description: " + JI * 342), OK),
    "description 1024 x e-acute": (skill(description="description: " + E_ACUTE * 1024), OK),
    "description 1025 x e-acute": (skill(description="description: " + E_ACUTE * 1025), ERROR),
    "description a bar block": (skill(description="description: |\n  a\n  b"), ERROR),
    "description quoted with a blank line": (skill(description='description: "a\n\n  b"'), ERROR),
    "description folded": (skill(description="description: >\n  a\n  b"), OK),
    "description a bar block of one line": (skill(description="description: |\n  a"), OK),
    "description 1024 x a, folded": (skill(description="description: >\n  " + A * 1024), OK),
    "allowed-tools a text": (skill("allowed-tools: Bash Read"), OK),
    "allowed-tools a list": (skill("allowed-tools: [Bash, Read]"), ERROR),
    "allowed-tools a block list": (skill("allowed-tools:", "  - Bash", "  - Read"), ERROR),
    "allowed-tools a map": (skill("allowed-tools:", "  Bash: Read"), ERROR),
    "allowed-tools with nothing": (skill("allowed-tools:"), WARNING),
    "allowed-tools an empty text": (skill('allowed-tools: ""'), WARNING),
    "empty body": ("---\nname: pdf\ndescription: d\n---\n\n", WARNING),
    "metadata number": (skill("metadata:", "  a: 1"), WARNING),
    "metadata boolean": (skill("metadata:", "  a: true"), WARNING),
    "metadata null": (skill("metadata:", "  a:"), WARNING),
    "metadata key a number": (skill("metadata:", "  1: a"), WARNING),
    "metadata list value": (skill("metadata:", "  a: [b]"), ERROR),
    "metadata nested map": (skill("metadata:", "  a:", "    b: c"), ERROR),
    "metadata text": (skill("metadata: text"), ERROR),
    "metadata list": (skill("metadata: [a]"), ERROR),
    "metadata text of several lines": (skill("metadata:", "  a: |", "    b", "    c"), OK),
    "compatibility of 501 characters": (skill("compatibility: " + A * 501), ERROR),
    "compatibility empty": (skill('compatibility: ""'), ERROR),
    "compatibility a list": (skill("compatibility: [a]"), ERROR),
    "license of 501 characters": (skill("license: " + A * 501), ERROR),
    "license empty": (skill('license: ""'), ERROR),
    "license without a value": (skill("license:"), WARNING),
    # Besides the matrix: section 1.1, names, and what could break a reader.
    "no name": (skill(name=""), ERROR),
    "no description": (skill(description=""), ERROR),
    "name of 64": (skill(name="name: " + A * 64), OK, A * 64),
    "name of 65": (skill(name="name: " + A * 65), ERROR, A * 65),
    "name v2": (skill(name="name: v2"), OK, "v2"),
    "name a-b": (skill(name="name: a-b"), OK, "a-b"),
    **{
        f"name {name!r}": (skill(name=f'name: "{name}"'), ERROR, name)
        for name in (
            "Ab",
            "a b",
            "a_b",
            "-a",
            "a-",
            "a--b",
            "a.b",
            "a..b",
            ".x",
            "a:b",
            "a#b",
            "q?x",
            "../x",
            "a\n",
            "",
        )
    },
    "name on the next line (not served)": (skill(name="name:\n  pdf"), ERROR),
    "name as a quoted key (not served)": (skill(name='"name": pdf'), ERROR),
    "name before a blank (not served)": (skill(name="name : pdf"), ERROR),
    "everything in braces (not served)": ("---\n{name: pdf, description: d}\n---\nbody", ERROR),
    "description behind an alias": (skill(description="license: &a MIT\ndescription: *a"), WARNING),
    "an alias of nothing": (skill("license: *a"), ERROR),
    "an alias of itself": (skill("metadata: &a", "  b: *a"), ERROR),
    "a tag": (skill("license: !!binary aGk="), ERROR),
    "a tag on a map": (skill("metadata: !x", "  a: b"), ERROR),
    "the tag of text": (skill("license: !!str 3"), WARNING),
    "a list as a key": (skill("? [a]", ": b"), ERROR),
    "a second document": (skill("--- b"), ERROR),
    "a directive": ("---\n%YAML 1.2\nname: pdf\n---\nbody", ERROR),
    "a merge": (skill("metadata: &m {a: b}", "<<: *m"), WARNING),
    "a line separator": (skill(description="description: a\u2028b"), ERROR),
    "a next line": (skill(description="description: a\u0085b"), ERROR),
    "a lone carriage return": (skill(description="description: a\rb"), ERROR),
    "a byte order mark inside": (skill(description="description: a\ufeffb"), ERROR),
    "a quote that is not closed": (skill(description='description: "a'), ERROR),
    "1000 levels of lists": (skill(description="description: " + "[" * 1000 + "]" * 1000), ERROR),
    "1000 levels of maps": (skill(*(" " * depth + "a:" for depth in range(1000))), ERROR),
    "64 KiB of brackets": (skill(description="description: " + "[" * 65000), ERROR),
    "more than 64 KiB": (skill("license: " + "a" * 70000), ERROR),
    "1 MiB": (skill().encode().ljust(LARGEST, b" "), OK),
    "over 1 MiB": (skill().encode().ljust(LARGEST + 1, b" "), ERROR),
}


# The rows that are an error of the profile `all`, and none of the level of the specification.
ONLY_ALL = {
    *("CRLF", "unknown key", "anchor", "alias", "flow map", "--- inside a value"),
    *("123 as name", "01 as name", "0x10 as name", "yes as name", "a date as name", "1e3 as name", "0o17 as name"),
    *("3 as description", "yes as description", "a date as description", "1:30 as description"),
    *("description 513 x e-acute", "description 342 x ji", "description 1024 x e-acute", "description folded"),
    *("description a bar block of one line", "description 1024 x a, folded"),
    *("allowed-tools a text", "allowed-tools an empty text"),
    *("metadata number", "metadata boolean", "metadata null", "metadata key a number"),
    *("description behind an alias", "a merge", "the tag of text"),
}


def test_the_table_of_levels_names_rows() -> None:
    assert set(MATRIX) >= ONLY_ALL
    assert all(MATRIX[name][1] != ERROR for name in ONLY_ALL)


@pytest.mark.parametrize("level", ["spec", "all"])
@pytest.mark.parametrize("name", MATRIX)
def test_matrix(name: str, level: str) -> None:
    text, want, *rest = MATRIX[name]
    if level == "all" and name in ONLY_ALL:
        want = ERROR
    directory = rest[0] if rest else "pdf"
    data = text if isinstance(text, bytes) else text.encode()
    found = remarks(data, str(directory))
    assert worst(found, level) == want, found


def places(text: str, directory: str = "pdf") -> list[tuple[int, int, str]]:
    found = remarks(text.encode(), directory)
    return [(one.line, one.column, one.code) for one in found if judge(one, ("spec",)) is not None]


def test_every_problem_is_told_at_its_place() -> None:
    text = (
        "--- \nname: Doc # x\nlicense: ''\ndescription: \"a\\nb\"\nversion: 1\nmetadata:\n  a: [1]\n  b: yes\n  b: no\n"
        "allowed-tools: [Bash]\nlicense: MIT\n---\n"
    )
    assert places(text) == [
        (1, 1, "OVL546"),
        (2, 7, "OVL549"),  # the alphabet
        (2, 7, "OVL549"),  # the directory
        (2, 10, "OVL555"),
        (3, 10, "OVL551"),
        (4, 14, "OVL552"),
        (5, 1, "OVL553"),
        (7, 6, "OVL551"),
        (8, 6, "OVL556"),
        (9, 3, "OVL548"),
        (9, 6, "OVL556"),
        (10, 16, "OVL551"),
        (11, 1, "OVL548"),
        (12, 1, "OVL557"),
    ]


def test_a_column_counts_characters() -> None:
    assert places(skill(description="description: \u6280\u80fd # x")) == [(3, 16, "OVL555")]


def test_what_came_before_broken_yaml_is_told_and_what_may_come_after_is_not_missed() -> None:
    text = "---\nname: Doc\nversion: 2\nlicense: a: b\ndescription: d\n---\nbody"
    assert places(text) == [(2, 7, "OVL549"), (2, 7, "OVL549"), (3, 1, "OVL553"), (4, 11, "OVL547")]


def test_a_byte_that_is_no_utf8_is_told_at_its_place() -> None:
    found = remarks("---\nname: pdf\ndescription: \u6280".encode() + b"\xff x\n---\nbody", "pdf")
    assert (found[0].line, found[0].column, found[0].what) == (3, 15, "the byte 0xff is not UTF-8 text")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (skill(description="description: use it: now"), "quote a value that holds ': ', and check the indentation"),
        (TABS, "use spaces"),
        (skill("Licence: MIT"), "did you mean 'license'?"),
        (skill("version: '1'"), "move it below metadata"),
        (skill(name="name: yes"), "put it in quotes"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    assert hint in [one.hint for one in remarks(text.encode(), "yes" if "yes" in text else "pdf")]


def test_what_a_remark_says_holds_no_line_number_and_no_raw_text() -> None:
    hostile = skill(name='name: "\\e[2J\\u202e"', description='description: "\\n::error::"') + "\x1b"
    for one in remarks(hostile.encode(), "\x1b]0;x\x07\udcff"):
        assert one.what.isprintable(), one
        assert one.hint.isprintable(), one


def test_hostile_front_matter_costs_no_time() -> None:
    start = time.process_time()
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 300))
    for text in (bomb, "[" * 60000, "{" * 60000, "? " * 30000, "- " * 30000, "'" * 60000, "a: " * 20000, "#" * 60000):
        assert remarks(f"---\n{text}\n---\n".encode(), "pdf")
    assert time.process_time() - start < 3


def test_hostile_bytes_of_the_largest_size_cost_no_time() -> None:
    start = time.process_time()
    blanks = b" \t" * 500_000
    for hostile in (b"name: pdf" + blanks + b"x", b"name: 'pdf'" + blanks + b"x", b"\n" * 10**6, b"#" * 10**6):
        for text in (b"---\n" + hostile + b"\n---\n", b"---\n---\n" + hostile, hostile):
            assert remarks(text, "pdf")
    assert time.process_time() - start < 30


LINES = st.sampled_from(
    [
        *("---", "--- ", "----", "...", "", " ", "# c", "name: a", "name: 'a'", 'name: "a"', "name: a # c", "name: b"),
        *("name:", "  a", "name : a", '"name": a', "name: |", "name: a\r", "name: *x", "name: &x a", "name: !!str a"),
        *("description: d", "description: |", "metadata:", "  name: a", "  b: c", "license: x", "? name", ": a"),
        *("{name: a, description: d}", "\ufeff---", "\r---", "name: a'", "name: \"a'", "name: a\u2028", "body"),
    ]
)


@settings(max_examples=500)
@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@example(["name:", "  a", "description: d"], "\n", True)
@example(["name: 'a'# c", "description: d"], "\n", True)
@example(['name: "a" b', "description: d"], "\n", True)
def test_what_is_free_of_errors_is_served_and_what_is_not_served_is_an_error(
    lines: list[str], end: str, marked: bool
) -> None:
    data = end.join(["---", *lines, "---", "body"] if marked else lines).encode()
    unservable = skill_problem(data, "a") is not None
    assert not unservable or worst(remarks(data, "a")) == ERROR


@settings(max_examples=300)
@given(st.binary(max_size=60), st.text(max_size=60))
def test_any_bytes_give_remarks_and_no_traceback(raw: bytes, text: str) -> None:
    for data in (
        raw,
        b"---\n" + raw + b"\n---\n",
        f"---\nname: a\ndescription: {text}\n---\n".encode(errors="replace"),
    ):
        assert skill_problem(data, "a") is None or worst(remarks(data, "a")) == ERROR
