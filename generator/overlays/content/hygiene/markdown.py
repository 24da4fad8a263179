"""The parts of a Markdown text that matter here: code, and where links lead. Found in linear time."""

from __future__ import annotations

import bisect
import re
import urllib.parse
from collections.abc import Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"^[ \t>]{0,60}(?:[-*+][ \t]{1,4})?(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_BETWEEN: Final = re.compile("``[^\n]*?``|`[^`\n]*`")
_INLINE: Final = re.compile(
    r"\]\([ \t]{0,9}(?:<([^<>\n]{1,2000})>|([^\s()<>]{1,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,2000})?))"
)
_DEFINED: Final = re.compile(
    r"^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:[ \t]{0,9}(?:<([^<>\n]{1,2000})>|(\S{1,2000}))", re.MULTILINE
)
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}:")
_DRIVE: Final = re.compile(r"[a-zA-Z]:[\\/]")


class Link(NamedTuple):
    """offset: of the target in the text. path: what is looked up."""

    offset: int
    path: str


class Page:
    """One Markdown text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._spans: list[tuple[int, int]] | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where code stands, in order, found once."""
        if self._spans is None:
            self._spans = code_spans(self.text)
        return self._spans

    def links(self, start: int = 0) -> Iterator[Link]:
        """The links to somewhere on the disk from an offset on, each path once, at its first place outside of code."""
        found: dict[str, list[int]] = {}
        if "](" in self.text:
            _gather(_INLINE, self.text, start, found)
        if "]:" in self.text:
            _gather(_DEFINED, self.text, start, found)
        places = [(at, path) for target, at in found.items() for path in (local(target),) if path is not None]
        if not places:
            return
        starts = [start for start, _ in self.spans]
        seen: set[str] = set()
        for offsets, path in sorted(places):
            outside = (at for at in offsets if not _inside(at, self.spans, starts))
            offset = None if path in seen else next(outside, None)
            if offset is not None:
                seen.add(path)
                yield Link(offset, path)

    def code(self) -> str:
        """The text with everything but its code blanked, so that lines keep their numbers."""
        kept: list[str] = []
        at = 0
        for start, end in self.spans:
            kept += ("\n" * self.text.count("\n", at, start), "; ", self.text[start:end].strip("`"))
            at = end
        return "".join([*kept, "\n" * self.text.count("\n", at)])


def _gather(pattern: re.Pattern[str], text: str, start: int, found: dict[str, list[int]]) -> None:
    for one in pattern.finditer(text, start):
        group = 1 if one[1] is not None else 2
        found.setdefault(one[group], []).append(one.start(group))


def _inside(offset: int, spans: list[tuple[int, int]], starts: list[int]) -> bool:
    at = bisect.bisect_right(starts, offset) - 1
    return at >= 0 and offset < spans[at][1]


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where code stands, in order: the lines between fences, and what is between two backticks on one line."""
    spans: list[tuple[int, int]] = []
    at, fence, opened = 0, "", 0
    for mark in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        if not fence and not (mark[1][0] == "`" and "`" in mark[2]):
            spans += (one.span() for one in _BETWEEN.finditer(text, at, mark.start()))
            fence, opened = mark[1], mark.end()
        elif fence and mark[1].startswith(fence) and not mark[2].strip():
            spans.append((opened, mark.start()))
            fence, at = "", mark.end()
    if fence:
        spans.append((opened, len(text)))
    else:
        spans += (one.span() for one in _BETWEEN.finditer(text, at))
    return spans


def local(target: str) -> str | None:
    """The path that a target names, as it would be looked up; None for another place: a URL, a part of the page."""
    if _DRIVE.match(target):
        return target
    if target.startswith(("#", "?", "//")) or (_URL.match(target) and not target.lower().startswith("file:")):
        return None
    path = urllib.parse.unquote(re.split("[#?]", target, maxsplit=1)[0], errors="surrogateescape")
    return path or None


def leaves(path: str) -> bool:
    """Whether a path is one of the machine and not of the skill, wherever it stands."""
    return path.startswith(("/", "~", "\\")) or path.lower().startswith("file:") or bool(_DRIVE.match(path))


def joined(folder: str, path: str) -> str | None:
    """A path below a folder of the skill ("" for the skill itself) in normal form; None when it leaves the skill."""
    kept = folder.split("/") if folder else []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not kept:
                return None
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return "/".join(kept)
