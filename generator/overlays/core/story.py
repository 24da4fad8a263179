"""The story of one item: who wins, who loses, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from overlays.core.shadowing import overriders
from overlays.model.plan import Plan, Pointer
from overlays.model.winners import Copy, Row, Story, Told


def story(
    plan: Plan,
    row: Row,
    disabled: Iterable[Copy],
    unseen: Iterable[str],
    folders: Mapping[str, str],
    difference: str = "",
) -> Story:
    """Put it together.

    disabled: copies of sources that are switched off. unseen: repositories of those whose files are not at hand.
    folders: "owner/name" to the directory of its files as the user names it; without those that the user did not name.
    """

    def told(copy: Copy, fate: str, why: str) -> Told:
        folder = folders.get(copy.repo)
        return Told(copy, fate, why, f"{folder}/{copy.path}" if folder else "")

    fate = "wins" if row.winner else "takes the name and is not served"
    copies = [told(row.last, fate, _why_last(row))]
    copies += [told(copy, "loses", _why_lost(row, copy)) for copy in reversed(row.shadowed)]
    copies += [told(copy, "does not count", "enabled is false") for copy in disabled]
    notes = [*_overrides(plan, row)]
    if others := ", ".join(unseen):
        notes.append(f"not looked into, since disabled and not checked out: {others}")
    return Story(row, tuple(copies), tuple(notes), difference, plan.reads_merged)


def _why_last(row: Row) -> str:
    if not row.winner:
        older = "; no older copy takes its place" if row.shadowed else ""
        return f"{row.reason}{older}"
    number = len(row.shadowed) + 1
    return f"the last of {number} sources that have it" if row.shadowed else "the only source that has it"


def _why_lost(row: Row, copy: Copy) -> str:
    invalid = f"; it could not be served either: {copy.problem}" if copy.problem else ""
    return f"{row.last.label} comes later in the list{invalid}"


def _overrides(plan: Plan, row: Row) -> Iterator[str]:
    for copy, below in overriders(row):
        source = plan.sources[copy.source]
        key = f"{place(source.origin)}.overrides"
        over = f"{copy.label} over {', '.join(one.label for one in below)}"
        if source.overrides is None:
            yield f"not declared: {over} (there is no {key})"
        elif row.key in source.overrides:
            yield f"declared: {over} ({key})"
        else:
            yield f"undeclared: {over} ({key} does not list it)"


def place(origin: Pointer) -> str:
    """A place in the values as it is written there: overlays.sources[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in origin)[1:]
