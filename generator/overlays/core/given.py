"""What consumers of skills are given: the winners alone, in one flat directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overlays.core.access import SKILLS_IN_WORKSPACE
from overlays.core.catalog.problems import of_agents
from overlays.core.shadowing import INVALID, UNDECLARED, item_problems
from overlays.model.catalog import Catalog
from overlays.model.finding import Problem, Severity
from overlays.model.given import Given, GivenSkill
from overlays.model.plan import Plan
from overlays.model.sight import Sight
from overlays.model.winners import Row, Winners

_NO_CATALOG: Final = Catalog("", {}, {}, ())  # what it would cost is another question


def given(plan: Plan, sight: Sight, directory: str) -> Given:
    """The skills of an agent, or of a pod without one. directory: "" for that in which `install` puts them."""
    skills = sorted(
        GivenSkill(one.delivered, one.row.last, one.preload, tuple(copy.repo for copy in one.row.shadowed))
        for one in sight.skills
    )
    mine = f"{plan.sandbox.workspace}/{SKILLS_IN_WORKSPACE}"
    return Given(sight.name, directory or mine, not directory, tuple(skills))


def problems(plan: Plan, sight: Sight, winners: Winners, rows: tuple[Row, ...], directory: str) -> Iterator[Problem]:
    """Why a consumer must not be given this. rows: of all skills that concern the agent, those that are broken too.

    A broken override is an error here and no warning: the older copy does not come back, and nobody would notice.
    """
    for row in rows:
        yield from item_problems(plan, row, (UNDECLARED, INVALID))
    yield from of_agents(winners, (sight,), _NO_CATALOG)
    if not directory and not plan.has_workload:
        yield Problem(
            ("repoCache", "enabled"),
            "OVL632",
            "no pod has a directory of skills",
            "what wins is put together by the cache and by the pods that the chart renders with it, and there is none",
            "enable repoCache, or name the directory that you make yourself with --directory",
            Severity.ERROR,
        )
