"""What is wrong with the agents of a list before what its sources have: for the commands that check."""

from __future__ import annotations

from collections.abc import Sequence

import click

from overlays.cli.file import FILE
from overlays.cli.pipeline import Checked
from overlays.content.winners import Surveyed
from overlays.model.finding import Problem
from overlays.model.sight import Builtin

builtins_option = click.option(
    "--builtins",
    type=FILE,
    metavar="FILE",
    help="Skills that the agents' consumer has anyhow, with which patterns may match, too: a list of {name, "
    "description} as YAML or JSON, a directory of skills, or the word cao for the names of CAO's own.",
)


def builtins_of(name: str | None) -> tuple[Builtin, ...]:
    """Those of --builtins. Raises InvalidInput: they cannot be read."""
    if name is None:
        return ()
    if not name:
        raise click.UsageError("--builtins needs a name")
    from overlays.content.builtins import read_builtins

    return read_builtins(name)


def agent_problems(checked: Checked, found: Surveyed, builtins: Sequence[Builtin]) -> list[Problem]:
    """Everything about all agents, and about what sources preload."""
    plan = checked.plan
    if not plan.agents and not any(source.skills_preload for source in plan.sources):
        return []
    from overlays.content.agents import Agents  # only who has agents pays for them
    from overlays.core.catalog.block import CAO
    from overlays.core.catalog.build import catalog
    from overlays.core.catalog.problems import problems

    agents = Agents(plan, found, builtins)
    sights = [agents.sees(agent) for agent in plan.agents]
    weighed = [sight for sight in sights if sight.agent and (sight.agent.most_tokens or sight.agent.warn_tokens)]
    listed = catalog(weighed, agents.fronts(weighed), plan.catalog_instruction, CAO)
    return list(problems(plan, found.winners, sights, listed, agents.lacking()))
