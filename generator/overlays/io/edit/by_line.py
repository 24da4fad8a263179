"""The edit of a file whose sources stand, or will stand, as lines."""

from __future__ import annotations

from overlays.io.edit.blocks import (
    Chunk,
    Shape,
    base_entry,
    below,
    chunks,
    dash_column,
    dash_width,
    list_rows,
    pair_comments,
    with_breaks,
)
from overlays.io.edit.entries import entry_edits, pair_end, renamed
from overlays.io.edit.lines import Edit, comment, comment_column, comments, edited, indented, is_blank, newline
from overlays.io.edit.site import Site
from overlays.io.edit.spans import Span
from overlays.model.migration import KEYS

_UNIT = 2


def in_lines(site: Site) -> list[Edit]:
    """The edits when the root is a block map and toolServer is one too, or says nothing of the sources."""
    server = site.server
    if server and server[1].is_map and not server[1].flow:
        return _from_block(site, server[0], server[1])
    if site.slot:
        removal = [(*_lines_of(site, server[0], server[1]), "".join(_left(site)))] if server and site.empties else []
        return [*_into_slot(site, [], None), *removal]
    if server and site.empties:
        key, value = server
        sources = _sources_at(site, _column(site) + _unit(site), [], None)
        edits = [renamed(site.lines.text, key, "overlays")]
        if value.end > value.start:
            edits.append((_gap_start(site, value), value.end, ""))
        return [*edits, below(site.lines, pair_end(key, value), sources)]
    rows = _overlays(site, [], None)
    if server:
        at = site.lines.start(site.lines.number(server[0].start))
        return [(at, at, "".join(rows))]
    return [_at_end(site, rows)]


def _from_block(site: Site, key: Span, table: Span) -> list[Edit]:
    lines = site.lines
    header = lines.number(key.start)
    found = chunks(lines, table, header)
    moved = [chunk for chunk in found if chunk.name in KEYS]
    base = [chunk for chunk in moved if chunk.name != "extraSources"]
    extra = next((chunk for chunk in moved if chunk.name == "extraSources"), None)
    kept = _kept(site, header, found, moved)
    region = (lines.start(header), lines.end(found[-1].last))
    if not site.empties:
        rows = [] if site.slot else _overlays(site, base, extra)
        return [(*region, "".join([*rows, *kept])), *(_into_slot(site, base, extra) if site.slot else [])]
    left = [line for line in kept[1:] if is_blank(line) or comment_column(line) >= 0]
    if site.slot:
        return [(*region, "".join([*_left(site), *_trimmed(left)])), *_into_slot(site, base, extra)]
    top = lines.number(key.end)
    head = max(0, moved[0].lead - top - 1)
    head_lines = _trimmed(left[:head])
    own = lines.after(key.end)
    told = comment(own)
    space = own[: len(own) - len(told)]
    behind = f"{space[len(space.rstrip()) :]}{told}" if told else ""
    name = edited(lines.text, key.start, key.end, [renamed(lines.text, key, "overlays")])
    first = f"{lines.before(key.start)}{name}:{behind}{newline(lines.text)}"
    sources = _sources_at(site, _column(site) + _unit(site), base, extra)
    return [(*region, "".join([first, *head_lines, *sources, *_trimmed(left[head:])]))]


def _kept(site: Site, header: int, found: list[Chunk], moved: list[Chunk]) -> list[str]:
    """The lines of toolServer that do not move; blank lines above what moves go with it."""
    lines = site.lines
    gone: set[int] = set()
    for chunk in moved:
        above = chunk.lead
        while above - 1 > header and is_blank(lines[above - 1]):
            above -= 1
        gone |= set(range(above, chunk.last + 1))
    kept = [number for number in range(header, found[-1].last + 1) if number not in gone]
    if found[0] in moved and gone.issuperset(range(header + 1, found[0].lead)):
        while len(kept) > 1 and is_blank(lines[kept[1]]):
            del kept[1]
    return with_breaks([lines[number] for number in kept], newline(lines.text))


def _trimmed(rows: list[str]) -> list[str]:
    """The lines without blank ones at both ends."""
    full = [number for number, line in enumerate(rows) if not is_blank(line)]
    return rows[full[0] : full[-1] + 1] if full else []


def _left(site: Site) -> list[str]:
    """What stays of the line of toolServer when it goes: its comment."""
    assert site.server is not None  # noqa: S101  (asked only when it is there)
    lines, (key, value) = site.lines, site.server
    texts = pair_comments(lines, key, value) if not value.items else [comment(lines.after(key.end))]
    return [f"{indented(text, lines.column(key.start))}{newline(lines.text)}" for text in texts if text]


def _lines_of(site: Site, key: Span, value: Span) -> tuple[int, int]:
    lines = site.lines
    return lines.start(lines.number(key.start)), lines.end(lines.number(pair_end(key, value)))


