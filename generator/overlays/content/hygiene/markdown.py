"""The parts of a Markdown text that matter here: code, and where links lead. Line by line, in linear time."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"[ \t>]{0,60}(?:[-*+][ \t]{1,4})?(`{3,}|~{3,})")
_INLINE: Final = re.compile(
    r"\]\([ \t]{0,9}(?:<([^<>\n]{1,2000})>|([^\s()<>]{1,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,2000})?))"
)
_DEFINED: Final = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]{0,9}(?:<([^<>\n]{1,2000})>|(\S{1,2000}))")
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}:")
_DRIVE: Final = re.compile(r"[a-zA-Z]:[\\/]")


class Link(NamedTuple):
    """offset: of the target in the text. target: as it stands there."""

    offset: int
    target: str


class Parts(NamedTuple):
    """code: the text with all that is no code blanked, so that offsets stay. links: in order."""

    code: str
    links: tuple[Link, ...]


def parts(text: str) -> Parts:
    """The code and the links of a text; links in code are none."""
    if "`" not in text and "~~~" not in text and "](" not in text and "]:" not in text:
        return Parts("", ())
    code: list[str] = []
    links: list[Link] = []
    fence, at = "", 0
    for line in text.split("\n"):
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            closes = mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip()
            code.append("" if closes else line)
            fence = "" if closes else fence
        elif mark and not (mark[1][0] == "`" and "`" in line[mark.end() :]):
            code.append("")
            fence = mark[1]
        else:
            inner = line.split("`") if "`" in line else [line]
            prose = _prose(inner, code)
            links += _links(prose, at)
        at += len(line) + 1
    return Parts("\n".join(code), tuple(links))


def _prose(pieces: list[str], code: list[str]) -> str:
    """A line with what stands between backticks blanked; that is added to the code instead."""
    if len(pieces) < 3:
        code.append("")
        return "`".join(pieces)
    last = len(pieces) - 1 if len(pieces) % 2 == 0 else len(pieces)
    between = (piece if at % 2 and at < last else " " * len(piece) for at, piece in enumerate(pieces))
    code.append("; ".join(piece for piece in between if piece.strip()))
    return "`".join(" " * len(piece) if at % 2 and at < last else piece for at, piece in enumerate(pieces))


def _links(line: str, at: int) -> Iterator[Link]:
    if "](" in line:
        for found in _INLINE.finditer(line):
            group = 1 if found[1] is not None else 2
            yield Link(at + found.start(group), found[group])
    if "]:" in line:
        defined = _DEFINED.match(line)
        if defined and not line.lstrip().startswith("[^"):
            group = 1 if defined[1] is not None else 2
            yield Link(at + defined.start(group), defined[group])


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
