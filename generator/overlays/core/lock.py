"""The lock and the list: where they differ, what is wrong then, and the list with commits in place of refs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from overlays.core.compat import EXTRA_SOURCES, SOURCES
from overlays.core.repositories import Entry, listed, place
from overlays.model.finding import Problem, Severity
from overlays.model.lock import Cause, Drift, Failure, Kind, Lock
from overlays.model.plan import Pairs, Plan, Pointer, Repository

_PINS: Pointer = ("repoCache", "repositoryRefs")
_BASE: Pointer = ("toolServer",)


def impossible(lock: Lock) -> tuple[Problem, ...]:
    """Entries that no server can give, OVL403: a ref of 40 digits is a commit, so it means that commit alone.

    The pointers are into the lock file.
    """
    what, why = "{!r} is locked at {!r}", "its ref is another commit, {!r}, and that can mean nothing else"
    return tuple(
        Problem(
            ("repositories", repo, "commit"),
            "OVL403",
            what.format(repo, locked.commit),
            why.format(locked.ref),
            "write that commit, or remove the file and run `overlays lock`",
        )
        for repo, locked in lock.repositories.items()
        if re.fullmatch("[0-9a-fA-F]{40}", locked.ref) and locked.commit != locked.ref.lower()
    )


def disagreements(plan: Plan, lock: Lock) -> tuple[Drift, ...]:
    """Where the lock is not that of this list: in the order of REPOSITORIES, then what has left the list."""
    here = {repository.repo for repository in plan.repositories}
    left = (Drift(repo, Kind.LEFT) for repo in lock.repositories if repo not in here)
    return (*_differences(plan.repositories, lock), *left)


def _differences(repositories: Iterable[Repository], lock: Lock) -> Iterator[Drift]:
    for repository in repositories:
        locked = lock.repositories.get(repository.repo)
        if locked is None:
            yield Drift(repository.repo, Kind.MISSING)
            continue
        if locked.url != repository.clone_url:
            yield Drift(repository.repo, Kind.URL, old=locked.url, new=repository.clone_url)
        if locked.ref != repository.ref:
            yield Drift(repository.repo, Kind.REF, old=locked.ref, new=repository.ref)


def moved(plan: Plan, lock: Lock, commits: Mapping[str, str]) -> tuple[Drift, ...]:
    """Refs that list and lock agree on, and that mean another commit now. commits: "owner/name" to that commit."""
    stale = {drift.repo for drift in disagreements(plan, lock)}
    return tuple(
        Drift(repo, Kind.MOVED, ref, lock.repositories[repo].commit, commits[repo])
        for repo, ref in ((repository.repo, repository.ref) for repository in plan.repositories)
        if repo in commits and repo not in stale and commits[repo] != lock.repositories[repo].commit
    )


def unusable(values: Mapping[str, Any], plan: Plan, lock: Lock, name: str) -> tuple[Problem, ...]:
    """The entries without which this list cannot be rendered from the lock file of that name: OVL404 and OVL405.

    values: those that the plan was made from.
    """
    places = _places(values, plan)
    return tuple(_unusable(drift, places[drift.repo], name) for drift in _differences(plan.repositories, lock))


def _unusable(drift: Drift, place: _Place, name: str) -> Problem:
    hint = f"run `overlays lock --update {drift.repo}`"
    if drift.kind is Kind.MISSING:
        why = f"{name!r} has no such entry, so no commit is known"
        return Problem(place.repo, "OVL404", f"{drift.repo!r} is not locked", why, hint)
    pointer, what = (place.url, "clone URL") if drift.kind is Kind.URL else (place.ref, "ref")
    why = f"{name!r} has the commit for {_name(drift.old)}, and the list asks for {_name(drift.new)}"
    return Problem(pointer, "OVL405", f"{drift.repo!r} is locked for another {what}", why, hint)


def _name(text: str) -> str:
    return repr(text) if text else "the default branch"


def failed(values: Mapping[str, Any], plan: Plan, failures: Mapping[str, Failure]) -> tuple[Problem, ...]:
    """One problem for each repository that has no commit, at its place in the values: OVL406 and OVL407."""
    places = _places(values, plan)
    repositories = {repository.repo: repository for repository in plan.repositories}
    return tuple(_failed(repositories[repo], failure, places[repo]) for repo, failure in failures.items())


def _failed(repository: Repository, failure: Failure, place: _Place) -> Problem:
    if failure.cause is Cause.REF:
        ref = f"ref {repository.ref!r}" if repository.ref else "the default branch"
        hint = "correct the ref; without one, the default branch is taken"
        return Problem(place.ref, "OVL407", f"{ref} of {repository.repo!r} has no commit", failure.reason, hint)
    hint = f"see what `git ls-remote {repository.clone_url}` says; credentials come from git's helpers or --token-file"
    return Problem(place.url, "OVL406", f"{repository.repo!r} cannot be asked", failure.reason, hint)


def doubtful(values: Mapping[str, Any], plan: Plan, warnings: Mapping[str, Iterable[str]]) -> tuple[Problem, ...]:
    """What is odd about refs that have a commit: OVL408. warnings: "owner/name" to one line each."""
    places = _places(values, plan)
    why = "what a name means may change as soon as it can mean two things"
    hint = "write a name that only one branch or tag has, or all 40 digits of a commit"
    return tuple(
        Problem(places[repo].ref, "OVL408", f"{repo!r}: {text}", why, hint, Severity.WARNING)
        for repo, texts in warnings.items()
        for text in texts
    )


class _Place(NamedTuple):
    """Where the values state a repository, its effective ref and its clone URL; the first, where they state none."""

    repo: Pointer
    ref: Pointer
    url: Pointer


def _places(values: Mapping[str, Any], plan: Plan) -> dict[str, _Place]:
    entries: dict[str, list[Entry]] = {}
    everything: tuple[Entry, ...] = (*listed(values), *plan.sources)
    for entry in everything:
        entries.setdefault(entry.repo, []).append(entry)
    pins = values["repoCache"]["repositoryRefs"]
    return {repository.repo: _place(repository, entries[repository.repo], pins) for repository in plan.repositories}


def _place(repository: Repository, entries: list[Entry], pins: Mapping[str, str]) -> _Place:
    first = entries[0]
    whole = place(first)
    refs = ((*entry.origin, "ref") for entry in entries if entry.ref)
    ref = (*_PINS, repository.repo) if repository.repo in pins else next(refs, whole)
    url = (*repository.clone_url_origin, "cloneUrl") if repository.clone_url_origin else whole
    return _Place(whole, ref, url)


def pins(values: Mapping[str, Any], plan: Plan, lock: Lock) -> Pairs:
    """(repo, commit) of the repositories that cannot be locked at a source alone, in byte order.

    Those that `repoCache.repositories` lists, or that a pin would keep at another ref.
    """
    pinned = {*values["repoCache"]["repositoryRefs"], *(entry.repo for entry in listed(values))}
    repos = sorted(repository.repo for repository in plan.repositories if repository.repo in pinned)
    return tuple((repo, lock.repositories[repo].commit) for repo in repos)


def apply(values: Mapping[str, Any], plan: Plan, lock: Lock) -> dict[str, Any]:
    """The values with the commits of the lock in place of the refs; whoever resolves them gets the locked plan.

    values: those that the plan was made from. lock: without problems of `unusable`.
    """
    commits = {source.origin: lock.repositories[source.repo].commit for source in plan.sources}
    server, cache = values["toolServer"], values["repoCache"]
    base = {"ref": commits[_BASE]} if _BASE in commits else {}
    extra = _with_commits(server["extraSources"], EXTRA_SOURCES, commits)
    return {
        **values,
        "overlays": {
            **values["overlays"],
            "sources": _with_commits(values["overlays"]["sources"], SOURCES, commits),
        },
        "toolServer": {**server, **base, "extraSources": extra},
        "repoCache": {**cache, "repositoryRefs": {**cache["repositoryRefs"], **dict(pins(values, plan, lock))}},
    }


def _with_commits(
    entries: Iterable[Mapping[str, Any]], place: Pointer, commits: Mapping[Pointer, str]
) -> list[Mapping[str, Any]]:
    """The entries, those of the plan with their commit as ref. place: of the list."""
    known = ((entry, commits.get((*place, index))) for index, entry in enumerate(entries))
    return [{**entry, "ref": commit} if commit else entry for entry, commit in known]
