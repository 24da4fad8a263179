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
from overlays.io import codes
from overlays.io.scalars import exact_scalar, is_merge
from overlays.model.finding import Finding, Location, Severity

_ASK: Final[Any] = ("ask",)  # the pending key of a map that waits for its next key
_MERGE: Final[Any] = ("merge",)  # … whose `<<` waits for its value
_SKIP: Final[Any] = ("skip",)  # … whose key Helm cannot take: the value is read and dropped
_KEY_IS_COLLECTION: Final[Any] = ("key",)  # … whose key is being read and is a map or list

_KEY_FIRST: Final = SPECIAL_FIRST | {"<"}


class _Anchor:
    """What an alias stands for.

    value: shared by all its aliases.
    exact: a scalar's value as a key needs it.
    decodes: go-yaml's decode steps for it, aliases inside counted in full.
    open: the collection has not ended yet.
    """

    __slots__ = ("decodes", "exact", "open", "value")

    def __init__(self, value: object, exact: Exact, *, is_open: bool) -> None:
        self.value, self.exact, self.open = value, exact, is_open
        self.decodes = 1


class Stop(Exception):  # noqa: N818  (no error of ours: the last finding says why reading ends here)
    """Reading cannot go on; the reason is the last finding."""


class Builder:
    """Builds the value of a text of one document: `run` once, then read the attributes.

    value: of the document; None when there is none.
    findings: in the order found.
    fatal: the value cannot be used, a finding says why.
    document_start: index in the text of an explicit `---`, -1 when there is none.
    """

    def __init__(self, name: str, text: str) -> None:
        self.findings: list[Finding] = []
        self.fatal = False
        self.document_start = -1
        self._name, self._text = name, text
        self._documents: list[object] = []
        # The collection being filled: itself, its pending key (None in a list), the places of its keys (None when the
        # text has no `<<`, which alone needs them), its anchor, the decodes before it. The outer ones are on the stack.
        self._node: Any = self._documents
        self._key: Any = None
        self._marks: dict[str, Any] | None = None
        self._anchor: _Anchor | None = None
        self._before = 0
        self._stack: list[tuple[Any, Any, dict[str, Any] | None, _Anchor | None, int]] = []
        self._track = "<<" in text
        self._anchors: dict[str, _Anchor] = {}
        self._decodes = 1
        self._alias_decodes = 0
        self._kinds: dict[int, tuple[object, dict[str, type]]] = {}

    @property
    def value(self) -> object:
        """The document's value."""
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
            if not self.fatal and depth(self.value) > MAX_DEPTH:
                self._too_deep(None)

    def _scalar(self, event: Any) -> None:
        self._decodes += 1
        text = event.value
        key = self._key
        if key is _ASK:
            if event.anchor is None and event.tag is None and (event.style or (text and text[0] not in _KEY_FIRST)):
                if text in self._node:
                    self._repeated(text, str, event.start_mark)
                if self._marks is not None:
                    self._marks[text] = event.start_mark
                self._key = text
            else:
                self._rare_key(event)
            return
        if event.tag is None and (event.style or (text and text[0] not in SPECIAL_FIRST)):
            value = text
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchor(value, value, is_open=False)
        else:
            value = self._rare_scalar(event)
            if type(value) is int:
                value = float(value)
        if key is None:
            self._node.append(value)
        else:
            if type(key) is str:
                self._node[key] = value
            elif key is _MERGE:
                self._bad_merge(event.start_mark)
            self._key = _ASK

    def _rare_scalar(self, event: Any) -> Exact:
        try:
            value = exact_scalar(event)
        except ValueError as error:
            self._fail(codes.NOT_YAML, event.start_mark, str(error), "Helm cannot read it", "write it in quotes")
            value = None
        if event.anchor is not None:
            shared = float(value) if type(value) is int else value
            self._anchors[event.anchor] = _Anchor(shared, value, is_open=False)
        return value

    def _rare_key(self, event: Any) -> None:
        """A key with an anchor or a tag, or that may not be text."""
        if is_merge(event):
            self._decodes -= 1
            self._key = _MERGE
            return
        failed = self.fatal
        self.fatal = False
        value = self._rare_scalar(event)
        if self.fatal:
            self._key = _SKIP
        else:
            self.fatal = failed
            self._take_key(value, event.start_mark)

    def _take_key(self, value: Exact, mark: Any) -> None:
        try:
            text = key_text(value)
        except ValueError as error:
            self._bad_key(str(error), mark)
            return
        kind = type(value)
        if text in self._node:
            self._repeated(text, kind, mark)
        if kind is not str:
            self._kinds.setdefault(id(self._node), (self._node, {}))[1][text] = kind
        if self._marks is not None:
            self._marks[text] = mark
        self._key = text

    def _bad_key(self, what: str, mark: Any) -> None:
        self._fail(
            codes.BAD_KEY, mark, what, "Helm takes text, numbers and booleans as keys", "write the key in quotes"
        )
        self._key = _SKIP

    def _kind(self, node: object, key: str) -> type:
        return self._kinds[id(node)][1].get(key, str) if id(node) in self._kinds else str

    def _repeated(self, key: str, kind: type, mark: Any) -> None:
        """The key is in the map already: written before, or merged in (which it then overrides)."""
        same = self._kind(self._node, key) is kind
        if same and self._marks is not None and key not in self._marks:
            return
        why = "a key stands once in a map; Helm silently takes the last one"
        if not same:
            why = "Helm makes the same text of both keys, and takes either at random"
        hint = "remove one of the two"
        self._find(codes.DUPLICATE_KEY, mark, f"the key {key!r} stands twice in one map", why, hint, key)

    def _start_map(self, event: Any) -> None:
        self._start(event, {})
        self._key = _ASK
        self._marks = {} if self._track else None

    def _start_list(self, event: Any) -> None:
        self._start(event, [])
        self._key = None
        self._marks = None

    def _start(self, event: Any, child: object) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._too_deep(event.start_mark)
            raise Stop
        key = self._key
        if key is None:
            self._node.append(child)
        elif type(key) is str:
            self._node[key] = child
        elif key is _ASK:
            what = f"the key is a {'map' if isinstance(child, dict) else 'list'}"
            self._bad_key(what, event.start_mark)
            key = _KEY_IS_COLLECTION
        self._stack.append((self._node, key, self._marks, self._anchor, self._before))
        self._node = child
        self._anchor = None
        self._before = self._decodes
        self._decodes += 1
        if event.anchor is not None:
            self._anchor = self._anchors[event.anchor] = _Anchor(child, None, is_open=True)

    def _end(self, event: Any) -> None:
        ended = self._node
        if self._anchor is not None:
            self._anchor.open = False
            self._anchor.decodes = self._decodes - self._before
        self._node, key, self._marks, self._anchor, self._before = self._stack.pop()
        if key is _MERGE:
            if isinstance(ended, list):
                self._decodes -= 1
            self._merge(ended, event.start_mark)
        elif key is _KEY_IS_COLLECTION:
            self._key = _SKIP
            return
        self._key = None if key is None else _ASK

    def _alias(self, event: Any) -> None:
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor.open:
            self._bad_alias(event, anchor)
            anchor = _Anchor(None, "", is_open=False)
        self._count(anchor, event.start_mark)
        key = self._key
        value = anchor.value
        if key is None:
            self._node.append(value)
        elif key is _ASK:
            if isinstance(value, (dict, list)):
                self._bad_key(
                    f"the key is the {'map' if isinstance(value, dict) else 'list'} of the anchor {event.anchor!r}",
                    event.start_mark,
                )
            else:
                self._take_key(anchor.exact, event.start_mark)
            return
        elif key is _MERGE:
            self._merge(value if isinstance(value, dict) else None, event.start_mark)
        elif key is not _SKIP:
            self._node[key] = value
        if key is not None:
            self._key = _ASK

    def _bad_alias(self, event: Any, anchor: _Anchor | None) -> None:
        if anchor is None:
            what, hint = f"the alias *{event.anchor} has no anchor", f"define &{event.anchor} above this line"
            self._fail(codes.NOT_YAML, event.start_mark, what, "an alias repeats a text above it", hint)
        else:
            what = f"the anchor {event.anchor!r} contains itself"
            why = "such a value has no end"
            self._fail(codes.TOO_LARGE_INSIDE, event.start_mark, what, why, f"remove *{event.anchor} here")

    def _count(self, anchor: _Anchor, mark: Any) -> None:
        """Helm: go-yaml v2's guard against aliases that grow without bound."""
        self._decodes += 1 + anchor.decodes
        self._alias_decodes += anchor.decodes
        self._check_aliases(mark)

    def _check_aliases(self, mark: Any) -> None:
        if excessive(self._alias_decodes, self._decodes):
            why = "Helm refuses a file most of which comes from aliases"
            hint = "write the repeated parts out, or repeat less"
            self._fail(codes.TOO_LARGE_INSIDE, mark, "the file has too many aliases of aliases", why, hint)
            raise Stop

    def _merge(self, source: object, mark: Any) -> None:
        """Lays the value of `<<` over the keys that are there, as Helm does. Of a list, the first map wins."""
        sources = source if isinstance(source, list) else [source]
        if not all(isinstance(item, dict) for item in sources):
            self._bad_merge(mark)
            return
        node, marks = self._node, self._marks or {}
        for item in reversed(sources):
            for key, value in item.items():
                if self._kinds and key in node and self._kind(item, key) is not self._kind(node, key):
                    self._repeated(key, self._kind(item, key), mark)
                elif key in marks:
                    self._overridden(key, marks[key])
                if self._kinds and self._kind(item, key) is not str:
                    self._kinds.setdefault(id(node), (node, {}))[1][key] = self._kind(item, key)
                node[key] = value

    def _overridden(self, key: str, mark: Any) -> None:
        what = f"the key {key!r} before `<<` is overridden by the merge"
        why = "Helm merges where `<<` stands; YAML says that the key wins"
        self._find(codes.OVERRIDDEN_KEY, mark, what, why, "put `<<` first in its map", key, Severity.WARNING)

    def _bad_merge(self, mark: Any) -> None:
        what, why = "the value of `<<` is no map", "`<<` merges a map, or a list of maps"
        self._fail(codes.NOT_YAML, mark, what, why, "write an alias of a map; quote the key to mean the text '<<'")

    def _start_document(self, event: Any) -> None:
        mark = event.start_mark
        if self._documents:
            what, why = "a second document begins here", "Helm 3 reads only the first one, Helm 4 merges them all"
            self._fail(codes.SEVERAL_DOCUMENTS, mark, what, why, "keep one document in a file; pass the others with -f")
            raise Stop
        if event.version or event.tags:
            what, why = "a YAML directive", "Helm 4 does not read a file with a line that begins with %"
            self._fail(codes.NOT_YAML, mark, what, why, "remove the line")
        if event.explicit:
            self.document_start = mark.index

    def _too_deep(self, mark: Any) -> None:
        what, why = f"nested deeper than {MAX_DEPTH} levels", "no values file needs that many"
        self._fail(codes.TOO_LARGE_INSIDE, mark, what, why, "flatten the values")

    def _fail(self, code: str, mark: Any, what: str, why: str, hint: str) -> None:
        self.fatal = True
        self._find(code, mark, what, why, hint)

    def _find(
        self,
        code: str,
        mark: Any,
        what: str,
        why: str,
        hint: str,
        key: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        where = Location(self._name, mark.line + 1, mark.column + 1) if mark else Location(self._name)
        self.findings.append(Finding(where, code, self._pointer(key), what, why, hint, severity))

    def _pointer(self, key: str | None) -> str:
        """JSON pointer of a key in the collection being filled; "" for other findings, or inside a `<<`."""
        if key is None:
            return ""
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
    beyond = min(max(decodes - 400_000, 0), 3_600_000)
    return aliased / decodes > 0.99 - 0.89 * (beyond / 3_600_000)
