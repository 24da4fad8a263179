"""Sources as lines: taken out of a block map and its list, and written as a block list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from overlays.io.edit.entries import pair_end, renamed
from overlays.io.edit.flow import Item, list_items, scalar
from overlays.io.edit.lines import (
    BREAKS,
    Edit,
    Lines,
    comment,
    comment_column,
    comments,
    edited,
    indented,
    is_blank,
    newline,
    shifted,
    split,
)
from overlays.io.edit.spans import Span
from overlays.model.migration import NAMES


def below(lines: Lines, index: int, rows: list[str]) -> Edit:
    """The lines under the line of an index."""
    number = lines.number(index)
    at = lines.end(number)
    missing = "" if with_breaks([lines[number]], "\n") == [lines[number]] else newline(lines.text)
    return (at, at, missing + "".join(rows))


class Chunk(NamedTuple):
    """A pair of a block map. lead: the first line of the comments directly above. first, last: its own lines."""

    key: Span
    value: Span
    lead: int
    first: int
    last: int

    @property
    def name(self) -> str:
        """The key as text; "" for `<<`."""
        return "" if self.key.merge else self.key.target.text or ""


class Shape(NamedTuple):
    """How a new block list is written: column of its dashes, from there to its keys, line break."""

    dash: int
    width: int
    newline: str

    @property
    def keys(self) -> int:
        """Column of the keys."""
        return self.dash + self.width

    def with_dash(self, line: str) -> str:
        """The line of a first key, which stands at the column of the keys, behind the dash."""
        return f"{' ' * self.dash}-{' ' * (self.width - 1)}{line[self.keys :]}"

    def above(self, texts: Iterable[str]) -> list[str]:
        """Comments as lines above an entry."""
        return [f"{indented(text, self.dash)}{self.newline}" for text in texts]

    def pair(self, key: str, text: str) -> str:
        """A new line of an entry."""
        return f"{' ' * self.keys}{key}: {scalar(text)}{self.newline}"

    def entry(self, entry: Mapping[str, str]) -> list[str]:
        """A new entry; `repo` comes first, and nothing is said by empty texts."""
        first, *more = [self.pair(key, text) for key, text in entry.items() if text]
        return [self.with_dash(first), *more]


def chunks(lines: Lines, table: Span, header: int) -> list[Chunk]:
    """The pairs of a block map in order. header: the line of its key."""
    found: list[Chunk] = []
    above = header
    pairs = list(table.pairs())
    for number, (key, value) in enumerate(pairs, 1):
        first = lead = lines.number(key.start)
        while lead - 1 > above and comment_column(lines[lead - 1]) == lines.column(key.start):
            lead -= 1
        above = lines.number(pair_end(key, value))
        if value.is_list and not value.flow:
            above = _list_end(lines, key, value, is_last=number == len(pairs))
        found.append(Chunk(key, value, lead, first, above))
    return found


def _list_end(lines: Lines, key: Span, listed: Span, *, is_last: bool) -> int:
    """The last line of a block list, comments below its last entry included that are indented as in the list."""
    column = dash_column(lines, listed)
    if column == lines.column(key.start) and not is_last:
        column += 1  # or the comment belongs to the key that follows
    end = lines.number(listed.end)
    for number in range(end + 1, len(lines)):
        if comment_column(lines[number]) >= column:
            end = number
        elif not is_blank(lines[number]):
            break
    return end


def dash_line(lines: Lines, listed: Span) -> int:
    """The line of the first dash of a block list."""
    number = lines.number(listed.items[0].start)
    while not lines[number].lstrip(" ").startswith("-"):
        number -= 1
    return number


def dash_column(lines: Lines, listed: Span) -> int:
    """The column of the dashes of a block list."""
    line = lines[dash_line(lines, listed)]
    return len(line) - len(line.lstrip(" "))


def dash_width(lines: Lines, listed: Span) -> int:
    """How far behind its dash the first entry of a block list begins; 2 when it begins on another line."""
    entry = listed.items[0]
    first = entry.items[0] if entry.is_map and not entry.flow else entry
    same_line = lines.number(first.start) == dash_line(lines, listed)
    return lines.column(first.start) - dash_column(lines, listed) if same_line else 2


def base_entry(lines: Lines, found: list[Chunk], base: Mapping[str, str], shape: Shape) -> list[str]:
    """The first source: these pairs by their lines, and what else it says. base: keys as in overlays.sources."""
    names = [NAMES.get(chunk.name, chunk.name) for chunk in found]
    rows: list[tuple[bool, list[str]]] = []
    if "repo" not in names:
        rows.append((True, [shape.pair("repo", base["repo"])]))
    for chunk, name in zip(found, names, strict=True):
        rows.append((False, [lines[number] for number in range(chunk.lead, chunk.first)]))
        if name in base:
            rows.append((True, _moved(lines, chunk, name, base[name], shape)))
        else:
            rows.append((False, [f"{text}{shape.newline}" for text in pair_comments(lines, chunk.key, chunk.value)]))
    more = [(key, text) for key, text in base.items() if text and key not in (*names, "repo")]
    rows.append((True, [shape.pair(key, text) for key, text in more]))
    result: list[str] = []
    has_dash = False
    for is_pair, block in rows:
        if not is_pair:
            result += [indented(line, shape.keys if has_dash else shape.dash) for line in block]
        elif block:
            result += block if has_dash else [shape.with_dash(block[0]), *block[1:]]
            has_dash = True
    return result


def _moved(lines: Lines, chunk: Chunk, name: str, text: str, shape: Shape) -> list[str]:
    edits: list[Edit] = []
    if name != chunk.name:
        edits.append(renamed(lines.text, chunk.key, name))
    if chunk.value.target.text != text:
        edits.append((chunk.value.start, chunk.value.end, scalar(text)))
    moved = edited(lines.text, lines.start(chunk.first), lines.end(chunk.last), edits)
    return shifted(with_breaks(split(moved), shape.newline), shape.keys - lines.column(chunk.key.start))


def pair_comments(lines: Lines, key: Span, value: Span) -> list[str]:
    """The comments between a key and its value, which is no block collection, and behind it."""
    inner = comments(lines.text[key.end : value.start]) if value.start > key.end else []
    behind = comment(lines.after(pair_end(key, value)))
    return [*inner, *([behind] if behind and behind not in inner[-1:] else [])]


def list_rows(lines: Lines, chunk: Chunk, edits: list[Edit], shape: Shape) -> list[str]:
    """The entries of a list after these edits, by their lines, with all comments around and between them."""
    listed = chunk.value
    lead = [lines[number].strip() for number in range(chunk.lead, chunk.first)]
    if listed.flow:
        items, tail = list_items(lines, listed, edits)
        rows = item_rows(items, shape)
        return [*shape.above([*lead, *pair_comments(lines, chunk.key, listed)]), *rows, *shape.above(tail)]
    first = dash_line(lines, listed)
    lead += comments(lines.text[chunk.key.end : lines.start(first)])
    moved = split(edited(lines.text, lines.start(first), lines.end(chunk.last), edits))
    by = shape.dash - dash_column(lines, listed)
    return [*shape.above(lead), *shifted(with_breaks(moved, shape.newline), by)]


def item_rows(items: Iterable[Item], shape: Shape) -> list[str]:
    """Sources in brackets as entries of a block list."""
    rows = []
    for item in items:
        rows += shape.above(item.lead)
        behind = f"  {item.trailing}" if item.trailing else ""
        rows.append(shape.with_dash(f"{indented(item.at(shape.keys), shape.keys)}{behind}{shape.newline}"))
    return rows


def with_breaks(lines: list[str], newline: str) -> list[str]:
    """The lines, the last one too with a break."""
    return [line if line[-1:] in (*BREAKS,) else f"{line}{newline}" for line in lines]
