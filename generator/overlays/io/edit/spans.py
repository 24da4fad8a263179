"""From where to where every key and value of a YAML text reaches, for edits that leave the rest as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from overlays.helm.scalar import key_text
from overlays.io.events import exact_scalar, is_merge, read_events

WHITE: Final = " \t\r\n\x85\u2028\u2029"


class Span:
    """One value of a text, with its anchor and tag.

    start, end: indexes into the text. A block scalar ends where its last line that is not empty ends.
    kind: what it is. flow: a collection in brackets.
    items: of a list; keys and values by turns of a map.
    text: of a scalar as a key; None for what cannot be one.
    merge: the scalar is `<<` if it stands as a key.
    block_text: a literal or folded scalar.
    target: of an alias, what it stands for; else the span itself.
    """

    __slots__ = ("block_text", "end", "flow", "items", "kind", "merge", "start", "target", "text")

    def __init__(self, kind: type, event: Any) -> None:
        self.kind = kind
        self.start: int = event.start_mark.index
        self.end: int = event.end_mark.index
        self.flow = bool(getattr(event, "flow_style", False))
        self.items: list[Span] = []
        self.text: str | None = None
        self.merge = self.block_text = False
        self.target = self

    @property
    def is_map(self) -> bool:
        """Whether it is a map itself, no alias of one."""
        return self.kind is MappingStartEvent

    @property
    def is_list(self) -> bool:
        """Whether it is a list itself, no alias of one."""
        return self.kind is SequenceStartEvent

    @property
    def is_alias(self) -> bool:
        """Whether it repeats what stands elsewhere."""
        return self.kind is AliasEvent

    def pairs(self) -> Iterator[tuple[Span, Span]]:
        """Keys and values of a map, `<<` included."""
        return zip(self.items[::2], self.items[1::2], strict=True)

    def pair(self, name: str) -> tuple[Span, Span] | None:
        """Key and value of that name if they stand in the map itself, not behind `<<`."""
        if not self.is_map:
            return None
        return next((pair for pair in self.pairs() if pair[0].target.text == name and not pair[0].merge), None)

    def merged(self) -> Iterator[Span]:
        """The maps behind the `<<` of a map, each as it stands there: a map or an alias of one."""
        for key, value in self.pairs():
            if key.merge:
                yield from value.items if value.is_list else [value]


class Spans(NamedTuple):
    """root: None when the text holds no value. end: where the document ends."""

    root: Span | None
    end: int


def read_spans(text: str) -> Spans:
    """The spans of a text that was read without a fatal finding."""
    top: list[Span] = []
    open_spans: list[Span] = []
    anchors: dict[str, Span] = {}
    end = len(text)
    for event in read_events(text):
        kind = type(event)
        if kind in (AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent):
            span = Span(kind, event)
            (open_spans[-1].items if open_spans else top).append(span)
            if kind is AliasEvent:
                span.target = anchors[event.anchor].target
            elif event.anchor is not None:
                anchors[event.anchor] = span
            if kind is ScalarEvent:
                _read_scalar(span, event, text)
            elif kind is not AliasEvent:
                open_spans.append(span)
        elif issubclass(kind, CollectionEndEvent):
            _end(open_spans.pop(), event)
        elif kind is DocumentEndEvent and event.explicit:
            end = event.start_mark.index
    return Spans(top[0] if top else None, end)


def _end(span: Span, event: Any) -> None:
    closing = event.end_mark.index if event.end_mark.index > event.start_mark.index else 0
    span.end = max([closing, *(item.end for item in span.items[-2:])])


def _read_scalar(span: Span, event: Any, text: str) -> None:
    span.merge = is_merge(event)
    span.block_text = event.style in ("|", ">")
    if span.block_text:
        span.end = span.start + len(text[span.start : span.end].rstrip(WHITE))
    try:
        span.text = key_text(exact_scalar(event))
    except ValueError:
        span.text = None
