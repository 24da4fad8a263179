"""What the SKILL.md of a served skill gives to a catalog: its description as CAO reads it.

CAO leaves out a skill whose front matter PyYAML refuses or whose description is no text there. Of a key that stands
twice the last one holds. Two differences of ours, for hostile files: merge keys that bring more than 100,000 pairs, and
more than 1,000 levels, cannot be read.
"""

from __future__ import annotations

import re
from typing import Final

from yaml.nodes import MappingNode, Node, ScalarNode

from overlays.content.skill.pyyaml import NO_FRONT, NOT_TEXT, fields
from overlays.model.sight import Front

_BOUNDARY: Final = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_TEXT: Final = "tag:yaml.org,2002:str"
_KINDS: Final = {"null": "null", "bool": "a boolean", "timestamp": "a date", "int": "a number", "float": "a number"}


def described(data: bytes, name: str) -> Front:
    """The front matter of a SKILL.md that is served under that name; data: all its bytes."""
    flaw, values = _fields(data)
    description, odd = _text(values.get("description"), "description")
    if flaw:
        return Front(description, flaw)
    flaw = odd
    if description is not None and not flaw and not description.strip():
        flaw = "its description is empty"
    own, odd = _text(values.get("name"), "name")
    if not odd and own is not None and own.strip() != name:
        odd = "its name is another one once YAML has read it"
    return Front(description, flaw, odd)


def _fields(data: bytes) -> tuple[str, dict[str, Node]]:
    """Why CAO reads nothing, "" when it does, and the values of the front matter by key."""
    try:
        text = data.decode().replace("\r\n", "\n").strip()
    except UnicodeDecodeError:
        return NOT_TEXT, {}
    opening = _BOUNDARY.match(text)
    closing = _BOUNDARY.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return NO_FRONT, {}
    return fields(text[opening.end() : closing.start()])


def _text(node: Node | None, field: str) -> tuple[str | None, str]:
    """The text of a field, None when it is none, and what is wrong with it."""
    if node is None:
        return None, f"it has no {field}"
    if not isinstance(node, ScalarNode):
        return None, f"its {field} is {'a map' if isinstance(node, MappingNode) else 'a list'}"
    if node.tag == _TEXT:
        return node.value, ""
    kind = node.tag.rpartition(":")[2]
    return None if kind == "null" else node.value, f"its {field} is {_KINDS.get(kind, 'something else')}, no text"
