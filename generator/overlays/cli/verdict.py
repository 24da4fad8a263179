"""How a command that reports findings ends: the report, one line that sums it up, the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.model.finding import Finding, Severity
from overlays.model.portability import Row
from overlays.report import REPORTERS, portability

output_option = click.option(
    "--output", type=click.Choice(list(REPORTERS)), default="text", show_default=True, help="Report format."
)
strict_option = click.option("--strict", is_flag=True, help="Fail on warnings too.")


def conclude(
    findings: Sequence[Finding], output: str, *, strict: bool, existing: Sequence[Finding] | None = None
) -> int:
    """Print the report to standard output and the numbers to standard error.

    existing: findings that were there before; they fail nothing. None: nobody asked.
    """
    streams = Streams.standard()
    streams.write(REPORTERS[output](findings, existing))
    before = "" if existing is None else f"; before: {_summary(existing)}"
    streams.tell(f"{_summary(findings)}{before}\n")
    return _status(findings, strict=strict)


def conclude_portability(rows: Iterable[Row], findings: Sequence[Finding], output: str, *, strict: bool) -> int:
    """As conclude, but with what readers make of skills for the report."""
    sorted_rows = sorted(rows, key=lambda row: (row.name, row.source, row.file))
    streams = Streams.standard()
    streams.write({"text": portability.text, "json": portability.document}[output](sorted_rows))
    streams.tell(f"{_summary(findings)}\n")
    return _status(findings, strict=strict)


def _status(findings: Sequence[Finding], *, strict: bool) -> int:
    failing = [item for item in findings if strict or item.severity is Severity.ERROR]
    return Exit.INVALID if failing else Exit.OK


def _summary(findings: Sequence[Finding]) -> str:
    errors = sum(item.severity is Severity.ERROR for item in findings)
    return f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
