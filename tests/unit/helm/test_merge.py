from __future__ import annotations

from overlays.helm.merge import coalesce, merge_files


def test_maps_merge_and_all_else_is_replaced() -> None:
    base = {"m": {"a": 1, "b": {"c": 1}}, "l": [1, 2], "s": "x", "t": {"u": 1}}
    over = {"m": {"b": {"d": 2}}, "l": [3], "s": {"k": 1}, "t": "text", "n": 1}
    assert merge_files(base, over) == {
        "m": {"a": 1, "b": {"c": 1, "d": 2}}, "l": [3], "s": {"k": 1}, "t": "text", "n": 1,
    }  # fmt: skip


def test_between_files_a_null_is_a_value() -> None:
    assert merge_files({"m": {"a": 1}, "x": 1}, {"m": None, "x": None}) == {"m": None, "x": None}
    assert merge_files({"m": None}, {"m": {"a": 1}}) == {"m": {"a": 1}}


def test_a_null_over_a_default_removes_the_key() -> None:
    defaults = {"x": 1, "m": {"y": 1, "z": 2, "o": {"p": 1}}}
    user = {"x": None, "m": {"y": None, "o": {"p": None}}}
    assert coalesce(user, defaults) == {"m": {"z": 2, "o": {}}}


def test_a_null_without_a_default_stays() -> None:
    assert coalesce({"n": None, "m": {"n": None}, "l": [None]}, {"m": {"y": 1}}) == {
        "n": None, "m": {"n": None, "y": 1}, "l": [None],
    }  # fmt: skip


def test_the_user_wins_when_the_kinds_differ() -> None:
    assert coalesce({"a": 1, "b": {"k": 1}, "c": []}, {"a": {"x": 1}, "b": [1], "c": {"y": 1}}) == {
        "a": 1, "b": {"k": 1}, "c": [],
    }  # fmt: skip


def test_inputs_stay_as_they_are() -> None:
    defaults, user = {"m": {"x": 1}}, {"m": {"x": None, "y": 2}}
    coalesce(user, defaults)
    merge_files(defaults, user)
    assert (defaults, user) == ({"m": {"x": 1}}, {"m": {"x": None, "y": 2}})
