"""Patterns that cannot mean what was meant."""

from __future__ import annotations

import pytest

from overlays.core.agent_patterns import doubt

NEVER = "no skill can have such a name"


@pytest.mark.parametrize(
    "pattern", ["pdf", "code-*", "*", "?", "**", "[a-c]x", "[!a]x", "[]a]x", "[-a]", "[a-]", "ads-?[0-9]", "[!z-a]"]
)
def test_what_may_well_be_meant(pattern: str) -> None:
    assert doubt(pattern, "skills") is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("", "the empty pattern matches no name"),
        (" pdf", "patterns are not trimmed"),
        ("pdf\n", "patterns are not trimmed"),
        ("!pdf", "a pattern cannot be negated"),
        ("{a,b}", "braces are literal text"),
        ("x{a}", "braces are literal text"),
        ("[^a]x", "[^…] is one of these characters and ^"),
        ("a\\*", "a backslash is literal text"),
        *((pattern, NEVER) for pattern in ("ADS-*", "a_b", "a.b", "a/b", "a b", "x\n## y", "caf\u00e9", "[a", "a]")),
        *((pattern, NEVER) for pattern in ("[]", "[!]", "[*]", "[?]", "[[]", "[z-a]", "[A-Z]*", "[_.]", "[ -,]")),
    ],
)
def test_what_cannot(pattern: str, why: str) -> None:
    found = doubt(pattern, "skills")
    assert found is not None
    assert found[0].startswith(why)


@pytest.mark.parametrize("pattern", ["Ads_db.v2", "a b", "caf\u00e9", "[A-Z]*"])
def test_items_of_other_surfaces_have_other_names(pattern: str) -> None:
    assert doubt(pattern, "tools") is None
