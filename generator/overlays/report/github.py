"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overlays.model.finding import Finding
from overlays.model.settings import Suppressed
from overlays.report.text import safe


def report(
    findings: Iterable[Finding], existing: Sequence[Finding] | None = None, suppressed: Sequence[Suppressed] = ()
) -> str:
    """One `::error` or `::warning` command a line, `::notice` for the others; "" for none."""
    new = [_command(finding.severity.value, finding) for finding in findings]
    old = [_command("notice", finding) for finding in existing or ()]
    return "".join([*new, *old, *(_suppressed(one) for one in suppressed)])


def _suppressed(one: Suppressed) -> str:
    """Its reason takes the place of the hint."""
    finding = one.finding._replace(what=f"suppressed: {one.finding.what}", hint="")
    return _command("notice", finding, f"reason: {one.by.reason}")


def _command(level: str, finding: Finding, last: str = "") -> str:
    where = finding.where
    properties = {"file": where.file, "title": finding.code}
    if where.line:
        properties = {"file": where.file, "line": str(where.line), "col": str(where.column), "title": finding.code}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = f"{safe(finding.what)}: {safe(finding.why)}\n{safe(last or f'hint: {finding.hint}')}"
    return f"::{level} {listed}::{_message(message)}\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(safe(text)).replace(":", "%3A").replace(",", "%2C")
