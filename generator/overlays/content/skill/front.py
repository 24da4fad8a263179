"""The YAML of a front matter as nodes with places. Aliases are followed by reference, so nothing can grow."""

from __future__ import annotations

import re
from typing import Any, Final

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from overlays.content.skill.deviations import RULES
from overlays.content.skill.remark import Remark

TEXT, MAP, LIST = "text", "map", "list"
DEEPEST: Final = 50
"""Levels of maps and lists. A skill needs two."""
_YAML_TAG: Final = "tag:yaml.org,2002:"
_STRING_TAGS: Final = (None, "!", f"{_YAML_TAG}str")


class Node:
    """One value. text: of a scalar; plain: what it is follows from its text, as it has neither quotes nor a tag but !.

    line, column: where it begins in the file, 1-based. items: children of a list; keys and values of a map by turns.
    """

    __slots__ = ("column", "items", "kind", "line", "plain", "text")

    def __init__(self, kind: str, line: int, column: int, text: str = "", *, plain: bool = False) -> None:
        self.kind, self.line, self.column, self.text, self.plain = kind, line, column, text, plain
        self.items: list[Node] = []

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """Keys and values of a map; a key without its value, where reading stopped, is left out."""
        return list(zip(self.items[::2], self.items[1::2], strict=False))


class Front:
    """What a front matter says. root: None when it holds nothing.

    complete: it could be read to its end.
    """

    def __init__(self) -> None:
        self.root: Node | None = None
        self.complete = True
        self.remarks: list[Remark] = []


class _Reader:
    """One pass over the events of a text whose first line has the number `first` in the file."""

    def __init__(self, text: str, first: int) -> None:
        self.text, self.first = text, first
        self.front = Front()
        self.top = Node(LIST, first, 1)
        self.open = [self.top]
        self.anchors: dict[str, Node] = {}
        self.documents = 0

    def tell(self, mark: Any, deviation: str, what: str, why: str, hint: str) -> None:
        line, column, code = mark.line + self.first, mark.column + 1, RULES[deviation].code
        self.front.remarks.append(Remark(line, column, code, what, why, hint, deviation))

    def bad(self, mark: Any, what: str, hint: str, deviation: str = "bad-yaml") -> None:
        """Something after which reading on makes no sense."""
        self.tell(mark, deviation, what, "the front matter is not YAML that every reader takes", hint)
        self.front.complete = False

    def unusual(self, mark: Any, deviation: str, what: str, hint: str) -> None:
        why = "the specification's own reader refuses it"
        self.tell(mark, deviation, what, why, hint)

    def event(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if event.explicit or self.documents > 1:
                hint = "end the front matter with a line ---"
                self.bad(event.start_mark, "a second document begins", hint, "second-document")
        elif isinstance(event, AliasEvent):
            self.alias(event)
        elif isinstance(event, ScalarEvent):
            self.scalar(event)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self.collection(event)
        elif isinstance(event, CollectionEndEvent):
            self.open.pop()

    def alias(self, event: Any) -> None:
        self.unusual(event.start_mark, "alias", "an alias", "write the value itself")
        node = self.anchors.get(event.anchor)
        if node is None:
            self.bad(event.start_mark, "an alias whose anchor is not there", "write the value itself")
            return
        self.open[-1].items.append(node)

    def add(self, event: Any, node: Node) -> None:
        self.open[-1].items.append(node)
        if event.anchor is not None:
            self.unusual(event.start_mark, "alias", "an anchor", "write the value where it is needed")
            if event.anchor in self.anchors:
                why, hint = "some readers refuse the front matter", "write the value where it is needed"
                self.tell(event.start_mark, "anchor-twice", "an anchor that is there twice", why, hint)
            self.anchors[event.anchor] = node

    def scalar(self, event: Any) -> None:
        mark = event.start_mark
        if event.tag not in _STRING_TAGS:
            self.bad(mark, f"the tag {event.tag!r}", "remove it", _tag(event.tag))
        elif event.tag is not None:
            self.unusual(mark, "tag-text", f"the tag {event.tag!r}", "remove it, and put the value in quotes")
        bare = event.tag in (None, "!") and not event.style
        plain = event.tag in (None, "!") and event.implicit[0]  # ! has a text in quotes read as if it had none
        is_key = self.open[-1].kind == MAP and len(self.open[-1].items) % 2 == 0
        self.add(event, Node(TEXT, mark.line + self.first, mark.column + 1, event.value, plain=plain))
        if plain and not is_key and event.value in ("=", "<<"):
            why = "YAML has a meaning for it, and some readers refuse the front matter"
            self.tell(mark, "value-mark", f"{event.value} as a value", why, "put it in quotes")
        cut = re.compile(r"[ \t]+#").match(self.text, event.end_mark.index) if bare and event.value else None
        if cut and not is_key:
            place = event.end_mark
            why, hint = "' #' begins a comment", "quote the whole value, or put the comment on a line of its own"
            self.tell(place, "comment-cut", f"{event.value!r} is cut by a comment", why, hint)

    def collection(self, event: Any) -> None:
        mark, is_map = event.start_mark, isinstance(event, MappingStartEvent)
        if event.tag is not None:
            self.bad(mark, f"the tag {event.tag!r}", "remove it", _tag(event.tag))
        if event.flow_style and is_map:
            self.unusual(mark, "flow-map", "a map in braces", "write one key a line, indented")
        node = Node(MAP if is_map else LIST, mark.line + self.first, mark.column + 1)
        self.add(event, node)
        self.open.append(node)
        if len(self.open) > DEEPEST:
            self.bad(mark, f"the front matter is nested deeper than {DEEPEST} levels", "write a flat map", "odd-yaml")


def _tag(tag: str) -> str:
    """Which deviation a tag is."""
    return "tag" if re.fullmatch(f"{_YAML_TAG}(binary|bool|float|int|map|null|seq|str|timestamp)", tag) else "tag-own"


def read_front(text: str, first: int) -> Front:
    """The nodes of a front matter; `first` is the number of its first line in the file."""
    reader = _Reader(text, first)
    next_event: Any = CParser(text).get_event
    try:
        event = next_event()
        while event is not None and reader.front.complete:
            reader.event(event)
            event = next_event()
    except YAMLError as error:
        _broken(reader, error)
    front = reader.front
    front.root = reader.top.items[0] if reader.top.items else None
    return front


_HINTS: Final = (
    ("mapping values are not allowed", "quote a value that holds ': ', and check the indentation"),
    ("could not find expected ':'", "write `key: value`"),
    ("found unexpected end of stream", "close the quotes"),
    ("found unknown escape character", "double the backslash, or use single quotes"),
)


def _broken(reader: _Reader, error: YAMLError) -> None:
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or "not YAML"
    hint = next((hint for start, hint in _HINTS if problem.startswith(start)), "correct the YAML at this place")
    if mark is None:
        why = "the front matter is not YAML that every reader takes"
        code = RULES["bad-yaml"].code
        reader.front.remarks.append(Remark(reader.first, 1, code, problem, why, hint, "bad-yaml"))
        reader.front.complete = False
        return
    if reader.text[mark.index : mark.index + 1] == "\t":
        problem, hint = "a tab stands where the indentation or a value begins", "use spaces"
    reader.bad(mark, problem, hint)
