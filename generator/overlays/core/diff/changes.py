"""Two plans compared by meaning: sources, repositories, and what is said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from overlays.core import digest
from overlays.core.diff.moves import moves
from overlays.core.diff.state import State
from overlays.model.difference import FieldChange, Kind, RepositoryChange, SourceChange
from overlays.model.plan import Plan, Repository, Source

SURFACES = ("tools", "workflows", "skills", "personas", "prompt")


def source_changes(before: Plan, after: Plan) -> tuple[SourceChange, ...]:
    """Added, changed and moved sources in the order of `after`, then removed ones.

    A new ref that is the repository's new ref is told of the repository, and so are clone URL and visibility.
    """
    pairs = _pairs(before.sources, after.sources)
    old_of = {new: old for old, new in pairs}
    told = _told_refs(before, after)
    several = _several(before.sources) | _several(after.sources)
    # A pair is known by its place in `after` (0 and up), what is gone by its place in `before` (-1 and down).
    new_of = dict(pairs)
    order_before = [new_of.get(old, -1 - old) for old in range(len(before.sources))]

    def name(key: int) -> str:
        return after.sources[key].repo if key >= 0 else before.sources[-1 - key].repo

    moved = moves(order_before, range(len(after.sources)), name)
    found: list[SourceChange] = []
    for place, source in enumerate(after.sources):
        apart = _apart(source) if source.repo in several else ""
        if place not in old_of:
            found.append(SourceChange(Kind.ADDED, source.repo, apart, tuple(_fields({}, _whole(source)))))
            continue
        fields = tuple(_fields(_own(before.sources[old_of[place]]), _own(source), told.get(source.repo)))
        if fields:
            found.append(SourceChange(Kind.CHANGED, source.repo, apart, fields))
        if place in moved:
            found.append(SourceChange(Kind.MOVED, source.repo, apart, move=moved[place]))
    for place, source in enumerate(before.sources):
        if place not in new_of:
            apart = _apart(source) if source.repo in several else ""
            found.append(SourceChange(Kind.REMOVED, source.repo, apart, tuple(_fields(_whole(source), {}))))
    return tuple(found)


def _pairs(before: Sequence[Source], after: Sequence[Source]) -> list[tuple[int, int]]:
    """(place before, place after) of what is the same entry.

    By repository; where one stands several times, first by all directories, then by fewer of them, at last by order.
    """
    keys: tuple[Callable[[Source], object], ...] = (
        lambda source: tuple(getattr(source, surface) for surface in SURFACES),
        lambda source: (source.tools, source.workflows, source.skills),
        lambda source: source.tools,
        lambda source: source.skills,
        lambda source: source.workflows,
        lambda source: None,
    )
    left = list(range(len(before))), list(range(len(after)))
    found: list[tuple[int, int]] = []
    for key in keys:
        waiting: dict[object, list[int]] = {}
        for place in reversed(left[0]):
            waiting.setdefault((before[place].repo, key(before[place])), []).append(place)
        for place in left[1]:
            same = waiting.get((after[place].repo, key(after[place])))
            if same:
                found.append((same.pop(), place))
        paired = {old for old, _ in found}, {new for _, new in found}
        left = [place for place in left[0] if place not in paired[0]], [p for p in left[1] if p not in paired[1]]
    return found


def _several(sources: Iterable[Source]) -> set[str]:
    return {repo for repo, count in Counter(source.repo for source in sources).items() if count > 1}


def _apart(source: Source) -> str:
    for surface in SURFACES:
        if getattr(source, surface):
            return f"{surface}: {getattr(source, surface)}"
    return "no surface"


def _own(source: Source) -> dict[str, str]:
    """What an entry says for itself alone, in the order in which it is told."""
    listed = {"ref": source.ref, **{surface: getattr(source, surface) for surface in SURFACES}}
    said = {field: text for field, text in listed.items() if text}
    return said if source.overrides is None else {**said, "overrides": ", ".join(source.overrides)}


def _whole(source: Source) -> dict[str, str]:
    stated = {"cloneUrl": source.clone_url, "visibility": source.visibility}
    return {**_own(source), **{field: text for field, text in stated.items() if text}}


def _fields(
    before: Mapping[str, str], after: Mapping[str, str], told: FieldChange | None = None
) -> Iterator[FieldChange]:
    """What differs, field by field; not what was already told."""
    for field in ("ref", *SURFACES, "cloneUrl", "visibility", "overrides", "pin"):
        change = _field(field, before.get(field), after.get(field))
        if change and change != told:
            yield change


def _field(field: str, before: str | None, after: str | None) -> FieldChange | None:
    if before == after:
        return None
    kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
    return FieldChange(kind, field, before, after)


def _told_refs(before: Plan, after: Plan) -> dict[str, FieldChange]:
    """Repository to the change of its effective ref, of those that both plans cache."""
    old = {repository.repo: repository.ref for repository in before.repositories}
    changes = {
        repository.repo: _field("ref", old[repository.repo] or None, repository.ref or None)
        for repository in after.repositories
        if repository.repo in old
    }
    return {repo: change for repo, change in changes.items() if change}


def repository_changes(before: State, after: State) -> tuple[RepositoryChange, ...]:
    """What changed for whole repositories: effective ref, clone URL, visibility, pin; and those that come or go.

    Not those that come with an added source or go with a removed one. In the order of `after`; what is gone comes last,
    and pins of repositories that are not cached come after it.
    """
    old = {repository.repo: repository for repository in before.plan.repositories}
    new = {repository.repo: repository for repository in after.plan.repositories}
    pins: tuple[Mapping[str, str], ...] = tuple(
        state.values["repoCache"]["repositoryRefs"] for state in (before, after)
    )
    with_source = {source.repo for plan in (before.plan, after.plan) for source in plan.sources}
    found: list[RepositoryChange] = []
    for repo in dict.fromkeys((*new, *old, *sorted({*pins[0], *pins[1]}))):
        stated = [_stated(one.get(repo), pin.get(repo)) for one, pin in zip((old, new), pins, strict=True)]
        kind = Kind.CHANGED
        if (repo in old) != (repo in new):
            kind = Kind.ADDED if repo in new else Kind.REMOVED
            if repo in with_source:
                # Told with the source; a pin is no part of that.
                kind, stated = Kind.CHANGED, [_stated(None, pin.get(repo)) for pin in pins]
        fields = tuple(_fields(stated[0], stated[1]))
        if fields or kind is not Kind.CHANGED:
            found.append(RepositoryChange(kind, repo, fields))
    return tuple(found)


def _stated(repository: Repository | None, pin: str | None) -> dict[str, str]:
    return {**({} if pin is None else {"pin": pin}), **({} if repository is None else digest.stated(repository))}
