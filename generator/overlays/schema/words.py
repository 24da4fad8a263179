"""The text of the findings that come from the schema. Rules are told in the words of the schema itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from overlays.helm.gofmt import format_float
from overlays.model.finding import Problem
from overlays.model.plan import Pointer

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a map",
    "string": "text",
}
_MAX_SHOWN = 120
_TOKEN: Pointer = ("repoCache", "githubToken", "token")


def unknown_key(pointer: Pointer, key: str, known: Sequence[str]) -> Problem:
    """A key that the schema does not have."""
    similar = _similar(key, known)
    hint = f"did you mean {similar!r}?" if similar else f"known keys: {', '.join(sorted(known))}"
    return Problem((*pointer, key), "OVL111", f"unknown key {shown(key)}", _no_reader(pointer), hint, at="key")


def _no_reader(pointer: Pointer) -> str:
    return f"{place(pointer)} has no such key, and a misspelt one would be ignored in silence"


def missing_key(pointer: Pointer, key: str, rule: Mapping[str, Any]) -> Problem:
    """A key that the schema requires."""
    return Problem(
        pointer,
        "OVL112",
        f"{place(pointer)} has no {key!r}",
        f"{key} is required: {rule['description']}",
        f"add {key}: {_example(rule)}",
        at="first_key",
    )


def bad_key(pointer: Pointer, key: str, rule: Mapping[str, Any]) -> Problem:
    """A key of a map whose keys are names."""
    return Problem(
        (*pointer, key),
        "OVL115",
        f"{shown(key)} cannot be a key of {place(pointer)}",
        f"not accepted: {rule['description']}",
        f"for example {_example(rule)}",
        at="key",
    )


def wrong_type(pointer: Pointer, value: object, wanted: Sequence[str], raw: str | None) -> Problem:
    """A value of another type. raw: as the user wrote it, when it was a plain scalar."""
    raw = None if pointer == _TOKEN else raw
    if value is None:
        return null(pointer)
    what = f"{place(pointer)} is {_kind(value)}"
    if raw is not None and "string" in wanted and not isinstance(value, str):
        what = f"{place(pointer)} is {_kind(value)}: Helm reads the unquoted {raw!r} as {_reading(value)}"
    names = [_TYPES.get(name, name) for name in wanted]
    hint = f"write {' or '.join(names)}"
    if "string" in wanted and raw is not None:
        hint = f"quote it: {json.dumps(raw, ensure_ascii=False)}"
    elif isinstance(value, str) and "integer" in wanted and value.isdecimal():
        hint = f"remove the quotes: {value}"
    return Problem(pointer, "OVL113", what, f"it must be {' or '.join(names)}", hint)


def null(pointer: Pointer) -> Problem:
    """A null where it does not mean the default."""
    return Problem(
        pointer,
        "OVL114",
        f"{place(pointer)} is null",
        "a null says neither which value is meant nor that the default is",
        "give it a value, or remove it",
    )


def out_of_range(pointer: Pointer, value: object, rule: Mapping[str, Any], raw: str | None) -> Problem:
    """A number too small or too large, a list too short. raw: as the user wrote it, when it was a plain scalar."""
    return Problem(
        pointer,
        "OVL116",
        f"{place(pointer)} is {shown(value) if raw is None else raw}",
        f"out of range: {rule['description']}",
        f"for example {_example(rule)}" if "examples" in rule else "quote it, if it is meant as text",
    )


def not_a_choice(pointer: Pointer, value: object, choices: Sequence[object]) -> Problem:
    """A text that is not one of a few."""
    similar = _similar(value, [choice for choice in choices if isinstance(choice, str)])
    options = ", ".join(json.dumps(choice) for choice in choices)
    hint = f"did you mean {similar!r}?" if similar else f"write one of {options}"
    return Problem(pointer, "OVL117", f"{place(pointer)} is {shown(value)}", f"it must be one of {options}", hint)


def not_accepted(pointer: Pointer, value: object, rule: Mapping[str, Any]) -> Problem:
    """A text that breaks the rule of its kind of name or path; not shown when it may be secret."""
    secret = rule["title"] == "Variable value" or pointer == _TOKEN
    what = f"{place(pointer)} {'has a control character' if secret else f'is {shown(value)}'}"
    hint = f"for example {_example(rule)}" if not secret else "remove control characters"
    if isinstance(value, str):
        if value.endswith(("\n", "\r")):
            hint = "remove the line break at its end: write it on one line, not as a block (| or >)"
        elif "://" in value and rule["title"] == "Repository":
            hint = "write owner/name here, and the URL in cloneUrl"
    return Problem(pointer, "OVL115", what, f"not accepted: {rule['description']}", hint)


def place(pointer: Pointer) -> str:
    """A pointer as Helm's users write it: "overlays.sources[0].ref"."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer)
    return text.removeprefix(".") or "the top level"


def shown(value: object) -> str:
    """Repr of a value, cut so that it stays readable on one line."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)
    text = without_user(text)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}… ({len(text)} characters)"


def without_user(text: str) -> str:
    """Text with what stands before the "@" of a URL masked: it may be a token."""
    return re.sub("://[^/@]*@", "://***@", text)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a map"


def _reading(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else format_float(float(str(value)))


def _example(rule: Mapping[str, Any]) -> str:
    return json.dumps(rule["examples"][0], ensure_ascii=False)


def _similar(text: object, known: Iterable[str]) -> str | None:
    import difflib

    folded = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(str(text).lower(), folded, n=1)
    return folded[matches[0]] if matches else None
