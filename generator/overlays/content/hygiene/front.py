"""The front matter of a skill, decoded: an escape in quoted YAML hides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from overlays.content.hygiene import grants, hidden, speech
from overlays.content.skill.front import LIST, MAP, TEXT, Node
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import shown


def remarks(root: Node | None, text: str, first: int, tools: frozenset[str] | None) -> Iterator[Remark]:
    """About a front matter with that text, whose first line has the number `first`.

    tools: those of all sources; None when nobody knows them.
    """
    yield from _hidden(root)
    for one in hidden.of_text(text, characters(root)):
        yield one._replace(line=one.line + first - 1)
    if root is None or root.kind != MAP:
        return
    for key, value in root.pairs:
        if key.kind != TEXT:
            continue
        if key.text == "description" and value.kind == TEXT:
            for told in speech.of_description(value.text):
                yield Remark(value.line, value.column, *told)
        elif key.text == "allowed-tools":
            named = [value] if value.kind == TEXT else value.items if value.kind == LIST else []
            for node in named:
                if node.kind == TEXT:
                    for told in grants.of_grants(node.text, tools):
                        yield Remark(node.line, node.column, *told)


def characters(root: Node | None) -> frozenset[str]:
    """All characters of all texts, decoded: those that are told of at the value are not told once more at the line."""
    found: set[str] = set()
    for _, node in _texts(root):
        if not node.text.isascii():
            found.update(node.text)
    return frozenset(found)


def _texts(root: Node | None) -> Iterator[tuple[str, Node]]:
    """(what it is called, node) of every text, each once: aliases could repeat one without bound."""
    pending = [("", root)] if root is not None else []
    seen: set[int] = set()
    while pending:
        name, node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.kind == TEXT:
            yield name or "a value", node
        elif node.kind == LIST:
            pending += [(name, one) for one in reversed(node.items)]
        else:
            pending += [(_inner(name, key), value) for key, value in reversed(node.pairs)]
            pending += [("a key", one) for one in node.items[::2]]


def _inner(name: str, key: Node) -> str:
    own = shown(key.text)[1:-1] if key.kind == TEXT else "a value"
    return f"{name}.{own}" if name else own


def _hidden(root: Node | None) -> Iterator[Remark]:
    for name, node in _texts(root):
        for code, found, why in hidden.of_value(node.text):
            yield Remark(node.line, node.column, code, f"{name} holds {found}", why, "write the text without it")
