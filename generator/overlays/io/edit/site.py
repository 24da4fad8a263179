"""What an edit finds in a values file: where the old list stands, where the new one goes, whether that can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from overlays.errors import InvalidInput
from overlays.io import codes
from overlays.io.edit.entries import BY_HAND, has_merged_keys
from overlays.io.edit.lines import Lines
from overlays.io.edit.spans import Span, read_spans
from overlays.model.finding import Finding
from overlays.model.migration import KEYS, Wanted

Pair: TypeAlias = tuple[Span, Span]


class Site(NamedTuple):
    """root: None when the text holds no value. end: where the document ends.

    server: key and value of toolServer. slot: key and value of overlays.sources, or of overlays when that has no such
    key or stands in brackets. None where they are not there.
    """

    lines: Lines
    root: Span | None
    end: int
    server: Pair | None
    slot: Pair | None
    wanted: Wanted

    @property
    def moving(self) -> list[Pair]:
        """The pairs of toolServer that go."""
        return [pair for pair in self._pairs() if name_of(pair) in KEYS]

    @property
    def empties(self) -> bool:
        """Whether nothing is left of toolServer."""
        if self.server is None or self.server[1].is_alias:
            return False
        return len(self.moving) == len(list(self._pairs()))

    @property
    def beside(self) -> list[Pair]:
        """What else stands in overlays when that is the slot: it stays."""
        if self.slot is None or not self.slot[1].is_map or name_of(self.slot) == "sources":
            return []
        return [pair for pair in self.slot[1].pairs() if name_of(pair) != "sources"]

    def _pairs(self) -> list[Pair]:
        return list(self.server[1].pairs()) if self.server and self.server[1].is_map else []


def name_of(pair: Pair) -> str:
    """The key as text; "" for `<<`."""
    return "" if pair[0].merge else pair[0].target.text or ""


def read_site(name: str, text: str, own: Mapping[str, Any], wanted: Wanted) -> Site:
    """Find everything.

    text: of a file that could be read. own: its value.
    Raises InvalidInput OVL312: what is to move stands where it cannot be moved. OVL313: it has no effect.
    """
    lines = Lines(name, text)
    root, end = read_spans(text)
    if root and root.start == root.end:
        root = None  # a lone `---`
    server = root.pair("toolServer") if root else None
    overlays = root.pair("overlays") if root else None
    site = Site(lines, root, end, server, _slot(lines, overlays), wanted)
    _check_reach(site, own)
    _check_effect(site, own)
    return site


def _slot(lines: Lines, overlays: Pair | None) -> Pair | None:
    if overlays is None:
        return None
    _check_key(lines, overlays[0])
    value = overlays[1]
    if value.is_alias or (value.is_map and any(key.merge for key, _ in value.pairs())):
        raise _immovable(lines, value, "overlays holds an alias", "the sources would go to all places that share it")
    sources = value.pair("sources")
    if sources is None or value.flow:
        return overlays
    _check_key(lines, sources[0])
    return sources


def _check_reach(site: Site, own: Mapping[str, Any]) -> None:
    """Whether all that the file says of the sources stands in toolServer itself."""
    said = {key for key in KEYS if key in (own.get("toolServer") or {})}
    if not said:
        return
    lines = site.lines
    why = "what stands behind an alias may be used elsewhere, where it has to stay as it is"
    if site.server is None:
        raise _immovable(lines, site.root, "toolServer comes through `<<`", why)
    key, value = site.server
    _check_key(lines, key)
    if value.is_alias:
        raise _immovable(lines, value, "toolServer is an alias", why)
    merged = has_merged_keys(value, KEYS)
    if merged:
        raise _immovable(lines, merged, "keys of toolServer that name sources come through `<<`", why)
    for pair in site.moving:
        _check_key(lines, pair[0])
        if pair[1].is_alias and name_of(pair) == "extraSources":
            raise _immovable(lines, pair[1], "toolServer.extraSources is an alias", why)


def _check_key(lines: Lines, key: Span) -> None:
    if lines.before(key.start).rstrip(" \t").endswith("?"):
        raise _immovable(lines, key, "a key is written with `?`", "such a key cannot be moved by its line")


def _check_effect(site: Site, own: Mapping[str, Any]) -> None:
    """Whether what the file says of the list is what counts."""
    listed = (own.get("toolServer") or {}).get("extraSources") or []
    if (own.get("overlays") or {}).get("sources") and site.slot:
        what, place = "overlays.sources of this file has no effect", site.slot[0]
    elif listed and tuple(listed) != site.wanted.said:
        what = "toolServer.extraSources of this file is not the list that counts"
        place = next(pair[0] for pair in site.moving if name_of(pair) == "extraSources")
    else:
        return
    why = "another file or flag replaces or changes it"
    hint = "migrate the file that counts, with this one as -f, or leave the other out"
    raise InvalidInput(Finding(site.lines.location(place.start), codes.NO_EFFECT, "", what, why, hint))


def _immovable(lines: Lines, span: Span | None, what: str, why: str) -> InvalidInput:
    where = lines.location(span.start if span else 0)
    return InvalidInput(Finding(where, codes.IMMOVABLE, "", what, why, f"write the value out here, or {BY_HAND}"))
