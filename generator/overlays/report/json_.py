"""Findings for programs; the shape is schemas/findings.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from overlays.model.finding import Finding
from overlays.model.settings import Suppressed

SCHEMA_VERSION = 1


def report(
    findings: Iterable[Finding], existing: Sequence[Finding] | None = None, suppressed: Sequence[Suppressed] = ()
) -> str:
    """One JSON document, ASCII, two-space indent, final newline. A place without a line has line and column null.

    existing: findings to be told apart, under a key of their own that is there only then; suppressed likewise.
    """
    document: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "findings": [finding_object(finding) for finding in findings],
    }
    if existing is not None:
        document["existing"] = [finding_object(finding) for finding in existing]
    if suppressed:
        document["suppressed"] = [_suppressed(one) for one in suppressed]
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


def _suppressed(one: Suppressed) -> dict[str, Any]:
    where = one.by.where
    return {
        "reason": unicode_text(one.by.reason),
        "file": unicode_text(where.file),
        "line": where.line,
        "column": where.column,
        "finding": finding_object(one.finding),
    }


def unicode_text(text: str) -> str:
    r"""The same text with bytes that are no UTF-8 as \xff: many readers refuse lone surrogates in JSON."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
