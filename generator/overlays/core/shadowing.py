"""What is told about the winners: shadowing against what the sources declare, and broken content."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from typing import Final

from overlays.model.finding import Problem, Severity
from overlays.model.plan import Plan, Source
from overlays.model.quoted import quoted
from overlays.model.winners import Copy, Remark, Row, Winners

SHADOWING, UNDECLARED, INVALID = "shadowing", "undeclared", "invalid"
FAIL_ON: Final = (SHADOWING, UNDECLARED, INVALID)
"""What can make `explain` fail: shadowing that no source declares, shadowing besides what a source declares, and
content that is broken and not served."""

MOST_REMARKS: Final = 20
"""Remarks about one source that are told one by one."""


def problems(plan: Plan, winners: Winners, fail_on: Collection[str]) -> list[Problem]:
    """Everything to tell. Errors are only those of `fail_on`, some of FAIL_ON."""
    used: set[tuple[int, str]] = set()
    found = _of_rows(plan, winners, fail_on, used)
    for loose in winners.loose:
        used.update((copy.source, f"{loose.surface}/{loose.path}") for copy in (*loose.shadowed[1:], loose.last))
    return [*found, *_stale(plan, winners, used), *_remarks(plan, winners.remarks, fail_on)]


def item_problems(plan: Plan, row: Row, fail_on: Collection[str]) -> list[Problem]:
    """The same about one item alone."""
    used: set[tuple[int, str]] = set()
    winners = Winners((row,), (), ())
    found = _of_rows(plan, winners, fail_on, used)
    return [*found, *_stale(plan, winners, used, row.key)]


def _of_rows(plan: Plan, winners: Winners, fail_on: Collection[str], used: set[tuple[int, str]]) -> list[Problem]:
    found: list[Problem] = []
    for row in winners.rows:
        found += _shadowing(plan, row, fail_on, used)
        found += _invalid(plan, row, fail_on)
    return found


def overriders(row: Row) -> Iterator[tuple[Copy, tuple[Copy, ...]]]:
    """Each copy that shadows, with those that it shadows: all copies of earlier sources, also when it is no winner."""
    copies = (*row.shadowed, row.last)
    for at in range(1, len(copies)):
        yield copies[at], copies[:at]


def _shadowing(plan: Plan, row: Row, fail_on: Collection[str], used: set[tuple[int, str]]) -> Iterator[Problem]:
    for copy, below in overriders(row):
        source = plan.sources[copy.source]
        if source.overrides is None:
            if SHADOWING in fail_on:
                yield _undeclared(source, row, copy, below, "OVL506", Severity.ERROR)
        elif row.key in source.overrides:
            used.add((copy.source, row.key))
        else:
            severity = _severity(UNDECLARED in fail_on or SHADOWING in fail_on)
            yield _undeclared(source, row, copy, below, "OVL505", severity)


def _undeclared(
    source: Source, row: Row, copy: Copy, below: tuple[Copy, ...], code: str, severity: Severity
) -> Problem:
    why = "it has no overrides that declare it"
    if source.overrides is not None:
        why = "its overrides do not list it, so it must not shadow it"
    others = ", ".join(repr(one.label) for one in below)
    return Problem(
        (*source.origin, "repo"),
        code,
        f"{quoted(row.key)} of {copy.label!r} shadows that of {others}",
        why,
        f"rename one of them; if it is meant, add {quoted(row.key)} to the overrides of the source",
        severity,
    )


def _severity(fails: bool) -> Severity:
    return Severity.ERROR if fails else Severity.WARNING


def _invalid(plan: Plan, row: Row, fail_on: Collection[str]) -> Iterator[Problem]:
    for copy in row.shadowed:
        if copy.problem:
            yield Problem(
                (*plan.sources[copy.source].origin, "repo"),
                "OVL509",
                f"{quoted(row.key)} of {copy.label!r} cannot be served",
                f"{copy.path}: {copy.problem}",
                "mend it; it is shadowed now, and nothing would be served if it became the last copy",
                Severity.WARNING,
            )
    if row.reason:
        older = "; no older copy takes its place" if row.shadowed else ""
        yield Problem(
            (*plan.sources[row.last.source].origin, "repo"),
            "OVL507",
            f"nothing is served as {quoted(row.key)}",
            f"{row.reason}{older}",
            "mend the copy, or remove it from its repository",
            _severity(INVALID in fail_on),
        )


def _stale(
    plan: Plan, winners: Winners, used: Collection[tuple[int, str]], only: str | None = None
) -> Iterator[Problem]:
    declared = [(at, source) for at, source in enumerate(plan.sources) if source.overrides]
    if not declared:
        return
    has = {(copy.source, row.key) for row in winners.rows for copy in (*row.shadowed, row.last)}
    for at, source in declared:
        for index, key in enumerate(source.overrides or ()):
            if (at, key) not in used and only in (None, key):
                why = "no earlier source has it" if (at, key) in has else f"{source.repo!r} has no such item"
                yield Problem(
                    (*source.origin, "overrides", index),
                    "OVL508",
                    f"the override {key!r} shadows nothing",
                    why,
                    "remove it from the list, or correct its name",
                    Severity.WARNING,
                )


def _remarks(plan: Plan, remarks: tuple[Remark, ...], fail_on: Collection[str]) -> Iterator[Problem]:
    ordered = sorted(remarks, key=lambda remark: (remark.source, not remark.broken))
    for (at, broken), group in itertools.groupby(ordered, key=lambda remark: (remark.source, remark.broken)):
        source = plan.sources[at]
        told = list(group)
        for remark in told[:MOST_REMARKS]:
            yield _remark(source, remark, fail_on, stops=remark.stops and not plan.reads_merged)
        if len(told) > MOST_REMARKS:
            rest = Remark(at, f"{len(told) - MOST_REMARKS} more paths", "as the ones above", broken)
            yield _remark(source, rest, fail_on)


def _remark(source: Source, remark: Remark, fail_on: Collection[str], *, stops: bool = False) -> Problem:
    hint = "correct it in the repository"
    if stops:
        hint += "; with overlays.delivery: separate consumers load no workflow at all while one name is there twice"
    return Problem(
        (*source.origin, "repo"),
        "OVL510" if remark.broken else "OVL511",
        f"{quoted(remark.path)} of {source.repo!r} is {'broken and not served' if remark.broken else 'passed over'}",
        remark.text,
        hint if remark.broken else "correct it in the repository, or the path in the values",
        _severity(remark.broken and INVALID in fail_on),
    )
