from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from overlays.errors import UsageError
from overlays.helm.strvals import Assignment, Conflict, apply, parse, path_text, typed


def set_(text: str, values: Mapping[str, Any] | None = None, flag: str = "--set") -> dict[str, object]:
    return apply(values or {}, parse(flag, text, str if flag == "--set-string" else typed))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("FALSE", False), ("falſe", False), ("nULL", None), ("0", 0), ("-1", -1), ("+5", 5), ("-0", 0),
        ("9223372036854775807", 2**63 - 1), ("9223372036854775808", "9223372036854775808"), ("1.5", "1.5"),
        ("007", "007"), ("0x10", "0x10"), ("1_000", "1_000"), ("1e3", "1e3"), ("yes", "yes"), ("~", "~"), ("", ""),
        ("9" * 5000, "9" * 5000), ("٣", "٣"),
    ],
)  # fmt: skip
def test_type_of_a_value(text: str, value: object) -> None:
    read = typed(text)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("a.b=1,c=2", {"a": {"b": 1}, "c": 2}),
        ("a=1,", {"a": 1}),
        ("a=", {"a": ""}),
        ("a=,b=", {"a": "", "b": ""}),
        ("e= 5", {"e": " 5"}),
        ("a=b=c", {"a": "b=c"}),
        (r"a\.b=x\,y\\z", {"a.b": "x,y\\z"}),
        ("a=x\\", {"a": "x"}),
        ("a={x,1,true,}", {"a": ["x", 1, True, ""]}),
        ("a={},b={x},c=1", {"a": [""], "b": ["x"], "c": 1}),
        ("l[0].x=1,l[0].y=2,l[2]=z", {"l": [{"x": 1, "y": 2}, None, "z"]}),
        ("l[1][0]=1", {"l": [None, [1]]}),
    ],
)
def test_syntax(text: str, values: object) -> None:
    assert set_(text) == values


def test_a_flag_edits_the_list_of_a_file() -> None:
    values = {"l": [{"repo": "a/b", "ref": "x"}, "text"]}
    assert set_("l[0].ref=y,l[1].k=1,l[3]=z", values) == {"l": [{"repo": "a/b", "ref": "y"}, {"k": 1}, None, "z"]}
    assert values == {"l": [{"repo": "a/b", "ref": "x"}, "text"]}


def test_a_list_in_place_of_a_null_item() -> None:
    assert set_("l[0][1]=x", {"l": [None]}) == {"l": [[None, "x"]]}


def test_a_shared_value_is_changed_in_one_place() -> None:
    shared = {"l": [{"x": 1}]}
    assert set_("a.l[0].x=2", {"a": shared, "b": shared}) == {"a": {"l": [{"x": 2}]}, "b": {"l": [{"x": 1}]}}


def test_all_text() -> None:
    assert set_("a=null,b={1,true},c=007", flag="--set-string") == {"a": "null", "b": ["1", "true"], "c": "007"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('a={"x":1},b=[2]', {"a": {"x": 1.0}, "b": [2.0]}),
        ("a= 1 , b=null", {"a": 1.0, " b": None}),
        ("a=,b= ,c=", {"a": None, "b": None, "c": None}),
        ('a="x,y=z",l[0].k=true', {"a": "x,y=z", "l": [{"k": True}]}),
    ],
)
def test_json(text: str, values: object) -> None:
    assert set_(text, flag="--set-json") == values


def test_where_a_value_stands() -> None:
    assert parse("--set", "a=12,b.c=,d={x,y},e[0]=") == (
        Assignment(("a",), 12, 2, 4),
        Assignment(("b", "c"), "", 9, 9),
        Assignment(("d",), ["x", "y"], 12, 17),
        Assignment(("e", 0), "", 23, 23, cut_off=True),
    )


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        ("--set", "a", "--set a: a key has no value (character 1)"),
        ("--set", "a=1,,b=2", "--set a: a key has no value (character 5)"),
        ("--set", "a=1,b", "--set a: a key has no value (character 5)"),
        ("--set", "=1", "--set: an empty key (character 1)"),
        ("--set", "a..b=1", "--set a..b: an empty key (character 3)"),
        ("--set", "a[x]=1", "--set a[x]: a list index is a number in brackets (character 3)"),
        ("--set", "a[-1]=1", "--set a[-1]: a list index is a number in brackets (character 3)"),
        ("--set", "a[1=1", "--set a[1: a list index is a number in brackets (character 3)"),
        ("--set", "a[65537]=1", "--set a[65537]: the list index is above 65536 (character 3)"),
        ("--set", "a[0]b=1", "--set a[0]b: expected '.', '[' or '=' after an index (character 7)"),
        ("--set", "a[0]", "--set a[0]: expected '.', '[' or '=' after an index (character 5)"),
        ("--set", "a={x", "--set a: a list must end with '}' (character 4)"),
        ("--set", "a={x}y=1", "--set a: expected ',' after '}' (character 6)"),
        ("--set", ".".join("a" * 32) + "=1", f"--set {'.'.join('a' * 32)}: nested deeper than 30 names (character 61)"),
        ("--set", "a" + "[0]" * 200 + "=", f"--set {'a' + '[0]' * 26}…: nested deeper than 200 levels (character 603)"),
        ("--set-json", '{"a":1}', "--set-json: Helm 3 takes no bare object, write key={…} (character 1)"),
        ("--set-json", "a=x", "--set-json a: the value is not JSON: expecting value (character 3)"),
        ("--set-json", "a=1e999", "--set-json a: the value is not JSON: a number is beyond float64 (character 3)"),
        ("--set-json", "a=1 b=2", "--set-json a: expected ',' after a JSON value (character 5)"),
        (
            "--set-json",
            "a=" + "[" * 99999,
            "--set-json a: the value is not JSON: nested deeper than 200 levels (character 3)",
        ),
        ("--set", "a\nb", "--set a\\nb: a key has no value (character 1)"),
    ],
)
def test_malformed(flag: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(flag, text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("--set", "repoCache.githubToken.token=s3cret,part2"),
        ("--set", "repoCache.githubToken.token={s3cret"),
        ("--set-json", '{"repoCache":{"githubToken":{"token":"s3cret"}}}'),
        ("--set-json", 'repoCache.githubToken:{"token":"s3cret"}'),
        ("--set-json", "repoCache.githubToken.token=s3cret"),
    ],
)
def test_no_message_repeats_a_value(flag: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(flag, text + ",x")
    assert "s3cret" not in str(caught.value)
    assert "part2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s.k=1", "s is text, not a map"),
        ("n.k=1", "n is null, not a map"),
        ("l.k=1", "l is a list, not a map"),
        ("m.x.y=1", "m.x is a number, not a map"),
        ("m[0]=1", "m is a map, not a list"),
        ("n[0]=1", "n is null, not a list"),
        ("l[0][0]=1", "l[0] is a boolean, not a list"),
        ("new[0].k=", "Helm drops the empty value for the new item new[0] (a comma at the end keeps it)"),
    ],
)
def test_a_path_that_does_not_fit(text: str, message: str) -> None:
    values = {"s": "x", "n": None, "l": [True], "m": {"x": 1}}
    with pytest.raises(Conflict) as caught:
        set_(text, values)
    assert str(caught.value) == message


def test_an_empty_value_for_an_item_that_is_there() -> None:
    assert set_("l[0].k=", {"l": [{"k": "x"}]}) == {"l": [{"k": ""}]}
    assert set_("l[0].k=,") == {"l": [{"k": ""}]}


def test_text_of_a_path() -> None:
    assert path_text(("a.b", 0, "c")) == r"a\.b[0].c"
