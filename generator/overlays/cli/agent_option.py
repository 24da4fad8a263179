"""--agent: one of the agents of the values."""

from __future__ import annotations

from typing import Final

from overlays.cli.pipeline import Checked
from overlays.errors import InvalidInput
from overlays.model.agent import Agent
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted

SOME: Final = 5
"""Names that are given as an example."""


def agent_named(checked: Checked, name: str) -> Agent:
    """The agent of that name. Raises InvalidInput OVL619: there is none."""
    agents = {agent.name: agent for agent in checked.plan.agents}
    if name in agents:
        return agents[name]
    import difflib

    near = difflib.get_close_matches(name, agents, n=1)
    some = [*map(quoted, sorted(agents)[:SOME]), *(["…"] if len(agents) > SOME else [])]
    why = f"the values list {len(agents)}: {', '.join(some)}" if agents else "the values list none"
    hint = f"did you mean {quoted(near[0])}?" if near else "name one of them, or add it under agents"
    what = f"there is no agent {quoted(name)}"
    raise InvalidInput(*sorted({*checked.findings, Finding(Location("--agent"), "OVL619", "", what, why, hint)}))
