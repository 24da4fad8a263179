"""What a source offers: items, loose files, and notes about what is neither."""

from __future__ import annotations

from dataclasses import dataclass, field

TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT = "tools", "workflows", "skills", "personas", "prompt"
SURFACES = (TOOLS, WORKFLOWS, SKILLS, PERSONAS, PROMPT)
TWICE, LARGE, UNNAMED, HIDDEN, BEHIND = "twice", "large", "unnamed", "hidden", "behind"  # what a note is about


@dataclass(frozen=True)
class Item:
    """One named thing: `source` is its place in the list, `path` is below the subdir ("" for the prompt).

    `problem` says why it cannot be served, although it takes the name. `real` is where it is on the disk, links
    resolved: two items of one place are one. `fixed` says why no copy can have another name, "" when one can.
    """

    surface: str
    name: str
    source: int
    path: str
    problem: str | None = None
    real: str = field(default="", compare=False)
    fixed: str = field(default="", compare=False)


@dataclass(frozen=True)
class Note:
    """Something to tell about a source; `path` is below the subdir, "" for the subdir itself.

    `about` is one of the words above, "" for anything else.
    """

    surface: str
    source: int
    path: str
    text: str
    error: bool
    about: str = field(default="", compare=False)


@dataclass(frozen=True)
class Offer:
    """What one source offers on one surface: items, and files that are part of no item and make none.

    `base` is the directory on the disk, links resolved; "" when there is none.
    """

    items: tuple[Item, ...] = ()
    loose: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    base: str = field(default="", compare=False)


def hidden(name: str) -> bool:
    """Whether a name is one that no item has."""
    return name.startswith((".", "_"))
