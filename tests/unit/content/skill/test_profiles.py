"""What single readers make of a skill: against what was seen with the same bytes, and each as a profile."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.content.skill.check import remarks
from overlays.content.skill.described import described
from overlays.content.skill.deviations import RULES, WORDS
from overlays.content.skill.profiles import judge, outcomes
from overlays.content.skill.remark import Remark
from overlays.model.codes import CODES
from overlays.model.finding import Severity
from overlays.model.portability import COLUMNS, CONSUMERS, PROFILES, Outcome, harms, worst
from tests.unit.content.skill.test_check import ERROR, LINES, MATRIX, skill
from tests.unit.content.skill.test_check import worst as severity

# Rows of the matrix that CAO 2.5.4 skips, and that PromptKit refuses: CAO itself, and a copy of PromptKit's rules with
# its YAML library (gopkg.in/yaml.v3 3.0.1), were run on these very bytes. Three rows of very deep YAML were not run.
MEASURED: Final = {
    "cao": {
        "byte order mark",
        "text on the opening line",
        "no closing marker",
        "... as closing",
        "no front matter",
        "empty file",
        "only blank lines",
        "empty block",
        "empty block with a blank line",
        "list for a map",
        "scalar for a map",
        "Name:",
        "tab as indent",
        "unquoted ': ' in a value",
        "description empty",
        "description without a value",
        "description a list",
        "invalid UTF-8",
        "UTF-16",
        "raw NUL in the front matter",
        "123 as name",
        "01 as name",
        "0x10 as name",
        "yes as name",
        "a date as name",
        "3 as description",
        "yes as description",
        "a date as description",
        "1:30 as description",
        "null as name",
        "null as description",
        "name is not the directory",
        "description only spaces",
        "no name",
        "no description",
        "name 'a\\n'",
        "name ''",
        "an alias of nothing",
        "a tag on a map",
        "a list as a key",
        "a second document",
        "a directive",
        "a line separator",
        "a next line",
        "a lone carriage return",
        "a quote that is not closed",
    },
    "promptkit": {
        "byte order mark",
        "text on the opening line",
        "no closing marker",
        "... as closing",
        "no front matter",
        "empty file",
        "only blank lines",
        "empty block",
        "empty block with a blank line",
        "list for a map",
        "scalar for a map",
        "Name:",
        "tab as indent",
        "unquoted ': ' in a value",
        "description empty",
        "description without a value",
        "description a list",
        "UTF-16",
        "raw NUL in the front matter",
        "CR only",
        "closing with a trailing space (not served)",
        "---- for both",
        "duplicate key",
        "duplicate name",
        "duplicate key in metadata",
        "null as name",
        "null as description",
        "name with a trailing space",
        "name a block",
        "name in NFC",
        "name in NFD",
        "name in Chinese",
        "name in full width",
        "description 1025 x a",
        "description 513 x e-acute",
        "description 342 x ji",
        "description 1024 x e-acute",
        "description 1025 x e-acute",
        "description 1024 x a, folded",
        "allowed-tools a text",
        "allowed-tools a map",
        "allowed-tools an empty text",
        "metadata list value",
        "metadata nested map",
        "metadata text",
        "metadata list",
        "compatibility a list",
        "no name",
        "no description",
        "name of 65",
        "name 'Ab'",
        "name 'a b'",
        "name 'a_b'",
        "name '-a'",
        "name 'a-'",
        "name 'a--b'",
        "name 'a.b'",
        "name 'a..b'",
        "name '.x'",
        "name 'a:b'",
        "name 'a#b'",
        "name 'q?x'",
        "name '../x'",
        "name 'a\\n'",
        "name ''",
        "an alias of nothing",
        "an alias of itself",
        "a list as a key",
        "a directive",
        "a line separator",
        "a next line",
        "a lone carriage return",
        "a quote that is not closed",
    },
}
NOT_RUN: Final = {"1000 levels of lists", "1000 levels of maps", "64 KiB of brackets"}


def cells(data: bytes, directory: str) -> dict[str, Outcome]:
    found = [outcomes(one.deviation) for one in remarks(data, directory)]
    return {name: worst([one[at] for one in found]) for at, name in enumerate(COLUMNS)}


def row(name: str) -> tuple[bytes, str]:
    text, _, *rest = MATRIX[name]
    return text if isinstance(text, bytes) else text.encode(), str(rest[0] if rest else "pdf")


@pytest.mark.parametrize("consumer", MEASURED)
@pytest.mark.parametrize("name", [name for name in MATRIX if name not in NOT_RUN])
def test_a_row_is_taken_or_lost_as_the_real_reader_does(name: str, consumer: str) -> None:
    lost = {"cao": Outcome.SKIP, "promptkit": Outcome.FATAL}[consumer]
    assert (cells(*row(name))[consumer] is lost) == (name in MEASURED[consumer])


def test_what_was_measured_are_rows() -> None:
    assert set().union(*MEASURED.values()) <= set(MATRIX)


@pytest.mark.parametrize("consumer", CONSUMERS)
@pytest.mark.parametrize("name", MATRIX)
def test_a_profile_makes_an_error_of_what_its_reader_does_not_take(name: str, consumer: str) -> None:
    data, directory = row(name)
    found = remarks(data, directory)
    minds = harms(cells(data, directory)[consumer])
    assert (severity(found, consumer) == ERROR) == (minds or severity(found, "spec") == ERROR)


OK, UNKNOWN, WARN = Outcome.OK, Outcome.UNKNOWN, Outcome.WARN
MANGLE, SKIP, FATAL = Outcome.MANGLE, Outcome.SKIP, Outcome.FATAL
LONG: Final = "a" * 65

# Deviation: the bytes, the directory, and what becomes of it in CAO, PromptKit and Claude Code.
DEVIATIONS: dict[str, tuple[str | bytes, str, Outcome, Outcome, Outcome]] = {
    "a good skill": (skill(), "pdf", OK, OK, OK),
    "name is not the directory": (skill(), "doc", SKIP, OK, OK),
    "no name": (skill(name=""), "pdf", SKIP, FATAL, OK),
    **{
        f"name {name}": (skill(name=f"name: '{name}'"), name, OK, FATAL, UNKNOWN)
        for name in ("Ab", "a_b", "a b", "a--b", LONG)
    },
    **{
        f"name {name}": (skill(name=f"name: '{name}'"), name, MANGLE, FATAL, UNKNOWN)
        for name in ("a..b", "q?x", "a#b", "a\\b")
    },
    "no description": (skill(description=""), "pdf", SKIP, FATAL, OK),
    "description of blanks": (skill(description="description: '  '"), "pdf", SKIP, WARN, UNKNOWN),
    "1025 characters": (skill(description="description: " + "a" * 1025), "pdf", OK, FATAL, OK),
    "1536 characters": (skill(description="description: " + "a" * 1536), "pdf", OK, FATAL, OK),
    "1537 characters": (skill(description="description: " + "a" * 1537), "pdf", OK, FATAL, MANGLE),
    "513 characters of two bytes": (skill(description="description: " + "é" * 513), "pdf", OK, FATAL, OK),
    "several lines": (skill(description="description: |\n  a\n  b"), "pdf", MANGLE, MANGLE, UNKNOWN),
    "a last line end": (skill(description="description: >\n  a"), "pdf", OK, MANGLE, UNKNOWN),
    "1024 characters and a line end": (
        skill(description="description: >\n  " + "a" * 1024),
        "pdf",
        OK,
        FATAL,
        UNKNOWN,
    ),
    "no last line end": (skill(description="description: >-\n  a"), "pdf", OK, OK, OK),
    "allowed-tools a text": (skill("allowed-tools: Bash Read"), "pdf", OK, FATAL, UNKNOWN),
    "allowed-tools a list": (skill("allowed-tools: [Bash, Read]"), "pdf", OK, OK, UNKNOWN),
    **{
        f"description {value}": (skill(description=f"description: {value}"), "pdf", SKIP, OK, UNKNOWN)
        for value in ("! 5", "! '5'", "! yes", "! |-\n  5")
    },
    "description ! a b": (skill(description="description: ! a b"), "pdf", OK, OK, UNKNOWN),
    "description by a merge": (skill("<<: {description: m}", description=""), "pdf", OK, UNKNOWN, UNKNOWN),
    "description by a list of merges": (
        skill("<<: [{description: m}, {description: 5}]", description=""),
        "pdf",
        OK,
        UNKNOWN,
        UNKNOWN,
    ),
    "a number as description by a merge": (
        skill("<<: {description: 5}", description=""),
        "pdf",
        SKIP,
        UNKNOWN,
        UNKNOWN,
    ),
    "a merge of another name": (skill("<<: {name: doc}"), "pdf", OK, OK, UNKNOWN),
    "name by a merge": (skill("<<: {name: pdf}", name=""), "pdf", OK, UNKNOWN, UNKNOWN),
    "another name by a merge": (skill("<<: {name: doc}", name=""), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "a merge key in quotes": (skill("'<<': {description: m}", description=""), "pdf", SKIP, FATAL, UNKNOWN),
    "a merge of a number": (skill("<<: 5"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "a merge of a list of numbers": (skill("<<: [5]"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "a merge of itself": (skill("<<: &a {description: m, <<: *a}", description=""), "pdf", OK, UNKNOWN, UNKNOWN),
    "a merge of a number further down": (skill("license: a", "x: [{b: {<<: [{}, 5]}}]"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "an anchor twice": (skill("license: &a x", "compatibility: &a y"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "= as a value": (skill("metadata: {a: [=]}"), "pdf", SKIP, FATAL, UNKNOWN),
    "<< as a value": (skill("license: <<"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "= as a key": (skill("=: a"), "pdf", OK, OK, UNKNOWN),
    "a number as a key": (skill("5: a"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "a field called content": (skill("content: a"), "pdf", SKIP, UNKNOWN, UNKNOWN),
    "an unknown field": (skill("version: '1'"), "pdf", OK, OK, UNKNOWN),
    "bad YAML": (skill(description="description: a: b"), "pdf", SKIP, FATAL, MANGLE),
    "not UTF-8": (skill().encode().replace(b"Reads", b"\xff"), "pdf", SKIP, FATAL, UNKNOWN),
    "not UTF-8 in the body": (skill().encode() + b"\xff", "pdf", SKIP, OK, UNKNOWN),
    "a byte order mark": ("\ufeff" + skill(), "pdf", SKIP, FATAL, OK),
    "CRLF": (skill(end="\r\n"), "pdf", OK, OK, UNKNOWN),
    "a key twice": (skill("license: a", "license: b"), "pdf", MANGLE, FATAL, UNKNOWN),
    "cut by a comment": (skill(description="description: a # b"), "pdf", WARN, WARN, UNKNOWN),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation(name: str) -> None:
    text, directory, *want = DEVIATIONS[name]
    data = text if isinstance(text, bytes) else text.encode()
    found = cells(data, directory)
    assert [found[consumer] for consumer in CONSUMERS] == want


@pytest.mark.parametrize("name", DEVIATIONS)
def test_cao_reads_as_its_yaml_library_does(name: str) -> None:
    text, directory, cao, *_ = DEVIATIONS[name]
    data = text if isinstance(text, bytes) else text.encode()
    front = described(data, directory)
    assert bool(front.flaw or front.name_flaw) == (cao is SKIP)


def test_every_rule_says_what_its_code_says() -> None:
    for rule in RULES.values():
        only_readers = "OVL558" <= rule.code <= "OVL569"
        assert rule.spec is (None if only_readers else CODES[rule.code].severity), rule
        assert rule.spec or rule.elsewhere or any(map(harms, rule[3:6])), f"nobody minds {rule.title}"
    assert {rule.code for rule in RULES.values()} == {code for code in CODES if "OVL545" <= code <= "OVL562"} | {
        "OVL526"
    }
    for deviation, consumer in WORDS:
        assert harms(getattr(RULES[deviation], consumer)), deviation


OF_TREES: Final = {"link-root", "link-skill", "link-inside", "inner-skill", "no-file"}


def test_every_rule_is_used() -> None:
    texts = [*(row(name) for name in MATRIX), *((text, directory) for text, directory, *_ in DEVIATIONS.values())]
    texts += [(skill(description="description: 1e3"), "pdf"), (skill("license: !!int 3"), "pdf")]
    texts += [(skill("allowed-tools: 3"), "pdf"), (skill(description="description: a\x1bb"), "pdf")]
    data = ((text.encode() if isinstance(text, str) else text, directory) for text, directory in texts)
    assert {one.deviation for given in data for one in remarks(*given)} == set(RULES) - OF_TREES


@settings(max_examples=300)
@given(st.lists(LINES, max_size=8), st.booleans())
def test_a_profile_only_adds_errors_and_all_has_those_of_each(lines: list[str], marked: bool) -> None:
    found = remarks("\n".join(["---", *lines, "---", "body"] if marked else lines).encode(), "a")
    errors = {name: {one for one in found if severity((one,), name) == ERROR} for name in PROFILES}
    for name in PROFILES:
        assert errors["spec"] <= errors[name] <= errors["all"]
    at = {name: number for number, name in enumerate(COLUMNS)}
    for name in CONSUMERS:
        minded = {one for one in found if harms(outcomes(one.deviation)[at[name]])}
        assert errors[name] == errors["spec"] | minded


def remark(deviation: str, why: str = "because") -> Remark:
    return Remark(1, 1, RULES[deviation].code, "what", why, "hint", deviation)


ALL_TOLD: Final = (
    "because; CAO skips the skill; PromptKit refuses all skills of all sources; Claude Code takes none of the fields"
)


@pytest.mark.parametrize(
    ("deviation", "profiles", "want"),
    [
        ("bad-yaml", ["spec"], (Severity.ERROR, "because")),
        ("bad-yaml", ["cao"], (Severity.ERROR, "because; CAO skips the skill")),
        ("bad-yaml", ["all"], (Severity.ERROR, ALL_TOLD)),
        ("bad-yaml", ["claude", "promptkit", "cao"], (Severity.ERROR, ALL_TOLD)),
        ("tools-text", ["spec"], None),
        ("tools-text", ["cao", "claude"], None),
        ("tools-text", ["promptkit"], (Severity.ERROR, "because; PromptKit refuses all skills of all sources")),
        ("crlf", ["cao", "promptkit", "claude"], None),
        ("crlf", ["all"], (Severity.ERROR, "because; Omnia skips the skill")),
        ("comment-cut", ["all"], (Severity.WARNING, "because")),
        ("name-bare-11", ["promptkit"], (Severity.WARNING, "because")),
        ("name-bare-11", ["cao"], (Severity.ERROR, "because; CAO skips the skill")),
    ],
)
def test_what_is_told(deviation: str, profiles: list[str], want: tuple[Severity, str] | None) -> None:
    assert judge(remark(deviation), profiles) == want


def test_a_reason_is_not_told_twice() -> None:
    reason = RULES["alias"].elsewhere
    assert judge(remark("alias", reason), ["all"]) == (Severity.ERROR, reason)


@pytest.mark.parametrize(
    ("profiles", "want"),
    [
        (["all"], (Severity.ERROR, "because; PromptKit refuses all skills of all sources")),
        (["promptkit"], (Severity.ERROR, "because; PromptKit refuses all skills of all sources")),
        (["cao"], None),
        (["spec"], None),
    ],
)
def test_a_file_that_one_reader_sees(profiles: list[str], want: tuple[Severity, str] | None) -> None:
    assert judge(remark("no-front"), profiles, only="promptkit") == want
    assert outcomes("no-front", only="promptkit") == (OK, OK, FATAL, OK)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (skill("metadata: {a: [b, c]}"), "OVL551"),
        (skill("compatibility: [a]"), "OVL551"),
        (skill("tags: [a, b]"), "OVL553"),
        (skill("allowed-tools: [Read]"), "OVL551"),
    ],
)
def test_a_flow_list_is_an_error_for_all_wherever_it_stands(text: str, code: str) -> None:
    found = remarks(text.encode(), "pdf")
    assert code in {one.code for one in found}
    assert severity(found, "all") == ERROR


# What reads YAML or lines in another way than most, each seen where a simpler reader sees nothing.
TRAPS: dict[str, tuple[str, str, tuple[int, int, str]]] = {
    "a byte order mark that YAML parsers swallow": ("\ufeff" + skill(), "pdf", (1, 1, "OVL546")),
    "yes: a boolean in YAML 1.1": (skill(name="name: yes"), "yes", (2, 7, "OVL556")),
    "on: a boolean in YAML 1.1": (skill(name="name: on"), "on", (2, 7, "OVL556")),
    "1:30: a number in YAML 1.1": (skill(description="description: 1:30"), "pdf", (3, 14, "OVL556")),
    "1e3: a number in YAML 1.2": (skill(name="name: 1e3"), "1e3", (2, 7, "OVL556")),
    "0o17: a number in YAML 1.2": (skill(name="name: 0o17"), "0o17", (2, 7, "OVL556")),
    "a key twice": (skill("license: a", "license: a"), "pdf", (5, 1, "OVL548")),
    "a name that ends in a line end": (skill(name='name: "pdf\\n"'), "pdf", (2, 7, "OVL549")),
    **{
        f"U+{ord(end):04X} is no line end": (skill("# x" + end + "---"), "pdf", (4, 4, "OVL552"))
        for end in "\x0b\x0c\x1c\x85\u2028\u2029"
    },
    "lines below other ends of lines": (
        skill(description='description: "a\u2028b\x85c"', name="name: x"),
        "pdf",
        (2, 7, "OVL549"),
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    text, directory, place = TRAPS[name]
    found = remarks(text.encode(), directory)
    assert place in [(one.line, one.column, one.code) for one in found if judge(one, ("spec",)) is not None]


def test_a_name_is_matched_to_its_very_end() -> None:
    found = remarks(skill(name='name: "pdf\\n"').encode(), "pdf\n")  # equal to the directory, and all but one is right
    assert [one.what for one in found if one.code == "OVL549"] == ["name is 'pdf\\n'"]
