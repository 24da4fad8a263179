"""A SKILL.md as an agent has it: what the node does to the copy."""

from __future__ import annotations

from overlays.content.skill.resource import ResourceError
from overlays_node.names import renamed


def as_delivered(data: bytes, name: str) -> bytes:
    """The bytes of the copy of that name. Raises ResourceError: it is no longer the file that could be served."""
    try:
        return renamed(data, name)
    except ValueError:
        raise ResourceError("SKILL.md has changed meanwhile") from None
