"""What the Agent Skills specification says about one SKILL.md, and what it leaves open but readers disagree on.

The level is that of the specification: an error is what it forbids, what cannot be read and what our own reader would
not serve; a warning what it leaves open. What single consumers make of a skill is told elsewhere.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

from overlays.content import codes
from overlays.content.skill.front import LIST, MAP, TEXT, Front, Node, read_front
from overlays.content.skill.parts import Parts, cut
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import control, foreign, shown
from overlays.model.codes import CODES
from overlays.model.finding import Severity
from overlays_node.names import skill_problem

FIELDS: Final = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
LONGEST_NAME: Final = 64
LONGEST_DESCRIPTION: Final = 1024
LONGEST_TEXT: Final = 500
_NAME: Final = "[a-z0-9]+(-[a-z0-9]+)*"
_KINDS: Final = {MAP: "a map", LIST: "a list"}


def remarks(data: bytes, directory: str) -> tuple[Remark, ...]:
    """Everything to tell about the bytes of a SKILL.md in a directory of that name, by place."""
    parts = cut(data)
    skill = _Skill(directory, parts)
    if parts.front is not None:
        skill.check(parts.front)
    problem = skill_problem(data, directory)
    if problem is not None and not any(CODES[one.code].severity is Severity.ERROR for one in skill.remarks):
        why = "the cache reads the name by line, so it has to stand there plainly"
        hint = f"write `name: {directory}` on a line of its own"
        line, column = skill.name_at
        skill.remarks.append(Remark(line, column, codes.SKILL_NAME, problem, why, hint))
    return tuple(sorted(set(skill.remarks)))


class _Skill:
    """The checks of one file."""

    def __init__(self, directory: str, parts: Parts) -> None:
        self.directory, self.parts = directory, parts
        self.remarks = list(parts.remarks)
        self.name_at = (parts.first, 1)

    def tell(self, node: Node, code: str, what: str, why: str, hint: str) -> None:
        self.remarks.append(Remark(node.line, node.column, code, what, why, hint))

    def check(self, text: str) -> None:
        """Front matter and body."""
        front = read_front(text, self.parts.first)
        self.remarks += front.remarks
        if front.root is not None and front.root.kind != MAP:
            kind = _KINDS.get(front.root.kind, "text")
            what, why = f"the front matter is {kind}", "it is a map of fields"
            self.tell(front.root, codes.SKILL_YAML, what, why, "write `name: …` and `description: …`")
        else:
            self.fields(front)
        if self.parts.body is not None and not self.parts.body.strip():
            end = Node(TEXT, self.parts.last, 1)
            why, hint = "an agent that loads the skill gets nothing to read", "write the instructions below ---"
            self.tell(end, codes.SKILL_EMPTY, "the body is empty", why, hint)

    def fields(self, front: Front) -> None:
        known = {"name": self.name, "description": self.description, "metadata": self.metadata}
        known |= {"license": self.short, "compatibility": self.short, "allowed-tools": self.tools}
        root = front.root or Node(MAP, self.parts.first, 1)
        seen = self.keys(root, "the front matter")
        for key, value in root.pairs:
            field = key.text if key.kind == TEXT else ""
            if field in known:
                known[field](field, value)
            elif key.kind == TEXT:
                self.unknown(key)
        for field in ("name", "description"):
            if front.complete and field not in seen:
                what, hint = f"{field} is missing", f"write a line `{field}: …`"
                code = codes.SKILL_NAME if field == "name" else codes.SKILL_DESCRIPTION
                self.tell(root, code, what, "every skill has a name and a description", hint)

    def keys(self, node: Node, where: str) -> set[str]:
        """The keys of a map; tells of those that are no text or stand there twice."""
        seen: set[str] = set()
        for key in node.items[::2]:
            if key.kind != TEXT:
                what = f"a key of {where} is {_KINDS[key.kind]}"
                self.tell(key, codes.SKILL_YAML, what, "a key is text", "write `key: value`")
                continue
            self.controls(f"the key {shown(key.text)}", key, lines=False)
            if key.text in seen:
                what, why = f"{shown(key.text)} stands twice in {where}", "some readers take the last, others none"
                self.tell(key, codes.SKILL_KEY_TWICE, what, why, "remove one of them")
            seen.add(key.text)
        return seen

    def unknown(self, key: Node) -> None:
        near = difflib.get_close_matches(key.text.lower()[:LONGEST_NAME], FIELDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "move it below metadata"
        why = f"the specification has only {', '.join(FIELDS)}"
        self.tell(key, codes.SKILL_UNKNOWN, f"the unknown field {shown(key.text)}", why, hint)

    def controls(self, what: str, node: Node, *, lines: bool) -> None:
        """Tell of a control character, which only an escape brings into a value; lines: tab and line feed may be."""
        found = control(node.text, lines=lines)
        if found is not None:
            why = "it would stand in prompts and on screens, where it acts"
            hint = "write the text on one line, without it"
            self.tell(node, codes.SKILL_CONTROL, f"{what} holds the character U+{ord(found):04X}", why, hint)

    def text(self, field: str, node: Node, code: str) -> str | None:
        """The text of a field that has to have one; None when it has not, which is told."""
        if node.kind != TEXT or _is_null(node):
            what = f"{field} is {_KINDS.get(node.kind, 'null')}"
            self.tell(node, code, what, f"{field} is text", f"write `{field}: …` on one line")
            return None
        self.foreign(field, node)
        return node.text

    def foreign(self, field: str, node: Node) -> None:
        kind = foreign(node.text) if node.plain else None
        if kind is not None:
            what, why = f"{field} is {kind} to some readers: {shown(node.text)}", "YAML readers differ on such a word"
            self.tell(node, codes.SKILL_NOT_TEXT, what, why, "put it in quotes")

    def name(self, field: str, node: Node) -> None:
        self.name_at = (node.line, node.column)
        text = self.text(field, node, codes.SKILL_NAME)
        if text is None:
            return
        if len(text) > LONGEST_NAME:
            what, why = "name is too long", f"it has {len(text)} characters, and {LONGEST_NAME} are allowed"
            self.tell(node, codes.SKILL_NAME, what, why, "choose a shorter name, for the directory too")
        if not re.fullmatch(_NAME, text):
            why = "lower-case ASCII letters, digits and single hyphens between them are allowed"
            hint = "choose another name, for the directory too"
            self.tell(node, codes.SKILL_NAME, f"name is {shown(text)}", why, hint)
        if text != self.directory:
            what = f"name is {shown(text)}, the directory is {shown(self.directory)}"
            self.tell(node, codes.SKILL_NAME, what, "both are the same, letter by letter", "rename one of them")

    def description(self, field: str, node: Node) -> None:
        text = self.text(field, node, codes.SKILL_DESCRIPTION)
        if text is None:
            return
        text = text.rstrip("\n")  # of a block, whose last line end is no part of what it says
        if not text.strip():
            why, hint = "agents choose by it", "say what the skill does and when to use it"
            self.tell(node, codes.SKILL_DESCRIPTION, "description is empty", why, hint)
        if len(text) > LONGEST_DESCRIPTION:
            what, why = (
                "description is too long",
                f"it has {len(text)} characters, and {LONGEST_DESCRIPTION:,} are allowed",
            )
            self.tell(node, codes.SKILL_DESCRIPTION, what, why, "move details into the body")
        self.controls(field, Node(TEXT, node.line, node.column, text), lines=False)

    def short(self, field: str, node: Node) -> None:
        """License and compatibility: free text."""
        if node.kind != TEXT:
            what = f"{field} is {_KINDS[node.kind]}"
            self.tell(node, codes.SKILL_FIELD, what, f"{field} is text", f"write `{field}: …` on one line")
        elif _is_null(node):
            self.empty(field, node)
        elif not 0 < len(node.text) <= LONGEST_TEXT:
            what = f"{field} is {'too long' if node.text else 'empty'}"
            why = f"it has {len(node.text)} characters, and 1 to {LONGEST_TEXT} are allowed"
            self.tell(node, codes.SKILL_FIELD, what, why, "shorten it" if node.text else "remove the field")
        self.controls(field, node, lines=True)

    def empty(self, field: str, node: Node) -> None:
        what, why = f"{field} has no value", "readers differ on what that means"
        self.tell(node, codes.SKILL_EMPTY, what, why, "give it a value, or remove it")

    def tools(self, field: str, node: Node) -> None:
        if node.kind != TEXT:
            what, why = f"{field} is {_KINDS[node.kind]}", "the specification has one text, names separated by spaces"
            self.tell(node, codes.SKILL_FIELD, what, why, f"write `{field}: Read Grep`")
        elif _is_null(node) or not node.text.strip():
            self.empty(field, node)
        else:
            self.foreign(field, node)
        self.controls(field, node, lines=False)

    def metadata(self, field: str, node: Node) -> None:
        if node.kind == TEXT and _is_null(node):
            return
        if node.kind != MAP:
            what = f"{field} is {_KINDS.get(node.kind, 'text')}"
            self.tell(node, codes.SKILL_FIELD, what, f"{field} is a map of text to text", "write `key: value` below it")
            return
        self.keys(node, field)
        for key, value in node.pairs:
            name = f"{field}.{shown(key.text)[1:-1]}" if key.kind == TEXT else field
            if value.kind != TEXT:
                what, why = f"{name} is {_KINDS[value.kind]}", f"{field} is a map of text to text"
                self.tell(value, codes.SKILL_FIELD, what, why, "write it as one text, in quotes")
                continue
            self.foreign(name, value)
            self.controls(name, value, lines=True)
            if key.kind == TEXT:
                self.foreign(f"a key of {field}", key)


def _is_null(node: Node) -> bool:
    return node.plain and node.text in ("", "~", "null", "Null", "NULL")
