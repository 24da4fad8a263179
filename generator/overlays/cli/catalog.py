"""overlays catalog: what agents are told of their skills, and what a change does to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import click
from click.core import ParameterSource

from overlays.cli.agent_option import agent_named
from overlays.cli.agents_seen import builtins_of, builtins_option
from overlays.cli.catalog_change import against, changes, compared
from overlays.cli.contents import Origin, contents, contents_options
from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import located, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.cli.target import Target, deliver, target_options
from overlays.content.agents import Agents, warning
from overlays.core.catalog.block import CAO, PROMPTKIT
from overlays.core.catalog.build import catalog as build
from overlays.core.catalog.problems import PERSONA_PROBLEM, of_agents
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.catalog import Catalog
from overlays.model.finding import Finding, Location, Problem, Severity
from overlays.model.plan import Plan
from overlays.model.quoted import quoted
from overlays.model.sight import Sight
from overlays.report import text

FORMATS: Final = ("cao", "promptkit", "json", "markdown")
SOME: Final = 5
"""Names that are given as an example."""


@click.command()
@click.option("--agent", metavar="NAME", help="Of this agent of the values. Default: of a pod without an agent.")
@click.option("--all-agents", is_flag=True, help="Of every agent of the values, as json or markdown.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="cao",
    show_default=True,
    help="cao, promptkit: the text that this consumer puts into the prompt. json, markdown: that, and why.",
)
@builtins_option
@click.option(
    "--diff",
    nargs=2,
    type=FILE,
    metavar="OLD NEW",
    help="Compare two files that --format json wrote, and tell why they differ; nothing else is read.",
)
@click.option("--detailed-exitcode", is_flag=True, help="With --diff: exit with 2 on a difference.")
@target_options
@contents_options
@values_options
def catalog(
    inputs: Inputs,
    release: str,
    origin: Origin,
    agent: str | None,
    all_agents: bool,
    format_: str,
    builtins: str | None,
    diff: tuple[str, str] | None,
    detailed_exitcode: bool,
    target: Target,
) -> int:
    """Print the list of skills that stands in an agent's prompt.

    Byte for byte what the consumer writes; its bytes and estimated tokens go to standard error. Looks into the
    repositories as explain does: at --checkouts, else at what is fetched. With --check it also tells which skills the
    agent gained or lost since the file was written, and why.

    \b
    Examples:
      overlays catalog -f values.yaml --checkouts checkouts --agent reviewer
      overlays catalog -f values.yaml --checkouts checkouts --agent reviewer --check reviewer.txt
      overlays catalog -f values.yaml --checkouts checkouts --all-agents --format json -o catalog.json
      overlays catalog -f values.yaml --checkouts checkouts --all-agents --format markdown
      overlays catalog --diff old.json catalog.json
    """
    streams = Streams.standard()
    if diff is not None:
        _check_alone(diff)
        return compared(streams, diff, detailed_exitcode)
    _check_usage(agent, all_agents, format_, detailed_exitcode)
    checked = usable(prepare(inputs, release))
    chosen = checked.plan.agents if all_agents else (None if agent is None else agent_named(checked, agent),)
    known = builtins_of(builtins)
    found = surveyed(checked, contents(checked, inputs, origin))
    agents = Agents(checked.plan, found, known)
    sights = [agents.sees(one) for one in chosen]
    style = PROMPTKIT if format_ == "promptkit" else CAO
    made = build(sights, agents.fronts(sights), checked.plan.catalog_instruction, style)
    told = list(of_agents(found.winners, sights, made))
    refused = _refused(checked.plan, agents, sights) if format_ == "promptkit" else []
    findings = sorted(
        {
            *checked.findings,
            *located([*told, *refused], checked),
            *located(() if refused else _left_out(checked.plan, made, format_), checked),
            *_unknown(made, builtins),
        }
    )
    if refused or any(one.code == PERSONA_PROBLEM for one in told):
        raise InvalidInput(*findings)
    streams.tell(
        text.report(findings) + "".join(_warnings(sights, all_agents)) + _costs(made, checked.plan, all_agents)
    )
    failed = any(one.severity is Severity.ERROR for one in told)
    status = Exit.INVALID if failed else Exit.OK
    rendered = _rendered(made, checked.plan, format_)
    if target.check is None:
        return deliver(streams, rendered, target, status)
    return against(streams, target.check, rendered, changes(made, sights, found.winners, format_), status)


def _check_alone(diff: tuple[str, str]) -> None:
    """Raises UsageError: another flag stands beside --diff, which would say nothing there."""
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name not in ("diff", "detailed_exitcode") and source is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--diff takes the names of two files, and no flag but --detailed-exitcode: not {option.opts[0]}"
            )
    if "" in diff:
        raise click.UsageError("--diff takes the names of two files, and a name is not empty")


def _check_usage(agent: str | None, all_agents: bool, format_: str, detailed_exitcode: bool) -> None:
    if detailed_exitcode:
        raise click.UsageError("--detailed-exitcode goes with --diff; --check exits with 2 in any case")
    if agent == "":
        raise click.UsageError("--agent needs a name")
    if agent is not None and all_agents:
        raise click.UsageError("--agent and --all-agents exclude each other")
    if all_agents and format_ not in ("json", "markdown"):
        raise click.UsageError("--all-agents needs --format json or markdown: a prompt is that of one agent")


def _rendered(made: Catalog, plan: Plan, format_: str) -> str:
    if format_ == "json":
        from overlays.report import catalog_json

        return catalog_json.report(made)
    if format_ == "markdown":
        from overlays.report import catalog_markdown

        return catalog_markdown.report(made, _budgets(plan))
    return f"{made.agents[0].block}\n"


def _budgets(plan: Plan) -> dict[str, int]:
    limits = {agent.name: agent.most_tokens or agent.warn_tokens for agent in plan.agents}
    return {name: limit for name, limit in limits.items() if limit}


def _warnings(sights: Sequence[Sight], named: bool) -> Iterator[str]:
    """The line that the node writes, too; of several agents each with its name."""
    for sight in sights:
        line = warning(sight)
        if line:
            yield f"{f'{sight.name}: ' if named else ''}{text.safe(line)}\n"


def _costs(made: Catalog, plan: Plan, named: bool) -> str:
    """What the blocks cost, the largest first."""
    lines, budgets = [], _budgets(plan)
    for one in sorted(made.agents, key=lambda one: (-one.bytes, one.name)):
        limit = f", of {budgets[one.name]:,}" if one.name in budgets else ""
        about = f"about {one.tokens:,} tokens{limit} (an estimate)"
        lines.append(f"{f'{one.name}: ' if named else ''}{one.bytes:,} bytes, {about}\n")
    return "".join(lines)


def _refused(plan: Plan, agents: Agents, sights: Sequence[Sight]) -> list[Problem]:
    from overlays.content.skill.refused import refused
    from overlays.core.catalog.refused import refused_by_promptkit

    return list(refused_by_promptkit(plan, refused(agents.skills(sights), promptkit=True)))


def _left_out(plan: Plan, made: Catalog, format_: str) -> Iterator[Problem]:
    """The skills that agents may use and are not told of."""
    effect = "what PromptKit lists is not known" if format_ == "promptkit" else "CAO leaves it out"
    names = {one.name for listing in made.agents for one in listing.skills if not one.bytes}
    for name in sorted(names):
        skill = made.skills[name]
        source = plan.sources[skill.copy.source]
        yield Problem(
            (*source.origin, "repo"),
            "OVL622",
            f"the skill {quoted(name)} of {skill.copy.label!r} is in no catalog",
            f"{skill.front.flaw or skill.front.name_flaw}, and {effect}",
            "mend its SKILL.md: `overlays lint` tells the line",
            Severity.WARNING,
        )


def _unknown(made: Catalog, builtins: str | None) -> Iterator[Finding]:
    names = sorted({one.name for listing in made.agents for one in listing.builtins if not one.bytes})
    if names:
        where = Location(f"--builtins {builtins}")
        some = ", ".join([*map(quoted, names[:SOME]), *(["…"] if len(names) > SOME else [])])
        what = "a built-in skill has no description" if len(names) == 1 else "built-in skills have no description"
        why = f"the catalog cannot show them as the consumer does, and leaves them out: {some}"
        hint = "name the consumer's own directory of skills, or a file with their descriptions"
        yield Finding(where, "OVL621", "", what, why, hint, Severity.WARNING)
