"""Where things lie below the directory that is installed into, and which paths there may be ours at all."""

from __future__ import annotations

import os
from collections.abc import Iterator

from overlays_node.checks import ManifestError, check_path
from overlays_node.items import PERSONAS, PROMPT, SKILLS, SURFACES, TOOLS, WORKFLOWS

RECORD = "installed.json"
PLACES = {
    TOOLS: "tools",
    WORKFLOWS: "workflows",
    SKILLS: ".agents/skills",
    PERSONAS: "personas",
    PROMPT: "SYSTEM_PROMPT.md",
}  # of each surface
CLAUDE_SKILLS, TO_SKILLS = ".claude/skills", "../.agents/skills"


def surface_of(place: str) -> str:
    """The surface that a place is on; "" for none."""
    for surface in SURFACES:
        if place == PLACES[PROMPT] if surface == PROMPT else place.startswith(f"{PLACES[surface]}/"):
            return surface
    return ""


def is_place(path: object) -> bool:
    """Whether an item or a loose file may lie there."""
    return _is_normal(path) and surface_of(str(path)) != ""


def is_folder(path: object) -> bool:
    """Whether it may be a directory that was made for items."""
    tops = [PLACES[surface] for surface in SURFACES if surface != PROMPT]
    known = path == CLAUDE_SKILLS.rpartition("/")[0]
    known = known or any(f"{path}/".startswith(f"{top}/") or top.startswith(f"{path}/") for top in tops)
    return known and _is_normal(path)


def parents(place: str) -> Iterator[str]:
    """The directories above a path: "a/b/c" -> "a/b", "a"."""
    parent = place.rpartition("/")[0]
    while parent:
        yield parent
        parent = parent.rpartition("/")[0]


def _is_normal(path: object) -> bool:
    try:
        return isinstance(path, str) and len(os.fsencode(check_path("", path))) < 4096
    except (ManifestError, UnicodeError):
        return False
