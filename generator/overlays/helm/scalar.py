"""What Helm makes of one YAML scalar: plain text to null, boolean, number or string, and keys to strings."""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from typing import Final, TypeAlias

from overlays.helm.gofmt import split_digits, write_digits

Scalar: TypeAlias = bool | float | str | None
Exact: TypeAlias = bool | int | float | str | None

TAG_PREFIX: Final = "tag:yaml.org,2002:"

WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}

SPECIAL_FIRST: Final = frozenset("yYnNtTfFoO~+-.0123456789")
"""A plain scalar that begins otherwise (and is not empty) is a string."""

_NOT_FINITE: Final = frozenset(
    sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
) - {"+.nan", "-.nan", "+.NaN", "-.NaN", "+.NAN", "-.NAN"}

_INTEGER: Final = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))|0b([-+][01]+)"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DOTTED: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")

_INT64: Final = range(-(2**63), 2**63)
_UINT64_END: Final = 2**64
_LONGEST_INTEGER: Final = 80


def resolve(text: str) -> Scalar:
    """Value of a plain, untagged scalar; every number is a float, as in a values file.

    Raises ValueError: the forms of not-a-number and infinity, which have no JSON form.
    Helm: sigs.k8s.io/yaml over go-yaml v2, then JSON.
    """
    value = exact(text)
    return float(value) if type(value) is int else value


def exact(text: str) -> Exact:
    """Like resolve, but an integer stays an int: keys and tags tell them apart.

    Helm: resolve.go of go-yaml v2.
    """
    if text in WORDS:
        return WORDS[text]
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if text in _NOT_FINITE:
        raise ValueError(f"{text!r} is not a finite number")
    if first == ".":
        number = float(text.replace("_", "")) if _DOTTED.fullmatch(text) else None
    else:
        number = _number(text.replace("_", ""))
    return text if number is None or number in (float("inf"), float("-inf")) else number


def _number(text: str) -> int | float | None:
    found = _INTEGER.fullmatch(text)
    if found:
        integer = _integer(*found.groups())
        if integer is not None:
            return integer
    return float(text) if _FLOAT.fullmatch(text) else None


def _integer(
    sign: str | None, hexa: str | None, binary: str | None, octal: str | None, decimal: str | None, odd: str | None
) -> int | None:
    """The integer, None when it does not fit int64 (or uint64, without a sign)."""
    forms = ((hexa, 16), (binary, 2), (octal, 8), (decimal, 10), (odd, 2))
    digits, base = next((text, base) for text, base in forms if text is not None)
    if len(digits.lstrip("0")) > _LONGEST_INTEGER:
        return None
    value = int(digits, base) * (-1 if sign == "-" else 1)
    return value if value in _INT64 or (not sign and odd is None and 0 <= value < _UINT64_END) else None


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Value of a scalar with an explicit tag (long form); quotes make no difference.

    Raises ValueError with a one-line reason: the text does not fit the tag.
    Helm: go-yaml v2; a tag that it does not know leaves the text as a string. Refused here though Helm may
    take it: !!timestamp, and !!binary that is not canonical base64 of UTF-8.
    """
    value = exact_tagged(tag, text)
    return float(value) if type(value) is int else value


def exact_tagged(tag: str, text: str) -> Exact:
    """Like resolve_tagged, but an integer stays an int."""
    name = tag.removeprefix(TAG_PREFIX) if tag.startswith(TAG_PREFIX) else ""
    if name == "binary":
        return _binary(text)
    if name == "timestamp":
        raise ValueError("the tag !!timestamp is not accepted; quote the text instead")
    if name not in ("int", "float", "bool", "null"):
        return text
    value = exact(text)
    if name == "float" and type(value) is int and value in _INT64:
        return float(value)
    if {"int": int, "float": float, "bool": bool, "null": type(None)}[name] is not type(value):
        raise ValueError(f"{text!r} does not fit the tag !!{name}")
    return value


def _binary(text: str) -> str:
    compact = text.replace("\r", "").replace("\n", "").encode()
    try:
        data = b64decode(compact)
        if b64encode(data) == compact:
            return data.decode()
    except ValueError:
        pass
    raise ValueError("a !!binary text must be the base64 form of UTF-8 text")


def key_text(value: Exact) -> str:
    """The string that Helm makes of a map key.

    Raises ValueError with a one-line reason: a null, an integer above int64, a float without a float32. Refused here
    though Helm takes it: a float of more than 6 digits, where Go's choice among equally short texts is its own.
    Helm: sigs.k8s.io/yaml; a float key prints with float32 digits.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise ValueError("the key is null")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value not in _INT64:
            raise ValueError(f"the key {value} does not fit 64 bits")
        return str(value)
    return _float32_text(value)


def _float32_text(value: float) -> str:
    single = _float32(value)
    if single is None:
        raise ValueError(f"the key {value!r} is out of range")
    if repr(value) == "-0.0":
        raise ValueError("the key is a negative zero")
    texts = (f"{single:.{precision}e}" for precision in range(6))
    shortest = next((text for text in texts if _float32(float(text)) == single), None)
    if shortest is None:
        raise ValueError(f"the key {value!r} is a number with more digits than a key keeps")
    return write_digits(*split_digits(shortest), low=-4, high=6, pad=2)


def _float32(value: float) -> float | None:
    """The nearest float32; None beyond the largest."""
    try:
        nearest: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return None
    return nearest
