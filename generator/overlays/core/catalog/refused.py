"""What is told of skills for which a consumer must not be given any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from overlays.model.finding import Problem
from overlays.model.plan import Plan
from overlays.model.quoted import quoted
from overlays.model.sight import Refusal


def refused_by_promptkit(plan: Plan, refusals: Iterable[Refusal]) -> Iterator[Problem]:
    """One such skill costs all the others, of all sources."""
    for one in refusals:
        yield Problem(
            (*plan.sources[one.copy.source].origin, "repo"),
            "OVL624",
            f"PromptKit refuses every skill because of {quoted(one.name)} of {one.copy.label!r}",
            f"{quoted(one.place)}: {one.what}: {one.why}",
            one.hint,
        )


def unreadable(plan: Plan, refusals: Iterable[Refusal]) -> Iterator[Problem]:
    """The node serves it by its name alone, and no consumer can read more of it."""
    for one in refusals:
        yield Problem(
            (*plan.sources[one.copy.source].origin, "repo"),
            "OVL625",
            f"the skill {quoted(one.name)} of {one.copy.label!r} cannot be read",
            f"{quoted(one.place)}: {one.what}: {one.why}",
            one.hint,
        )
