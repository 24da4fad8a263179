"""Winners for people: a table that can be committed, and the story of one item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from overlays.model.winners import Copy, LooseFile, Row, Serving, Story, Told, Winners
from overlays.report.text import safe

WIDEST: Final = 48
"""Characters of a column: one long name does not move all others."""
STEP: Final = 8
"""Columns grow by so many characters: a name that is a little longer changes no other line of a committed table."""
SHORT: Final = 12
"""Digits of a commit in the table."""
NOTHING: Final = "-"

_READERS: Final = {"api": "API", "sandbox": "sandboxes"}

_HEAD = ("SURFACE", "NAME", "SOURCE", "COMMIT", "PATH", "SHADOWED")


def report(winners: Winners) -> str:
    """A line an item, under a line of titles; then the files of no item that shadow others, and who serves what."""
    rows = [(_HEAD, ""), *((_cells(row), row.reason) for row in winners.rows)]
    text = "".join(table(rows))
    if winners.loose:
        text += "\nFiles that are part of no item, in more than one source:\n"
        text += "".join(table([(_loose(one), "") for one in winners.loose]))
    return text + _consumers(winners)


def _cells(row: Row) -> tuple[str, ...]:
    shadowed = ", ".join(copy.label for copy in row.shadowed) or NOTHING
    if row.winner is None:
        return row.surface, row.name, "not served", NOTHING, NOTHING, shadowed
    return row.surface, row.name, row.last.label, short(row.last), row.last.path, shadowed


def _loose(one: LooseFile) -> tuple[str, ...]:
    shadowed = ", ".join(copy.label for copy in one.shadowed)
    return f"{one.surface}/{one.path}", one.last.label, short(one.last), f"shadows {shadowed}"


def _consumers(winners: Winners) -> str:
    """About which of the shadowed items consumers do not agree, and what they serve then; "" when none is shadowed."""
    rows = [row for row in winners.rows if row.shadowed]
    if not rows:
        return ""
    apart = [row for row in rows if not row.agree]
    delivery = f"(overlays.delivery: {'merged' if winners.merged else 'separate'})"
    if not apart:
        items = f"all {len(rows)} shadowed items" if len(rows) > 1 else "the one shadowed item"
        return f"\nConsumers agree about {items} {delivery}.\n"
    items = f"{len(apart)} of {len(rows)} shadowed items" if len(rows) > 1 else "the one shadowed item"
    lines = table([((row.key, servings(row)), "") for row in apart])
    return f"\nConsumers do not agree about {items} {delivery}:\n{''.join(lines)}"


def servings(row: Row) -> str:
    """What each consumer serves under the name, on one line."""
    served = {_READERS[one.consumer]: _served(row, one) for one in row.consumers}
    if len(set(served.values())) == 1:
        return f"{' and '.join(served)}: {next(iter(served.values()))}"
    return ", ".join(f"{reader}: {what}" for reader, what in served.items())


def _served(row: Row, one: Serving) -> str:
    """The copy; with its path when only that tells it from another one."""
    if one.copy is None:
        return one.rule
    alike = sum(copy.label == one.copy.label for copy in (*row.shadowed, row.last)) > 1
    broken = ", broken as it is" if one.copy.problem else ""
    return f"{one.copy.label}{f' ({one.copy.path})' if alike else ''}{broken}"


def _of_item(told: Story) -> str:
    """What each consumer serves under one name, with the variables that decide it."""
    row = told.row
    delivery = f"with overlays.delivery: {'merged' if told.merged else 'separate'}"
    agree = "consumers agree" if row.agree else "consumers do not agree; with merged they would"
    lines = [f"{delivery} {agree}:\n"]
    for one in row.consumers:
        served = f"{one.rule}: {_served(row, one)}" if one.copy else one.rule
        text = f"{_READERS[one.consumer]}: {served} ({', '.join(one.variables)})"
        lines.append(f"  {safe(text)}\n")
    return "".join(lines)


def short(copy: Copy) -> str:
    """The commit as tables have it."""
    return copy.commit[:SHORT] if copy.commit else NOTHING


def table(rows: Sequence[tuple[tuple[str, ...], str]]) -> Iterable[str]:
    """Lines of cells, each with a line below it unless that is ""."""
    plain = [(tuple(map(safe, cells)), safe(below)) for cells, below in rows]
    columns = zip(*(cells[:-1] for cells, _ in plain), strict=True)
    longest = [max((len(cell) for cell in column if len(cell) <= WIDEST), default=0) for column in columns]
    widths = [-(-length // STEP) * STEP for length in longest]
    for cells, below in plain:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=True))
        yield f"{line}  {cells[-1]}\n"
        if below:
            yield f"    {below}\n"


def story(told: Story) -> str:
    """Every copy of one item with its fate and the reason, what the values declare, and the difference."""
    row = told.row
    served = f"served from {row.last.label}" if row.winner else "not served"
    blocks = [f"{safe(row.key)}: {safe(served)}\n"]
    blocks += [_told(one) for one in told.copies]
    blocks += [_of_item(told)] if row.consumers else []
    blocks += ["".join(f"{safe(line)}\n" for line in told.notes)] if told.notes else []
    blocks += [told.difference] if told.difference else []
    return "\n".join(blocks)


def _told(one: Told) -> str:
    lines = [("commit", one.copy.commit or NOTHING), ("path", one.copy.path)]
    lines += [("in", one.directory)] if one.directory else []
    lines += [("why", one.why)]
    head = f"{safe(one.copy.label)}: {one.fate}\n"
    return head + "".join(f"  {name:<6}  {safe(text)}\n" for name, text in lines)


def difference(lines: Iterable[str]) -> str:
    """Lines of a diff: escaped, but for tabs."""
    return "".join("\t".join(map(safe, line.split("\t"))) + "\n" for line in lines)
