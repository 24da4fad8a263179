"""Items: what each source offers on each surface, and who wins where two offer the same name."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence

from overlays_node.choosing import Choice, InTheWay, Loose, Served, choose, join_prompts
from overlays_node.config import Source
from overlays_node.finding import offer, offers
from overlays_node.links import FILE, FOLDER
from overlays_node.offer import (
    BEHIND,
    HIDDEN,
    LARGE,
    PERSONAS,
    PROMPT,
    SKILLS,
    SURFACES,
    TOOLS,
    TWICE,
    UNNAMED,
    WORKFLOWS,
    Item,
    Note,
    Offer,
    hidden,
)

__all__ = [
    "BEHIND",
    "FILE",
    "FOLDER",
    "HIDDEN",
    "LARGE",
    "PERSONAS",
    "PROMPT",
    "SKILLS",
    "SURFACES",
    "TOOLS",
    "TWICE",
    "UNNAMED",
    "WORKFLOWS",
    "Choice",
    "InTheWay",
    "Item",
    "Loose",
    "Note",
    "Offer",
    "Served",
    "choose",
    "hidden",
    "join_prompts",
    "offer",
    "offers",
    "survey",
]


def survey(sources: Sequence[Source], root_of: Callable[[str], pathlib.Path]) -> tuple[Served, ...]:
    """Everything that the sources serve, one entry per surface; `root_of` gives the directory of a repo's files.

    Raises OSError: some files cannot be read.
    """
    found = [offers(at, root_of(one.repo), one) for at, one in enumerate(sources)]
    return tuple(choose(surface, [one[place] for one in found]) for place, surface in enumerate(SURFACES))
