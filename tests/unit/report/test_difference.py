"""The Markdown of a difference: never too long, never cut inside, and nothing of a side is Markdown in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays.model.difference import (
    Difference,
    ElementChange,
    FieldChange,
    Kind,
    ObjectChange,
    Restart,
    SettingChange,
    Side,
    SourceChange,
    VariableChange,
    Variables,
)
from overlays.model.finding import Finding, Location, Severity
from overlays.report.difference import WRITERS
from overlays.report.difference.markdown import MAX_CHARACTERS, report

HOSTILE = [
    "``` ````` `",
    "<img src=x onerror=alert(1)></details></summary>",
    "a | b \\| c",
    "@acme/everyone #1 https://evil.example",
    "line\nbreak\r\n| x |\n```\n</details>",
    "\x1b[31mred\x07\u202e\u2066",
    "[link](javascript:x) ![i](x) **b** <!-- ",
    "$(x) `",
    "",
]


def difference(text: str, many: int = 1) -> Difference:
    """Something of every kind, which says that text in every place."""
    field = FieldChange(Kind.CHANGED, "ref", text, text + "!")
    element = ElementChange(Kind.CHANGED, text, text, text + "!", None, (ElementChange(Kind.ADDED, text, None, text),))
    variable = VariableChange(Kind.CHANGED, text, text, text + "!", (element,) * many)
    return Difference(
        Side(text, text, text),
        Side(text + "!", text + "!", text + "!"),
        notes=(text,) * many,
        sources=(SourceChange(Kind.CHANGED, text, text, (field,)),) * many,
        settings=(SettingChange(Kind.CHANGED, text, text, text + "!"),) * many,
        variables=(Variables(text, (variable, VariableChange(Kind.ADDED, text, None, text))),) * min(many, 3),
        restarts=(Restart(Kind.CHANGED, text, text + "!", (text,)),) * many,
        objects=(ObjectChange(Kind.CHANGED, text, (f"+{text}", f"-{text}")),) * many,
        folded=(text,) * many,
        warnings=(Finding(Location(text, 1, 1), "OVL231", "", text, text, text, Severity.WARNING),) * many,
    )


def outside(text: str) -> str:
    """The text without its blocks of code and its code in lines, as a renderer of Markdown sees it."""
    lines, fence, found = text.split("\n"), "", []
    for line in lines:
        ticks = re.match("(`{3,})([a-z]*)$", line)
        if fence:
            fence = "" if line == fence else fence
        elif ticks:
            fence = ticks[1]
        else:
            found.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "CODE", line))
    assert not fence, "a block of code has no end"
    return "\n".join(found)


def check_structure(text: str) -> None:
    plain = outside(text)
    assert re.findall("</?details>", plain) == ["<details>", "</details>"] * plain.count("<details>")
    assert set(re.findall("<[^>]*>", plain)) <= {"<details>", "</details>", "<summary>", "</summary>"}
    for table in re.findall(r"(?:^\|.*\n)+", plain, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table
    assert "`" not in re.sub("; `--output json` has", "", plain)
    assert not re.search(r"@|#\d|https?:|\*\*(?!No change)|!\[|\x1b", plain.replace("**No change.**", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_text(text: str) -> None:
    check_structure(report(difference(text)))


@given(st.text(st.sampled_from("`|<>@\\\n a#~*"), max_size=12))
def test_any_text_is_only_text(text: str) -> None:
    check_structure(report(difference(text)))


@pytest.mark.parametrize("text", ["x" * 50, "`" * 300, "x|" * 90_000, "\x00" * 100, "→" * 250])
@pytest.mark.parametrize("many", [1, 40, 700])
def test_it_fits_into_a_comment(text: str, many: int) -> None:
    written = report(difference(text, many))
    assert len(written) <= MAX_CHARACTERS
    check_structure(written)
    assert written.count("<details>") == 7
    if many == 700:
        assert len(written) > MAX_CHARACTERS * 0.9
        left_out = [int(number.replace(",", "")) for number in re.findall("… and ([0-9,]+) more lines;", written)]
        shown = sum(line[:1] in ("~", "+", "-", "%") for line in written.splitlines())
        assert left_out
        assert sum(left_out) + shown > many


def test_the_longest_section_gives_way_first() -> None:
    many = tuple(SettingChange(Kind.CHANGED, f"a.b{number}", "1", "2") for number in range(10_000))
    few = (SourceChange(Kind.ADDED, "acme/one"), SourceChange(Kind.REMOVED, "acme/two"))
    written = report(Difference(Side("old"), Side("new"), sources=few, settings=many))
    assert "+ acme/one\n- acme/two\n" in written
    assert "| settings | 10,000 changed |" in written
    assert written.count(" more lines; ") == 1


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_no_text_steers_a_terminal(form: str, text: str) -> None:
    written = WRITERS[form](difference(text))
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written)
    assert len(written.splitlines()) == len(WRITERS[form](difference("x" if text else "")).splitlines())


def test_long_texts_begin_where_they_part() -> None:
    before, after = "a" * 5_000 + "old" + "z" * 500, "a" * 5_000 + "new" + "z" * 500
    change = VariableChange(Kind.CHANGED, "LONG", before, after)
    written = WRITERS["text"](Difference(Side("old"), Side("new"), variables=(Variables("api", (change,)),)))
    assert f"~ LONG: (from character 4,981) {'a' * 20}old{'z' * 177}… (523 characters) → {'a' * 20}new" in written
