"""Every code of a finding: its title, its severity, and what it means. docs/findings.md is made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overlays.model.code import Code
from overlays.model.codes import agents, compatibility, content, hygiene, lock, meaning, shape, skills

__all__ = ["CODES", "GROUPS", "Code"]

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {"1": "shape", "2": "meaning", "3": "compatibility", "4": "lock and Git", "5": "content", "6": "agents"}
)
"""First digit of a code to what its group is about."""

CODES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        **shape.CODES,
        **meaning.CODES,
        **compatibility.CODES,
        **lock.CODES,
        **content.CODES,
        **skills.CODES,
        **hygiene.CODES,
        **agents.CODES,
    }
)
"""In ascending order. A code never changes its meaning and is never used again."""
