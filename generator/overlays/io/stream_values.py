"""The plain values of YAML documents as Helm and kubectl read them; texts stay texts, numbers stay exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from overlays.helm.gojson import MAX_DEPTH, depth
from overlays.helm.scalar import SPECIAL_FIRST, key_text
from overlays.io.build import excessive
from overlays.io.events import exact_scalar, is_merge

_ASK: Final[Any] = ("ask",)  # the pending key of a map that waits for its next key
_MERGE: Final[Any] = ("merge",)  # … whose `<<` waits for its value
_ITEM_DEPTH: Final = 2  # open collections where an item of a List begins: the document, its `items`
_EXACT_FLOATS: Final = 2**53


class BadValueError(Exception):
    """The text is YAML, but no value that Kubernetes reads. line, column: 0-based, in the text."""

    def __init__(self, what: str, mark: Any) -> None:
        super().__init__(what)
        self.line, self.column = mark.line, mark.column


class Document(NamedTuple):
    """One document of a text.

    mark: line and column of its value, 0-based, in the text.
    item_marks: likewise of the items of its `items`.
    """

    value: Any
    mark: tuple[int, int]
    item_marks: tuple[tuple[int, int], ...]


class _Anchor:
    """What an alias stands for. size: values in it, aliases counted in full; 0 until the collection has ended."""

    __slots__ = ("size", "value")

    def __init__(self, value: Any, size: int) -> None:
        self.value, self.size = value, size


def read_documents(text: str) -> Iterator[Document]:
    """The documents of a text that are not empty. Raises yaml.YAMLError: no YAML. BadValueError."""
    next_event: Any = CParser(text).get_event
    event = next_event()
    while event is not None:
        if type(event) is DocumentStartEvent:
            document = _Builder(next_event).run()
            if document.value is not None:
                yield document
        event = next_event()


class _Builder:
    """Builds one document from the events after its start."""

    def __init__(self, next_event: Any) -> None:
        self._next = next_event
        self._root: list[Any] = []
        # The collection being filled, and its pending key (None in a list); the outer ones are on the stack.
        self._node: Any = self._root
        self._key: Any = None
        self._stack: list[tuple[Any, Any, _Anchor | None, int]] = []
        self._anchor: _Anchor | None = None
        self._anchors: dict[str, _Anchor] = {}
        self._size = self._aliased = self._before = 0
        self._mark = (0, 0)
        self._item_marks: list[tuple[int, int]] = []

    def run(self) -> Document:
        """All of the document. Raises yaml.YAMLError, BadValueError."""
        event = self._next()
        if type(event) is not DocumentEndEvent:
            self._mark = (event.start_mark.line, event.start_mark.column)
        while type(event) is not DocumentEndEvent:
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent:
                self._start(event, {}, _ASK)
            elif kind is SequenceStartEvent:
                self._start(event, [], None)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._end(event)
            elif kind is AliasEvent:
                self._alias(event)
            event = self._next()
        value = self._root[0] if self._root else None
        if self._aliased and depth(value) > MAX_DEPTH:
            raise BadValueError(_TOO_DEEP, event.start_mark)
        return Document(value, self._mark, tuple(self._item_marks))

    def _scalar(self, event: Any) -> None:
        self._size += 1
        value = event.value
        if event.tag is not None or not (event.style or (value and value[0] not in SPECIAL_FIRST)):
            value = _exact(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, 1)
        if self._key is _ASK:
            self._key = value if type(value) is str and value != "<<" else _rare_key(value, event)
        else:
            self._put(_plain(value), event)

    def _put(self, value: Any, event: Any) -> None:
        """A finished value takes its place."""
        key = self._key
        if key is None:
            self._node.append(value)
        elif key is _MERGE:
            self._merge(value, event)
            self._key = _ASK
        elif key is _ASK:
            raise BadValueError("a map or a list stands as a key", event.start_mark)
        else:
            self._node[key] = value
            self._key = _ASK

    def _start(self, event: Any, child: Any, key: Any) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise BadValueError(_TOO_DEEP, event.start_mark)
        if len(self._stack) == _ITEM_DEPTH and self._stack[-1][1] == "items":
            self._item_marks.append((event.start_mark.line, event.start_mark.column))
        self._stack.append((self._node, self._key, self._anchor, self._before))
        self._node, self._key, self._anchor, self._before = child, key, None, self._size
        self._size += 1
        if event.anchor is not None:
            self._anchor = self._anchors[event.anchor] = _Anchor(child, 0)

    def _end(self, event: Any) -> None:
        value = self._node
        if self._anchor is not None:
            self._anchor.size = self._size - self._before
        self._node, self._key, self._anchor, self._before = self._stack.pop()
        self._put(value, event)

    def _alias(self, event: Any) -> None:
        anchor = self._anchors.get(event.anchor)
        if anchor is None or not anchor.size:
            what = f"the alias {event.anchor!r} {'stands inside its own anchor' if anchor else 'has no anchor'}"
            raise BadValueError(what, event.start_mark)
        self._size += 1 + anchor.size
        self._aliased += anchor.size
        if excessive(self._aliased, self._size):
            raise BadValueError("aliases repeat far more than the text holds", event.start_mark)
        if self._key is _ASK:
            self._key = _key(anchor.value, event)
        else:
            self._put(_plain(anchor.value), event)

    def _merge(self, value: Any, event: Any) -> None:
        """Lay the maps of a `<<` over the keys that are there, as Helm does; the first one wins."""
        for source in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(source, dict):
                raise BadValueError("the value of `<<` is no map", event.start_mark)
            self._node.update(source)


_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"


def _exact(event: Any) -> Any:
    try:
        return exact_scalar(event)
    except ValueError as error:
        raise BadValueError(str(error), event.start_mark) from None


def _rare_key(value: Any, event: Any) -> Any:
    return _MERGE if is_merge(event) else _key(value, event)


def _key(value: Any, event: Any) -> str:
    if isinstance(value, (dict, list)):
        raise BadValueError("a map or a list stands as a key", event.start_mark)
    try:
        return key_text(value)
    except ValueError as error:
        raise BadValueError(str(error), event.start_mark) from None


def _plain(value: Any) -> Any:
    """A whole number as int, however it is written."""
    if type(value) is float and value.is_integer() and abs(value) < _EXACT_FLOATS:
        return int(value)
    return value
