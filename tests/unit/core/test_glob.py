"""Globs of suppressions against an independent reading of them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.core.glob import Globs, matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a/b.md", "a/b.md", True),
        ("a/*.md", "a/b.md", True),
        ("a/*.md", "a/b/c.md", False),
        ("a/**", "a/b/c.md", True),
        ("a/**", "a", True),
        ("**/c.md", "a/b/c.md", True),
        ("**/c.md", "c.md", True),
        ("a/**/c.md", "a/c.md", True),
        ("a/**/c.md", "b/c.md", False),
        ("**", ".", True),
        (".", ".", True),
        ("*", "a/b", False),
        ("?.md", "b.md", True),
        ("?.md", ".md", False),
        ("A/*", "a/b", False),
        ("a", "ab", False),
        ("*a*b", "xaxb", True),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("**a", "xa", True),
    ],
)
def test_matches(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def expression(pattern: str) -> str:
    """The same meaning as a regular expression, which could take for ever."""
    text = "/".join("**" if piece == "**" else re.sub(r"\*+", "*", piece) for piece in f"{pattern}".split("/"))
    out = "".join(
        "(?:[^/]+/)*" if token == "**/" else "[^/]*" if token == "*" else "[^/]" if token == "?" else re.escape(token)
        for token in re.findall(r"(?:(?<=/)|^)\*\*/|\*|\?|[^*?]", f"{text}/")
    )
    return f"^{out}$"


@settings(max_examples=500)
@given(st.text("ab*?/", min_size=1, max_size=8), st.text("ab/", min_size=1, max_size=8))
def test_it_is_what_the_expression_says(pattern: str, path: str) -> None:
    if "//" in f"/{pattern}/" or "//" in f"/{path}/":
        return
    assert matches(pattern, path) is bool(re.match(expression(pattern), f"{path}/"))


@settings(max_examples=500)
@given(st.lists(st.text("ab*?/", max_size=6), max_size=5), st.lists(st.text("ab/", max_size=6), max_size=3))
def test_of_many_globs_it_is_the_first_that_matches(patterns: list[str], paths: list[str]) -> None:
    globs = Globs(patterns)
    for path in [*paths, *paths]:
        expected = next((at for at, pattern in enumerate(patterns) if matches(pattern, path)), None)
        assert globs.first(path) == expected


def test_a_hostile_glob_takes_no_time() -> None:
    start = time.process_time()
    assert not matches("*a" * 120 + "b", "a" * 4000)
    assert not matches("**/" * 80 + "b", "a/" * 2000 + "a")
    assert time.process_time() - start < 3
