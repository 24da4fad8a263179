"""Who wins where several sources offer the same name, or need the same path.

No name is delivered twice. It has one winner, which is delivered whole, at a path that nothing else is at, in or above;
an unservable one keeps its path empty. And no loose file makes an item: whatever could make one, also behind a link, is
an item or left out before anything is chosen (scan, finding). docs/delivery.md says what consumers take for an item.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from overlays_node.offer import PROMPT, Item, Note, Offer

ACTIVE = b"# Active Skills\n\nThese skills are in force from the start; follow their instructions.\n\n"
NOT_SERVED = "is not served: "  # what follows says what is in the way
BETWEEN = b"\n\n---\n\n"  # the parts of a prompt


@dataclass(frozen=True)
class InTheWay:
    """A path that something served of that source needs."""

    path: str
    source: int


@dataclass(frozen=True)
class Choice:
    """Who wins one name: None when nothing is served under it; `shadowed` in source order.

    `last` is the copy that takes the name. When it is not the winner, it has a problem, or something is in its way.
    `again` are earlier sources that offer one of these very copies, too.
    """

    name: str
    winner: Item | None
    shadowed: tuple[Item, ...]
    last: Item
    in_the_way: InTheWay | None = None
    again: tuple[int, ...] = ()


@dataclass(frozen=True)
class Loose:
    """One loose file: the source that is served, and the ones whose file of that path is not."""

    path: str
    source: int
    shadowed: tuple[int, ...]


@dataclass(frozen=True)
class Served:
    """All of one surface, by name and by path."""

    surface: str
    choices: tuple[Choice, ...]
    loose: tuple[Loose, ...]
    notes: tuple[Note, ...]


def choose(surface: str, offers: Sequence[Offer]) -> Served:
    """Who wins: the later source, wholesale. `offers` are those of all sources for one surface, in their order."""
    notes = [note for one in offers for note in one.notes]
    if surface == PROMPT:
        prompts = _once([item for one in offers for item in one.items])
        found = [Choice(item.name, None if item.problem else item, (), item) for item in prompts]
        return Served(surface, tuple(found), (), (*notes, *(note for one in found for note in _why_not(one))))
    copies: dict[str, list[Item]] = {}
    for item in (item for one in offers for item in one.items):
        copies.setdefault(item.name, []).append(item)
    taken = _Taken()
    chosen: dict[str, Choice] = {}
    for name, items in sorted(copies.items(), key=lambda one: one[1][-1].source, reverse=True):
        once = _once(items)
        kept = {item.source for item in once}
        again = tuple(item.source for item in items if item.source not in kept)
        chosen[name] = _choice(taken, name, once, again)
        notes += _why_not(chosen[name])
    loose = _merge_loose(surface, offers, taken, notes)
    return Served(surface, tuple(chosen[name] for name in sorted(chosen)), loose, tuple(notes))


def _once(items: Sequence[Item]) -> Sequence[Item]:
    """The same without an item that comes again later, as it does when two sources name one directory."""
    if len(items) == 1:
        return items
    last = {item.real or item: item for item in items}
    return [item for item in items if last[item.real or item] is item]


def _choice(taken: _Taken, name: str, items: Sequence[Item], again: tuple[int, ...]) -> Choice:
    """Give the last copy its path. An unservable one keeps the path empty: no older copy comes back."""
    *shadowed, last = items
    other = taken.conflict(last.path)
    if other is not None:
        return Choice(name, None, tuple(shadowed), last, InTheWay(other, taken.owner[other][0]), again)
    taken.take(last.path, last.source, last.name)
    return Choice(name, last if last.problem is None else None, tuple(shadowed), last, again=again)


def _why_not(choice: Choice) -> Iterator[Note]:
    last, other = choice.last, choice.in_the_way
    if other is not None:
        text = f"{last.name!r} {NOT_SERVED}source {other.source + 1} needs the path {other.path}"
        yield Note(last.surface, last.source, last.path, text, True)
    elif choice.winner is None:
        older = f", nor is the copy of {len(choice.shadowed)} earlier sources" if choice.shadowed else ""
        text = f"{last.problem}; nothing is served as {last.name!r}{older}"
        yield Note(last.surface, last.source, last.path, text, True)


def _merge_loose(surface: str, offers: Sequence[Offer], taken: _Taken, notes: list[Note]) -> tuple[Loose, ...]:
    """Loose files by path, the later source first served; what stands in the way of something served is dropped."""
    merged: dict[str, list[int]] = {}
    bases = set()
    for at in range(len(offers) - 1, -1, -1):
        if offers[at].base in bases:  # the very same files
            continue
        bases.add(offers[at].base)
        for path in offers[at].loose:
            if path in merged:
                merged[path].append(at)
                continue
            other = taken.conflict(path)
            if other is not None:
                notes.append(Note(surface, at, path, f"{NOT_SERVED}{other} stands in its place", False))
                continue
            merged[path] = [at]
        for path in offers[at].loose:
            if merged.get(path) == [at]:
                taken.take(path, at, "")
    return tuple(
        Loose(path, places[0], tuple(reversed(places[1:])))
        for path, places in sorted(merged.items(), key=lambda one: os.fsencode(one[0]))
    )


class _Taken:
    """Paths that something served needs: nothing else may stand at, inside or above them."""

    def __init__(self) -> None:
        self.owner: dict[str, tuple[int, str]] = {}  # path -> source, item's name ("" for a loose file)
        self._above: dict[str, str] = {}  # folder -> one taken path inside it

    def take(self, path: str, source: int, name: str) -> None:
        """Give a path to a source."""
        self.owner[path] = (source, name)
        parent = path.rpartition("/")[0]
        while parent and parent not in self._above:  # of a folder that is there, those above are there too
            self._above[parent] = path
            parent = parent.rpartition("/")[0]

    def conflict(self, path: str) -> str | None:
        """A taken path equal to, above or inside this one."""
        one = path
        while one:
            if one in self.owner:
                return one
            one = one.rpartition("/")[0]
        return self._above.get(path)


def join_prompts(texts: Iterable[bytes], skills: Iterable[tuple[str, bytes]] = ()) -> Iterator[bytes]:
    """One prompt of several files, part by part: surrounding blank lines removed, `---` between, one final newline.

    `skills` that are in force, each a name and the text after its front matter, follow as one part. Nothing when all of
    them say nothing.
    """
    before, said = b"", False
    for text in texts:
        body = _without_blank_ends(text)
        if body:
            yield before + body
            before, said = BETWEEN, True
    before += ACTIVE
    for name, text in skills:
        body = _without_blank_ends(text)
        yield before + f"## {name}".encode() + (b"\n\n" if body else b"") + body
        before, said = b"\n\n", True
    if said:
        yield b"\n"


def _without_blank_ends(text: bytes) -> bytes:
    end = len(text.rstrip())
    if not end:
        return b""
    start = text.rfind(b"\n", 0, len(text) - len(text.lstrip())) + 1
    line_end = text.find(b"\n", end)
    return text[start : line_end if line_end >= 0 else len(text)]
