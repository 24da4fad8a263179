"""A difference for programs; the shape is schemas/diff.schema.json."""

from __future__ import annotations

import json
from typing import Any

from overlays.model.difference import (
    Difference,
    ElementChange,
    FieldChange,
    Kind,
    Move,
    RepositoryChange,
    Restart,
    Side,
    VariableChange,
)
from overlays.report.json_ import finding_object, unicode_text

SCHEMA_VERSION = 1

_KINDS = {Kind.ADDED: "added", Kind.REMOVED: "removed", Kind.CHANGED: "changed", Kind.MOVED: "moved"}


def report(difference: Difference) -> str:
    """One JSON document, ASCII, two-space indent, final newline. null: a side has no such thing."""
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "same": difference.same,
        "old": _side(difference.old),
        "new": _side(difference.new),
        "notes": list(map(unicode_text, difference.notes)),
        "sources": [
            {
                "kind": _KINDS[change.kind],
                "repo": change.repo,
                "apart": change.apart,
                "fields": [_field(field) for field in change.fields],
                "move": _move(change.move),
            }
            for change in difference.sources
        ],
        "repositories": [_repository(change) for change in difference.repositories],
        "commits": [_repository(change) for change in difference.commits],
        "variables": [
            {"consumer": variables.consumer, "changes": [_variable(change) for change in variables.changes]}
            for variables in difference.variables
        ],
        "settings": [{**change._asdict(), "kind": _KINDS[change.kind]} for change in difference.settings],
        "restarts": _pods(difference.restarts),
        "templates": _pods(difference.templates),
        "objects": [
            {"kind": _KINDS[change.kind], "name": change.name, "lines": list(change.lines)}
            for change in difference.objects
        ],
        "folded": list(difference.folded),
        "warnings": [finding_object(finding) for finding in difference.warnings],
    }
    return json.dumps(document, indent=2) + "\n"


def _side(side: Side) -> dict[str, Any]:
    return {"name": unicode_text(side.name), "mode": side.mode or None, "digest": side.digest or None}


def _repository(change: RepositoryChange) -> dict[str, Any]:
    return {"kind": _KINDS[change.kind], "repo": change.repo, "fields": [_field(field) for field in change.fields]}


def _pods(restarts: tuple[Restart, ...] | None) -> list[dict[str, Any]] | None:
    if restarts is None:
        return None
    return [{**one._asdict(), "kind": _KINDS[one.kind], "reasons": list(one.reasons)} for one in restarts]


def _field(change: FieldChange) -> dict[str, Any]:
    return {**change._asdict(), "kind": _KINDS[change.kind]}


def _move(move: Move | None) -> dict[str, Any] | None:
    if move is None:
        return None
    return {
        "place": {"before": move.place_before, "after": move.place_after},
        "follows": {"before": move.follows_before, "after": move.follows_after},
    }


def _variable(change: VariableChange) -> dict[str, Any]:
    elements = [_element(element) for element in change.elements]
    return {**change._asdict(), "kind": _KINDS[change.kind], "elements": elements}


def _element(change: ElementChange) -> dict[str, Any]:
    elements = [_element(element) for element in change.elements]
    return {**change._asdict(), "kind": _KINDS[change.kind], "move": _move(change.move), "elements": elements}
