"""What the Agent Skills specification says about one SKILL.md, and what it leaves open but readers disagree on.

The level is that of the specification: an error is what it forbids, what cannot be read and what our own reader would
not serve; a warning what it leaves open. What single consumers make of a skill is told elsewhere.
"""

from __future__ import annotations

import difflib
import re
from typing import Final, NamedTuple

from overlays.content.skill.deviations import RULES
from overlays.content.skill.front import LIST, MAP, TEXT, Front, Node, read_front
from overlays.content.skill.parts import Parts, cut
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import LINE_ENDS, control, foreign, line_end, shown
from overlays.model.finding import Severity
from overlays_node.names import skill_problem

FIELDS: Final = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
LONGEST_NAME: Final = 64
LONGEST_DESCRIPTION: Final = 1024
LONGEST_LISTED: Final = 1536
"""Characters of a description that Claude Code shows."""
LONGEST_TEXT: Final = 500
TAKEN: Final = ("self", "content", "handler")
"""Fields that python-frontmatter, with which CAO reads, cannot take."""
_NAME: Final = "[a-z0-9]+(-[a-z0-9]+)*"
_KINDS: Final = {MAP: "a map", LIST: "a list"}


class Read(NamedTuple):
    """One SKILL.md. remarks: by place. root: the fields; None when they cannot be read."""

    remarks: tuple[Remark, ...]
    parts: Parts
    root: Node | None


def remarks(data: bytes, directory: str) -> tuple[Remark, ...]:
    """Everything to tell about the bytes of a SKILL.md in a directory of that name, by place."""
    return read(data, directory).remarks


def read(data: bytes, directory: str) -> Read:
    """The same, with what was read."""
    parts = cut(data)
    skill = _Skill(directory, parts)
    if parts.front is not None:
        skill.check(parts.front)
    problem = skill_problem(data, directory)
    if problem is not None and not any(RULES[one.deviation].spec is Severity.ERROR for one in skill.remarks):
        why = "the cache reads the name by line, so it has to stand there plainly"
        hint = f"write `name: {directory}` on a line of its own"
        line, column = skill.name_at
        skill.tell(Node(TEXT, line, column), "name-hidden", problem, why, hint)
    return Read(tuple(sorted(set(skill.remarks))), parts, skill.root)


