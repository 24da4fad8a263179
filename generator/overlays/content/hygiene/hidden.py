"""Characters that nobody sees: they reorder, hide or smuggle text. Printed as U+202E, never as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from overlays.content.hygiene import codes
from overlays.content.hygiene.place import Places, limited
from overlays.content.skill.remark import Remark

BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
TAGS: Final = "\U000e0000-\U000e007f"
INVISIBLE: Final = "\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CONTROL: Final = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_EMOJI: Final = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff#*0-9"

_FRONT: Final = (
    (codes.FRONT_BIDI, re.compile(f"[{BIDI}]")),
    (codes.FRONT_INVISIBLE, re.compile(f"[{INVISIBLE}{TAGS}]")),
    (codes.FRONT_SELECTOR, re.compile(f"[{SELECTORS}]")),
)
_OTHERS: Final = re.compile(f"[{INVISIBLE}{SELECTORS}{_CONTROL}]")
_REORDERS: Final = re.compile(f"[{BIDI}{TAGS}]")
# U+200D between two emoji and U+FE0F after one make one picture of them.
_PICTURE: Final = re.compile(f"(?<=[{_EMOJI}])\ufe0f|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])")
_ASCII_CONTROL: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WHY: Final = {
    codes.FRONT_BIDI: "it changes the order in which a screen shows the text, not the one in which a model reads it",
    codes.FRONT_INVISIBLE: "no screen shows it, but every model reads it",
    codes.FRONT_SELECTOR: "it is a way to hide data in a text; some programs count it as a character, some do not",
    codes.TEXT_BIDI: "people and models would read different texts",
    codes.TEXT_INVISIBLE: "no screen shows it, but every model reads it",
}


def of_value(text: str) -> Iterator[tuple[str, str, str]]:
    """(code, characters as U+202E, why) of a decoded value of a front matter."""
    if not text.isascii():
        for code, pattern in _FRONT:
            found = pattern.findall(text)
            if found:
                yield code, named(found), _WHY[code]


def of_text(text: str, known: frozenset[str] = frozenset()) -> Iterator[Remark]:
    """Remarks about a text, one of a kind a line. known: characters that are told of already."""
    if text.isascii() and not _ASCII_CONTROL.search(text):
        return
    yield from limited(_of_kind(text, codes.TEXT_BIDI, _REORDERS, known))
    yield from limited(_of_kind(text, codes.TEXT_INVISIBLE, _OTHERS, known))


def _of_kind(text: str, code: str, pattern: re.Pattern[str], known: frozenset[str]) -> Iterator[Remark]:
    places = Places(text)
    end = 0
    for first in pattern.finditer(text):
        if first.start() < end or first[0] in known:
            continue
        start = text.rfind("\n", 0, first.start()) + 1
        end = text.find("\n", first.start())
        end = len(text) if end < 0 else end
        line = text[start:end]
        pictures = {found.start() for found in _PICTURE.finditer(line)}
        found = [one for one in pattern.finditer(line) if one.start() not in pictures and one[0] not in known]
        if found:
            what = f"the line holds {named(one[0] for one in found)}"
            hint = "remove it; what is meant to be seen can be written out"
            yield Remark(*places.of(start + found[0].start()), code, what, _WHY[code], hint)


def named(characters: Iterator[str] | list[str]) -> str:
    """Characters as their code points, each once, in the order of their numbers; not more than a line of them."""
    names = [f"U+{number:04X}" for number in sorted({ord(one) for one in characters})]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} others" if len(names) > 8 else "")
