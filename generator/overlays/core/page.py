"""The page of `overlays report`, put together from a plan, its variables and its winners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from overlays.core.env import Environment
from overlays.core.places import effective_visibilities
from overlays.model.difference import Difference
from overlays.model.finding import Finding
from overlays.model.page import SURFACES, Consumer, Cover, Entry, Layer, Page, Part, Shadowing, Subject
from overlays.model.plan import Plan
from overlays.model.winners import Row, Winners


def page(
    subject: Subject,
    plan: Plan,
    environment: Environment,
    winners: Winners,
    commits: Mapping[str, str | None],
    findings: Sequence[Finding],
    difference: Difference | None,
) -> Page:
    """Everything on it. commits: repository to the full id of what was looked at, None when that is not known."""
    variables = {
        "api": environment.api,
        "repo-cache": environment.repo_cache,
        "sandbox": environment.sandbox,
        "agent": environment.agent,
    }
    return Page(
        subject=subject,
        fullname=plan.fullname,
        mode=plan.mode.value,
        digest=plan.digest,
        delivery=plan.delivery.value,
        merged=plan.reads_merged,
        repositories=len(plan.repositories),
        layers=_layers(plan, winners.rows, commits),
        entries=tuple(Entry(row, _shadowing(plan, row)) for row in winners.rows),
        loose=winners.loose,
        consumers=tuple(Consumer(name, tuple(texts.items())) for name, texts in variables.items()),
        findings=tuple(findings),
        difference=difference,
    )


def _shadowing(plan: Plan, row: Row) -> Shadowing:
    worst = Shadowing.NONE
    for copy in (*row.shadowed, row.last)[1:]:
        overrides = plan.sources[copy.source].overrides
        if overrides is None:
            worst = max(worst, Shadowing.OPEN)
        else:
            worst = max(worst, Shadowing.DECLARED if row.key in overrides else Shadowing.UNDECLARED)
    return worst


def _layers(plan: Plan, rows: Iterable[Row], commits: Mapping[str, str | None]) -> tuple[Layer, ...]:
    served: Counter[tuple[int, str]] = Counter()
    hidden: Counter[tuple[int, str]] = Counter()
    broken: Counter[tuple[int, str]] = Counter()
    keys: dict[tuple[int, int], list[str]] = {}
    for row in rows:
        (served if row.winner else broken)[row.last.source, row.surface] += 1
        for copy in row.shadowed:
            hidden[copy.source, row.surface] += 1
            keys.setdefault((row.last.source, copy.source), []).append(row.key)
    above: dict[int, list[Cover]] = {}
    below: dict[int, list[Cover]] = {}
    for (upper, lower), found in sorted(keys.items()):
        cover = Cover(upper, lower, tuple(found))
        above.setdefault(lower, []).append(cover)
        below.setdefault(upper, []).append(cover)
    refs = {repository.repo: repository.ref for repository in plan.repositories}
    visibilities = effective_visibilities(plan)
    layers = []
    for at, source in enumerate(plan.sources):
        parts = tuple(
            Part(surface, getattr(source, surface), *(count[at, surface] for count in (served, hidden, broken)))
            for surface in SURFACES
        )
        repo = source.repo
        hides, hidden_by = tuple(below.get(at, ())), tuple(above.get(at, ()))
        layers.append(Layer(repo, refs[repo], commits[repo], visibilities[repo], parts, hides, hidden_by))
    return tuple(layers)
