"""overlays validate: every finding about the values."""

from __future__ import annotations

import click

from overlays.cli.inputs import values_options
from overlays.cli.pipeline import prepare
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Finding, Severity
from overlays.report import REPORTERS


@click.command()
@click.option("--output", type=click.Choice(list(REPORTERS)), default="text", show_default=True, help="Report format.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@values_options
def validate(inputs: Inputs, release: str, output: str, strict: bool) -> int:
    """Check the values: the schema, the rules between values, and what will surprise.

    Prints all findings and exits with 1 if one is an error (with --strict also if one is a warning).

    \b
    Examples:
      overlays validate -f values.yaml
      overlays validate -f base.yaml -f prod.yaml --strict
      overlays validate -f values.yaml --output github
    """
    streams = Streams.standard()
    try:
        findings = prepare(inputs, release).findings
    except InvalidInput as error:
        findings = error.findings
    streams.write(REPORTERS[output](findings))
    streams.tell(f"{_summary(findings)}\n")
    failing = [item for item in findings if strict or item.severity is Severity.ERROR]
    return Exit.INVALID if failing else Exit.OK


def _summary(findings: tuple[Finding, ...]) -> str:
    errors = sum(item.severity is Severity.ERROR for item in findings)
    return f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
