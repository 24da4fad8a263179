"""What is delivered of one winner or loose file: the things to make, one by one."""

from __future__ import annotations

from typing import NamedTuple

from overlays_node.choosing import Choice

LINK, NAMED = "link", "named"  # kinds of pieces, besides FILE and FOLDER


class Piece(NamedTuple):
    """One thing to make. `path` is below the surface's directory, and parents come first.

    `kind` is FOLDER, FILE, LINK or NAMED. `real` is where a file is on the disk, links resolved: a regular file of its
    own repository. `target` is the text of a link, which stays inside its item, or the name in the copy of a SKILL.md.
    """

    path: str
    kind: str
    real: str
    target: str


class Parcel(NamedTuple):
    """An item or a loose file of one source, with everything that is delivered of it.

    `path` is where it lies below the surface's directory; `item` is None for a loose file; `shadowed` are the sources
    whose copy it hides. The first of `pieces` is the parcel itself, a folder is followed by all that is below it; none
    are there when it cannot be delivered. `left_out` says of what is missing why. `as_is`: it is all that is on the
    disk at its path, without any copy. `lists` names the lists that decide what its links bring, "" for none that leads
    out of it.
    """

    surface: str
    path: str
    item: Choice | None
    source: int
    shadowed: tuple[int, ...]
    pieces: tuple[Piece, ...]
    left_out: tuple[tuple[str, str], ...]
    as_is: bool
    lists: str = ""
