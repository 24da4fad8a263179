"""What the SKILL.md of a served skill gives to a catalog: its description as CAO reads it.

Source of the rules: CAO reads with python-frontmatter and PyYAML, which is YAML 1.1, and leaves out a skill whose
description is no text there. Of a key that stands twice the last one holds. Differences of ours, for hostile files:
merge keys bring nothing, and front matter that is larger than 64 KiB or that our own reader gives up on (lint tells
why) has no description.
"""

from __future__ import annotations

import re
from typing import Final

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from overlays.content.skill.front import LIST, MAP, TEXT, Node, read_front
from overlays.content.skill.parts import MOST
from overlays.model.sight import Front

_BOUNDARY: Final = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_TEXT: Final = "tag:yaml.org,2002:str"
_KINDS: Final = {
    MAP: "a map",
    LIST: "a list",
    "null": "null",
    "bool": "a boolean",
    "timestamp": "a date",
    "int": "a number",
    "float": "a number",
}


def described(data: bytes, name: str) -> Front:
    """The front matter of a SKILL.md that is served under that name; data: all its bytes."""
    found = _fields(data)
    if isinstance(found, str):
        return Front(None, found)
    description, flaw = _text(found.get("description"), "description")
    if description is not None and not flaw and not description.strip():
        flaw = "its description is empty"
    own, odd = _text(found.get("name"), "name")
    if not odd and own is not None and own.strip() != name:
        odd = "its name is another one once YAML has read it"
    return Front(description, flaw, odd)


def _fields(data: bytes) -> dict[str, Node] | str:
    """The values of the front matter by key, or why there are none."""
    text = data.decode(errors="replace").replace("\r\n", "\n").strip()
    opening = _BOUNDARY.match(text)
    closing = _BOUNDARY.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return "it has no front matter"
    if closing.start() - opening.end() > MOST:
        return "its front matter is larger than 64 KiB"
    front = read_front(text[opening.end() : closing.start()], 1)
    if not front.complete:
        return "its front matter cannot be read"
    if front.root is None or front.root.kind != MAP:
        return "its front matter is no map of fields"
    return {key.text: value for key, value in front.root.pairs if key.kind == TEXT}


def _text(node: Node | None, field: str) -> tuple[str | None, str]:
    """The text of a field, None when it is none, and what is wrong with it."""
    if node is None:
        return None, f"it has no {field}"
    if node.kind != TEXT:
        return None, f"its {field} is {_KINDS[node.kind]}"
    tag = _TEXT
    if node.plain:
        tag = _RESOLVER.resolve(ScalarNode, node.text, (True, False))  # type: ignore[no-untyped-call]
    if tag == _TEXT:
        return node.text, ""
    kind = tag.rpartition(":")[2]
    return None if kind == "null" else node.text, f"its {field} is {_KINDS.get(kind, 'something else')}, no text"


_RESOLVER: Final = Resolver()
