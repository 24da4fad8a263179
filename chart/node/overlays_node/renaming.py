"""Whether a copy of a SKILL.md can have another name: only where every YAML reader sees the one that is changed."""

from __future__ import annotations

import re

_CLOSING = re.compile(rb"\n---\r?(?:\n|\Z)")
_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_LEGAL = re.compile(_WORD)
_NAME = re.compile(rf"name: +(?:{_WORD}|\"{_WORD}\"|'{_WORD}')(?: *| +#.*)")
_BREAKS = re.compile("[\r\x85\u2028\u2029]")  # lines end there, too, for some readers
_SECOND = re.compile(r"name[ \t]*:|\"name\"[ \t]*:|'name'[ \t]*:|\"[^\"]*\\|[?!&*{\[]")


def rename_problem(data: bytes, name: str) -> str:
    """Why a copy of these bytes, which can be served under a name, cannot have another one; "" when it can."""
    if not _LEGAL.fullmatch(name):
        return "its name is not of letters a-z, digits and single hyphens"
    closing = _CLOSING.search(data)
    front = data[: closing.start() if closing else None].decode("utf-8")
    lines = [line[:-1] if line.endswith("\r") else line for line in front.split("\n")]
    at = next(at for at, line in enumerate(lines) if line.startswith("name:"))
    if not _NAME.fullmatch(lines[at]):
        return f"line {at + 1} of SKILL.md does not give its name plainly, as name: {name}"
    for number, line in enumerate(lines[1:], start=2):
        if any(_SECOND.match(part) for part in _BREAKS.split(line)[number == at + 1 :]):
            return f"line {number} of SKILL.md may be read as a second name"
    below = [part for line in lines[at:] for part in _BREAKS.split(line)][1:]
    following = next((line for line in below if line.strip() and not line.lstrip(" \t").startswith("#")), "")
    return f"its name may go on below line {at + 1} of SKILL.md" if following.startswith((" ", "\t")) else ""
