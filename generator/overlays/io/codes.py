"""The findings of reading: one code each. overlays.model.codes has their titles."""

from __future__ import annotations

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
IMMOVABLE: Final = "OVL312"
NO_EFFECT: Final = "OVL313"
CHANGED: Final = "OVL314"
BAD_LOCK: Final = "OVL401"
NEWER_LOCK: Final = "OVL402"
ILLEGAL_LOCK: Final = "OVL403"
NO_GIT: Final = "OVL409"
NOT_A_STREAM: Final = "OVL425"
DUPLICATE_OBJECT: Final = "OVL426"
PAST: Final = "OVL542"
