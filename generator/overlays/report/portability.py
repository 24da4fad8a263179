"""Which readers of skills take which skill: a table for people, a document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from overlays.model.portability import COLUMNS, Cause, Outcome, Row, harms
from overlays.report.json_ import finding_object, unicode_text
from overlays.report.text import safe

SCHEMA_VERSION: Final = 1
_UNKNOWN: Final = "?"


def text(rows: Sequence[Row]) -> str:
    """A line a skill under a line of titles, a column a reader; then of each skill what its cells come from."""
    if not rows:
        return ""
    sources = any(row.source for row in rows)
    head = ["SKILL", *(["SOURCE"] if sources else []), *(name.upper() for name in COLUMNS)]
    lines = [head]
    for row in rows:
        named = [row.name, *([row.source] if sources else [])]
        lines.append([*map(safe, named), *map(_word, row.cells)])
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    table = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "".join(f"{line}\n" for line in table) + "".join(_causes(row) for row in rows)


def _word(outcome: Outcome) -> str:
    return _UNKNOWN if outcome is Outcome.UNKNOWN else outcome.value


def _causes(row: Row) -> str:
    """The findings of a skill, "" when there are none."""
    if not row.causes:
        return ""
    title = f"{row.name} of {row.source}" if row.source else row.name
    return f"\n{safe(title)}\n" + "".join(f"  {_cause(cause)}\n" for cause in row.causes)


def _cause(cause: Cause) -> str:
    found = cause.finding
    cells = (f"{name} {_word(one)}" for name, one in _outcomes(cause) if one is not Outcome.OK)
    return f"{safe(f'{found.where}: {found.code}: {found.what}')} ({', '.join(cells) or 'all ok'})"


def _outcomes(cause: Cause) -> Sequence[tuple[str, Outcome]]:
    return tuple(zip(COLUMNS, cause.outcomes, strict=True))


def summary(rows: Sequence[Row]) -> str:
    """One line: for how many skills each reader is a reason to act."""
    skills = f"{len(rows)} skill{'' if len(rows) == 1 else 's'}"
    bad = {name: sum(harms(row.cells[at]) for row in rows) for at, name in enumerate(COLUMNS)}
    if not any(bad.values()):
        return skills
    return f"{skills}, lost or wrong: {', '.join(f'{name} {count}' for name, count in bad.items())}"


def document(rows: Sequence[Row]) -> str:
    """One JSON document, ASCII, two-space indent, final newline; the shape is schemas/portability.schema.json."""
    skills = [_skill(row) for row in rows]
    made = {"schemaVersion": SCHEMA_VERSION, "consumers": list(COLUMNS), "skills": skills}
    return json.dumps(made, indent=2) + "\n"


def _skill(row: Row) -> dict[str, Any]:
    source = {"source": row.source} if row.source else {}
    return {
        "name": unicode_text(row.name),
        **source,
        "file": unicode_text(row.file),
        "outcomes": {name: one.value for name, one in zip(COLUMNS, row.cells, strict=True)},
        "findings": [_finding(cause) for cause in row.causes],
    }


def _finding(cause: Cause) -> dict[str, Any]:
    found = finding_object(cause.finding)
    del found["pointer"], found["severity"]  # a skill has no values, and how much it matters is in the outcomes
    return {**found, "outcomes": {name: one.value for name, one in _outcomes(cause)}}
