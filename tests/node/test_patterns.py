"""Patterns: the table of what they mean, and `fnmatch.fnmatchcase` as the judge of everything else."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overlays_node.patterns import Allowed, allow, matcher, warning
from tests.support.processor import spent
from tests.support.program import environment, oldest_python

# pattern, names that it matches, names that it does not match
TABLE = [
    ("ads-db", ["ads-db"], ["ads-d", "ads-dbs", "Ads-db", "xads-db", "ads-db\n"]),
    ("ads-*", ["ads-", "ads-x", "ads-a/b", "ads-a.b", "ads-a\nb"], ["ads", "xads-a", "ADS-a"]),
    ("ads-?", ["ads-x", "ads-技", "ads-\n"], ["ads-", "ads-xy"]),
    ("[a-c]x", ["ax", "bx", "cx"], ["dx", "x", "abx", "-x", "Ax"]),
    ("[!a]x", ["bx", "!x", "-x"], ["ax", "x"]),
    ("[^a]x", ["^x", "ax"], ["bx", "x"]),
    ("[]x]", ["]", "x"], ["[", "]x"]),
    ("[-a]", ["-", "a"], ["b", ","]),
    ("[a-]", ["a", "-"], ["b", "z"]),
    ("[z-a]", [], ["z", "a", "-", "m", "", "[z-a]"]),
    ("[!z-a]", ["z", "a", "-", "m", "\n"], ["", "aa"]),
    ("[a", ["[a"], ["a"]),
    ("[]", ["[]"], ["]", ""]),
    ("[!]", ["[!]"], ["!", "x"]),
    (".x", [".x"], ["ax", "x"]),
    ("a+", ["a+"], ["a", "aa"]),
    ("*", ["", ".x", "a", "a\nb"], []),
    ("{a,b}", ["{a,b}"], ["a", "b"]),
    ("!ads", ["!ads"], ["ads", "x"]),
    ("**", ["", "a/b", ".x"], []),
    ("a**b", ["ab", "axb", "a/x/b"], ["a", "b"]),
    ("ads ", ["ads "], ["ads"]),
    ("", [""], ["a"]),
    ("ADS-*", ["ADS-x"], ["ads-x"]),
    ("\\*", ["\\", "\\x"], ["*", "x"]),
    ("[*]", ["*"], ["x", "[*]"]),
    ("[?]", ["?"], ["x"]),
    ("[[]", ["["], ["x", "]"]),
    ("[[:alpha:]]", ["a]", "[]", ":]", "p]"], ["a", "b]", "]"]),
    ("[a--c]", ["c"], ["a", "b", "-"]),
    ("[--/]", ["-", ".", "/"], ["a"]),
    ("[&&||~~]", ["&", "|", "~"], ["a"]),
    ("[\\]", ["\\"], ["]", "\\]"]),
]


@pytest.mark.parametrize(("pattern", "yes", "no"), TABLE, ids=[repr(one[0]) for one in TABLE])
def test_what_a_pattern_means(pattern: str, yes: list[str], no: list[str]) -> None:
    found = allow([*yes, *no], [pattern])
    assert list(found.by) == sorted(yes)
    assert set(found.by.values()) <= {(pattern,)}
    assert found.unmatched == (() if yes else (pattern,))
    assert [name for name in sorted([*yes, *no]) if fnmatch.fnmatchcase(name, pattern)] == sorted(yes)


SIGNS = "ab-![]*?^\\&|~.\n"


@given(pattern=st.text(SIGNS, max_size=12), name=st.text(SIGNS, max_size=8))
@example(pattern="[a-b-z]", name="-")
@example(pattern="*a*b*a", name="xaxbxa")
@example(pattern="a*a", name="a")
def test_it_is_fnmatchcase(pattern: str, name: str) -> None:
    assert bool(matcher(pattern)(name)) == fnmatch.fnmatchcase(name, pattern)


def test_absent_is_all_and_empty_is_none() -> None:
    assert allow(["b", "a"], None) == Allowed({"a": (), "b": ()}, ())
    assert allow(["b", "a"], []) == Allowed({}, ())
    assert allow([], None) == allow([], []) == Allowed({}, ())


def test_names_are_in_code_point_order_and_each_has_all_its_patterns_in_the_order_of_the_list() -> None:
    names = ["ab", "a..b", "a-b", "UPPER", ".x", "技"]
    assert list(allow(names, ["技", "a*", "*"]).by) == [".x", "UPPER", "a-b", "a..b", "ab", "技"]
    assert allow(names, ["a*", "*b", "a-b", "a*"]).by == {
        "a-b": ("a*", "*b", "a-b"),
        "a..b": ("a*", "*b"),
        "ab": ("a*", "*b"),
    }


def test_a_pattern_is_matched_when_others_match_its_names_too() -> None:
    assert allow(["ads-db"], ["ads-*", "ads-db", "*"]).unmatched == ()


def test_unmatched_patterns_are_told_in_the_order_of_the_list_and_as_often_as_they_are_there() -> None:
    found = allow(["ads-db"], ["x\n## y", "ads-db", "ads-bd", "ads-bd"])
    assert found.unmatched == ("x\n## y", "ads-bd", "ads-bd")
    assert warning(found.unmatched) == (
        "Skill-catalog filter matched no installed skill for pattern(s): 'x\\n## y', 'ads-bd', 'ads-bd'"
    )


def test_the_warning_is_that_of_the_rule() -> None:
    assert warning(["ads-bd", "x\n## y"]) == (
        r"Skill-catalog filter matched no installed skill for pattern(s): 'ads-bd', 'x\n## y'"
    )


def test_a_builtin_makes_a_pattern_matched_and_is_not_allowed_by_it() -> None:
    found = allow(["pdf"], ["cao-*", "cao-memory", "mcp-*"], builtins={"cao-memory"})
    assert found == Allowed({}, ("mcp-*",))


def test_many_stars_take_no_time() -> None:
    pattern, name = "*a" * 120 + "b", "a" * 255
    begun = spent()
    assert not allow([name], [pattern]).by
    assert spent() - begun < 1


def test_fifty_agents_of_five_thousand_skills_are_fast() -> None:
    names = [f"area{number % 50}-skill-{number:05d}" for number in range(5000)]
    begun = time.process_time()
    for agent in range(50):
        found = allow(names, [f"area{agent}-*", f"*-{agent:05d}", f"area?-skill-0{agent:02d}*", names[agent]])
        assert len(found.by) >= 100
    assert time.process_time() - begun < 1


def test_every_python_reads_them_alike() -> None:
    code = (
        "import json, sys; from overlays_node.patterns import allow; "
        "print([sorted(allow(names, [pattern]).by) for pattern, *names in json.load(sys.stdin)])"
    )
    table = json.dumps([[pattern, *yes, *no] for pattern, yes, no in TABLE])
    for python in (sys.executable, oldest_python()):
        command = [python, "-c", code]
        found = subprocess.run(
            command, input=table, capture_output=True, text=True, check=True, env=environment(PYTHONUTF8="1")
        )
        assert found.stdout == f"{[sorted(yes) for _, yes, _ in TABLE]}\n"
