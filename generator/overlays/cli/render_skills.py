"""overlays render skills: from what the repositories hold to what a consumer of skills is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click

from overlays.cli.agent_option import agent_named
from overlays.cli.contents import Origin, contents
from overlays.cli.pipeline import located, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.cli.target import Target, deliver
from overlays.content.agents import Agents, warning
from overlays.content.concerned import skills_of
from overlays.content.skill.refused import refused
from overlays.core import given
from overlays.core.catalog.refused import refused_by_promptkit, unreadable
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Problem, Severity
from overlays.model.plan import Plan
from overlays.model.sight import Sight
from overlays.report import text
from overlays.report.given import GIVEN, PROJECTS
from overlays.schema.check import schema_text


def render_skills(
    inputs: Inputs, release: str, origin: Origin, consumer: str, agent: str | None, directory: str, target: Target
) -> Exit:
    """Print, write or compare it. Raises InvalidInput: also for a skill that concerns the agent and is broken."""
    _check_directory(consumer, directory)
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    asked = None if agent is None else agent_named(checked, agent)
    found = surveyed(checked, contents(checked, inputs, origin))
    agents = Agents(checked.plan, found)
    sight = agents.sees(asked)
    wrong = [
        *given.problems(checked.plan, sight, found.winners, skills_of(sight, found.winners), directory),
        *_refused(checked.plan, agents, sight, consumer),
    ]
    findings = tuple(sorted({*checked.findings, *located(wrong, checked)}))
    if any(one.severity is Severity.ERROR for one in findings):
        raise InvalidInput(*findings)
    idle = warning(sight)
    streams.tell(text.report(findings) + (f"{text.safe(idle)}\n" if idle else ""))
    return deliver(streams, GIVEN[consumer](given.given(checked.plan, sight, directory)), target)


def _refused(plan: Plan, agents: Agents, sight: Sight, consumer: str) -> Iterator[Problem]:
    """The skills that are served and that the consumer must not be given."""
    skills = agents.skills([sight])
    if consumer == "promptkit":
        return refused_by_promptkit(plan, refused(skills, promptkit=True))
    return unreadable(plan, refused(skills, promptkit=False))


def _check_directory(consumer: str, directory: str) -> None:
    """Raises UsageError: it is none that can be written into what is printed."""
    if not directory:
        return
    pattern = json.loads(schema_text("values"))["definitions"]["absolutePath"]["pattern"]
    if not re.search(pattern, directory) or {".", ".."} & {*directory.split("/")} or directory.endswith("\n"):
        raise click.UsageError(f"--directory: {directory!r} is no absolute path in normal form")
    if consumer == "claude" and not directory.endswith(PROJECTS):
        raise click.UsageError(
            f"--directory: Claude Code reads skills in a project: {' or '.join(PROJECTS)} at the end"
        )
