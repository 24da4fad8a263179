"""overlays skills: what is in the skills that are served."""

from __future__ import annotations

import click

from overlays.cli.agent_option import agent_named
from overlays.cli.contents import Origin, contents, contents_options
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.content.agents import Agents
from overlays.content.skill import resource
from overlays.content.skill.delivered import as_delivered
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted
from overlays.model.sight import Sight
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
      overlays skills cat -f values.yaml --checkouts checkouts --agent reviewer pdf SKILL.md
    """
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    asked = None if agent is None else agent_named(checked, agent)
    checkouts = contents(checked, inputs, origin)
    found = surveyed(checked, checkouts)
    try:
        if asked is None:
            copy, name = _served(found.winners, skill), ""
        else:
            copy, name = _delivered(Agents(checked.plan, found).sees(asked), skill)
        data = resource.read(checkouts[copy.repo].root, copy.path, path)
        if name and resource.is_skill_file(path):
            data = as_delivered(data, name)
    except resource.ResourceError as error:
        if verbose:
            streams.tell(f"{safe(f'{quoted(skill)} {quoted(path)}: {error}')}\n")
        raise InvalidInput(_refusal(error)) from None
    streams.write(data.decode("utf-8", "surrogateescape"))
    return Exit.OK


def _served(winners: Winners, skill: str) -> Copy:
    for row in winners.rows:
        if row.surface == "skills" and row.name == skill:
            if row.winner is not None:
                return row.winner
            raise resource.ResourceError(f"nothing is served under the name: {row.reason}")
    raise resource.ResourceError("no source has a skill of the name")


def _delivered(sight: Sight, skill: str) -> tuple[Copy, str]:
    """What an agent has under a name, that of its copy or of the skill; and the name of the copy if it is another one.

    Where a name could be both it is that of the copy: nothing else is in the agent's pods.
    """
    names = {**{one.row.name: one for one in sight.skills}, **{one.delivered: one for one in sight.skills}}
    if skill not in names:
        raise resource.ResourceError(f"the agent {sight.name!r} has no skill of the name")
    found = names[skill]
    return found.row.last, found.delivered if found.delivered != found.row.name else ""


def _refusal(error: resource.ResourceError) -> Finding:
    """What a model may know: not whether there is such a file elsewhere, nor where anything is on this machine."""
    where = Location("SKILL PATH")
    if isinstance(error, resource.TooLargeError):
        why = f"a file of more than {resource.MOST >> 20} MiB is not printed"
        return Finding(where, "OVL631", "", "the file is too large", why, "split it, or leave it out")
    why = "no skill that is served has a file of that name that can be read"
    hint = "name a skill, and the path of a file in it as SKILL.md names it"
    return Finding(where, "OVL630", "", "there is no such file", why, hint)