class _Skill:
    """The checks of one file."""

    def __init__(self, directory: str, parts: Parts) -> None:
        self.directory, self.parts = directory, parts
        self.remarks = list(parts.remarks)
        self.name_at = (parts.first, 1)
        self.root: Node | None = None

    def tell(self, node: Node, deviation: str, what: str, why: str, hint: str) -> None:
        code = RULES[deviation].code
        self.remarks.append(Remark(node.line, node.column, code, what, why, hint, deviation))

    def check(self, text: str) -> None:
        """Front matter and body."""
        front = read_front(text, self.parts.first)
        self.remarks += front.remarks
        self.root = front.root
        if front.root is not None and front.root.kind != MAP:
            kind = _KINDS.get(front.root.kind, "text")
            what, why = f"the front matter is {kind}", "it is a map of fields"
            self.tell(front.root, "bad-yaml", what, why, "write `name: …` and `description: …`")
        else:
            self.fields(front)
        if self.parts.body is not None and not self.parts.body.strip():
            end = Node(TEXT, self.parts.last, 1)
            why, hint = "an agent that loads the skill gets nothing to read", "write the instructions below ---"
            self.tell(end, "body-empty", "the body is empty", why, hint)

    def fields(self, front: Front) -> None:
        known = {"name": self.name, "description": self.description, "metadata": self.metadata}
        known |= {"license": self.short, "compatibility": self.short, "allowed-tools": self.tools}
        root = front.root or Node(MAP, self.parts.first, 1)
        seen = self.keys(root, "the front matter")
        maps = _maps(root)
        for one in maps:
            self.top_keys(one)
        self.merges(root)
        for key, value in root.pairs:
            field = key.text if key.kind == TEXT else ""
            if field in known:
                known[field](field, value)
            elif key.kind == TEXT:
                self.unknown(key)
        for field in ("name", "description"):
            brought = None if field in seen else _value(maps, field)
            if brought is not None:
                what, why = f"{field} comes from a merge key", "the specification has no such keys, and few readers do"
                self.tell(brought, f"{field}-merged", what, why, f"write a line `{field}: …`")
                known[field](field, brought)
            elif front.complete and field not in seen:
                what, hint = f"{field} is missing", f"write a line `{field}: …`"
                self.tell(root, f"{field}-missing", what, "every skill has a name and a description", hint)

    def top_keys(self, node: Node) -> None:
        """The keys of a map of fields that CAO does not take."""
        for key, _ in node.pairs:
            if key.kind == TEXT and not _merges(key):
                if key.text != "=":  # as a key it is text
                    self.foreign("a key of the front matter", key, "key-bare")
                if key.text in TAKEN:
                    why = "it is the name of something of theirs, and some readers skip the skill"
                    self.tell(key, "field-taken", f"the field {key.text!r}", why, "move it below metadata")

    def merges(self, root: Node) -> None:
        """Merge keys, however deep, that bring anything but maps."""
        pending, seen = [root], {id(root)}
        while pending:
            node = pending.pop()
            for key, value in node.pairs if node.kind == MAP else ():
                if _merges(key) and any(one.kind != MAP for one in _brought(value)):
                    what, why = "a merge key without a map", "some readers refuse the front matter"
                    self.tell(key, "merge-odd", what, why, "write the fields themselves")
            below = [one for one in node.items if id(one) not in seen]
            seen.update(map(id, below))
            pending += below

    def keys(self, node: Node, where: str) -> set[str]:
        """The keys of a map; tells of those that are no text or stand there twice."""
        seen: set[str] = set()
        for key in node.items[::2]:
            if key.kind != TEXT:
                what = f"a key of {where} is {_KINDS[key.kind]}"
                self.tell(key, "odd-yaml", what, "a key is text", "write `key: value`")
                continue
            if control(key.text, lines=False) is not None:
                self.controls(f"the key {shown(key.text)}", key, lines=False)
            if key.text in seen:
                what, why = f"{shown(key.text)} stands twice in {where}", "some readers take the last, others none"
                self.tell(key, "key-twice", what, why, "remove one of them")
            seen.add(key.text)
        return seen

    def unknown(self, key: Node) -> None:
        near = difflib.get_close_matches(key.text.lower()[:LONGEST_NAME], FIELDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "move it below metadata"
        why = f"the specification has only {', '.join(FIELDS)}"
        self.tell(key, "unknown-field", f"the unknown field {shown(key.text)}", why, hint)

    def controls(self, what: str, node: Node, *, lines: bool) -> None:
        """Tell of a control character, which only an escape brings into a value; lines: tab and line feed may be."""
        self.control(what, node, "control", control(node.text, lines=lines))

    def control(self, what: str, node: Node, deviation: str, found: str | None) -> None:
        """Tell of this character, if there is one."""
        if found is not None:
            why = "it would stand in prompts and on screens, where it acts"
            hint = "write the text on one line, without it"
            self.tell(node, deviation, f"{what} holds the character U+{ord(found):04X}", why, hint)

    def text(self, field: str, node: Node) -> str | None:
        """The text of a field that has to have one; None when it has not, which is told."""
        if node.kind != TEXT or _is_null(node):
            what = f"{field} is {_KINDS.get(node.kind, 'null')}"
            self.tell(node, f"{field}-no-text", what, f"{field} is text", f"write `{field}: …` on one line")
            return None
        self.foreign(field, node, f"{field}-bare")
        return node.text

    def foreign(self, field: str, node: Node, deviation: str) -> None:
        """Tell of an unquoted text that is none to some; deviation: its name, or the part before the YAML version."""
        found = foreign(node.text) if node.plain else None
        if found is not None:
            kind, version = found
            what, why = f"{field} is {kind} to some readers: {shown(node.text)}", "YAML readers differ on such a word"
            deviation = deviation if deviation in RULES else f"{deviation}-{version}"
            self.tell(node, deviation, what, why, "put it in quotes")

    def name(self, field: str, node: Node) -> None:
        self.name_at = (node.line, node.column)
        text = self.text(field, node)
        if text is None:
            return
        if len(text) > LONGEST_NAME:
            what, why = "name is too long", f"it has {len(text)} characters, and {LONGEST_NAME} are allowed"
            self.tell(node, "name-long", what, why, "choose a shorter name, for the directory too")
        if not re.fullmatch(_NAME, text):
            why = "lower-case ASCII letters, digits and single hyphens between them are allowed"
            hint = "choose another name, for the directory too"
            self.tell(node, _alphabet(text), f"name is {shown(text)}", why, hint)
        if text != self.directory:
            what = f"name is {shown(text)}, the directory is {shown(self.directory)}"
            deviation = "name-padded" if text.strip() == self.directory else "name-directory"
            self.tell(node, deviation, what, "both are the same, letter by letter", "rename one of them")

    def description(self, field: str, node: Node) -> None:
        if self.text(field, node) is None:
            return
        text = node.text.rstrip("\n")  # of a block, whose last line end is no part of what it says
        if not text.strip():
            why, hint = "agents choose by it", "say what the skill does and when to use it"
            deviation = "description-blank" if node.text else "description-empty"
            self.tell(node, deviation, "description is empty", why, hint)
        elif text != node.text:
            what, why = "description ends in a line end", "it breaks lists that have one line for each skill"
            self.tell(node, "description-line-end", what, why, "write >- for > and |- for |, or all on one line")
        self.length(node, text)
        self.control(field, node, "description-lines", line_end(text))
        self.controls(field, Node(TEXT, node.line, node.column, text.translate(LINE_ENDS)), lines=False)

    def length(self, node: Node, text: str) -> None:
        """Of a description; text: without its last line end, which counts where bytes do."""
        size, hint = len(node.text.encode("utf-8", "surrogatepass")), "move details into the body"
        if len(text) > LONGEST_DESCRIPTION:
            deviation = "description-cut" if len(text) > LONGEST_LISTED else "description-long"
            why = f"it has {len(text)} characters, and {LONGEST_DESCRIPTION:,} are allowed"
            self.tell(node, deviation, "description is too long", why, hint)
        elif size > LONGEST_DESCRIPTION:
            what = f"description has {size:,} bytes"
            why = f"in characters it is short enough, but some readers allow {LONGEST_DESCRIPTION:,} bytes"
            self.tell(node, "description-bytes", what, why, hint)

    def short(self, field: str, node: Node) -> None:
        """License and compatibility: free text."""
        if node.kind != TEXT:
            what = f"{field} is {_KINDS[node.kind]}"
            self.tell(node, "field-no-text", what, f"{field} is text", f"write `{field}: …` on one line")
        elif _is_null(node):
            self.empty(field, node)
        elif not 0 < len(node.text) <= LONGEST_TEXT:
            what = f"{field} is {'too long' if node.text else 'empty'}"
            why = f"it has {len(node.text)} characters, and 1 to {LONGEST_TEXT} are allowed"
            self.tell(node, "field-length", what, why, "shorten it" if node.text else "remove the field")
        self.controls(field, node, lines=True)

    def empty(self, field: str, node: Node) -> None:
        what, why = f"{field} has no value", "readers differ on what that means"
        self.tell(node, "no-value", what, why, "give it a value, or remove it")

    def tools(self, field: str, node: Node) -> None:
        if node.kind != TEXT:
            what, why = f"{field} is {_KINDS[node.kind]}", "the specification has one text, names separated by spaces"
            self.tell(node, f"tools-{node.kind}", what, why, f"write `{field}: Read Grep`")
        elif _is_null(node):
            self.empty(field, node)
        else:
            if not node.text.strip():
                self.empty(field, node)
            self.foreign(field, node, "tools-bare")
            what, why = f"{field} is a text", "that is the specification's form, but some readers take only a list"
            self.tell(node, "tools-text", what, why, "leave it out of a skill that is meant for all readers")
        self.controls(field, node, lines=False)

    def metadata(self, field: str, node: Node) -> None:
        if node.kind == TEXT and _is_null(node):
            return
        if node.kind != MAP:
            what = f"{field} is {_KINDS.get(node.kind, 'text')}"
            hint = "write `key: value` below it"
            self.tell(node, "metadata-no-map", what, f"{field} is a map of text to text", hint)
            return
        self.keys(node, field)
        for key, value in node.pairs:
            name = f"{field}.{shown(key.text)[1:-1]}" if key.kind == TEXT else field
            if value.kind != TEXT:
                what, why = f"{name} is {_KINDS[value.kind]}", f"{field} is a map of text to text"
                self.tell(value, "metadata-nested", what, why, "write it as one text, in quotes")
                continue
            self.foreign(name, value, "metadata-bare")
            self.controls(name, value, lines=True)
            if key.kind == TEXT:
                self.foreign(f"a key of {field}", key, "metadata-bare")


def _alphabet(name: str) -> str:
    """Which deviation a name is that is not of the alphabet."""
    if not name.strip():
        return "name-no-text"
    if re.fullmatch(_NAME, name.strip()):
        return "name-padded"
    if any(part in name for part in ("..", "?", "#", "/", "\\")):
        return "name-unsafe"
    return "name-alphabet" if name.isascii() else "name-foreign"


def _merges(key: Node) -> bool:
    return key.plain and key.text == "<<"


def _brought(value: Node) -> list[Node]:
    """What a merge key brings."""
    return value.items if value.kind == LIST else [value]


def _maps(root: Node) -> list[Node]:
    """A map and those that its merge keys bring, first the one that counts most, each once."""
    found: dict[int, Node] = {}
    pending = [root]
    while pending:
        node = pending.pop()
        if node.kind == MAP and id(node) not in found:
            found[id(node)] = node
            for key, value in node.pairs:
                pending += reversed(_brought(value)) if _merges(key) else ()
    return list(found.values())


def _value(maps: list[Node], field: str) -> Node | None:
    """The value of a field in the first map that has it."""
    values = (value for one in maps for key, value in reversed(one.pairs) if key.kind == TEXT and key.text == field)
    return next(values, None)


def _is_null(node: Node) -> bool:
    return node.plain and node.text in ("", "~", "null", "Null", "NULL")
