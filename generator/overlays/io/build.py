"""From YAML events to the plain values that Helm makes of them. Positions come later, only when one is asked for."""

from __future__ import annotations

from typing import Any, Final

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from overlays.helm.gojson import MAX_DEPTH, depth
from overlays.helm.scalar import SPECIAL_FIRST, Exact, key_text
from overlays.io.events import exact_scalar, is_merge
from overlays.io.notes import Notes

_ASK: Final[Any] = ("ask",)  # the pending key of a map that waits for its next key
_MERGE: Final[Any] = ("merge",)  # … whose `<<` waits for its value
_SKIP: Final[Any] = ("skip",)  # … whose key Helm cannot take: the value is read and dropped
_COLLECTION_AS_KEY: Final[Any] = ("key",)  # … whose key is being read and is a map or list

_KEY_FIRST: Final = SPECIAL_FIRST | {"<"}


class _Anchor:
    """What an alias stands for.

    value: shared by all its aliases.
    exact: a scalar's value as a key needs it.
    decodes: go-yaml's decode steps for it, aliases inside counted in full.
    open: the collection has not ended yet.
    """

    __slots__ = ("decodes", "exact", "open", "value")

    def __init__(self, value: object, exact: Exact = None, *, is_open: bool = False) -> None:
        self.value, self.exact, self.open = value, exact, is_open
        self.decodes = 1


