"""overlays validate: every finding about the values."""

from __future__ import annotations

import click

from overlays.cli.inputs import values_options
from overlays.cli.pipeline import prepare
from overlays.cli.verdict import conclude, output_option, strict_option
from overlays.errors import InvalidInput
from overlays.io.values import Inputs


@click.command()
@output_option
@strict_option
@values_options
def validate(inputs: Inputs, release: str, output: str, strict: bool) -> int:
    """Check the values against the schema and the rules.

    Prints all findings and exits with 1 if one is an error (with --strict also if one is a warning).

    \b
    Examples:
      overlays validate -f values.yaml
      overlays validate -f base.yaml -f prod.yaml --strict
      overlays validate -f values.yaml --output github
    """
    try:
        findings = prepare(inputs, release).findings
    except InvalidInput as error:
        findings = error.findings
    return conclude(findings, output, strict=strict)
