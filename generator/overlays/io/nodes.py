"""Where every key and value of a YAML text stands. Built in a second pass, only when a place is asked for."""

from __future__ import annotations

from typing import Any, TypeAlias

from yaml.events import AliasEvent, CollectionEndEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from overlays.helm.scalar import key_text
from overlays.io.events import exact_scalar, is_merge, read_events

Mark: TypeAlias = tuple[int, int]
"""Line and column, 1-based."""


class Node:
    """One value of the text: a scalar, or a collection with its children.

    mark: where it begins.
    raw: the text of a plain, untagged scalar; None for all else.
    key: the text of a scalar as a key; None for what cannot be one.
    merge: the scalar is `<<` if it stands as a key.
    items: the children of a list, the keys and values of a map by turns; empty for a scalar.
    """

    __slots__ = ("_index", "is_map", "items", "key", "mark", "merge", "raw")

    def __init__(self, mark: Mark, *, is_map: bool = False) -> None:
        self.mark, self.is_map = mark, is_map
        self.raw: str | None = None
        self.key: str | None = None
        self.merge = False
        self.items: list[Node | Alias] = []
        self._index: dict[str, Entry] | None = None

    def child(self, key: str | int) -> Entry | None:
        """Key and value of a map or list as Helm reads them: the last one wins, a merge acts where it stands."""
        if not self.is_map:
            inside = isinstance(key, int) and key < len(self.items)
            return Entry(self.items[int(key)], self.items[int(key)], 0) if inside else None
        if self._index is None:
            self._index = {}
            for name, value in zip(self.items[::2], self.items[1::2], strict=True):
                self._enter(self._index, name, value)
        return self._index.get(str(key))

    def _enter(self, index: dict[str, Entry], name: Node | Alias, value: Node | Alias) -> None:
        if not isinstance(name, Node) or not name.merge:
            text = target(name).key
            if text is not None:
                index[text] = Entry(name, value, 0)
            return
        items = value.items if isinstance(value, Node) and not value.is_map else [value]
        for item in reversed(items):
            line = item.mark[0] if isinstance(item, Alias) else 0
            for text, entry in target(item).entries().items():
                index[text] = Entry(entry.key, entry.value, line or entry.alias_line)

    def entries(self) -> dict[str, Entry]:
        """All keys of a map; {} for a list or scalar."""
        self.child("")
        return self._index or {}


class Alias:
    """A place where the value of an anchor is repeated."""

    __slots__ = ("mark", "target")

    def __init__(self, mark: Mark, node: Node) -> None:
        self.mark, self.target = mark, node


class Entry:
    """A child: its key (in a list the value itself), its value, the line of the alias it was merged through or 0."""

    __slots__ = ("alias_line", "key", "value")

    def __init__(self, key: Node | Alias, value: Node | Alias, alias_line: int) -> None:
        self.key, self.value, self.alias_line = key, value, alias_line


def target(node: Node | Alias) -> Node:
    """The node itself, or what the alias stands for."""
    return node.target if isinstance(node, Alias) else node


def read_nodes(text: str) -> Node | None:
    """The root of a text that was read without a fatal finding; None when the text holds no value."""
    root = Node((1, 1))
    open_nodes = [root]
    merges = "<<" in text
    anchors: dict[str, Node] = {}
    for event in read_events(text):
        kind = type(event)
        if kind is AliasEvent:
            open_nodes[-1].items.append(Alias(_mark(event), anchors[event.anchor]))
        elif kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
            node = _scalar(event) if kind is ScalarEvent else Node(_mark(event), is_map=kind is MappingStartEvent)
            open_nodes[-1].items.append(node)
            if event.anchor is not None:
                anchors[event.anchor] = node
            if kind is not ScalarEvent:
                open_nodes.append(node)
        elif isinstance(event, CollectionEndEvent):
            ended = open_nodes.pop()
            if merges:
                ended.entries()  # now, lest a long chain of merges be followed at once
    return target(root.items[0]) if root.items else None


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: Any) -> Node:
    node = Node(_mark(event))
    node.merge = is_merge(event)
    if event.tag is None and not event.style:
        node.raw = event.value
    try:
        node.key = key_text(exact_scalar(event))
    except ValueError:
        node.key = None
    return node
