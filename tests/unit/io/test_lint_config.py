"""The configuration of lint: what it says, and every way to say it wrongly, at its place."""

from __future__ import annotations

import pathlib
import tempfile
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.errors import InvalidInput
from overlays.io.lint_config import LARGEST, find, read
from overlays.io.toml_places import TomlPlaces
from overlays.model.budget import Budget
from overlays.model.finding import Finding, Location, Severity
from overlays.model.settings import NONE, Suppression

FULL = """\
[lint]
profile = ["cao", "claude"]
severity = {OVL575 = "off", OVL574 = "error"}
tools = ["jira"]

[lint.budget]
lines = 1
warn-tokens = 2
tokens = 3
files = 4
bytes = 5

[[lint.suppress]]
code = "OVL584"
path = "a/**"
reason = "It is
"""


def wrong(folder: pathlib.Path, text: str | bytes, name: str = "overlays.toml") -> list[str]:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput) as raised:
        find(folder, ".")
    return [f"{one.where} {one.code} {one.what}: {one.why}; {one.hint}" for one in raised.value.findings]


def test_everything(tmp_path: pathlib.Path) -> None:
    (tmp_path / "overlays.toml").write_text(FULL.replace("It is\n", 'It is\\n meant."\n'))
    found = find(tmp_path, "x/")
    assert found.profiles == ("cao", "claude")
    assert found.severities == {"OVL575": None, "OVL574": Severity.ERROR}
    assert found.tools == ("jira",)
    assert found.budget == Budget(1, 2, 3, 4, 5)
    assert found.suppressions == (Suppression(Location("x/overlays.toml", 13, 1), "OVL584", "a/**", "It is meant."),)


def test_nothing(tmp_path: pathlib.Path) -> None:
    assert find(tmp_path, ".") == NONE
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find(tmp_path, ".") == NONE
    (tmp_path / "pyproject.toml").write_text("this is no TOML [")
    assert find(tmp_path, ".") == NONE
    (tmp_path / "overlays.toml").write_text("")
    assert find(tmp_path, ".") == NONE


