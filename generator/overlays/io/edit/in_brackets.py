"""The edit of a file whose sources stand in brackets, and stay so."""

from __future__ import annotations

import re
from typing import Final

from overlays.io.edit.blocks import below
from overlays.io.edit.entries import entry_edits, pair_end, renamed, without, without_lines
from overlays.io.edit.flow import Item, Layout, list_items, map_comments, pair_texts
from overlays.io.edit.lines import BREAKS, Edit, comments, newline
from overlays.io.edit.site import Pair, Site, name_of
from overlays.io.edit.spans import Span
from overlays.model.migration import NAMES

_UNIT: Final = 2


def in_brackets(site: Site) -> list[Edit]:
    """The edits when the root or toolServer is a map in brackets."""
    layout = _layout(site)
    items, tail = _items(site, layout)
    if site.slot is None:
        return _new_key(site, layout, items, tail)
    if site.beside:
        return [*_beside(site, site.slot[1], layout, items, tail), *_removal(site)]
    key, value = site.slot
    lead = tuple(comments(site.lines.text[value.start : value.end]))
    items[0] = items[0]._replace(lead=(*lead, *items[0].lead))
    if key.target.text == "sources":
        new = layout.brackets(items, tail, 0)
    else:
        new = layout.overlays(layout.brackets(items, tail, 1))
    return [*value_edits(site, site.slot, key.target.text or "", new), *_removal(site)]


def _beside(site: Site, overlays: Span, layout: Layout, items: list[Item], tail: list[str]) -> list[Edit]:
    """The edits that put the sources into a map of overlays that says something else too."""
    sources = overlays.pair("sources")
    if sources:
        lead = tuple(comments(site.lines.text[sources[1].start : sources[1].end]))
        items[0] = items[0]._replace(lead=(*lead, *items[0].lead))
    new = layout.brackets(items, tail, 1)
    if sources:
        return value_edits(site, sources, "sources", new)
    key, value = site.beside[-1]
    last = pair_end(key, value)
    if overlays.flow:
        return [(last, last, f", {layout.key('sources')}: {new}")]
    row = f"{' ' * site.lines.column(key.start)}{layout.key('sources')}: {new}{newline(site.lines.text)}"
    return [below(site.lines, last, [row])]


def _layout(site: Site) -> Layout:
    lines, root, server = site.lines, site.root, site.server
    anchor = site.slot or server
    table = server[1] if server and server[1].items else root
    assert table is not None  # noqa: S101  (brackets stand somewhere)
    inner = table.items[0].start if table.items else table.end
    several = _has_break(lines.text[table.start : inner if table is root else table.end])
    if site.slot:
        several = several or _has_break(lines.text[site.slot[1].start : site.slot[1].end])
    first = anchor[0].start if anchor else inner
    unit = lines.indent(inner) - lines.indent(server[0].start if table is not root and server else table.start)
    quoted = lines.text[inner : inner + 1] == '"' or not table.items
    return Layout(several, lines.indent(first), unit if unit > 0 else _UNIT, quoted, newline(lines.text))


def _has_break(text: str) -> bool:
    return any(mark in text for mark in BREAKS)


def _items(site: Site, layout: Layout) -> tuple[list[Item], list[str]]:
    """All sources in brackets, and the comments behind the last."""
    lines = site.lines
    extra = next((pair for pair in site.moving if name_of(pair) == "extraSources"), None)
    tail: list[str] = []
    lead: tuple[str, ...] = ()
    if extra and extra[1].items:
        items, tail = list_items(lines, extra[1], entry_edits(lines, extra[1]))
    else:
        items = [Item(layout.braces(layout.pairs(entry), open_=True)) for entry in site.wanted.extra]
    if extra and not extra[1].items:
        tail = comments(lines.text[extra[1].start : extra[1].end])
    if site.server and site.empties and site.server[1].is_map:
        lead = tuple(map_comments(lines, site.server[1]))
    if extra:
        lead = (*lead, *comments(lines.text[extra[0].end : extra[1].start]))
    open_ = not items or _has_break(items[0].text)
    return [Item(layout.braces(_base_pairs(site, layout), open_=open_), lead=lead), *items], tail


def _base_pairs(site: Site, layout: Layout) -> list[str]:
    base = dict(site.wanted.base)
    texts: list[str] = []
    for pair in site.moving:
        name = NAMES.get(name_of(pair), name_of(pair))
        if name not in base:
            continue
        text = base.pop(name)
        if pair[1].target.text == text:
            edits = [renamed(site.lines.text, pair[0], name)] if name != name_of(pair) else []
            texts += pair_texts(site.lines, [pair], edits)
        else:
            texts += layout.pairs({name: text})
    repo = layout.pairs({"repo": base.pop("repo")}) if "repo" in base else []
    return [*repo, *texts, *layout.pairs({name: text for name, text in base.items() if text})]


def _new_key(site: Site, layout: Layout, items: list[Item], tail: list[str]) -> list[Edit]:
    """The edits when the file has no key overlays."""
    value = layout.overlays(layout.brackets(items, tail, 1))
    if site.server and site.empties:
        return value_edits(site, site.server, "overlays", value)
    pair = f"{layout.key('overlays')}: {value}"
    if site.server:
        return [_before(site, site.server[0], pair), *_removal(site)]
    root = site.root
    assert root is not None  # noqa: S101  (it is a map in brackets)
    if not root.items:
        return [(root.end - 1, root.end - 1, pair)]
    last = pair_end(*list(root.pairs())[-1])
    between = f"{layout.newline}{' ' * layout.indent}" if layout.several_lines else " "
    return [(last, last, f",{between}{pair}")]


def _before(site: Site, key: Span, pair: str) -> Edit:
    lines = site.lines
    in_block = not (site.root and site.root.flow)
    own_line = not lines.before(key.start).strip()
    between = f"{newline(lines.text)}{lines.before(key.start)}" if own_line else " "
    return (key.start, key.start, f"{pair}{between}" if in_block else f"{pair},{between}")


def value_edits(site: Site, pair: Pair, name: str, new: str) -> list[Edit]:
    """The pair with another value, and maybe another name."""
    key, value = pair
    text = site.lines.text
    edits = [renamed(text, key, name)] if key.target.text != name else []
    if value.end > value.start:
        return [*edits, (value.start, value.end, new)]
    colon = re.compile(f"[ \t{BREAKS}]*:").match(text, key.end)
    at = colon.end() if colon else key.end
    return [*edits, (at, at, f" {new}" if colon else f": {new}")]


def _removal(site: Site) -> list[Edit]:
    """The edits that take from toolServer what goes; toolServer itself when it empties."""
    root, server = site.root, site.server
    if root is None or server is None:
        return []
    if site.empties and root.flow:
        return list(without(site.lines, list(root.pairs()), [pair == server for pair in root.pairs()]))
    if site.empties:
        return list(without_lines(site.lines, server))
    gone = [name_of(pair) in {name_of(moved) for moved in site.moving} for pair in server[1].pairs()]
    return list(without(site.lines, list(server[1].pairs()), gone))
