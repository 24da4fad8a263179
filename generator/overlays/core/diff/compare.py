"""Texts of variables compared by what they hold: lists element by element, JSON entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from overlays.core.diff.moves import moves
from overlays.core.resolve import SANDBOX_ARRAY
from overlays.helm import gojson
from overlays.model.difference import ElementChange, Kind, VariableChange


class _Entry(NamedTuple):
    """name: what identifies it. text: its value, None when the name says all. value: in which to look further."""

    name: str
    text: str | None = None
    value: object = None


_Both = tuple[Sequence[_Entry], Sequence[_Entry]]
_Reader = Callable[[str, str], "_Both | None"]


def compare_variables(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[VariableChange, ...]:
    """What differs, in the order of `after`; what only `before` has comes last.

    Directories, repositories and refs are compared element by element, and so is JSON that both texts are; further
    texts too when both are lists of absolute paths.
    """
    return tuple(
        _variable(name, before.get(name), after.get(name))
        for name in dict.fromkeys((*after, *before))
        if before.get(name) != after.get(name)
    )


def _variable(name: str, before: str | None, after: str | None) -> VariableChange:
    if before is None or after is None:
        return VariableChange(Kind.ADDED if before is None else Kind.REMOVED, name, before, after)
    elements = _inside(name, before, after)
    moved = bool(elements) and all(element.kind is Kind.MOVED for element in elements)
    return VariableChange(Kind.MOVED if moved else Kind.CHANGED, name, before, after, elements)


def _inside(name: str, before: str, after: str) -> tuple[ElementChange, ...]:
    """What differs in two texts that are lists of the same kind, or JSON; () when they are not."""
    for read in _READERS.get(name, _FURTHER):
        both = read(before, after)
        if both:
            return _elements(*both)
    return ()


def _elements(old: Sequence[_Entry], new: Sequence[_Entry]) -> tuple[ElementChange, ...]:
    """Added, changed and moved ones in the order of `new`, then removed ones."""
    old_at = dict(zip(_numbered(old), old, strict=True))
    new_at = dict(zip(_numbered(new), new, strict=True))
    moved = moves(list(old_at), list(new_at), lambda key: key[0])
    found: list[ElementChange] = []
    for key, entry in new_at.items():
        if key not in old_at:
            found.append(ElementChange(Kind.ADDED, entry.name, None, entry.text))
            continue
        if entry != old_at[key]:
            found.append(_changed(old_at[key], entry))
        if key in moved:
            found.append(ElementChange(Kind.MOVED, entry.name, move=moved[key]))
    gone = (entry for key, entry in old_at.items() if key not in new_at)
    return (*found, *(ElementChange(Kind.REMOVED, entry.name, entry.text, None) for entry in gone))


def _numbered(entries: Iterable[_Entry]) -> Iterable[tuple[str, int]]:
    """Each name with how often it stood before: a list of the original chart may hold one twice."""
    seen: dict[str, int] = {}
    for entry in entries:
        number = seen[entry.name] = seen.get(entry.name, -1) + 1
        yield entry.name, number


def _changed(old: _Entry, new: _Entry) -> ElementChange:
    inside: tuple[ElementChange, ...] = ()
    if isinstance(old.value, str) and isinstance(new.value, str):
        inside = _inside(new.name, old.value, new.value)
    else:
        both = _parts(old.value, new.value)
        inside = _elements(*both) if both else ()
    return ElementChange(Kind.CHANGED, new.name, old.text, new.text, None, inside)


# ---- readers: two texts as entries, None when they are not of that form ---------------------------------------------


def _paths(old: str, new: str) -> _Both | None:
    """Absolute paths with ":" between them."""
    both = [text.split(":") if text else [] for text in (old, new)]
    if not all(path.startswith("/") for paths in both for path in paths):
        return None
    return list(map(_Entry, both[0])), list(map(_Entry, both[1]))


def _path_lists(old: str, new: str) -> _Both | None:
    return _paths(old, new) if ":" in old or ":" in new else None


def _words(old: str, new: str) -> _Both:
    return list(map(_Entry, old.split())), list(map(_Entry, new.split()))


def _assignments(old: str, new: str) -> _Both | None:
    """`name=value` words."""
    both = [[word.partition("=") for word in text.split()] for text in (old, new)]
    if not all(equals for words in both for _, equals, _ in words):
        return None
    before, after = ([_Entry(name, value) for name, _, value in words] for words in both)
    return before, after


def _json(old: str, new: str) -> _Both | None:
    if old[:1] not in ("[", "{") or new[:1] not in ("[", "{"):
        return None
    try:
        return _parts(gojson.loads(old), gojson.loads(new))
    except gojson.GoJsonError:
        return None


def _parts(old: object, new: object) -> _Both | None:
    """The entries of two JSON objects or of two arrays; None for all else."""
    if isinstance(old, dict) and isinstance(new, dict):
        return _fields(old), _fields(new)
    if not (isinstance(old, list) and isinstance(new, list)):
        return None
    if _all_have("name", old, new):
        return list(map(_named, old)), list(map(_named, new))
    if _all_have("repo", old, new):
        alone = _alone(old) & _alone(new) | _alone(old) - _repos(new) | _alone(new) - _repos(old)
        before, after = ([_source(item, alone) for item in items] for items in (old, new))
        return before, after
    before, after = ([_Entry(_text(item)) for item in items] for items in (old, new))
    return before, after


def _fields(value: Mapping[str, object]) -> list[_Entry]:
    return [_Entry(key, _text(value[key]), value[key]) for key in sorted(value)]


def _all_have(key: str, *lists: list[Any]) -> bool:
    return all(isinstance(item, dict) and isinstance(item.get(key), str) for items in lists for item in items)


def _named(item: dict[str, Any]) -> _Entry:
    """An entry with a name; of one that has only name and value, the value."""
    value = item["value"] if item.keys() == {"name", "value"} else item
    return _Entry(item["name"], _text(value), value)


def _repos(items: list[dict[str, Any]]) -> set[str]:
    return {item["repo"] for item in items}


def _alone(items: list[dict[str, Any]]) -> set[str]:
    """Repositories that stand there once."""
    seen: set[str] = set()
    again: set[str] = set()
    for item in items:
        (again if item["repo"] in seen else seen).add(item["repo"])
    return seen - again


def _source(item: dict[str, Any], alone: set[str]) -> _Entry:
    """An entry with a repository; one that stands several times is told apart by its directory."""
    repo = item["repo"]
    return _Entry(repo if repo in alone else f"{repo}/{item.get('subdir') or 'tools'}", _text(item), item)


def _text(value: object) -> str:
    return value if isinstance(value, str) else gojson.dumps(value)


_FURTHER: Final[tuple[_Reader, ...]] = (_json, _path_lists)
_READERS: Final[Mapping[str, tuple[_Reader, ...]]] = MappingProxyType(
    {
        "TOOL_DIRS": (_paths,),
        "WORKFLOW_DIRS": (_paths,),
        "KUBERNETES_WORKFLOW_DIRS": (_paths,),
        "KUBERNETES_PUBLIC_TOOL_DIRS": (_paths,),
        "CENTAUR_SKILL_DIRS": (_paths,),
        "CENTAUR_PUBLIC_SKILL_DIRS": (_paths,),
        "CENTAUR_PERSONA_DIRS": (_paths,),
        "CENTAUR_PROMPT_PATHS": (_paths,),
        "REPOSITORIES": (_words,),
        "REPOSITORY_REFS": (_assignments,),
        "REPOSITORY_VISIBILITIES": (_assignments,),
        "REPOSITORY_CLONE_URLS": (_json,),
        "KUBERNETES_TOOLS_EXTRA_SOURCES": (_json,),
        SANDBOX_ARRAY: (_json,),
    }
)
"""Form of the contract's lists. Other variables are compared as JSON or as paths when both texts are that."""
