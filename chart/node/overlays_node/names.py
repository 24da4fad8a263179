"""The two names that stand inside files: a workflow's and a skill's. Read by line, never parsed or imported."""

from __future__ import annotations

import re
from itertools import islice

from overlays_node import NodeError

LARGEST = 1 << 20  # bytes of a file that is looked into

_MENTION = re.compile(rb"WORKFLOW_NAME(?![A-Za-z0-9_\x80-\xff])")
_ASSIGNED = re.compile(
    rb"WORKFLOW_NAME[ \t]*(?::[ \t]*[^=#\s][^=#]*)?=[ \t]*"
    rb"(?:\"([^\"\\]+)\"|'([^'\\]+)')[ \t]*(?:#.*)?"
)
_CODE = re.compile(rb"\"\"\"|'''|\"|'|#")
_STRING = {quote: re.compile(rb"\\.?|" + quote, re.DOTALL) for quote in (b'"', b"'", b'"""', b"'''")}


class WorkflowNameError(NodeError):
    """The file speaks of WORKFLOW_NAME in a way that has no static answer; says which line."""


def workflow_name(data: bytes) -> str | None:
    """The static workflow name of a Python file; None when it has none.

    It stands in the first line at column 0 of the form `WORKFLOW_NAME [: annotation] = <plain literal> [# comment]`
    outside triple-quoted text. Raises WorkflowNameError: a WORKFLOW_NAME line of any other form, anywhere in the file.
    """
    found = workflow_line(data)
    return None if found is None else found[0]


def workflow_line(data: bytes) -> tuple[str, int] | None:
    """As workflow_name, with the number of the line where the name stands."""
    found = None
    string = b""  # the quotes of the text that an earlier line left open
    lines = _lines(data)
    mentions = [number for number, line in enumerate(lines, start=1) if _MENTION.match(line)]
    for number, line in enumerate(islice(lines, max(mentions, default=0)), start=1):  # the rest has no say
        if not string and _MENTION.match(line):
            name = _assigned(line, number)
            found = (name, number) if found is None else found
        string = _left_open(line, string)
    return found


def _lines(data: bytes) -> list[bytes]:
    data = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _assigned(line: bytes, number: int) -> str:
    match = _ASSIGNED.fullmatch(line)
    if match is None:
        raise WorkflowNameError(f"line {number}: WORKFLOW_NAME is not set to one plain string literal")
    try:
        name = (match[1] or match[2]).decode("utf-8")
    except UnicodeDecodeError:
        raise WorkflowNameError(f"line {number}: WORKFLOW_NAME is not UTF-8") from None
    if not name.isprintable():
        raise WorkflowNameError(f"line {number}: WORKFLOW_NAME holds a control character")
    return name


def _left_open(line: bytes, string: bytes) -> bytes:
    """The quotes still open at the end of a line that began inside `string` (b"" is code)."""
    at = 0
    while True:
        found = (_STRING[string] if string else _CODE).search(line, at)
        if found is None:
            return string if len(string) == 3 else b""  # Python ends a short string with its line
        token, at = found[0], found.end()
        if token == b"#" and not string:
            return b""
        if token == b"\\":
            return string  # the line goes on in the next one
        if not string:
            string = token
        elif token == string:
            string = b""


def skill_problem(data: bytes, directory: str) -> str | None:
    """Why a SKILL.md with these bytes cannot be served from that directory; None when it can.

    Servable: UTF-8, at most 1 MiB, a first line `---`, a closing `---`, and between them exactly one `name:` at
    column 0 whose text, quotes and a comment removed, is the directory's name.
    """
    if len(data) > LARGEST:
        return "SKILL.md is larger than 1 MiB"
    try:
        lines = [line[:-1] if line.endswith("\r") else line for line in data.decode("utf-8").split("\n")]
    except UnicodeDecodeError:
        return "SKILL.md is not UTF-8"
    if lines[0] != "---":
        return "SKILL.md does not begin with a line ---"
    if "---" not in lines[1:]:
        return "SKILL.md has no closing line ---"
    named = [line[len("name:") :] for line in lines[1 : lines.index("---", 1)] if line.startswith("name:")]
    if len(named) != 1:
        return f"SKILL.md has {len(named)} lines name: in its front matter, not one"
    name = _plain(named[0])
    return None if name == directory else f"SKILL.md has the name {name!r}, its directory is {directory!r}"


def renamed(data: bytes, name: str) -> bytes:
    """The bytes of a SKILL.md that can be served, with another name in them and not one byte else changed.

    A name in quotes stays in them, and one that begins like a number or a date gets some. Raises ValueError: it cannot
    be served.
    """
    text = data.decode("utf-8")
    at = text.index("\nname:") + len("\nname:")
    line = text[at : text.index("\n", at)].rstrip("\r")
    at += len(line) - len(line.lstrip(" \t"))
    old = _plain(line)
    in_quotes = not text.startswith(old, at)
    written = name if in_quotes or name[0].isalpha() else f'"{name}"'
    at += in_quotes
    return (text[:at] + written + text[at + len(old) :]).encode("utf-8")


def body_of(data: bytes) -> bytes:
    """What follows the front matter of a SKILL.md that can be served."""
    lines = data.split(b"\n")
    markers = [number for number, line in enumerate(lines) if line in (b"---", b"---\r")]
    return b"\n".join(line for closing in markers[1:2] for line in lines[closing + 1 :])


def _plain(text: str) -> str:
    """Text of a YAML scalar on one line: without quotes and without a comment."""
    text = text.strip(" \t")
    quote = text[:1]
    if quote and quote in "\"'":
        inner, closed, after = text[1:].partition(quote)
        if closed and (not after or (after[0] in " \t" and after.lstrip(" \t").startswith("#"))):
            return inner
    return _before_comment(text)


def _before_comment(text: str) -> str:
    """What stands before a # that follows a blank. One pass: with a pattern, a long run of blanks takes hours."""
    at = text.find("#", 1)
    while at > 0:
        if text[at - 1] in " \t":
            return text[:at].rstrip(" \t")
        at = text.find("#", at + 1)
    return text
