"""overlays validate: every finding about the values."""

from __future__ import annotations

import click

from overlays.cli.agents_seen import agent_problems, builtins_of, builtins_option
from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import Checked, located, prepare
from overlays.cli.verdict import conclude, output_option, strict_option
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Finding


@click.command()
@output_option
@strict_option
@click.option(
    "--checkouts",
    type=FILE,
    metavar="DIR",
    help="Also check agents before what is checked out in DIR, at owner/name: patterns, preloaded skills, personas, "
    "names of copies, budgets. Nothing is fetched.",
)
@builtins_option
@values_options
def validate(
    inputs: Inputs, release: str, output: str, strict: bool, checkouts: str | None, builtins: str | None
) -> int:
    """Check the values against the schema and the rules.

    Prints all findings and exits with 1 if one is an error (with --strict also if one is a warning).

    \b
    Examples:
      overlays validate -f values.yaml
      overlays validate -f base.yaml -f prod.yaml --strict
      overlays validate -f values.yaml --output github
      overlays validate -f values.yaml --checkouts checkouts
    """
    if checkouts == "":
        raise click.UsageError("--checkouts needs a name")
    if builtins is not None and checkouts is None:
        raise click.UsageError("--builtins goes with --checkouts: the values alone do not tell what a pattern matches")
    try:
        checked = prepare(inputs, release)
        findings = checked.findings
        if checkouts is not None and not checked.has_errors:
            findings = _with_contents(checked, checkouts, builtins)
    except InvalidInput as error:
        findings = error.findings
    return conclude(findings, output, strict=strict)


def _with_contents(checked: Checked, directory: str, builtins: str | None) -> tuple[Finding, ...]:
    """All findings, with those of the agents. Raises InvalidInput: the files of a source are not there."""
    from overlays.cli.contents import checked_out
    from overlays.cli.surveyed import surveyed

    known = builtins_of(builtins)
    found = surveyed(checked, checked_out(checked, directory))
    return tuple(sorted({*checked.findings, *located(agent_problems(checked, found, known), checked)}))
