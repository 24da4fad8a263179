"""overlays report: everything about a list on one page."""

from __future__ import annotations

import click

from overlays.cli.contents import Origin, contents, contents_options
from overlays.cli.diff import since
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import located, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.cli.target import Target, deliver, target_options
from overlays.core.page import page
from overlays.core.shadowing import FAIL_ON, problems
from overlays.io.values import Inputs, split_names
from overlays.model.finding import Severity
from overlays.model.page import Subject
from overlays.report import text


@click.command()
@click.option("--base", metavar="REV", help="Also show what has changed in the files of -f since this revision.")
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(FAIL_ON),
    help="What in the repositories is an error, and makes it exit with 1; repeatable, as of explain. Default: nothing, "
    "so that there is a page of what is wrong.",
)
@target_options
@contents_options
@values_options
def report(
    inputs: Inputs, release: str, origin: Origin, target: Target, base: str | None, fail_on: tuple[str, ...]
) -> int:
    """Make one HTML page of it all, to look at and to send.

    Sources, items with their winners, variables, findings, and a picture of the layers. One file that loads nothing. It
    looks into the repositories as explain does: at --checkouts, else at what is fetched. Findings also go to standard
    error; they fail it only with --fail-on.

    \b
    Examples:
      overlays report -f values.yaml -o report.html
      overlays report -f values.yaml --checkouts checkouts --base HEAD -o report.html
      overlays report -f values.yaml --checkouts checkouts --fail-on undeclared --fail-on invalid -o report.html
    """
    if base == "":
        raise click.UsageError("--base needs a revision")
    streams = Streams.standard()
    difference, sources = (None, None) if base is None else since(base, inputs, release, origin.lock_file)
    checked = usable(prepare(inputs, release, sources))
    checkouts = contents(checked, inputs, origin)
    winners = surveyed(checked, checkouts).winners
    of_content = located(problems(checked.plan, winners, fail_on), checked)
    findings = sorted({*checked.findings, *of_content})
    commits = {repo: checkout.commit for repo, checkout in checkouts.items()}

    from overlays.report import page as writer  # nobody else pays for it

    rendered = writer.report(
        page(_subject(inputs, release), checked.plan, checked.environment, winners, commits, findings, difference)
    )
    streams.tell(text.report(findings))
    failed = any(finding.severity is Severity.ERROR for finding in of_content)
    return deliver(streams, rendered, target, Exit.INVALID if failed else Exit.OK)


def _subject(inputs: Inputs, release: str) -> Subject:
    flags = (inputs.sets, inputs.set_strings, inputs.set_jsons, inputs.set_files)
    return Subject(tuple(name.strip() for name in split_names(inputs.files)), release, sum(map(len, flags)))
