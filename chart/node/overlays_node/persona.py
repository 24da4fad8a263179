"""The list of skills in a persona's front matter, by a scan of lines that every YAML reader would agree with.

A list that is overlooked would grant every skill. So whatever might hold one, and is not in the plain form that is read
here, is an error: `skills:` at the beginning of a line, and then `[a, "b-*"]`, or lines `- a`.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence

from overlays_node import NodeError
from overlays_node.names import LARGEST
from overlays_node.offer import Item
from overlays_node.scan import status

FILE_NAME = "PERSONA.md"  # of a persona that is a directory
SKILLS = "skills"

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_. -]*):(?: (.*))?")
_MARK = re.compile(r"(?:-{3,}|\.{3})[ \t]*")
_ITEM = re.compile(r"( *)- (.*)")
_QUOTED = r"'(?:[^']|'')*'|\"[^\"\\]*\""
_SHORT = r"[A-Za-z][A-Za-z0-9_.*?-]*"
_FLOW = re.compile(rf"\[ *(?:(?:{_QUOTED}|{_SHORT}) *, *)*(?:(?:{_QUOTED}|{_SHORT}) *)?\]")
_WORD = re.compile(rf"{_QUOTED}|{_SHORT}")
_PLAIN = re.compile(rf"{_QUOTED}|[A-Za-z][A-Za-z0-9_.*?!^\[\]-]*")
_COMMENT = re.compile(r" +(?:#.*)?|")
_NO_TEXT = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))  # not in every YAML
_BREAKS = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # lines end there for some readers
# One letter too much, too few, another or changed with the next, and "skil".
_MISSPELT = re.compile(
    "|".join(
        f"{SKILLS[:at]}(?:.?{SKILLS[at:]}|.?{SKILLS[at + 1 :]}|{SKILLS[at : at + 2][::-1]}{SKILLS[at + 2 :]})"
        for at in range(len(SKILLS) + 1)
    )
    + "|skil",
    re.IGNORECASE,
)


class PersonaError(NodeError):
    """The front matter cannot be relied on; `line` is where, from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line = line


def data_of(item: Item) -> bytes | None:
    """The text of a persona, which may be too long; None: a directory without a regular file PERSONA.md.

    Raises OSError: it cannot be read.
    """
    folder = os.path.isdir(item.real)  # noqa: PTH112
    found = status(f"{item.real}/{FILE_NAME}" if folder else item.real)
    if found is None or not stat.S_ISREG(found.st_mode):
        return None
    with open(f"{item.real}/{FILE_NAME}" if folder else item.real, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read(LARGEST + 1)


def skills_of(data: bytes) -> tuple[str, ...] | None:
    """The patterns of its list; None: it has no front matter, or none that speaks of skills.

    Raises PersonaError: it has a list that is in no plain form, or may have one.
    """
    lines = _front_matter(data)
    found, keys = None, 0
    for number, line in enumerate(lines, start=2):
        if not line.strip(" ") or line[0] == "#":
            continue
        if keys and (line[0] == " " or line == "-" or line.startswith("- ")):
            continue  # of the value of the key above
        key, keys = _KEY.fullmatch(line), keys + 1
        if key is None:
            raise PersonaError(number, "is no plain key with a value, and no comment: it may hide a list of skills")
        if key[1].strip() != SKILLS:
            if _MISSPELT.fullmatch(key[1].strip()):
                raise PersonaError(number, f"{key[1]} looks like a misspelt skills, whose list would be overlooked")
            continue
        if found is not None or key[1] != SKILLS:
            raise PersonaError(number, "skills is there twice, or has a blank before its colon")
        found = _list(number, key[2] or "", lines[number - 1 :])
    return found


def _front_matter(data: bytes) -> Sequence[str]:
    """Its lines, without the markers; none when it has none."""
    if len(data) > LARGEST:
        raise PersonaError(1, "the file is larger than 1 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as why:
        raise PersonaError(data.count(b"\n", 0, why.start) + 1, "the file is not UTF-8") from None
    lines = [line[:-1] if line.endswith("\r") else line for line in text.split("\n")]
    if lines[0] != "---":
        if _visible(text).startswith("---"):
            raise PersonaError(1, "the file does not begin with a line ---, and yet it may have front matter")
        return ()
    for number, line in enumerate(lines[1:], start=2):
        if _BREAKS.search(line):
            raise PersonaError(number, "holds a character at which some readers end the line")
        if line == "---":
            return lines[1 : number - 1]
        if _MARK.fullmatch(line):
            raise PersonaError(number, f"{line!r} ends the front matter for some readers: write ---")
    raise PersonaError(1, "the front matter has no closing line ---")


def _visible(text: str) -> str:
    """What follows everything that some reader may skip: blanks, and what shows nothing."""
    at = next((at for at, char in enumerate(text) if unicodedata.category(char)[0] not in "CZ"), len(text))
    return text[at:]


def _list(number: int, value: str, below: Sequence[str]) -> tuple[str, ...]:
    flow = _FLOW.match(value.lstrip(" "))
    if flow is not None and _COMMENT.fullmatch(value.lstrip(" ")[flow.end() :]):
        following = next((line for line in below if line.strip(" ") and not line.lstrip(" ").startswith("#")), "")
        if following[:1] in (" ", "-"):
            raise PersonaError(number, "the list of skills goes on in the next line")
        return tuple(_text(number, one[0]) for one in _WORD.finditer(flow[0]))
    if value.strip(" ") and not value.lstrip(" ").startswith("#"):
        raise PersonaError(number, 'skills is no plain list of texts on one line, such as [code-review, "pdf-*"]')
    found = tuple(_elements(number, below))
    if not found:
        raise PersonaError(number, "skills has no value: write [] for no skill, or leave the key out for all")
    return found


def _elements(number: int, below: Sequence[str]) -> Iterator[str]:
    indent = None
    for at, line in enumerate(below, start=number + 1):
        if not line.strip(" ") or line.lstrip(" ").startswith("#"):
            continue
        item = _ITEM.fullmatch(line)
        if item is None and line[0] not in " -":
            return
        if item is None or indent not in (None, item[1]):
            raise PersonaError(at, "is no element of the list of skills above it")
        indent = item[1]
        word = _PLAIN.match(item[2].lstrip(" "))
        if word is None or not _COMMENT.fullmatch(item[2].lstrip(" ")[word.end() :]):
            raise PersonaError(at, 'is no plain text, such as - code-review or - "pdf-*"')
        yield _text(at, word[0])


def _text(number: int, word: str) -> str:
    if word[0] == '"':
        return word[1:-1]
    if word[0] == "'":
        return word[1:-1].replace("''", "'")
    if word.lower() in _NO_TEXT:
        raise PersonaError(number, f"{word} is no text in YAML: write it in quotes")
    return word