def test_pyproject_and_which_file_counts(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n[tool.overlays.lint]\nprofile = 'cao'\n")
    assert find(tmp_path, ".").profiles == ("cao",)
    assert read(str(tmp_path / "pyproject.toml")).profiles == ("cao",)
    (tmp_path / "overlays.toml").write_text("[lint]\nseverity = {OVL575 = 'off'}\n")
    assert find(tmp_path, ".").profiles == ()
    assert find(tmp_path, ".").severities == {"OVL575": None}


WRONG = [
    (
        "[lint]\nsevrity = {}\n",
        "2:1",
        "the unknown key 'sevrity'",
        "known are profile, severity, budget, tools, suppress",
        "did you mean 'severity'?",
    ),
    (
        "[lnt]\n",
        "1:1",
        "the unknown key 'lnt'",
        "known are lint",
        "did you mean 'lint'?",
    ),
    (
        "lint = 1\n",
        "1:1",
        "lint is no table",
        "it has keys of its own",
        "its keys: profile, severity, budget, tools, suppress",
    ),
    (
        '[lint]\nprofile = "coa"\n',
        "2:1",
        "the unknown profile 'coa'",
        "profiles are spec, cao, promptkit, claude, all",
        "did you mean 'cao'?",
    ),
    (
        "[lint]\nprofile = 1\n",
        "2:1",
        "profile is no list of names",
        "each is a text",
        'write ["one", "two"]',
    ),
    (
        "[lint]\ntools = [1]\n",
        "2:1",
        "tools is no list of names",
        "each is a text",
        'write ["one", "two"]',
    ),
    (
        '[lint]\nseverity = {OVL575 = "of"}\n',
        "2:13",
        "the severity 'of'",
        "a severity is error, warning, off",
        "did you mean 'off'?",
    ),
    (
        "[lint]\nseverity = {OVL575 = true}\n",
        "2:13",
        "the severity True",
        "a severity is error, warning, off",
        "write one of error, warning, off",
    ),
    (
        '[lint]\nseverity = {ovl575 = "off"}\n',
        "2:13",
        "the code 'ovl575'",
        "lint has no such code",
        "did you mean 'OVL575'?",
    ),
    (
        '[lint.severity]\n"OVL101" = "off"\n',
        "2:1",
        "the code 'OVL101'",
        "lint has no such code",
        "docs/findings.md has the codes: OVL5xx and OVL6xx",
    ),
    (
        '[lint.severity]\nOVL599 = "off"\n',
        "2:1",
        "the code 'OVL599'",
        "lint cannot be told to pass over its own configuration",
        "remove it",
    ),
    (
        "[lint]\nseverity = []\n",
        "2:1",
        "severity is no table",
        "it has codes as keys",
        'write severity = {OVL575 = "off"}',
    ),
    (
        "[lint]\nsuppress = 1\n",
        "2:1",
        "suppress is no list of tables",
        "each suppression is a table",
        "write [[lint.suppress]]",
    ),
    (
        '[[lint.suppress]]\ncode = "OVL584"\npath = "a"\n',
        "1:1",
        "a suppression without a reason",
        "whoever reads the report has to know why",
        'write reason = "…"',
    ),
    (
        '[[lint.suppress]]\ncode = "OVL584"\npath = "a"\nreason = " "\n',
        "4:1",
        "a suppression without a reason",
        "whoever reads the report has to know why",
        'write reason = "…"',
    ),
    (
        '[[lint.suppress]]\ncode = "OVL584"\nreason = "x"\n',
        "1:1",
        "a suppression without a path",
        "it would hide too much",
        'write path = "…"',
    ),
    (
        '[[lint.suppress]]\npath = "a"\nreason = "x"\n',
        "1:1",
        "a suppression without a code",
        "it would hide too much",
        'write code = "…"',
    ),
    (
        '[[lint.suppress]]\ncode = "OVL999"\npath = "a"\nreason = "x"\n',
        "2:1",
        "the code 'OVL999'",
        "lint has no such code",
        "docs/findings.md has the codes: OVL5xx and OVL6xx",
    ),
    (
        '[[lint.suppress]]\ncode = "OVL584"\npath = "a"\nreasn = "x"\nreason = "x"\n',
        "4:1",
        "the unknown key 'reasn'",
        "known are code, path, reason",
        "did you mean 'reason'?",
    ),
    (
        "[lint.budget]\ntokens = 0\n",
        "2:1",
        "tokens is 0",
        "it is a whole number from 1",
        "write tokens = 5000",
    ),
    (
        "[lint]\nprofile = []\n",
        "2:1",
        "profile names no profile",
        "it does not switch lint off: without the key it is spec",
        "write one of spec, cao, promptkit, claude, all",
    ),
    *(
        (
            f'[[lint.suppress]]\ncode = "OVL584"\npath = "{path}"\nreason = "x"\n',
            "3:1",
            f"the path {path!r} matches nothing",
            why,
            "write it as findings show it, such as .agents/skills/pdf/**",
        )
        for path, why in {
            "/x": "it begins in the directory that is linted, without /",
            "/": "it begins in the directory that is linted, without /",
            "../**": "paths have no part '..'",
            "a/../b": "paths have no part '..'",
            "./a": "paths have no part '.'",
            "a//b": "paths have no empty part",
            "a/": "paths have no empty part",
        }.items()
    ),
    (
        "[lint.budget]\ntokens = true\n",
        "2:1",
        "tokens is True",
        "it is a whole number from 1",
        "write tokens = 5000",
    ),
    (
        "[lint]\nbudget = {token = 1}\n",
        "2:11",
        "the unknown key 'token'",
        "known are lines, warn-tokens, tokens, files, bytes",
        "did you mean 'tokens'?",
    ),
]


@pytest.mark.parametrize(("text", "place", "what", "why", "hint"), WRONG)
def test_what_is_wrong_is_told_at_its_place(
    text: str, place: str, what: str, why: str, hint: str, tmp_path: pathlib.Path
) -> None:
    assert wrong(tmp_path, text) == [f"overlays.toml:{place} OVL599 {what}: {why}; {hint}"]


@pytest.mark.parametrize(
    ("code", "path"), [("OVL521", "."), ("OVL521", "..a/*"), ("OVL601", "../values.yaml"), ("OVL508", "/v.yaml")]
)
def test_a_path_that_can_match(code: str, path: str, tmp_path: pathlib.Path) -> None:
    text = f'[[lint.suppress]]\ncode = "{code}"\npath = "{path}"\nreason = "x"\n'
    (tmp_path / "overlays.toml").write_text(text)
    assert [one.path for one in find(tmp_path, ".").suppressions] == [path]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# x\n[lint]\n", "2:1 [lint] is empty"),
        ('[lint]\nprofile = ["cao", "spec", "cao"]\n', "2:1 the profile 'cao' stands twice"),
        ("[lint.budget]\ntokens = 5\nwarn-tokens = 5\n", "3:1 warn-tokens is not below tokens"),
        ("[lint.budget]\ntokens = 5\nwarn-tokens = 4\n", ""),
        ("[lint.budget]\ntokens = 5\n", ""),
        ("[lint.budget]\nwarn-tokens = 50000\n", ""),
        ('[lint]\nprofile = "cao"\n', ""),
    ],
)
def test_what_has_no_effect_is_a_warning(text: str, expected: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "overlays.toml").write_text(text)
    found = find(tmp_path, ".").idle
    assert [f"{str(one.where).removeprefix('overlays.toml:')} {one.what}" for one in found] == [expected][
        : len(expected)
    ]
    assert all((one.code, one.severity) == ("OVL599", Severity.WARNING) for one in found)