def _into_slot(site: Site, base: list[Chunk], extra: Chunk | None) -> list[Edit]:
    """The edits that put the entries where overlays is already."""
    assert site.slot is not None  # noqa: S101  (asked only when it is there)
    lines, (key, value) = site.lines, site.slot
    column = lines.column(key.start)
    told = comments(lines.text[value.start : value.end])
    if key.target.text == "sources":
        rows = _entries(site, column, base, extra)
    elif site.beside and not value.flow:
        last = site.beside[-1]
        return [below(lines, pair_end(*last), _sources_at(site, lines.column(last[0].start), base, extra))]
    else:
        column += _unit(site)
        rows = [_row(site, column, *pair) for pair in site.beside] + _sources_at(site, column, base, extra)
    rows = [f"{indented(text, column)}{newline(lines.text)}" for text in told] + rows
    gap = [(_gap_start(site, value), value.end, "")] if value.end > value.start else []
    return [*gap, below(site.lines, pair_end(key, value), rows)]


def _row(site: Site, column: int, key: Span, value: Span) -> str:
    """A pair that stood in brackets as a line."""
    return f"{indented(site.lines.text[key.start : pair_end(key, value)], column)}{newline(site.lines.text)}"


def _gap_start(site: Site, value: Span) -> int:
    """Where the spaces before a value begin."""
    before = site.lines.before(value.start)
    return value.start - (len(before) - len(before.rstrip(" \t"))) if before.strip() else value.start


def _at_end(site: Site, rows: list[str]) -> Edit:
    """The lines as last ones; as first ones when a block of text at the end would take them for its own."""
    lines, root = site.lines, site.root
    if root is None:
        ends = lines.before(site.end) == ""
        return (site.end, site.end, "".join(["" if ends else newline(lines.text), *rows]))
    if not root.is_map:
        return (root.start, root.end, "".join(rows).rstrip("\r\n"))
    keys = [lines.number(key.start) for key, _ in root.pairs()]
    last = root
    while last.items:
        last = last.items[-1]
    if last.block_text:
        at = lines.start(keys[0])
        return (at, at, "".join(rows))
    apart = len(keys) > 1 and is_blank(lines[keys[-1] - 1])
    if lines.before(site.end):
        rows = [newline(lines.text), *rows]
    return (site.end, site.end, "".join([newline(lines.text) if apart else "", *rows]))


def _overlays(site: Site, base: list[Chunk], extra: Chunk | None) -> list[str]:
    """The lines of a new key overlays."""
    column = _column(site)
    first = f"{' ' * column}overlays:{newline(site.lines.text)}"
    return [first, *_sources_at(site, column + _unit(site), base, extra)]


def _sources_at(site: Site, column: int, base: list[Chunk], extra: Chunk | None) -> list[str]:
    """The lines of a new key sources."""
    return [f"{' ' * column}sources:{newline(site.lines.text)}", *_entries(site, column, base, extra)]


def _entries(site: Site, column: int, base: list[Chunk], extra: Chunk | None) -> list[str]:
    """The lines of all entries. column: of the key sources."""
    lines = site.lines
    shape = _shape(site, column, extra)
    rows = base_entry(lines, base, site.wanted.base, shape)
    if extra and (extra.value.items or not site.wanted.extra):
        return [*rows, *list_rows(lines, extra, entry_edits(lines, extra.value), shape)]
    if extra:
        rows += list_rows(lines, extra, [], shape)
    return [*rows, *(line for entry in site.wanted.extra for line in shape.entry(entry))]


def _shape(site: Site, column: int, extra: Chunk | None) -> Shape:
    """As the list stands now, else as another list of the file does."""
    lines = site.lines
    found = (extra.key, extra.value) if extra and extra.value.items and not extra.value.flow else _some_list(site.root)
    if found is None:
        return Shape(column + _unit(site), 2, newline(lines.text))
    offset = dash_column(lines, found[1]) - lines.column(found[0].start)
    width = dash_width(lines, found[1])
    return Shape(column + offset, width, newline(lines.text))


def _some_list(root: Span | None) -> tuple[Span, Span] | None:
    """The first block list that is the value of a key."""
    pending = [root] if root else []
    while pending:
        span = pending.pop()
        if span.is_map and not span.flow:
            for key, value in span.pairs():
                if value.is_list and not value.flow and key.text is not None:
                    return key, value
        pending += [item for item in reversed(span.items) if item.items]
    return None


def _column(site: Site) -> int:
    """The column of the keys at the top."""
    if site.root is None:
        return 0
    return site.lines.column(site.root.items[0].start if site.root.items else site.root.start)


def _unit(site: Site) -> int:
    """By how much a map is indented in its key: as toolServer is, else as the first one that is."""
    lines = site.lines
    pairs = list(site.root.pairs()) if site.root and site.root.is_map else []
    for key, value in [*([site.server] if site.server else []), *pairs]:
        if value.is_map and not value.flow and value.items:
            return lines.column(value.items[0].start) - lines.column(key.start)
    return _UNIT
