"""A difference as a comment of a pull request: a table that says how much, the details folded below it.

Whatever a side may choose stands in code, where Markdown, HTML and mentions mean nothing.
"""

from __future__ import annotations

import re
from typing import Final

from overlays.model.difference import Difference
from overlays.report.difference.lines import RESTARTS, Section, sections
from overlays.report.difference.words import Line, short

MAX_CHARACTERS: Final = 60_000
"""Of the whole text. A comment on GitHub holds 65,536."""

_MORE: Final = "\n… and {:,} more {}; `--output json` has them all.\n"
_MORE_LENGTH: Final = 80
_NOTES: Final = 20
_NAMED: Final = 4


def report(difference: Difference) -> str:
    """At most MAX_CHARACTERS; what is too much is left out by whole lines, from the longest section first."""
    found = sections(difference)
    fence = "`" * max(3, 1 + max((_ticks(line.text) for section in found for line in section.lines), default=0))
    lines = [[_line(line) for line in section.lines] for section in found]
    head = _head(difference, found)
    frames = [_frame(section, fence, "", "") for section in found]
    _shorten(lines, MAX_CHARACTERS - len(head) - sum(map(len, frames)) - _MORE_LENGTH * len(found))
    details = [
        _frame(section, fence, "".join(kept), _more(len(section.lines) - len(kept)))
        for section, kept in zip(found, lines, strict=True)
    ]
    return head + "".join(details)


def _head(difference: Difference, found: tuple[Section, ...]) -> str:
    old, new = difference.old, difference.new
    rows = [("", "old", "new"), ("---", "---", "---"), ("sides", _code(old.name), _code(new.name))]
    if old.mode != new.mode:
        rows.append(("mode", _code(old.mode), _code(new.mode)))
    if old.digest and new.digest and not difference.same:
        rows.append(("digest", _code(old.digest), _code(new.digest)))
    text = ["### Overlays: what changes\n", *(f"| {' | '.join(row)} |" for row in rows)]
    text += [f"\n{_code(note)}" for note in difference.notes[:_NOTES]]
    if difference.same:
        both = old.digest and old.digest == new.digest
        text.append(f"\n**No change.** Both give {_code(old.digest)}." if both else "\n**No change.**")
    if found:
        text += ["\n| what | how much |", "| --- | --- |"]
        text += [f"| {section.title} | {_summary(difference, section)} |" for section in found]
    return "\n".join(text) + "\n"


def _summary(difference: Difference, section: Section) -> str:
    """How much; of a few workloads also which."""
    names = [restart.after or restart.before or "" for restart in difference.restarts or ()]
    if section.title != RESTARTS or not names or len(names) > _NAMED:
        return section.summary
    return f"{section.summary}: {', '.join(map(_code, names))}"


def _frame(section: Section, fence: str, lines: str, more: str) -> str:
    summary = f"<summary>{section.title}</summary>"
    return f"\n<details>{summary}\n\n{fence}diff\n{lines}{fence}\n{more}\n</details>\n"


def _shorten(sections_: list[list[str]], room: int) -> None:
    """Take lines from the ends until everything fits into so many characters."""
    sizes = [sum(map(len, lines)) for lines in sections_]
    over = sum(sizes) - room
    while over > 0 and any(sections_):
        at = max(range(len(sizes)), key=sizes.__getitem__)
        size = len(sections_[at].pop())
        sizes[at] -= size
        over -= size


def _more(number: int) -> str:
    return _MORE.format(number, "line" if number == 1 else "lines") if number else ""


def _line(line: Line) -> str:
    return f"{line.sign} {'  ' * line.depth}{line.text}\n"


def _ticks(text: str) -> int:
    """The longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)


def _code(text: str) -> str:
    """One line of code in a cell of a table."""
    shown = short(text)
    ticks = "`" * (_ticks(shown) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown}{space}{ticks}".replace("|", "\\|")
