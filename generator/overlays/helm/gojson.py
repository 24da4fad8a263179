"""JSON as Go's encoding/json writes and reads it."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Final, NoReturn

from overlays.helm.gofmt import split_digits, write_digits

MAX_DEPTH: Final = 200
"""Deepest nesting of maps and lists that is read. Helm: 10,000; no real file comes near either."""


class GoJsonError(ValueError):
    """The text is no JSON that Go takes. One line, lower case."""


def dumps(value: object) -> str:
    """Compact text of JSON-like data (dict with str keys, list, tuple, str, bool, int, float, None).

    Keys in byte order of UTF-8, no spaces; < > & U+2028 U+2029 escaped, other non-ASCII raw.
    Helm: toJson, that is encoding/json.Marshal.
    """
    return _escape(_encode(value) if _has_float(value) else _C_ENCODER.encode(value))


def dumps_indent(value: object) -> str:
    """Like dumps with one item a line, two spaces a level, [] and {} for empty ones; no final newline.

    Go: encoding/json.MarshalIndent(value, "", "  ").
    """
    return _escape(_encode_indent(value, "\n"))


_C_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)

_ESCAPES: Final = (
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)


_WITHOUT_FLOAT: Final = frozenset({str, bool, int, type(None)})


def _escape(text: str) -> str:
    for character, escaped in _ESCAPES:
        if character in text:
            text = text.replace(character, escaped)
    return text


def _has_float(value: object) -> bool:
    """Whether some number needs Go's digits; the C encoder knows only Python's."""
    if isinstance(value, (dict, list, tuple)):
        items = value.values() if isinstance(value, dict) else value
        kinds = set(map(type, items))
        return not kinds <= _WITHOUT_FLOAT and any(map(_has_float, items))
    return isinstance(value, float)


def _encode(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join([f"{encode_basestring(key)}:{_encode(value[key])}" for key in sorted(value)]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_encode(item) for item in value]) + "]"
    return _encode_scalar(value)


def _encode_indent(value: object, newline: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    deeper = newline + "  "
    if isinstance(value, dict) and value:
        items = [f"{encode_basestring(key)}: {_encode_indent(value[key], deeper)}" for key in sorted(value)]
        return "{" + deeper + ("," + deeper).join(items) + newline + "}"
    if isinstance(value, (list, tuple)) and value:
        return "[" + deeper + ("," + deeper).join([_encode_indent(item, deeper) for item in value]) + newline + "]"
    return _encode(value)


def _encode_scalar(value: object) -> str:
    if isinstance(value, float):
        if value - value != 0:
            raise ValueError(f"{value!r} has no JSON form")
        return write_digits(*split_digits(repr(value)), low=-6, high=21, pad=1)
    return _C_ENCODER.encode(value)


def loads(text: str) -> object:
    """Data of one JSON text; every number a float.

    Raises GoJsonError: not JSON, a number beyond float64, nesting deeper than MAX_DEPTH.
    Go: encoding/json.Unmarshal into an interface{}: the last of equal keys wins, a lone surrogate is U+FFFD.
    """
    start = _blanks(text, 0)
    value, end = decode_prefix(text, start)
    rest = _blanks(text, end)
    if rest != len(text):
        raise GoJsonError(f"unexpected text after the value at character {rest + 1}")
    return value


def decode_prefix(text: str, start: int) -> tuple[object, int]:
    """The JSON value that begins at text[start], and where it ends. Raises GoJsonError as loads does."""
    decoder = _SURROGATE_DECODER if "\\u" in text else _DECODER
    try:
        value, end = decoder.raw_decode(text, start)
    except RecursionError:
        raise GoJsonError(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        message = error.msg.removesuffix(" at")
        raise GoJsonError(f"{message[0].lower()}{message[1:]} at character {error.pos + 1}") from None
    if isinstance(value, float) and _number_goes_on(text[start:end], text[end : end + 1]):
        raise GoJsonError(f"unexpected {text[end]!r} in a number at character {end + 1}")
    if text.count("[", start, end) + text.count("{", start, end) > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise GoJsonError(f"nested deeper than {MAX_DEPTH} levels")
    return _mend_value(value) if decoder is _SURROGATE_DECODER else value, end


def depth(value: object) -> int:
    """Levels of maps and lists: 0 for a scalar, 1 for []. Needs no recursion."""
    levels = 0
    now: list[dict[str, object] | list[object]] = [value] if isinstance(value, (dict, list)) else []
    while now:
        levels += 1
        children = [child for item in now for child in (item.values() if isinstance(item, dict) else item)]
        now = [child for child in children if isinstance(child, (dict, list))]
    return levels


def _blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at


def _number_goes_on(number: str, following: str) -> bool:
    """Whether Go would read on where Python's scanner stops: in "1." and "1e"."""
    whole = "e" not in number and "E" not in number
    return following != "" and ((following in "eE" and whole) or (following == "." and whole and "." not in number))


def _constant(name: str) -> NoReturn:
    raise GoJsonError(f"{name} is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise GoJsonError(f"the number {text if len(text) < 30 else text[:20] + '…'} is beyond float64")
    return value


def _mend(text: str) -> str:
    """Lone surrogates as U+FFFD."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mend_value(value: object) -> object:
    if isinstance(value, str):
        return _mend(value)
    if isinstance(value, list):
        return [_mend_value(item) for item in value]
    return value


def _mend_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {_mend(key): _mend_value(value) for key, value in pairs}


_DECODER: Final = json.JSONDecoder(parse_float=_float, parse_int=_float, parse_constant=_constant)
_SURROGATE_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_mend_pairs, parse_float=_float, parse_int=_float, parse_constant=_constant
)
