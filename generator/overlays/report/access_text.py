"""What an agent has, for people: a table that can be committed, and the verdict about one item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overlays.model.access import Access, Accesses
from overlays.model.quoted import quoted
from overlays.report.text import safe
from overlays.report.winners_text import NOTHING, short, table

_HEAD: Final = ("SURFACE", "NAME", "DELIVERED AS", "PRELOAD", "SOURCE", "COMMIT", "BY")
_NOWHERE: Final = "nowhere in its pods: they hold no copy of it, so nothing there can load it"


def report(told: Accesses) -> str:
    """A line for each item that the agent has, then a line for each surface with the list that decides."""
    rows = [(_HEAD, ""), *((_cells(one), "") for one in told.items if one.delivered)]
    return "".join([*table(rows), "\n", *_lists(told), *_notes(told)])


def _cells(one: Access) -> tuple[str, ...]:
    row = one.row
    by = ", ".join(map(quoted, one.patterns)) or NOTHING
    preload = "yes" if one.preloaded_by else NOTHING
    return row.surface, row.name, one.delivered, preload, row.last.label, short(row.last), by


def _lists(told: Accesses) -> Iterator[str]:
    lines = [(("SURFACE", "HAS", "SINCE"), "")]
    for surface, rule in told.rules:
        there = [one for one in told.items if one.row.surface == surface and one.row.winner]
        if there:
            has = sum(bool(one.delivered) for one in there)
            lines.append(((surface, f"{has} of {len(there)}", rule), ""))
    return iter(table(lines))


def _notes(told: Accesses) -> Iterator[str]:
    """What the lists say and nothing follows from."""
    sight = told.sight
    notes = [f"{sight.problem}"] if sight.problem else []
    for surface, patterns in sight.unmatched.items():
        notes += [f"no item of {surface} matches {quoted(pattern)}" for pattern in dict.fromkeys(patterns)]
    notes += [f"it does not have {quoted(f'skills/{name}')}, which it preloads" for name in sight.lost_preload]
    notes += [f"{one.row.key}: {one.why}" for one in told.items if not one.delivered and one.patterns]
    if notes:
        yield "\n"
        yield from (f"{safe(note)}\n" for note in notes)


def verdict(agent: str, one: Access) -> str:
    """Whether the agent has one item, and why; to be followed by the story of the item."""
    alias = f", as {one.delivered}" if one.delivered != one.row.name else ""
    has = f"{agent} has it{alias}" if one.delivered else f"{agent} does not have it"
    lines = [("why", one.why)]
    if one.row.surface == "skills" and one.delivered:
        by = ", ".join(one.preloaded_by)
        lines.append(("preload", f"yes, its text is in the prompt: {by}" if by else "no"))
    if not one.delivered or one.place:
        lines.append(("copy", one.place or _NOWHERE))
    head = f"{safe(one.row.key)}: {safe(has)}\n"
    return head + "".join(f"  {name:<7}  {safe(text)}\n" for name, text in lines)
