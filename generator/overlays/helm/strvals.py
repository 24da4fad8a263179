"""Helm's little language of --set, --set-string, --set-json and --set-file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from overlays.errors import UsageError
from overlays.helm import gojson

Path: TypeAlias = tuple[str | int, ...]

MAX_INDEX: Final = 65536
MAX_DOTS: Final = 30

_INT64: Final = range(-(2**63), 2**63)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}")
_INDEX: Final = re.compile(r"[0-9]{1,9}")


class Assignment(NamedTuple):
    """One `path=value` of a flag.

    path: keys (str) and list indexes (int).
    value: str, bool, int, None, or a list of these; with --set-json any JSON data, numbers as float.
    start, end: the value's place in the flag's text, in characters.
    cut_off: the text ends with the "=".
    """

    path: Path
    value: object
    start: int
    end: int
    cut_off: bool = False


class Conflict(Exception):  # noqa: N818  (about the input)
    """An assignment does not fit the values that are there. One line, lower case."""


def typed(text: str) -> object:
    """Value of --set's text: bool, None, int, or the text itself.

    Helm: true, false and null in any case; decimal int64 without a leading zero; no floats.
    """
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    if text and text[0] != "0" and _INTEGER.fullmatch(text) and int(text) in _INT64:
        return int(text)
    return text


_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None, "0": 0}


def parse(flag: str, text: str, convert: Callable[[str], object] = typed) -> tuple[Assignment, ...]:
    """The assignments of one flag's text, in order.

    flag: "--set", "--set-string", "--set-json" or "--set-file", for messages.
    convert: makes the value of its text: `typed` for --set, `str` for --set-string, the file's content for
        --set-file. Not asked with --set-json, nor for an empty value at the end of the text.
    Raises UsageError, which never repeats a value (it may be a token).
    Helm: pkg/strvals. Refused here though Helm may take it: empty keys, text after "}", what Helm 3 and 4 read
    differently, nesting deeper than gojson.MAX_DEPTH.
    """
    reader = _Reader(flag, text, convert)
    found: list[Assignment] = []
    while reader.at < len(text):
        found.append(reader.assignment())
    return tuple(found)


class _Reader:
    def __init__(self, flag: str, text: str, convert: Callable[[str], object]) -> None:
        self.flag, self.text, self.convert = flag, text, convert
        self.at = 0
        if flag == "--set-json" and text.strip().startswith("{"):
            raise self.wrong("Helm 3 takes no bare object, write key={…}", 0)

    def wrong(self, why: str, at: int | None = None) -> UsageError:
        shown = one_line(re.split('[={":]', self.text, maxsplit=1)[0])
        at = self.at if at is None else at
        name = f"{self.flag} {shown if len(shown) <= 80 else shown[:79] + '…'}".rstrip()
        return UsageError(f"{name}: {why} (character {at + 1})")

    def until(self, stops: str) -> tuple[str, str]:
        """The text up to one of the stop characters, escapes resolved, and the stop ("" at the end)."""
        text, at = self.text, self.at
        piece: list[str] = []
        while at < len(text):
            character = text[at]
            at += 1
            if character in stops:
                self.at = at
                return "".join(piece), character
            if character == "\\":
                character, at = text[at : at + 1], at + 1
            piece.append(character)
        self.at = len(text)
        return "".join(piece), ""

    def assignment(self) -> Assignment:
        path = self.path()
        start = self.at
        value = self.json_value() if self.flag == "--set-json" else self.value()
        if len(path) + gojson.depth(value) > gojson.MAX_DEPTH:
            raise self.wrong(f"nested deeper than {gojson.MAX_DEPTH} levels", start)
        end = self.at - 1 if self.text[self.at - 1 : self.at] == "," and self.at > start else self.at
        return Assignment(path, value, start, end, start == len(self.text) and self.flag != "--set-json")

    def path(self) -> Path:
        """Reads `a.b[0].c=`."""
        path: list[str | int] = []
        dots = 0
        while True:
            start = self.at
            key, stop = self.until(".[=,")
            if stop in ("", ","):
                raise self.wrong("a key has no value", start)
            if not key:
                raise self.wrong("an empty key", start)
            path.append(key)
            while stop == "[":
                path.append(self.index())
                extra, stop = self.until(".[=")
                if extra or not stop:
                    raise self.wrong("expected '.', '[' or '=' after an index")
            if stop == "=":
                return tuple(path)
            dots += isinstance(path[-1], str)
            if dots > MAX_DOTS:
                raise self.wrong(f"nested deeper than {MAX_DOTS} names", start)

    def index(self) -> int:
        start = self.at
        text, stop = self.until("]")
        if not stop or not _INDEX.fullmatch(text):
            raise self.wrong("a list index is a number in brackets", start)
        if int(text) > MAX_INDEX:
            raise self.wrong(f"the list index is above {MAX_INDEX}", start)
        return int(text)

    def value(self) -> object:
        if self.at == len(self.text):
            return ""
        if self.text[self.at] != "{":
            return self.convert(self.until(",")[0])
        self.at += 1
        items: list[object] = []
        while True:
            start = self.at
            text, stop = self.until(",}")
            if not stop:
                raise self.wrong("a list must end with '}'", start)
            items.append(self.convert(text))
            if stop == "}":
                break
        if self.at < len(self.text):
            if self.text[self.at] != ",":
                raise self.wrong("expected ',' after '}'")
            self.at += 1
        return items

    def json_value(self) -> object:
        if self.skip_blanks():
            return None
        try:
            value, self.at = gojson.decode_prefix(self.text, self.at)
        except gojson.GoJsonError as error:
            raise self.wrong("the value is not JSON: " + _without_text(str(error))) from None
        if not self.skip_blanks():
            raise self.wrong("expected ',' after a JSON value")
        return value

    def skip_blanks(self) -> bool:
        """Passes white space and one comma. Whether that ended the value: at a comma or at the end."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == ",":
                self.at += 1
                return True
            if character not in " \t\n\r":
                return False
            self.at += 1
        return True


