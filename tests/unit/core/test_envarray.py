"""What a user's SESSION_SANDBOX_EXTRA_ENV may hold."""

from __future__ import annotations

import pytest

from overlays.core.envarray import parse


def test_entries_keep_the_users_order() -> None:
    assert parse(' \n[{"name":"B","value":"1"},{"value":"","name":"A"}]') == (("B", "1"), ("A", ""))


def test_the_last_of_equal_keys_wins_and_a_lone_surrogate_is_replaced() -> None:
    assert parse('[{"name":"A","value":1,"value":"\\udc00x"}]') == (("A", "\ufffdx"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it does not begin with '['"),
        ("{}", "it does not begin with '['"),
        ("\u00a0[]", "it does not begin with '['"),
        ('[{"name":"A"}]', "entry 0 is not an object with exactly 'name' and 'value'"),
        ('[{"name":"A","value":"","x":1}]', "entry 0 is not an object with exactly 'name' and 'value'"),
        ('[{"Name":"A","value":""}]', "entry 0 is not an object with exactly 'name' and 'value'"),
        ('["A"]', "entry 0 is not an object with exactly 'name' and 'value'"),
        ('[{"name":"A-B","value":""}]', "the name of entry 0 is not a variable name: 'A-B'"),
        ('[{"name":"OVERLAYS_DIGEST","value":""}]', "the name of entry 0, 'OVERLAYS_DIGEST', is reserved"),
        ('[{"name":"A","value":1}]', "the value of 'A' is not text without control characters"),
        ('[{"name":"A","value":"\\u0000"}]', "the value of 'A' is not text without control characters"),
        ('[{"name":"A","value":""},{"name":"A","value":""}]', "it has 'A' twice"),
    ],
)
def test_what_cannot_be_merged_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse(text)
    assert str(error.value) == reason


@pytest.mark.parametrize("text", ["[NaN]", "[1e999]", "[", "[] x", "[01]", "[" * 100_000])
def test_json_that_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
