"""Findings for programs; the shape is schemas/findings.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from overlays.model.finding import Finding

SCHEMA_VERSION = 1


def report(findings: Iterable[Finding], existing: Sequence[Finding] | None = None) -> str:
    """One JSON document, ASCII, two-space indent, final newline. A place without a line has line and column null.

    existing: findings to be told apart, under a key of their own that is there only then.
    """
    document = {"schemaVersion": SCHEMA_VERSION, "findings": [finding_object(finding) for finding in findings]}
    if existing is not None:
        document["existing"] = [finding_object(finding) for finding in existing]
    return json.dumps(document, indent=2) + "\n"


def finding_object(finding: Finding) -> dict[str, Any]:
    """One finding as an object. A place without a line has line and column null."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": unicode_text(finding.where.file),
        "line": finding.where.line or None,
        "column": finding.where.column or None,
        "pointer": finding.pointer,
        "what": unicode_text(finding.what),
        "why": unicode_text(finding.why),
        "hint": unicode_text(finding.hint),
    }


def unicode_text(text: str) -> str:
    r"""The same text with bytes that are no UTF-8 as \xff: many readers refuse lone surrogates in JSON."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