def _without_text(message: str) -> str:
    """The reader's message without the place (given in our own) and without the user's text."""
    return re.sub(r"^the number .* is beyond", "a number is beyond", message).partition(" at character ")[0]


def apply(values: Mapping[str, object], assignments: Iterable[Assignment]) -> dict[str, object]:
    """The values with the assignments made in order; values itself stays as it is.

    Raises Conflict: a name under something that is no map, an index under something that is no list.
    Helm: pkg/strvals. A list is padded with nulls; an item that is no map becomes one when a name under it is set.
    """
    result = dict(values)
    for assignment in assignments:
        _assign(result, assignment)
    return result


def _assign(target: dict[str, object], assignment: Assignment) -> None:
    """Makes one assignment in target, which is ours to change; every map and list on the way is copied."""
    path = assignment.path
    here: dict[str, object] | list[object] = target
    for depth, (step, following) in enumerate(pairwise(path)):
        inner: dict[str, object] | list[object]
        there, present = _child(here, step)
        if isinstance(following, int):
            if present and not isinstance(there, list) and not (there is None and isinstance(step, int)):
                raise Conflict(f"{path_text(path[: depth + 1])} is {_kind(there)}, not a list")
            inner = list(there) if isinstance(there, list) else []
        else:
            if present and not isinstance(there, dict) and isinstance(step, str):
                raise Conflict(f"{path_text(path[: depth + 1])} is {_kind(there)}, not a map")
            if assignment.cut_off and not present and isinstance(step, int):
                item = path_text(path[: depth + 1])
                raise Conflict(f"Helm drops the empty value for the new item {item} (a comma at the end keeps it)")
            inner = dict(there) if isinstance(there, dict) else {}
        _put(here, step, inner)
        here = inner
    _put(here, path[-1], assignment.value)


def _child(here: dict[str, object] | list[object], step: str | int) -> tuple[object, bool]:
    if isinstance(here, dict):
        return here.get(str(step)), step in here
    present = isinstance(step, int) and step < len(here)
    return (here[int(step)] if present else None), present


def _put(here: dict[str, object] | list[object], step: str | int, value: object) -> None:
    if isinstance(here, dict):
        here[str(step)] = value
        return
    index = int(step)
    here.extend([None] * (index + 1 - len(here)))
    here[index] = value


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {dict: "a map", list: "a list", str: "text", bool: "a boolean"}
    return names.get(type(value), "a number")


def one_line(text: str) -> str:
    """The text with line breaks and control characters escaped."""
    return text if text.isprintable() else re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", _escape, text)


def _escape(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def path_text(path: Path) -> str:
    """A path as a flag writes it: a.b[0].c; a "." or other syntax inside a key is escaped."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + re.sub(r"([\\.\[=,])", r"\\\1", step)
    return text