class Builder:
    """Builds the value of a text of one document: `run` once, then read the attributes.

    notes: what was found.
    document_start: index in the text of an explicit `---`, -1 when there is none.
    """

    def __init__(self, name: str, text: str) -> None:
        self.notes = Notes(name)
        self.document_start = -1
        self._text = text
        self._documents: list[object] = []
        # The collection being filled: itself, its pending key (None in a list), the places of its keys (None when the
        # text has no `<<`, which alone needs them), its anchor, the decodes before it. The outer ones are on the stack.
        self._node: Any = self._documents
        self._key: Any = None
        self._marks: dict[str, Any] | None = None
        self._anchor: _Anchor | None = None
        self._before = 0
        self._stack: list[tuple[Any, Any, dict[str, Any] | None, _Anchor | None, int]] = []
        self._has_merges = "<<" in text
        self._anchors: dict[str, _Anchor] = {}
        self._decodes = 1
        self._alias_decodes = 0
        # Of maps with keys that are no text to YAML: the map (kept, so that its id stays its own), the types by key.
        self._kinds: dict[int, tuple[object, dict[str, type]]] = {}

    @property
    def value(self) -> object:
        """The document's value; None when there is none."""
        return self._documents[0] if self._documents else None

    def run(self) -> None:
        """Raises yaml.YAMLError: no YAML. Stop: see the last finding."""
        next_event: Any = CParser(self._text).get_event
        handlers: dict[type, Any] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._start_map,
            SequenceStartEvent: self._start_list,
            MappingEndEvent: self._end,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._start_document,
        }
        find = handlers.get
        event = next_event()
        while event is not None:
            handler = find(type(event))
            if handler is not None:
                handler(event)
            event = next_event()
        if self._alias_decodes:
            self._check_aliases(None)
            if not self.notes.fatal and depth(self.value) > MAX_DEPTH:
                raise self.notes.too_deep(None)

    def _scalar(self, event: Any) -> None:
        self._decodes += 1
        text = event.value
        key = self._key
        plain_text = event.tag is None and (event.style or (text and text[0] not in _KEY_FIRST))
        if key is _ASK:
            if not plain_text or event.anchor is not None:
                self._rare_key(event)
                return
            if text in self._node:
                self._repeated(text, str, event.start_mark)
            if self._marks is not None:
                self._marks[text] = event.start_mark
            self._key = text
            return
        value = text
        if not plain_text or event.anchor is not None:
            value = self._rare_scalar(event)
            if type(value) is int:
                value = float(value)
        if key is None:
            self._node.append(value)
            return
        if type(key) is str:
            self._node[key] = value
        elif key is _MERGE:
            self.notes.bad_merge(event.start_mark)
        self._key = _ASK

    def _rare_scalar(self, event: Any) -> Exact:
        """The value of a scalar that may not be text, or that has an anchor."""
        value: Exact = None
        try:
            value = exact_scalar(event)
        except ValueError as error:
            self.notes.bad_value(event.start_mark, str(error))
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(float(value) if type(value) is int else value, value)
        return value

    def _rare_key(self, event: Any) -> None:
        if is_merge(event):
            self._decodes -= 1
            self._key = _MERGE
            return
        before = len(self.notes.findings)
        value = self._rare_scalar(event)
        if len(self.notes.findings) == before:
            self._take_key(value, event.start_mark)
        else:
            self._key = _SKIP

    def _take_key(self, value: Exact, mark: Any) -> None:
        try:
            text = key_text(value)
        except ValueError as error:
            self.notes.bad_key(mark, str(error))
            self._key = _SKIP
            return
        kind = type(value)
        if text in self._node:
            self._repeated(text, kind, mark)
        self._set_kind(text, kind)
        if self._marks is not None:
            self._marks[text] = mark
        self._key = text

    def _kind(self, node: object, key: str) -> type:
        return self._kinds[id(node)][1].get(key, str) if id(node) in self._kinds else str

    def _set_kind(self, key: str, kind: type) -> None:
        if kind is not str:
            self._kinds.setdefault(id(self._node), (self._node, {}))[1][key] = kind

    def _repeated(self, key: str, kind: type, mark: Any) -> None:
        """The key is in the map already: written before, or merged in (which it then overrides)."""
        same = self._kind(self._node, key) is kind
        if not same or self._marks is None or key in self._marks:
            self.notes.duplicate_key(mark, self._pointer(key), key, same=same)

    def _start_map(self, event: Any) -> None:
        self._start(event, {})
        self._key = _ASK
        self._marks = {} if self._has_merges else None

    def _start_list(self, event: Any) -> None:
        self._start(event, [])
        self._key = self._marks = None

    def _start(self, event: Any, child: object) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self.notes.too_deep(event.start_mark)
        key = self._key
        if key is None:
            self._node.append(child)
        elif type(key) is str:
            self._node[key] = child
        elif key is _ASK:
            self.notes.bad_key(event.start_mark, f"the key is a {'map' if isinstance(child, dict) else 'list'}")
            key = _COLLECTION_AS_KEY
        self._stack.append((self._node, key, self._marks, self._anchor, self._before))
        self._node = child
        self._anchor = None
        self._before = self._decodes
        self._decodes += 1
        if event.anchor is not None:
            self._anchor = self._anchors[event.anchor] = _Anchor(child, is_open=True)

    def _end(self, event: Any) -> None:
        ended = self._node
        if self._anchor is not None:
            self._anchor.open = False
            self._anchor.decodes = self._decodes - self._before
        self._node, key, self._marks, self._anchor, self._before = self._stack.pop()
        if key is _MERGE:
            if isinstance(ended, list):
                self._decodes -= 1  # go-yaml decodes only the items
            self._merge(ended if isinstance(ended, list) else [ended], event.start_mark)
        self._key = None if key is None else _SKIP if key is _COLLECTION_AS_KEY else _ASK

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor.open:
            if anchor is None:
                self.notes.unknown_alias(mark, event.anchor)
            else:
                self.notes.endless_alias(mark, event.anchor)
            anchor = _Anchor({} if self._key is _MERGE else None, "")
        self._decodes += 1 + anchor.decodes
        self._alias_decodes += anchor.decodes
        self._check_aliases(mark)
        key = self._key
        if key is None:
            self._node.append(anchor.value)
        elif key is _ASK:
            self._alias_as_key(anchor, mark)
        else:
            if key is _MERGE:
                self._merge([anchor.value], mark)
            elif key is not _SKIP:
                self._node[key] = anchor.value
            self._key = _ASK

    def _alias_as_key(self, anchor: _Anchor, mark: Any) -> None:
        if isinstance(anchor.value, (dict, list)):
            self.notes.bad_key(mark, f"the key is a {'map' if isinstance(anchor.value, dict) else 'list'}")
            self._key = _SKIP
        else:
            self._take_key(anchor.exact, mark)

    def _check_aliases(self, mark: Any) -> None:
        if excessive(self._alias_decodes, self._decodes):
            raise self.notes.too_many_aliases(mark)

    def _merge(self, sources: list[Any], mark: Any) -> None:
        """Lays the maps of a `<<` over the keys that are there, as Helm does; the first one wins."""
        if not all(isinstance(source, dict) for source in sources):
            self.notes.bad_merge(mark)
            return
        node, marks = self._node, self._marks or {}
        for source in reversed(sources):
            for key, value in source.items():
                kind = self._kind(source, key)
                if key in node and kind is not self._kind(node, key):
                    self._repeated(key, kind, mark)
                elif key in marks:
                    self.notes.overridden_key(marks[key], self._pointer(key), key)
                self._set_kind(key, kind)
                node[key] = value

    def _start_document(self, event: Any) -> None:
        if self._documents:
            raise self.notes.second_document(event.start_mark)
        if event.version or event.tags:
            self.notes.directive(event.start_mark)
        if event.explicit:
            self.document_start = event.end_mark.index - len("---")  # the event begins with the directives

    def _pointer(self, key: str) -> str:
        """JSON pointer of a key in the collection being filled; "" inside a `<<`."""
        steps: list[str] = []
        for node, pending, *_ in self._stack[1:]:
            if pending is not None and type(pending) is not str:
                return ""
            steps.append(str(len(node) - 1) if pending is None else pending)
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in [*steps, key])


def excessive(aliased: int, decodes: int) -> bool:
    """Whether too great a share of the decode steps comes from aliases.

    Helm: go-yaml v2; 0.99 up to 400,000 steps, falling linearly to 0.10 at 4,000,000.
    """
    if aliased <= 100 or decodes <= 1000:
        return False
    allowed = 0.99 - 0.89 * (max(decodes - 400_000, 0) / 3_600_000) if decodes < 4_000_000 else 0.10
    return aliased / decodes > allowed
