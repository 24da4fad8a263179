"""Findings for programs; the shape is schemas/findings.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from overlays.model.finding import Finding

SCHEMA_VERSION = 1


def report(findings: Iterable[Finding]) -> str:
    """One JSON document, ASCII, two-space indent, final newline. A place without a line has line and column null."""
    document = {"schemaVersion": SCHEMA_VERSION, "findings": [_finding(finding) for finding in findings]}
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.where.file,
        "line": finding.where.line or None,
        "column": finding.where.column or None,
        "pointer": finding.pointer,
        "what": finding.what,
        "why": finding.why,
        "hint": finding.hint,
    }
