"""The repositories to cache: every entry of one repository taken together (contract 1.5, 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from overlays.model.finding import Problem, Severity
from overlays.model.plan import Pairs, Pointer, Repository, Source

LISTED: Pointer = ("repoCache", "repositories")


class Listed(NamedTuple):
    """One entry of repoCache.repositories; `states_ref` is false for a plain string."""

    repo: str
    ref: str
    states_ref: bool
    clone_url: str
    visibility: str
    origin: Pointer


Entry: TypeAlias = Listed | Source


class Repositories(NamedTuple):
    """All repositories in the order of REPOSITORIES, (repo, ref) in that of REPOSITORY_REFS, and what is wrong."""

    repositories: tuple[Repository, ...]
    refs: Pairs
    problems: tuple[Problem, ...]


def place(entry: Entry) -> Pointer:
    """Where an entry names its repository."""
    return entry.origin if isinstance(entry, Listed) and not entry.states_ref else (*entry.origin, "repo")


def listed(values: Mapping[str, Any]) -> tuple[Listed, ...]:
    """The entries of repoCache.repositories in order. values: checked, with all defaults."""
    return tuple(_listed(entry, (*LISTED, index)) for index, entry in enumerate(values["repoCache"]["repositories"]))


def _listed(entry: str | Mapping[str, Any], origin: Pointer) -> Listed:
    if isinstance(entry, str):
        return Listed(entry, "", False, "", "", origin)
    get = entry.get
    return Listed(entry["repo"], get("ref", ""), True, get("cloneUrl", ""), get("visibility", ""), origin)


def combine(values: Mapping[str, Any], sources: tuple[Source, ...]) -> Repositories:
    """Take all entries of each repository together. values: checked, with all defaults.

    Effective ref: repositoryRefs, else an object entry of repositories, else a source. Private if any entry says so,
    else public if any says so, else private.
    """
    entries = listed(values)
    everything: tuple[Entry, ...] = (*entries, *sources)
    refs = _refs(values["repoCache"]["repositoryRefs"], entries, sources)
    effective = dict(refs)
    urls: dict[str, Entry] = {}
    stated: dict[str, str] = {}
    for entry in everything:
        if entry.clone_url:
            urls.setdefault(entry.repo, entry)
        if entry.visibility and stated.get(entry.repo) != "private":
            stated[entry.repo] = entry.visibility
    repositories = tuple(
        Repository(
            repo=repo,
            ref=effective.get(repo, ""),
            clone_url=urls[repo].clone_url if repo in urls else f"https://github.com/{repo}.git",
            visibility=stated.get(repo, "private"),
            clone_url_origin=urls[repo].origin if repo in urls else (),
            states_visibility=repo in stated,
        )
        for repo in dict.fromkeys(entry.repo for entry in everything)
    )
    return Repositories(repositories, refs, tuple(_problems(entries, sources, urls, stated)))


def _refs(pins: Mapping[str, str], entries: Iterable[Listed], sources: Iterable[Source]) -> Pairs:
    # Byte order of UTF-8 is the order of code points, which is how Python compares text.
    refs = dict(sorted(pins.items()))
    everything: tuple[Entry, ...] = (*entries, *sources)
    for entry in everything:
        if entry.ref:
            refs.setdefault(entry.repo, entry.ref)
    return tuple(refs.items())


def _problems(
    entries: tuple[Listed, ...],
    sources: tuple[Source, ...],
    urls: Mapping[str, Entry],
    stated: Mapping[str, str],
) -> Iterable[Problem]:
    yield from _ref_conflicts((entry for entry in entries if entry.states_ref), "OVL202")
    yield from _ref_conflicts(sources, "OVL201")
    everything: tuple[Entry, ...] = (*entries, *sources)
    for entry in everything:
        if entry.clone_url and entry.clone_url != urls[entry.repo].clone_url:
            yield _url_conflict(entry, urls[entry.repo].clone_url)
        if entry.visibility == "public" and stated[entry.repo] == "private":
            yield _visibility_conflict(entry)
    yield from _case_twins(everything)


def _ref_conflicts(entries: Iterable[Entry], code: str) -> Iterable[Problem]:
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.repo, entry)
        if entry.ref != other.ref:
            yield Problem(
                (*entry.origin, "ref") if entry.ref else (*entry.origin, "repo"),
                code,
                f"{entry.repo!r} is listed with {_ref(entry.ref)}, and before with {_ref(other.ref)}"
                f" ({_place(other.origin)})",
                "one repository has one checkout, so it can have only one ref",
                "give all its entries the same ref",
            )


def _ref(ref: str) -> str:
    return f"ref {ref!r}" if ref else "no ref"


def _place(origin: Pointer) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in origin)[1:]


def _url_conflict(entry: Entry, first: str) -> Problem:
    return Problem(
        (*entry.origin, "cloneUrl"),
        "OVL203",
        f"{entry.repo!r} has the clone URL {entry.clone_url!r}, and before {first!r}",
        "one repository has one checkout, so it can have only one clone URL",
        "state the clone URL once; it counts for all entries of the repository",
    )


def _visibility_conflict(entry: Entry) -> Problem:
    return Problem(
        (*entry.origin, "visibility"),
        "OVL221",
        f"{entry.repo!r} is public here and private in another entry",
        "a repository is private as soon as one entry says so",
        "state the visibility once",
        Severity.WARNING,
    )


def _case_twins(entries: Iterable[Entry]) -> Iterable[Problem]:
    spelled: dict[str, str] = {}
    told: set[str] = set()
    for entry in entries:
        other = spelled.setdefault(entry.repo.lower(), entry.repo)
        if entry.repo != other and entry.repo not in told:
            told.add(entry.repo)
            yield Problem(
                place(entry),
                "OVL222",
                f"{entry.repo!r} and {other!r} differ only by case",
                "most Git hosts serve one repository under both names, and it would be cached twice",
                "spell the repository alike everywhere",
                Severity.WARNING,
            )
