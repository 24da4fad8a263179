from __future__ import annotations

import math

import pytest

from overlays.helm.scalar import exact, key_text, resolve, resolve_tagged

LONG = "tag:yaml.org,2002:"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("86400", 86400.0), ("1000000", 1e6), ("1234567", 1234567.0), ("0123456", 42798.0), ("0128", 128.0),
        ("1e10", 1e10), ("7e4", 70000.0), ("0777", 511.0), ("0o777", 511.0), ("0X1f", 31.0), ("0B11", 3.0),
        ("0O17", 15.0), ("1_000", 1000.0), ("1__0", 10.0), ("1_", 1.0), ("+.5", 0.5), ("1.10", 1.1), ("1.", 1.0),
        ("9007199254740993", 9007199254740992.0), ("18446744073709551615", 1.8446744073709552e19),
        ("18446744073709551616", 1.8446744073709552e19), ("-9223372036854775809", -9.223372036854775808e18),
        ("1e-7", 1e-7), ("0b-1", -1.0), ("0b+1", 1.0), (".7_790", 0.779), (".5e1_0", 0.5e10), ("1e-400", 0.0),
        ("y", True), ("Yes", True), ("ON", True), ("n", False), ("off", False), ("No", False),
        ("", None), ("~", None), ("null", None), ("NULL", None),
    ],
)  # fmt: skip
def test_a_plain_scalar(text: str, value: object) -> None:
    read = resolve(text)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    "text",
    [
        "12e5678", "tRuE", "nULL", "12:34", "190:20:30", "2024-01-01", "2024-01-01 10:00:00", "=", "<<", "+", "-", ".",
        "0x", "0b", "0b2", "1.2.3", "._5", ".5_", ".e5", "0x1ffffffffffffffff", "-0b-1", "٣", "1e", "v1", "main", "-f",
        "no.", "0x1.8p3",
    ],
)  # fmt: skip
def test_what_stays_text(text: str) -> None:
    assert resolve(text) == text


def test_zero_has_a_sign_only_as_a_float() -> None:
    assert math.copysign(1, resolve("-0")) == 1  # type: ignore[arg-type]
    assert math.copysign(1, resolve("-0.0")) == -1  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN", ".inf", "+.Inf", "-.INF"])
def test_numbers_without_end_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a finite number"):
        resolve(text)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("int", "7", 7.0), ("int", "0x10", 16.0), ("float", "1", 1.0), ("float", "1.5", 1.5), ("bool", "yes", True),
        ("null", "~", None), ("null", "", None), ("str", "12", "12"), ("str", "", ""), ("binary", "aMOp\n", "hé"),
        ("set", "x", "x"), ("merge", "<<", "<<"),
    ],
)  # fmt: skip
def test_a_tagged_scalar(tag: str, text: str, value: object) -> None:
    assert resolve_tagged(LONG + tag, text) == value


def test_an_unknown_tag_means_text() -> None:
    assert [resolve_tagged(tag, "12") for tag in ("!", "!x", "tag:example.org,2000:int")] == ["12"] * 3


@pytest.mark.parametrize(
    ("tag", "text", "message"),
    [
        ("int", "1.5", "'1.5' does not fit the tag !!int"),
        ("int", "x", "'x' does not fit the tag !!int"),
        ("bool", "", "'' does not fit the tag !!bool"),
        ("float", "18446744073709551615", "'18446744073709551615' does not fit the tag !!float"),
        ("null", "0", "'0' does not fit the tag !!null"),
        ("timestamp", "2024-01-01", "the tag !!timestamp is not accepted; quote the text instead"),
        ("binary", "aMO", "a !!binary text must be the base64 form of UTF-8 text"),
        ("binary", "/w==", "a !!binary text must be the base64 form of UTF-8 text"),
        ("binary", "é", "a !!binary text must be the base64 form of UTF-8 text"),
    ],
)
def test_a_text_that_does_not_fit_its_tag(tag: str, text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the whole message is compared)
        resolve_tagged(LONG + tag, text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1", "1"), ("y", "true"), ("on", "true"), ("n", "false"), ("0x10", "16"), ("1e3", "1000"), ("1e6", "1e+06"),
        ("1.50", "1.5"), ("0.1", "0.1"), ("1e-5", "1e-05"), ("-0", "0"), ("16777217", "16777217"), ("a", "a"),
        ("9223372036854775807", "9223372036854775807"), ("12:34", "12:34"), ("1e-46", "0"),
    ],
)  # fmt: skip
def test_a_key(text: str, key: str) -> None:
    assert key_text(exact(text)) == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("~", "the key is null"),
        ("9223372036854775808", "the key 9223372036854775808 does not fit 64 bits"),
        ("1e39", "the key 1e+39 is out of range"),
        ("-0.0", "the key is a negative zero"),
        ("0.000244140625", "the key 0.000244140625 is a number with more digits than a key keeps"),
    ],
)
def test_a_key_that_helm_cannot_take(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the whole message is compared)
        key_text(exact(text))
    assert str(caught.value) == message
