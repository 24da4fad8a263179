from __future__ import annotations

import pytest

from overlays.helm.gojson import MAX_DEPTH, GoJsonError, depth, dumps, dumps_indent, loads

VALUE = {"b": [1.0, {}, [], None, True], "a": '<&>\u2028\u2029é"\\\x7f\b\n', "\U0001f600": 1, "ﬀ": {"x": ()}}


def test_compact_text() -> None:
    escaped = r'"\u003c\u0026\u003e\u2028\u2029é\"\\' + "\x7f" + r'\b\n"'
    assert dumps(VALUE) == '{"a":' + escaped + ',"b":[1,{},[],null,true],"ﬀ":{"x":[]},"\U0001f600":1}'


def test_the_same_text_with_and_without_a_float() -> None:
    """Two encoders: the one in C, and ours when a float needs Go's digits."""
    plain = {**VALUE, "b": [1, {}, [], None, True]}
    assert dumps(plain) == dumps(VALUE)


def test_indented_text() -> None:
    assert dumps_indent({"b": [1.5, {"k": "<"}], "a": [], "c": {}}) == (
        '{\n  "a": [],\n  "b": [\n    1.5,\n    {\n      "k": "\\u003c"\n    }\n  ],\n  "c": {}\n}'
    )
    assert dumps_indent([]) == "[]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "-0"), (1e16, "10000000000000000"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
        (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-10, "1.5e-10"), (0.00001, "0.00001"), (1e100, "1e+100"),
        (9223372036854775807.0, "9223372036854776000"), (0.1, "0.1"), (-123.456, "-123.456"),
        (2**53, "9007199254740992"),
    ],
)  # fmt: skip
def test_a_number(value: float, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_has_not(value: float) -> None:
    with pytest.raises(ValueError, match="has no JSON form"):
        dumps([value])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" [1, 2.5e3, -0] ", [1.0, 2500.0, -0.0]),
        ('{"a":1,"a":{"b":2}}', {"a": {"b": 2.0}}),
        ('["\\ud800x", "\\ud83d\\ude00", "\\ud83d\\ud83d\\ude00"]', ["\ufffdx", "\U0001f600", "\ufffd\U0001f600"]),
        ('{"\\ud800":1,"\\udfff":2,"\\ud800":3}', {"\ufffd": 3.0}),
        ('"\\u003c\\/"', "</"),
        ("null", None),
        ("1e-400", 0.0),
    ],
)
def test_reading(text: str, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expecting value at character 1"),
        ("NaN", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1e400", "the number 1e400 is beyond float64"),
        ("9" * 400, "the number 99999999999999999999… is beyond float64"),
        ("[] x", "unexpected text after the value at character 4"),
        ("1.", "unexpected '.' in a number at character 2"),
        ("1e", "unexpected 'e' in a number at character 2"),
        ('{"a" 1}', "expecting ':' delimiter at character 6"),
        ('"\t"', "invalid control character at character 2"),
        ("\ufeff1", "expecting value at character 1"),
        ("[" * 201 + "]" * 201, "nested deeper than 200 levels"),
        ("[" * 100_000, "nested deeper than 200 levels"),
        ('{"a":' * 100_000, "nested deeper than 200 levels"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(GoJsonError) as caught:
        loads(text)
    assert str(caught.value) == message


def test_brackets_in_text_are_no_depth() -> None:
    text = "[" * 500
    assert loads(f'["{text}"]') == [text]
    assert depth(loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)) == MAX_DEPTH


def test_depth() -> None:
    values: list[object] = [1, [], {"a": [1, {}]}]
    assert [depth(value) for value in values] == [0, 1, 3]
