"""Values compared leaf by leaf, save what is told of sources, repositories and variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from overlays.helm import gojson
from overlays.model.difference import Kind, SettingChange

TOLD = frozenset(
    {
        ("overlays", "sources"),
        *(
            ("toolServer", key)
            for key in ("enabled", "repo", "ref", "subdir", "extraSources", "visibility", "cloneUrl")
        ),
        ("repoCache", "repositories"),
        ("repoCache", "repositoryRefs"),
    }
)
"""What the plan says of these is compared by meaning; where a mode ignores them, they change nothing."""

_OURS = ("toolServer", "repoCache", "sandbox", "apiRs", "overlay")
_HIDDEN = "(token|passw(or)?d|passphrase|secret|credentials?|(api|access|private|signing|encryption)_?key)s?$"
_SPECIAL = r"[.,=\\\[\]]"

_Path = tuple[str, ...]


def setting_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], told: Collection[_Path]
) -> tuple[SettingChange, ...]:
    """Every other value that differs, by path. Lists are compared as wholes, numbers by value.

    before, after: values with all defaults. told: paths that other sections tell, such as variables.
    """
    changes = []
    for path, old, new in _leaves((), _by_name(before), _by_name(after)):
        if path not in told:
            kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
            name = ".".join(_escaped(part) for part in path)
            if _is_secret(path, (old, new)):
                changes.append(SettingChange(kind, name, None, None, secret=True))
            else:
                changes.append(SettingChange(kind, name, old, new))
    return tuple(sorted(changes, key=lambda change: change.path))


def _leaves(
    path: _Path, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[_Path, str | None, str | None]]:
    """Path and compact JSON on either side, None where it is absent."""
    for key in {**before, **after}:
        below = (*path, key)
        old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if below in TOLD or old is new:
            continue
        if _is_map(old) and _is_map(new):
            yield from _leaves(below, old, new)
            continue
        texts = [None if value is _ABSENT else gojson.dumps(value) for value in (old, new)]
        if texts[0] != texts[1]:
            yield below, texts[0], texts[1]


_ABSENT: Any = object()


def _by_name(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Agents in a map, so that each is compared with itself. Two of one name are no values."""
    return (
        {**values, "agents": {agent["name"]: agent for agent in values["agents"]}} if values.get("agents") else values
    )


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _escaped(part: str) -> str:
    return re.sub(_SPECIAL, lambda match: "\\" + match[0], part)


def _is_secret(path: _Path, texts: tuple[str | None, str | None]) -> bool:
    """The one secret of our own values; elsewhere, all that is called like one."""
    if path[0] in _OURS:
        return path == ("repoCache", "githubToken", "token")
    names = [*path, *re.findall(r'"([^"]*)":', " ".join(text or "" for text in texts))]
    return any(re.search(_HIDDEN, name, re.IGNORECASE) for name in names)
