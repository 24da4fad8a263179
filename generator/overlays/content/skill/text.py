"""Texts of a front matter: what they are to the readers of YAML, and what they must not hold."""

from __future__ import annotations

import functools
import re
from typing import Final

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from overlays.model.quoted import quoted

_CONTROL: Final = "[\0-\x1f\x7f-\x9f\u2028\u2029]"
_CONTROL_BUT_LINES: Final = "[\0-\x08\x0b-\x1f\x7f-\x9f]"
_LINE_END: Final = "[\n\x0b\x0c\r\x85\u2028\u2029]"
LINE_ENDS: Final = str.maketrans(dict.fromkeys("\n\x0b\x0c\r\x85\u2028\u2029", " "))
"""Every end of a line to a blank."""
_SHOWN: Final = 80
_TEXT: Final = "tag:yaml.org,2002:str"
# What YAML 1.2 takes for something else than text and YAML 1.1 does not.
_NUMBER_1_2: Final = r"0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_KINDS: Final = {"null": "null", "bool": "a boolean", "timestamp": "a date", "int": "a number", "float": "a number"}


@functools.cache
def _resolver() -> Resolver:
    return Resolver()


def foreign(text: str) -> tuple[str, str] | None:
    """What an unquoted text is if not a text, and to which YAML: ("a number", "11") to YAML 1.1, "12" to 1.2 alone."""
    tag: str = _resolver().resolve(ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if tag != _TEXT:
        return _KINDS.get(tag.rpartition(":")[2], "no text"), "11"
    return ("a number", "12") if re.fullmatch(_NUMBER_1_2, text) else None


def control(text: str, *, lines: bool) -> str | None:
    """The first control character or line separator in a text; lines: tab and line ends may be there."""
    found = re.search(_CONTROL_BUT_LINES if lines else _CONTROL, text)
    return found[0] if found else None


def line_end(text: str) -> str | None:
    """The first end of a line in a text, of whatever kind."""
    found = re.search(_LINE_END, text)
    return found[0] if found else None


def shown(text: str) -> str:
    """A text of a user in quotes, cut where it is long."""
    return quoted(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
