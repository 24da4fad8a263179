"""What CAO's reader takes front matter for: PyYAML itself decides, held to what takes time in proportion to the text.

CAO reads with python-frontmatter, which hands the text to PyYAML's SafeLoader and the fields to a class of its own.
PyYAML makes one object of a value however many aliases lead to it. What can grow all the same are merge keys, which
copy the pairs of a map, and numbers of base 60; the latter are looked at here and not computed. Too many levels crash
its parser, so they are counted before.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from yaml._yaml import CParser
from yaml.constructor import SafeConstructor
from yaml.cyaml import CSafeLoader
from yaml.error import YAMLError
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MOST_MERGED: Final = 100_000
"""Pairs that merge keys may bring, all together. A skill has none."""
DEEPEST: Final = 1_000
"""Levels of maps and lists: PyYAML ends the process at some thousands."""
NOT_TEXT: Final = "it is not UTF-8 text"
NO_FRONT: Final = "it has no front matter"
UNREADABLE: Final = "its front matter cannot be read"
NO_MAP: Final = "its front matter is no map of fields"
BROKEN: Final = frozenset((NOT_TEXT, NO_FRONT, UNREADABLE, NO_MAP))
"""What can be wrong with front matter as such, whatever stands in it."""
_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_OPENING: Final = "[{-?:"
"""Of each level at least one stands in the text."""
_TAKEN: Final = frozenset(("self", "content", "handler"))
"""Arguments of python-frontmatter's class besides the fields."""


class Fields(NamedTuple):
    """flaw: why there are none, "" when there are. values: of the fields, the last of those that stand twice."""

    flaw: str
    values: dict[str, Node]


class _Loader(CSafeLoader):
    pass


def _number(loader: Any, node: Any) -> int:
    """Whether it is a number, whichever: neither its size nor how it is hashed costs anything."""
    if isinstance(node, ScalarNode) and ":" in node.value:
        digits = loader.construct_scalar(node).replace("_", "")
        for part in digits[digits[0] in "+-" :].split(":"):
            int(part)
    else:
        SafeConstructor.construct_yaml_int(loader, node)
    return 0


_Loader.add_constructor(f"{_TAG}int", _number)


def fields(text: str) -> Fields:
    """The fields of a front matter with this text."""
    root = None
    try:
        if _too_deep(text):
            return Fields(UNREADABLE, {})
        loader = _Loader(text)
        root = loader.get_node() if loader.check_node() else None
        if loader.check_node() or (root is not None and _merged(root) > MOST_MERGED):  # one document, and no bomb
            return Fields(UNREADABLE, _values(root))
        made = None if root is None else loader.construct_document(root)
    except (YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError):
        return Fields(UNREADABLE, _values(root))  # the same for CAO: it leaves out what cannot be read
    if not isinstance(made, dict):
        return Fields(NO_MAP, {})
    odd = any(not isinstance(key, str) or key in _TAKEN for key in made)
    return Fields(UNREADABLE if odd else "", _values(root))


def _too_deep(text: str) -> bool:
    """Whether it has more levels than DEEPEST. Raises YAMLError."""
    if sum(map(text.count, _OPENING)) <= DEEPEST:
        return False
    parser, level = CParser(text), 0
    while (event := parser.get_event()) is not None:
        level += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if level > DEEPEST:
            return True
    return False


def _values(root: Node | None) -> dict[str, Node]:
    if not isinstance(root, MappingNode):
        return {}
    return {key.value: value for key, value in root.value if isinstance(key, ScalarNode) and key.tag == f"{_TAG}str"}


def _merged(root: Node) -> int:
    """How many pairs merge keys bring, added up as PyYAML copies them; MOST_MERGED + 1 stands for more."""
    pending, seen, maps = [root], {id(root)}, list[MappingNode]()
    while pending:
        node = pending.pop()
        if isinstance(node, MappingNode):
            below = [one for pair in node.value for one in pair]
            if any(key.tag == _MERGE for key, _ in node.value):
                maps.append(node)
        else:
            below = node.value if isinstance(node, SequenceNode) else []
        for one in below:
            if not isinstance(one, ScalarNode) and id(one) not in seen:
                seen.add(id(one))
                pending.append(one)
    if not maps:
        return 0
    sizes: dict[int, int] = {}
    return min(sum(_size(one, sizes) for one in maps), MOST_MERGED + 1)


def _size(node: MappingNode, sizes: dict[int, int]) -> int:
    """Pairs of a map with what its merge keys bring. Raises RecursionError, as PyYAML does."""
    found = sizes.get(id(node))
    if found is None:
        sizes[id(node)] = 0  # of one that brings itself, PyYAML takes what there is
        found = 0
        for key, value in node.value:
            brought = value.value if isinstance(value, SequenceNode) else [value]
            maps = [one for one in brought if isinstance(one, MappingNode)] if key.tag == _MERGE else []
            found += sum(_size(one, sizes) for one in maps) if maps else 1
        found = sizes[id(node)] = min(found, MOST_MERGED + 1)
    return found
