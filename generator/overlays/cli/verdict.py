"""How a command that reports findings ends: the report, one line that sums it up, the exit status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import click

from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.model.finding import Finding, Severity
from overlays.model.portability import ALL, COLUMNS, SPEC, Outcome, Row, harms
from overlays.model.settings import Suppressed
from overlays.report import REPORTERS, portability

output_option = click.option(
    "--output", type=click.Choice(list(REPORTERS)), default="text", show_default=True, help="Report format."
)
strict_option = click.option("--strict", is_flag=True, help="Fail on warnings too.")


def conclude(
    findings: Sequence[Finding],
    output: str,
    *,
    strict: bool,
    existing: Sequence[Finding] | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> int:
    """Print the report to standard output and the numbers to standard error.

    existing: findings that were there before; they fail nothing. None: nobody asked. suppressed: fail nothing either.
    """
    streams = Streams.standard()
    streams.write(REPORTERS[output](findings, existing, suppressed))
    before = "" if existing is None else f"; before: {_summary(existing)}"
    apart = f"; suppressed: {len(suppressed)}" if suppressed else ""
    streams.tell(f"{_summary(findings)}{before}{apart}\n")
    failing = [item for item in findings if strict or item.severity is Severity.ERROR]
    return Exit.INVALID if failing else Exit.OK


def conclude_portability(rows: Iterable[Row], profiles: Collection[str], output: str, *, strict: bool) -> int:
    """Print what readers make of skills, and in how many cases it is bad.

    Only the columns of the profiles, and that of the specification, decide how it ends.
    """
    ordered = sorted(rows, key=lambda row: (row.name, row.source, row.file))
    streams = Streams.standard()
    streams.write({"text": portability.text, "json": portability.document}[output](ordered))
    streams.tell(f"{portability.summary(ordered)}\n")
    deciding = [at for at, name in enumerate(COLUMNS) if {name, ALL} & {SPEC, *profiles}]
    cells = {row.cells[at] for row in ordered for at in deciding}
    failing = any(harms(cell) or (strict and cell is Outcome.WARN) for cell in cells)
    return Exit.INVALID if failing else Exit.OK


def _summary(findings: Sequence[Finding]) -> str:
    errors = sum(item.severity is Severity.ERROR for item in findings)
    return f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
