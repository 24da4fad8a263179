"""How Helm lays values over values."""

from __future__ import annotations

from collections.abc import Mapping


def merge_files(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """One values file over another: maps merge at every level, all else is replaced whole, a null stays a value.

    The inputs are not changed; the result shares what it can with them.
    Helm: `-f` over `-f`.
    """
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = merge_files(below, value)
        else:
            merged[key] = value
    return merged


def coalesce(user: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """The user's values over the chart's defaults: what templates see.

    Like merge_files, but a null over a default removes the key; a null on a key without default stays. A null
    among the defaults is dropped.
    The inputs are not changed; the result shares what it can with them.
    Helm: 3.22.0 and 4.3.1 agree for defaults without nulls.
    """
    result = dict(user)
    for key, default in defaults.items():
        if key not in user:
            if default is not None:
                result[key] = default
            continue
        value = user[key]
        if value is None:
            if default is not None:
                del result[key]
        elif isinstance(value, dict) and isinstance(default, dict):
            result[key] = coalesce(value, default)
    return result
