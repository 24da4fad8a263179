"""Winners for programs; the shape is schemas/explain.schema.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from overlays.model.access import Access, Accesses
from overlays.model.winners import Copy, LooseFile, Row, Serving, Winners

SCHEMA_VERSION = 1


def report(winners: Winners, told: Accesses | None = None) -> str:
    """One JSON document, ASCII, two-space indent, final newline. `loose` is there only when it is not empty.

    told: of the agent that was asked for, about every row; None when none was.
    """
    document: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION}
    if told is None:
        document["items"] = [_row(row) for row in winners.rows]
    else:
        document["agent"] = _agent(told)
        document["items"] = [{**_row(one.row), "agent": _access(one)} for one in told.items]
    if winners.loose:
        document["loose"] = [_loose(one) for one in winners.loose]
    return json.dumps(document, indent=2) + "\n"


def _agent(told: Accesses) -> dict[str, Any]:
    sight, unmatched = told.sight, {surface: list(found) for surface, found in told.sight.unmatched.items() if found}
    return {
        "name": sight.name,
        "digest": sight.agent.digest if sight.agent else "",
        "skillsFrom": sight.skills_from,
        **({"unmatched": unmatched} if unmatched else {}),
        **({"lostPreload": list(sight.lost_preload)} if sight.lost_preload else {}),
        **({"problem": sight.problem} if sight.problem else {}),
    }


def _access(one: Access) -> Mapping[str, Any]:
    return {
        "has": bool(one.delivered),
        "deliveredAs": one.delivered or None,
        "patterns": list(one.patterns),
        "why": one.why,
        "preloadedBy": list(one.preloaded_by),
        "place": one.place or None,
    }


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
