"""The findings of reading: one code each, with the title that the documentation shows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

UNREADABLE: Final = "OVL101"
NOT_TEXT: Final = "OVL102"
NOT_YAML: Final = "OVL103"
SEVERAL_DOCUMENTS: Final = "OVL104"
DUPLICATE_KEY: Final = "OVL105"
NOT_A_MAP: Final = "OVL106"
TOO_LARGE_INSIDE: Final = "OVL107"
BAD_KEY: Final = "OVL108"
OVERRIDDEN_KEY: Final = "OVL109"
BAD_PATH: Final = "OVL110"
UNWRITABLE: Final = "OVL118"

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        UNREADABLE: "a file cannot be read",
        NOT_TEXT: "a file is not UTF-8 text",
        NOT_YAML: "a file is not YAML that Helm reads",
        SEVERAL_DOCUMENTS: "a file has more than one document",
        DUPLICATE_KEY: "a key stands twice in one map",
        NOT_A_MAP: "the values are not a map",
        TOO_LARGE_INSIDE: "aliases or nesting grow without bound",
        BAD_KEY: "a key is not text",
        OVERRIDDEN_KEY: "a key before `<<` is overridden by the merge",
        BAD_PATH: "a --set path does not fit the values",
        UNWRITABLE: "a file cannot be written",
    }
)
"""Code to title, in order; docs/findings.md is made from it."""
