"""A user's SESSION_SANDBOX_EXTRA_ENV: a JSON array of {name, value}, read as Go reads it (contract 2.3)."""

from __future__ import annotations

import re
from typing import cast

from overlays.helm import gojson
from overlays.model.plan import Pairs

RESERVED = "OVERLAYS_DIGEST"

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_CONTROL = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"


def parse(text: str) -> Pairs:
    """(name, value) in the user's order. Raises ValueError with a one-line reason."""
    if not text.lstrip(" \t\r\n").startswith("["):
        raise ValueError("it does not begin with '['")
    entries = cast("list[object]", gojson.loads(text))
    found: dict[str, str] = {}
    for index, entry in enumerate(entries):
        name, value = _entry(entry, index)
        if name in found:
            raise ValueError(f"it has {name!r} twice")
        found[name] = value
    return tuple(found.items())


def _entry(entry: object, index: int) -> tuple[str, str]:
    if not isinstance(entry, dict) or entry.keys() != {"name", "value"}:
        raise ValueError(f"entry {index} is not an object with exactly 'name' and 'value'")
    name, value = entry["name"], entry["value"]
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        raise ValueError(f"the name of entry {index} is not a variable name: {name!r}")
    if name == RESERVED:
        raise ValueError(f"the name of entry {index}, {name!r}, is reserved")
    if not isinstance(value, str) or re.search(_CONTROL, value):
        raise ValueError(f"the value of {name!r} is not text without control characters")
    return name, value
