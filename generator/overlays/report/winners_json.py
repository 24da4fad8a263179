"""Winners for programs; the shape is schemas/explain.schema.json."""

from __future__ import annotations

import json
from typing import Any

from overlays.model.winners import Copy, LooseFile, Row, Serving, Winners

SCHEMA_VERSION = 1


def report(winners: Winners) -> str:
    """One JSON document, ASCII, two-space indent, final newline. `loose` is there only when it is not empty."""
    document: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION, "items": [_row(row) for row in winners.rows]}
    if winners.loose:
        document["loose"] = [_loose(one) for one in winners.loose]
    return json.dumps(document, indent=2) + "\n"


def _row(row: Row) -> dict[str, Any]:
    reason = {"reason": row.reason} if row.reason else {}
    consumers = {"agree": row.agree, "consumers": [_serving(one) for one in row.consumers]} if row.shadowed else {}
    return {
        "surface": row.surface,
        "name": row.name,
        "served": row.winner is not None,
        **reason,
        "winner": None if row.winner is None else _copy(row.winner),
        "shadowed": [_copy(copy) for copy in row.shadowed],
        **consumers,
    }


def _serving(one: Serving) -> dict[str, Any]:
    return {
        "consumer": one.consumer,
        "variables": list(one.variables),
        "rule": one.rule,
        "serves": None if one.copy is None else _copy(one.copy),
    }


def _loose(one: LooseFile) -> dict[str, Any]:
    return {
        "surface": one.surface,
        "path": one.path,
        "winner": _copy(one.last),
        "shadowed": [_copy(copy) for copy in one.shadowed],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {"repo": copy.repo, "ref": copy.ref, "commit": copy.commit, "path": copy.path}
