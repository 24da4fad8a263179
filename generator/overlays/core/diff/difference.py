"""Two sides compared: all that `overlays diff` tells of values, or of variables where a side holds no more."""

from __future__ import annotations

from collections.abc import Mapping

from overlays.core.diff.changes import repository_changes, source_changes
from overlays.core.diff.compare import compare_variables
from overlays.core.diff.restarts import restarts, templates
from overlays.core.diff.settings import setting_changes
from overlays.core.diff.state import State
from overlays.core.env import Environment
from overlays.model.difference import Difference, Side, Variables

_OWNERS = {"api": "apiRs", "repo-cache": "repoCache", "sandbox": "sandbox", "agent": "sandbox"}


def consumers(environment: Environment) -> dict[str, Mapping[str, str]]:
    """Consumer to its variables."""
    return {
        "api": environment.api,
        "repo-cache": environment.repo_cache,
        "sandbox": environment.sandbox,
        "agent": environment.agent,
    }


def compare_states(names: tuple[str, str], old: State, new: State) -> Difference:
    """Everything that differs between two sets of values. names: of the sides."""
    variables = _without_known(_variables(consumers(old.environment), consumers(new.environment)), old, new)
    told = {(_OWNERS[one.consumer], "extraEnv", change.name) for one in variables for change in one.changes}
    return Difference(
        Side(names[0], old.plan.digest, old.plan.mode.value),
        Side(names[1], new.plan.digest, new.plan.mode.value),
        sources=source_changes(old.plan, new.plan),
        repositories=repository_changes(old, new),
        settings=setting_changes(old.values, new.values, told),
        variables=variables,
        restarts=restarts(old, new),
        templates=templates(old, new),
    )


def compare_rendered(
    names: tuple[str, str], old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Difference:
    """What differs between the variables of those consumers that both sides have."""
    return Difference(
        Side(names[0], _digest(old)),
        Side(names[1], _digest(new)),
        variables=_variables(
            {consumer: variables for consumer, variables in old.items() if consumer in new},
            {consumer: variables for consumer, variables in new.items() if consumer in old},
        ),
    )


def _variables(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> tuple[Variables, ...]:
    compared = ((consumer, compare_variables(old[consumer], new[consumer])) for consumer in new)
    return tuple(Variables(consumer, changes) for consumer, changes in compared if changes)


def _without_known(variables: tuple[Variables, ...], old: State, new: State) -> tuple[Variables, ...]:
    """The same without what is told elsewhere of the agent: the digest, what sandboxes get too, and that it is new."""
    if not (old.environment.agent and new.environment.agent):
        return tuple(one for one in variables if one.consumer != "agent")
    known = {change for one in variables if one.consumer == "sandbox" for change in one.changes}
    left = (
        one._replace(changes=tuple(c for c in one.changes if c not in known and c.name != "OVERLAYS_DIGEST"))
        if one.consumer == "agent"
        else one
        for one in variables
    )
    return tuple(one for one in left if one.changes)


def _digest(rendered: Mapping[str, Mapping[str, str]]) -> str:
    found = (variables["OVERLAYS_DIGEST"] for variables in rendered.values() if "OVERLAYS_DIGEST" in variables)
    return next(found, "")
