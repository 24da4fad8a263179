"""overlays skills: what is in the skills that are served."""

from __future__ import annotations

from collections.abc import Mapping

import click

from overlays.cli.agent_option import agent_named
from overlays.cli.contents import Origin, contents, contents_options
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.content.checkouts import Checkout
from overlays.content.skill import resource
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted
from overlays.model.winners import Copy, Winners
from overlays.report.text import safe


@click.group()
def skills() -> None:
    """Print what is in the skills that are served.

    \b
    Examples:
      overlays skills cat -f values.yaml --checkouts checkouts pdf SKILL.md
    """


@skills.command()
@click.argument("skill")
@click.argument("path")
@click.option("--agent", metavar="NAME", help="Only a skill that this agent of the values has, as it is delivered.")
@click.option("--verbose", is_flag=True, help="Say why a file is not printed: for you, not for a model.")
@contents_options
@values_options
def cat(inputs: Inputs, release: str, origin: Origin, skill: str, path: str, agent: str | None, verbose: bool) -> int:
    """Print a file of a skill that is served, byte for byte.

    SKILL and PATH may come from a model: nothing outside the skill is opened, whatever they say and wherever links in
    it lead, and whatever is wrong, the answer is the same. At most 1 MiB; hidden files are files like any other.

    \b
    Examples:
      overlays skills cat -f values.yaml --checkouts checkouts pdf SKILL.md
      overlays skills cat -f values.yaml --checkouts checkouts --verbose pdf SKILL.md
    """
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    if agent is not None:
        agent_named(checked, agent)
    checkouts = contents(checked, inputs, origin)
    try:
        data = _read(surveyed(checked, checkouts).winners, checkouts, skill, path)
    except resource.ResourceError as error:
        if verbose:
            streams.tell(f"{safe(f'{quoted(skill)} {quoted(path)}: {error}')}\n")
        raise InvalidInput(_refusal(error)) from None
    streams.write(data.decode("utf-8", "surrogateescape"))
    return Exit.OK


def _read(winners: Winners, checkouts: Mapping[str, Checkout], skill: str, path: str) -> bytes:
    """Raises ResourceError."""
    copy = _served(winners, skill)
    return resource.read(checkouts[copy.repo].root, copy.path, path)


def _served(winners: Winners, skill: str) -> Copy:
    for row in winners.rows:
        if row.surface == "skills" and row.name == skill:
            if row.winner is not None:
                return row.winner
            raise resource.ResourceError(f"nothing is served under the name: {row.reason}")
    raise resource.ResourceError("no source has a skill of the name")


def _refusal(error: resource.ResourceError) -> Finding:
    """What a model may know: not whether there is such a file elsewhere, nor where anything is on this machine."""
    where = Location("SKILL PATH")
    if isinstance(error, resource.TooLargeError):
        why = f"a file of more than {resource.MOST >> 20} MiB is not printed"
        return Finding(where, "OVL631", "", "the file is too large", why, "split it, or leave it out")
    why = "no skill that is served has a file of that name that can be read"
    hint = "name a skill, and the path of a file in it as SKILL.md names it"
    return Finding(where, "OVL630", "", "there is no such file", why, hint)
