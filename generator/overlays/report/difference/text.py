"""A difference for terminals: sections of lines, each led by the sign of what happened."""

from __future__ import annotations

from overlays.model.difference import Difference
from overlays.report.difference.lines import no_change, sections
from overlays.report.difference.words import Line
from overlays.report.text import safe


def report(difference: Difference) -> str:
    """The names of the sides, their modes and digests where these differ, then every section."""
    old, new = difference.old, difference.new
    head = [f"--- {safe(old.name)}", f"+++ {safe(new.name)}"]
    head += [f"note: {safe(note)}" for note in difference.notes]
    if old.mode != new.mode:
        head.append(f"mode: {safe(old.mode)} → {safe(new.mode)}")
    if difference.same:
        head.append(no_change(difference))
    elif old.digest and old.digest == new.digest:
        head.append(f"digest: {safe(old.digest)} on both sides")
    elif old.digest and new.digest:
        head.append(f"digest: {safe(old.digest)} → {safe(new.digest)}")
    parts = ["\n".join(head) + "\n"]
    for section in sections(difference):
        parts.append(f"\n{section.title}: {section.summary}\n")
        parts += map(_line, section.lines)
    return "".join(parts)


def _line(line: Line) -> str:
    return f"{'    ' * line.depth}  {line.sign} {line.text}\n"
