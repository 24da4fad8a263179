"""Variables compared by what they hold, and the fewest moves that explain a new order."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays.core.diff.compare import compare_variables
from overlays.core.diff.moves import moves
from overlays.model.difference import ElementChange, Kind, Move, VariableChange

ADDED, REMOVED, CHANGED, MOVED = Kind
ARRAY = "SESSION_SANDBOX_EXTRA_ENV"
EXTRA = "KUBERNETES_TOOLS_EXTRA_SOURCES"


def only(name: str, before: str, after: str) -> VariableChange:
    (change,) = compare_variables({name: before, "SAME": "x"}, {name: after, "SAME": "x"})
    assert (change.name, change.before, change.after) == (name, before, after)
    return change


def signs(changes: Sequence[ElementChange]) -> list[str]:
    """Each change as its sign and element, those inside led by a dot."""
    found = []
    for one in changes:
        found += [one.kind.value + one.element, *("." + sign for sign in signs(one.elements))]
    return found


def named(**variables: str) -> str:
    return json.dumps([{"name": name, "value": value} for name, value in variables.items()])


def test_equal_variables_are_no_change() -> None:
    assert compare_variables({"A": "1", "B": ""}, {"B": "", "A": "1"}) == ()


def test_added_then_removed_ones_in_rendered_order() -> None:
    assert compare_variables({"GONE": "1", "KEPT": "2"}, {"NEW": "3", "KEPT": "4"}) == (
        VariableChange(ADDED, "NEW", None, "3"),
        VariableChange(CHANGED, "KEPT", "2", "4"),
        VariableChange(REMOVED, "GONE", "1", None),
    )


@pytest.mark.parametrize(
    ("name", "before", "after", "kind", "expected"),
    [
        ("TOOL_DIRS", "/a:/b", "/b:/c", CHANGED, ["+/c", "-/a"]),
        ("TOOL_DIRS", "/a", "/b", CHANGED, ["+/b", "-/a"]),
        ("TOOL_DIRS", "", "/b", CHANGED, ["+/b"]),
        ("TOOL_DIRS", "/a:/b:/c", "/c:/a:/b", MOVED, ["%/c"]),
        ("TOOL_DIRS", "/a:/a:/b", "/a:/b", CHANGED, ["-/a"]),
        ("TOOL_DIRS", "no path", "/b", CHANGED, []),
        ("REPOSITORIES", "a/a b/b", "b/b a/a c/c", CHANGED, ["%b/b", "+c/c"]),
        ("REPOSITORIES", "a/a  b/b", "a/a b/b", CHANGED, []),
        ("REPOSITORY_REFS", "a/a=1 b/b=", "a/a=2 b/b=", CHANGED, ["~a/a"]),
        ("REPOSITORY_REFS", "a/a=1 b/b=2", "b/b=2 a/a=1", MOVED, ["%b/b"]),
        ("REPOSITORY_REFS", "a/a=1 a/a=1", "a/a=1", CHANGED, ["-a/a"]),
        ("REPOSITORY_REFS", "not a list", "a/a=1", CHANGED, []),
        ("REPOSITORY_CLONE_URLS", '{"a/a":"u","b/b":"v"}', '{"b/b":"w","c/c":"u"}', CHANGED, ["~b/b", "+c/c", "-a/a"]),
        (ARRAY, named(A="1", B="2"), named(B="2", A="1"), MOVED, ["%B"]),
        (ARRAY, named(A="1"), named(A="2", B="3"), CHANGED, ["~A", "+B"]),
        (ARRAY, named(CENTAUR_SKILL_DIRS="/a:/b"), named(CENTAUR_SKILL_DIRS="/b:/a"), CHANGED,
            ["~CENTAUR_SKILL_DIRS", ".%/b"]),
        (ARRAY, "[]", named(A="1"), CHANGED, ["+A"]),
        (ARRAY, "not JSON", named(A="1"), CHANGED, []),
        (ARRAY, named(A="1"), named(A="1").replace(" ", ""), CHANGED, []),
        (EXTRA, '[{"repo":"a/a"}]', '[{"repo":"a/a","ref":"x"}]', CHANGED, ["~a/a", ".+ref"]),
        (EXTRA, '[{"repo":"a/a","ref":"","more":{"k":1}}]', '[{"repo":"a/a","subdir":"tools"}]', CHANGED,
            ["~a/a", ".+subdir", ".-more", ".-ref"]),
        (EXTRA, '[{"repo":"a/a"},{"repo":"a/a","subdir":"x"}]',
            '[{"repo":"a/a","subdir":"x"},{"repo":"a/a","subdir":"tools"}]', CHANGED,
            ["%a/a/x", "~a/a/tools", ".+subdir"]),
        (EXTRA, '[{"repo":"a/a","subdir":"x"}]', '[{"repo":"a/a","subdir":"y"},{"repo":"b/b"}]', CHANGED,
            ["~a/a", ".~subdir", "+b/b"]),
        (EXTRA, '["a/a"]', '["b/b"]', CHANGED, ["+b/b", "-a/a"]),
        (EXTRA, '{"a":1}', "[1]", CHANGED, []),
        ("MINE", "/a:/b", "/b:/a", MOVED, ["%/b"]),
        ("MINE", "/a", "/b", CHANGED, []),
        ("MINE", "a:b", "b:a", CHANGED, []),
        ("MINE", '{"k":[1,2]}', '{"k":[2,1]}', CHANGED, ["~k", ".%2"]),
        ("MINE", "one", "other", CHANGED, []),
    ],
)  # fmt: skip
def test_elements(name: str, before: str, after: str, kind: Kind, expected: list[str]) -> None:
    change = only(name, before, after)
    assert (change.kind, signs(change.elements)) == (kind, expected)


def test_values_and_places_of_elements() -> None:
    assert only("REPOSITORY_REFS", "a/a=1 b/b=2 c/c=3", "c/c=4 a/a=1").elements == (
        ElementChange(CHANGED, "c/c", "3", "4"),
        ElementChange(MOVED, "c/c", move=Move(3, 1, "b/b", None)),
        ElementChange(REMOVED, "b/b", "2", None),
    )
    assert only(ARRAY, named(A="1"), named(A="1", B="2")).elements == (ElementChange(ADDED, "B", None, "2"),)


def test_json_in_json_that_is_deep_is_compared_or_left() -> None:
    deep = "[" * 150 + "1" + "]" * 150
    assert only("MINE", deep, deep.replace("1", "2")).elements
    beyond = "[" * 5000 + "1" + "]" * 5000
    assert only("MINE", beyond, beyond.replace("1", "2")).elements == ()


texts = st.lists(st.sampled_from("abcdefgh"), max_size=9)


@given(texts, texts)
def test_a_list_and_its_changes_give_the_other_list(before: list[str], after: list[str]) -> None:
    old, new = " ".join(before), " ".join(after)
    if old == new:
        assert compare_variables({"REPOSITORIES": old}, {"REPOSITORIES": new}) == ()
        return
    changes = only("REPOSITORIES", old, new).elements
    gone = [one.element for one in changes if one.kind is REMOVED]
    come = [one.element for one in changes if one.kind is ADDED]
    assert sorted([*before, *come]) == sorted([*after, *gone])
    assert not set(gone) & set(come)
    assert bool(changes) == (before != after)


@given(st.permutations(range(7)), st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
def test_moves_are_the_fewest(order: list[int], not_before: set[int], not_after: set[int]) -> None:
    before = [number for number in range(7) if number not in not_before]
    after = [number for number in order if number not in not_after]
    found = moves(before, after, str)
    common = [number for number in after if number in before]
    rising = max(
        len(part)
        for size in range(len(common) + 1)
        for part in itertools.combinations(common, size)
        if list(part) == sorted(part)
    )
    assert len(found) == len(common) - rising
    stay = [number for number in common if number not in found]
    assert stay == sorted(stay)
    for number, move in found.items():
        assert (before[move.place_before - 1], after[move.place_after - 1]) == (number, number)
        assert move.follows_after == (str(after[move.place_after - 2]) if move.place_after > 1 else None)


def test_moves_of_a_long_list_in_reverse() -> None:
    numbers = range(20_000)
    assert len(moves(numbers, numbers[::-1], str)) == 19_999
    assert moves(numbers, numbers, str) == {}
