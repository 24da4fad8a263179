"""Who wins each item, asked of the node's own rules (overlays_node.items)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from overlays.content import unreadable
from overlays.content.checkouts import Checkout
from overlays.content.hygiene.secrets import redacted
from overlays.model.finding import Problem
from overlays.model.plan import Plan, Source
from overlays.model.quoted import quoted, respelt
from overlays.model.winners import Copy, LooseFile, Remark, Row, Winners
from overlays_node import items
from overlays_node.config import Source as Served
from overlays_node.trees import facts_of

SURFACES: Final = items.SURFACES
"""In their order."""
LONGEST: Final = 100
"""Characters of a path in a message."""


class Surveyed(NamedTuple):
    """The winners, and the sources whose files cannot be read: then the winners are not to be relied on.

    files: "surface/path" of all files that are part of no item.
    served: by surface what the node chose, from which the winners were made. roots: of repositories, links resolved.
    """

    winners: Winners
    problems: tuple[Problem, ...]
    files: frozenset[str]
    served: Mapping[str, items.Served]
    roots: Mapping[str, str]


def survey(plan: Plan, checkouts: Mapping[str, Checkout]) -> Surveyed:
    """Look at all files. checkouts: of the repositories of all sources."""
    found, problems = [], []
    for at, source in enumerate(plan.sources):
        try:
            found.append(items.offers(at, checkouts[source.repo].root, served(source)))
        except OSError as error:
            problems.append(unreadable_files(source, checkouts[source.repo], error))
            found.append(tuple(items.Offer() for _ in items.SURFACES))
    work = _Work(plan, checkouts)
    for at, source in enumerate(plan.sources):
        work.left_out(at, checkouts[source.repo])
    chosen = {
        surface: items.choose(surface, [offers[place] for offers in found])
        for place, surface in enumerate(items.SURFACES)
    }
    for one in chosen.values():
        work.take(one)
    winners = Winners(tuple(work.rows), tuple(work.loose), tuple(work.remarks))
    roots = {repo: os.path.realpath(one.root) for repo, one in checkouts.items()}
    return Surveyed(winners, tuple(problems), frozenset(work.files), chosen, roots)


def served(source: Source) -> Served:
    """The source as the node knows it."""
    subdirs = zip(items.SURFACES, _subdirs(source), strict=True)
    found = tuple((surface, subdir) for surface, subdir in subdirs if subdir)
    return Served(source.repo, found, source.skills_preload)


def _subdirs(source: Source) -> tuple[str, ...]:
    return source.tools, source.workflows, source.skills, source.personas, source.prompt


def unreadable_files(source: Source, checkout: Checkout, error: OSError) -> Problem:
    """The files of a source cannot be looked at."""
    path = os.path.relpath(str(error.filename or checkout.root), os.path.realpath(checkout.root))
    cut = path if len(path) <= LONGEST else f"{path[:LONGEST]}…"
    return Problem(
        (*source.origin, "repo"),
        "OVL502",
        f"the files of {source.repo!r} cannot be read",
        f"{quoted(cut)}: {unreadable.why(error)}",
        unreadable.hint(error),
    )


class _Work:
    """What the node chose, in words of the list."""

    def __init__(self, plan: Plan, checkouts: Mapping[str, Checkout]) -> None:
        self.subdirs = [dict(served(source).subdirs) for source in plan.sources]
        refs = {repository.repo: repository.ref for repository in plan.repositories}
        self.known = [(source.repo, refs[source.repo], checkouts[source.repo].commit) for source in plan.sources]
        self.rows: list[Row] = []
        self.loose: list[LooseFile] = []
        self.files: set[str] = set()
        self.remarks: list[Remark] = []

    def left_out(self, at: int, checkout: Checkout) -> None:
        """Add what a published tree does not hold although its commit does."""
        if checkout.commit is None:
            return
        places = [f"{subdir}/" for subdir in self.subdirs[at].values()]
        for one in facts_of(checkout.root).left_out:
            if any(f"{one.path}/".startswith(place) for place in places):
                self.remarks.append(Remark(at, one.path, one.reason, True))

    def take(self, found: items.Served) -> None:
        """Add one surface."""
        broken = set()
        for choice in sorted(found.choices, key=lambda one: one.name):
            last = self.copy(choice.last)
            reason = "" if choice.winner else f"{last.label}: {last.path}: {self.reason(choice)}"
            if reason:
                broken.add((choice.last.source, choice.last.path))
            shadowed = tuple(self.copy(item) for item in choice.shadowed)
            self.rows.append(Row(found.surface, choice.name, last, shadowed, reason))
        self.loose += [self.loose_file(found.surface, one) for one in found.loose if one.shadowed]
        self.files.update(f"{found.surface}/{one.path}" for one in found.loose)
        self.remarks += [self.remark(note) for note in found.notes if (note.source, note.path) not in broken]

    def reason(self, choice: items.Choice) -> str:
        """Why the last copy is not served."""
        other = choice.in_the_way
        if other is None:
            return problem_of(choice.last)
        repo, ref, _ = self.known[other.source]
        return f"{repo}{'@' if ref else ''}{ref} needs the path {other.path}"

    def copy(self, item: items.Item) -> Copy:
        """An item."""
        repo, ref, commit = self.known[item.source]
        path = self.path(item.surface, item.source, item.path)
        return Copy(repo, ref, commit, path, item.source, problem_of(item))

    def path(self, surface: str, source: int, below: str) -> str:
        """A path below the subdir, from the root of the repository."""
        subdir = self.subdirs[source][surface]
        return f"{subdir}/{below}" if below else subdir

    def loose_file(self, surface: str, one: items.Loose) -> LooseFile:
        """A file of no item."""
        copies = [
            Copy(*self.known[source], self.path(surface, source, one.path), source)
            for source in (*one.shadowed, one.source)
        ]
        return LooseFile(surface, one.path, copies[-1], tuple(copies[:-1]))

    def remark(self, note: items.Note) -> Remark:
        """A note of the node."""
        stops = note.about == items.TWICE and note.surface == items.WORKFLOWS
        return Remark(
            note.source,
            self.path(note.surface, note.source, note.path),
            respelt(redacted(note.text)),
            note.error,
            stops,
        )


def problem_of(item: items.Item) -> str:
    """Why the node does not serve an item, "" when it does. Its words quote files, which may hold a secret."""
    return respelt(redacted(item.problem)) if item.problem else ""


def copy_in(source: Source, checkout: Checkout, surface: str, name: str) -> Copy | None:
    """The copy of an item that a source has which is no part of the plan; None when it has none.

    Raises OSError: its files cannot be read.
    """
    offered = items.offer(surface, 0, checkout.root, served(source))
    for item in offered.items:
        if item.name == name:
            path = "/".join(filter(None, (dict(served(source).subdirs)[surface], item.path)))
            return Copy(source.repo, source.ref, checkout.commit, path, 0, problem_of(item))
    return None
