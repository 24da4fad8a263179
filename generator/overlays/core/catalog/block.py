"""The block of text that a consumer puts into the prompt of an agent, byte for byte.

cao: awslabs/cli-agent-orchestrator, August 2026. promptkit: the description of its tool skill__activate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from overlays.model.sight import Front


class Style(NamedTuple):
    """How one consumer writes. line: of a skill with (name, front matter, whether the name is its own), "" for none."""

    line: Callable[[str, Front, bool], str]
    block: Callable[[Sequence[str], str], str]


def _cao_line(name: str, front: Front, own: bool) -> str:
    if front.description is None or front.flaw or (own and front.name_flaw):
        return ""
    return f"- **{name.strip()}**: {front.description.strip()}"


def _cao(lines: Sequence[str], instruction: str) -> str:
    return "\n".join(["## Available Skills", "", instruction, "", *lines]) if lines else ""


def _promptkit_line(name: str, front: Front, _own: bool) -> str:
    return "" if front.description is None else f"- {name}: {front.description}"


def _promptkit(lines: Sequence[str], _instruction: str) -> str:
    return "\n".join(["Available skills:", *lines]) if lines else "No skills available."


CAO: Final = Style(_cao_line, _cao)
PROMPTKIT: Final = Style(_promptkit_line, _promptkit)
