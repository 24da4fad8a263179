"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overlays.model.finding import Finding
from overlays.report.text import safe


def report(findings: Iterable[Finding], existing: Sequence[Finding] | None = None) -> str:
    """One `::error` or `::warning` command a line, `::notice` for what was there before; "" for none."""
    new = [_command(finding.severity.value, finding) for finding in findings]
    return "".join([*new, *(_command("notice", finding) for finding in existing or ())])


def _command(level: str, finding: Finding) -> str:
    where = finding.where
    properties = {"file": where.file, "title": finding.code}
    if where.line:
        properties = {"file": where.file, "line": str(where.line), "col": str(where.column), "title": finding.code}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = f"{safe(finding.what)}: {safe(finding.why)}\nhint: {safe(finding.hint)}"
    return f"::{level} {listed}::{_message(message)}\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(safe(text)).replace(":", "%3A").replace(",", "%2C")
