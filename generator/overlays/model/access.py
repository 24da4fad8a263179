"""Whether an agent has an item, and why."""

from __future__ import annotations

from typing import NamedTuple

from overlays.model.agent import Patterns
from overlays.model.sight import Sight
from overlays.model.winners import Row


class Access(NamedTuple):
    """One item and one agent.

    delivered: the name of the copy in its pods, "" when they have none. patterns: of its list, those that match.
    why: it has the item, or has not. preloaded_by: who wants it in the prompt, as places in the values; () when it is
    not there. place: where the copy is in its pods, "" when that is not known, or there is none.
    """

    row: Row
    delivered: str
    patterns: Patterns
    why: str
    preloaded_by: tuple[str, ...]
    place: str


class Accesses(NamedTuple):
    """One agent and some items. rules: by surface, the list that it has of it, in words."""

    sight: Sight
    items: tuple[Access, ...]
    rules: tuple[tuple[str, str], ...]