def test_all_of_it_in_one_run_and_at_the_places_of_pyproject(tmp_path: pathlib.Path) -> None:
    text = "[project]\nname = 'x'\n\n[tool.overlays.lint]\nx = 1\ny = 2\n[[tool.overlays.lint.suppress]]\n"
    text += "code = 'OVL584'\n"
    found = [one.split(":")[1] + one.split(" ")[1] for one in wrong(tmp_path, text, "pyproject.toml")]
    assert found == ["5OVL599", "6OVL599", "7OVL599", "7OVL599"]


def test_what_cannot_be_read(tmp_path: pathlib.Path) -> None:
    hint = "correct it, name another file with --config, or take none with --no-config"
    head = "overlays.toml OVL598 the configuration cannot be read: "
    assert wrong(tmp_path, b"x = '\xff'") == [f"{head}it is not UTF-8; {hint}"]
    limits = f"it has more than 64 KiB, or a line of more than 4000 bytes; {hint}"
    assert wrong(tmp_path, "#" * 10 + "\n" * LARGEST) == [head + limits]
    assert wrong(tmp_path, "a." * 3000) == [head + limits]
    assert wrong(tmp_path, FULL)[0].startswith("overlays.toml:16:")
    assert wrong(tmp_path, "x = " + "[" * 3900 + "\n")[0].startswith("overlays.toml")
    (tmp_path / "overlays.toml").unlink()
    (tmp_path / "overlays.toml").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput) as raised:
        find(tmp_path, ".")
    assert [one.why for one in raised.value.findings] == ["it is no regular file"]
    with pytest.raises(InvalidInput) as raised:
        read(str(tmp_path / "none.toml"))
    assert [one.why for one in raised.value.findings] == ["No such file or directory"]


@pytest.mark.parametrize(
    "text", ["a." * 1900 + "b = 1\n", "x = " + "{a = " * 800 + "\n", "[" + "a." * 1900 + "b]\n", "a = 1\n" * 9000]
)
def test_hostile_toml_takes_no_time(text: str, tmp_path: pathlib.Path) -> None:
    start = time.process_time()
    assert wrong(tmp_path, (text * 16)[:LARGEST])
    assert time.process_time() - start < 20


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "[lint]\n",
                    "[[lint.suppress]]\n",
                    "[lint.severity]\n",
                    "[lint.budget]\n",
                    "lint = ",
                    "profile = ",
                    '"cao"\n',
                ),
                *(
                    "severity = ",
                    "{",
                    "}",
                    "OVL575",
                    " = ",
                    '"off"',
                    "\n",
                    "1",
                    "[",
                    "]",
                    "true",
                    "code = ",
                    "2020-01-01",
                    "nan\n",
                ),
                *(
                    "path = ",
                    "reason = ",
                    "''",
                    '"""',
                    "tokens = ",
                    "-",
                    "\x00",
                    "\u202e",
                    "é",
                    "#",
                    ",",
                    "suppress = ",
                ),
            ]
        ),
        max_size=14,
    )
)
def test_any_text_is_read_or_refused_at_a_place_in_it(pieces: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name, "overlays.toml")
        file.write_text("".join(pieces))
        found = _told(pathlib.Path(name))
    lines = "".join(pieces).split("\n")
    assert all(one.where.line <= len(lines) + 1 and one.code in ("OVL598", "OVL599") for one in found)


def _told(folder: pathlib.Path) -> tuple[Finding, ...]:
    try:
        find(folder, ".")
    except InvalidInput as error:
        return error.findings
    return ()


def test_places() -> None:
    text = '[a]\nb = {c = 1,\n  "d e" = 2}\n[[a.x]]\ny = 1\n[[a.x]]\n  y = 2\n["q r".s]\nt.u = 3\n'
    places = TomlPlaces(text)
    assert places.of(("a",)) == (1, 1)
    assert places.of(("a", "b")) == (2, 1)
    assert places.of(("a", "b", "c")) == (2, 6)
    assert places.of(("a", "b", "d e")) == (3, 3)
    assert places.of(("a", "x", 0, "y")) == (5, 1)
    assert places.of(("a", "x", 1, "y")) == (7, 3)
    assert places.of(("a", "x", 1, "z")) == (6, 1)
    assert places.of(("q r", "s", "t", "u")) == (9, 1)
    assert places.of(("none",)) == (1, 1)
