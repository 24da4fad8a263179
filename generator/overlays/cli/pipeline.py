"""From flags to a checked plan with its findings: the one way in for every command that takes values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from overlays import data
from overlays.core.advice import advice
from overlays.core.env import Environment, environment
from overlays.core.limits import limits
from overlays.core.lock import apply, unusable
from overlays.core.resolve import resolve
from overlays.errors import InvalidInput
from overlays.helm.merge import coalesce
from overlays.io.document import read_document
from overlays.io.source import Sources
from overlays.io.values import Inputs, Values, load_values
from overlays.model.finding import Finding, Problem, Severity
from overlays.model.lock import Lock
from overlays.model.plan import Plan
from overlays.schema import check, nulls
from overlays.schema.place import finding
from overlays.schema.prune import MARK, prune


class Checked(NamedTuple):
    """A plan with its variables, and every finding about its input, sorted. With an error there is nothing to print.

    values: all values that the plan was made from, defaults included. read: the same as they were read, with places.
    """

    plan: Plan
    environment: Environment
    findings: tuple[Finding, ...]
    values: Mapping[str, Any]
    read: Values

    @property
    def has_errors(self) -> bool:
        """Whether some finding is an error."""
        return any(item.severity is Severity.ERROR for item in self.findings)


def prepare(inputs: Inputs, release: str, sources: Sources | None = None) -> Checked:
    """Read, merge, check and resolve.

    sources: reads the files; a fresh one when None.
    Raises UsageError: a malformed flag. InvalidInput: an input cannot be read at all.
    """
    defaults = chart_defaults()
    values = load_values(inputs, defaults, sources)
    effective = coalesce(nulls.without(values.user, defaults), defaults)
    shape = [*nulls.problems(values.user), *check.problems(effective, lambda pointer: values.locate(pointer).raw)]
    if shape:
        effective = prune(effective, [problem.pointer for problem in shape], defaults)
    return _resolved(effective, values, release, shape)


def locked(checked: Checked, lock: Lock, name: str, release: str) -> Checked:
    """The same with the commits of the lock in place of the refs.

    name: of the lock file. Raises InvalidInput OVL404 and OVL405: the lock is not that of this list.
    """
    problems = unusable(checked.values, checked.plan, lock, name)
    if problems:
        raise InvalidInput(*sorted([*checked.findings, *located(problems, checked)]))
    return _resolved(apply(checked.values, checked.plan, lock), checked.read, release, [])


def _resolved(effective: Mapping[str, Any], values: Values, release: str, shape: list[Problem]) -> Checked:
    resolved = resolve(effective, values.user, release)
    variables = environment(resolved.plan)
    meaning = (
        *resolved.problems,
        *advice(resolved.plan, variables, effective),
        *limits(resolved.plan, variables),
    )
    told = [*shape, *(problem for problem in meaning if MARK not in problem.what)]
    findings = tuple(sorted({*values.findings, *(finding(problem, values) for problem in told)}))
    return Checked(resolved.plan, variables, findings, effective, values)


def located(problems: Iterable[Problem], checked: Checked) -> tuple[Finding, ...]:
    """Findings of these problems at their places in the values."""
    return tuple(finding(problem, checked.read) for problem in problems)


def chart_defaults() -> dict[str, object]:
    """The chart's own values.yaml."""
    file = data.root() / "chart" / "values.yaml"
    return read_document("chart/values.yaml", file.read_bytes()).value


def usable(checked: Checked) -> Checked:
    """The same, if it may be printed. Raises InvalidInput with all findings when one is an error."""
    if checked.has_errors:
        raise InvalidInput(*checked.findings)
    return checked
