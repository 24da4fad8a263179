"""Edits inside the list `toolServer.extraSources` that make its entries those of `overlays.sources`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from overlays.errors import InvalidInput
from overlays.io import codes
from overlays.io.edit.lines import BREAKS, Edit, Lines, comment, comments
from overlays.io.edit.spans import Span
from overlays.model.finding import Finding
from overlays.model.migration import EMPTY_IS_DEFAULT, NAMES

BY_HAND = "write the list by hand as `overlays render values` prints it"


def entry_edits(lines: Lines, listed: Span) -> list[Edit]:
    """The edits for a list that stands in the text itself.

    Raises InvalidInput OVL312: an entry comes through an alias from a place where its keys are to stay.
    """
    edits: list[Edit] = []
    pending = list(listed.items)
    while pending:
        entry = pending.pop()
        if entry.is_alias:
            if not listed.start <= entry.target.start < listed.end:
                _check_alias(lines, entry)
        else:
            edits += _map_edits(lines, entry)
            pending += entry.merged()
    return edits


def _check_alias(lines: Lines, alias: Span) -> None:
    pending = [alias.target]
    while pending:
        entry = pending.pop().target
        for key, value in entry.pairs():
            name = key.target.text or ""
            if name in NAMES or _drops(key, value):
                hint = f"write the entry out where the alias is, or {BY_HAND}"
                why = f"{name!r} would have to change there, and with it everything else that uses it"
                what = f"an entry of the list comes through an alias, from line {lines.number(key.start) + 1}"
                raise InvalidInput(Finding(lines.location(alias.start), codes.IMMOVABLE, "", what, why, hint))
        pending += entry.merged()


def _drops(key: Span, value: Span) -> bool:
    return key.target.text in EMPTY_IS_DEFAULT and value.target.text == ""


def _map_edits(lines: Lines, entry: Span) -> Iterator[Edit]:
    pairs = list(entry.pairs())
    gone = [_drops(key, value) for key, value in pairs]
    for (key, _), is_gone in zip(pairs, gone, strict=True):
        name = NAMES.get(key.target.text or "")
        if name and not is_gone:
            yield renamed(lines.text, key, name)
    if any(gone):
        yield from (without if entry.flow else _without_pairs)(lines, pairs, gone)


def renamed(text: str, key: Span, name: str) -> Edit:
    """The key under another name, in the quotes in which it stands."""
    raw = text[key.start : key.end]
    head, found, tail = raw.rpartition(key.target.text or "")
    return (key.start, key.end, f"{head}{name}{tail}" if found and not key.is_alias else name)


def _without_pairs(lines: Lines, pairs: list[tuple[Span, Span]], gone: list[bool]) -> Iterator[Edit]:
    """A block map without some of its pairs; comments stay."""
    first = gone.index(False) if False in gone else 0
    if first:
        head = [index for pair in pairs[:first] for index in (pair[0].start, pair_end(*pair))]
        gaps = zip(head[1::2], [*head[2::2], pairs[first][0].start], strict=True)
        if not any("#" in lines.text[start:end] for start, end in gaps):
            yield (pairs[0][0].start, pairs[first][0].start, "")
            gone = [False] * first + gone[first:]
    for pair, is_gone in zip(pairs, gone, strict=True):
        if is_gone:
            yield from without_lines(lines, pair)


def without_lines(lines: Lines, pair: tuple[Span, Span]) -> Iterator[Edit]:
    """A block map without a pair whose value is no block collection; comments stay."""
    (key, value), text = pair, lines.text
    end = pair_end(key, value)
    if value.start > key.end and comments(text[key.end : value.start]):
        yield (key.start, key.end + text[key.end :].index("#"), "")
        yield _alone(lines, value.start, end)
    elif lines.before(key.start).strip() and "\t" not in lines.after(end):
        yield (key.start, end, "")  # behind the dash, where a comment follows
    elif comment(lines.after(end)):  # YAML takes no tab behind a dash
        yield (key.start, end + lines.after(end).index("#"), "")
    else:
        yield (lines.start(lines.number(key.start)), lines.end(lines.number(end)), "")


def pair_end(key: Span, value: Span) -> int:
    """Where a pair ends; a value that is not there may have its place anywhere behind."""
    return value.end if value.end > value.start else key.end


def without(lines: Lines, pairs: list[tuple[Span, Span]], gone: list[bool]) -> Iterator[Edit]:
    """A map in brackets without some of its pairs; comments stay."""
    text = lines.text
    last = max((index for index, is_gone in enumerate(gone) if not is_gone), default=-1)
    ends = [pair_end(*pair) for pair in pairs]
    for index, (key, _) in enumerate(pairs):
        if not gone[index]:
            continue
        following = pairs[index + 1][0].start if index + 1 < len(pairs) else ends[index]
        before = ends[index - 1] if index > last >= 0 else key.start
        if not comments(text[before : key.start]) and not comments(text[ends[index] : following]):
            yield (before, ends[index] if index > last else following, "")
            continue
        comma = _comma(text, ends[index], following)
        if comma < 0 and before < key.start:
            yield (_comma(text, before, key.start), _comma(text, before, key.start) + 1, "")
        yield _alone(lines, key.start, max(ends[index], comma + 1))


def _alone(lines: Lines, start: int, end: int) -> Edit:
    """What stands between comments, without the line that it leaves empty."""
    rest = lines.after(end)
    if lines.before(start).strip():
        return (start, end, "")
    if rest.strip():
        return (start, end + len(rest) - len(rest.lstrip(" \t")), "")
    return (lines.start(lines.number(start)), lines.end(lines.number(end)), "")


def _comma(text: str, start: int, end: int) -> int:
    for found in re.compile(f"#[^{BREAKS}]*|,").finditer(text, start, end):
        if found[0] == ",":
            return found.start()
    return -1


def has_merged_keys(server: Span, names: Iterable[str]) -> Span | None:
    """The map behind a `<<` of a map that has one of these keys; None when there is none."""
    wanted = set(names)
    pending = [(merged, merged) for merged in server.merged()]
    while pending:
        top, entry = pending.pop()
        if any(key.target.text in wanted for key, _ in entry.target.pairs()):
            return top
        pending += [(top, merged) for merged in entry.target.merged()]
    return None
