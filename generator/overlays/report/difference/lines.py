"""The words of a difference: sections of signed lines, which the text and the Markdown writer lay out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from overlays.model.difference import (
    Difference,
    ElementChange,
    Kind,
    ObjectChange,
    RepositoryChange,
    Restart,
    SettingChange,
    SourceChange,
    VariableChange,
    Variables,
)
from overlays.model.finding import Finding
from overlays.report.difference.entries import commit, repository, source
from overlays.report.difference.words import NO_SIGN, Line, moved, pair, sentence, short
from overlays.report.text import safe

RESTARTS: Final = "what restarts"
"""The title of that section."""

_WORDS: Final = {Kind.ADDED: "added", Kind.REMOVED: "removed", Kind.CHANGED: "changed", Kind.MOVED: "moved"}
_CONSUMERS: Final = {
    "api": "the API",
    "repo-cache": "the repository cache",
    "sandbox": "the sandboxes",
    "agent": "the agent in the sandbox pod template",
}
_SANDBOX_ARRAY: Final = "SESSION_SANDBOX_EXTRA_ENV"
"""Of the API, holds the variables of the sandboxes: told there, save their order."""


class Section(NamedTuple):
    """title: fixed words. summary: safe text, how much there is. lines: never empty."""

    title: str
    summary: str
    lines: tuple[Line, ...]


def sections(difference: Difference) -> tuple[Section, ...]:
    """All that have something to tell, in a fixed order."""
    found = (
        ("sources", _count(difference.sources), _lines(map(source, difference.sources))),
        ("repositories", _count(difference.repositories), _lines(map(repository, difference.repositories))),
        ("commits of the lock", _count(difference.commits), _lines(map(commit, difference.commits))),
        ("variables", _count_variables(difference.variables), _variables(difference.variables)),
        ("settings", _count(difference.settings), _lines(map(_setting, difference.settings))),
        (RESTARTS, *_restarts(difference)),
        ("pod templates, for pods made from now on", *_pods(difference.templates or (), "changed")),
        ("other differences of objects", _count(difference.objects), _lines(map(_object, difference.objects))),
        ("told once for all objects", _number(len(difference.folded), "line"), _folded(difference.folded)),
        ("new warnings", _number(len(difference.warnings), "warning"), _lines(map(_warning, difference.warnings))),
    )
    return tuple(Section(title, summary, lines) for title, summary, lines in found if lines)


def no_change(difference: Difference) -> str:
    """The words for two sides that come to the same, with the digest that proves it where both have one."""
    both = difference.old.digest and difference.old.digest == difference.new.digest
    return f"no change: both give {safe(difference.old.digest)}" if both else "no change"


def _lines(found: Iterable[Iterable[Line]]) -> tuple[Line, ...]:
    return tuple(line for lines in found for line in lines)


# ---- how much -------------------------------------------------------------------------------------------------------


def _count(changes: Iterable[SourceChange | RepositoryChange | SettingChange | ObjectChange | VariableChange]) -> str:
    counted = Counter(change.kind for change in changes)
    return ", ".join(f"{counted[kind]:,} {_WORDS[kind]}" for kind in Kind if counted[kind])


def _count_variables(variables: tuple[Variables, ...]) -> str:
    return _count(change for one in variables for change in one.changes)


def _number(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


# ---- variables ------------------------------------------------------------------------------------------------------


def _variables(variables: Iterable[Variables]) -> tuple[Line, ...]:
    variables = tuple(variables)
    consumers = {one.consumer for one in variables}
    return _lines(_consumer(one, "sandbox" in consumers) for one in variables)


def _consumer(variables: Variables, with_sandbox: bool) -> Iterator[Line]:
    yield Line(0, NO_SIGN, f"of {_CONSUMERS.get(variables.consumer) or short(variables.consumer)}")
    for change in variables.changes:
        sign, name = change.kind.value, short(change.name)
        if with_sandbox and change.name == _SANDBOX_ARRAY and not _has_moves(change):
            yield Line(1, sign, f"{name}: see the variables of the sandboxes")
        elif change.before is None:
            yield Line(1, sign, f"{name} = {short(change.after or '')}")
        elif change.after is None:
            yield Line(1, sign, f"{name} (was {short(change.before)})")
        elif change.elements:
            yield Line(1, sign, name)
            yield from _elements(change.elements, 2)
        else:
            yield Line(1, sign, f"{name}: {pair(change.before, change.after)}")


def _has_moves(change: VariableChange) -> bool:
    return any(element.kind is Kind.MOVED for element in change.elements)


def _elements(elements: Iterable[ElementChange], depth: int) -> Iterator[Line]:
    for change in elements:
        sign, name = change.kind.value, short(change.element)
        if change.move:
            yield Line(depth, sign, f"{name}: {moved(change.move)}")
        elif change.elements:
            yield Line(depth, sign, name)
            yield from _elements(change.elements, depth + 1)
        elif change.before is not None and change.after is not None:
            yield Line(depth, sign, f"{name}: {pair(change.before, change.after)}")
        elif change.before is not None:
            yield Line(depth, sign, f"{name} (was {short(change.before)})")
        else:
            yield Line(depth, sign, name if change.after is None else f"{name} = {short(change.after)}")


# ---- the rest -------------------------------------------------------------------------------------------------------


def _setting(change: SettingChange) -> Iterator[Line]:
    sign, path = change.kind.value, short(change.path)
    if change.secret:
        yield Line(0, sign, f"{path} ({_WORDS[change.kind]}, not shown)")
    elif change.before is None:
        yield Line(0, sign, f"{path} = {short(change.after or '')}")
    elif change.after is None:
        yield Line(0, sign, f"{path} (was {short(change.before)})")
    else:
        yield Line(0, sign, f"{path}: {pair(change.before, change.after)}")


def _restarts(difference: Difference) -> tuple[str, tuple[Line, ...]]:
    restarts = difference.restarts
    if restarts is None or difference.same:
        return "", ()
    if not restarts:
        return "nothing", (Line(0, NO_SIGN, "nothing: no workload has other pods"),)
    return _pods(restarts, "restarted")


def _pods(restarts: tuple[Restart, ...], changed: str) -> tuple[str, tuple[Line, ...]]:
    kinds = Counter(restart.kind for restart in restarts)
    words = {Kind.ADDED: "new", Kind.REMOVED: "gone", Kind.CHANGED: changed}
    said = ", ".join(f"{kinds[kind]:,} {word}" for kind, word in words.items() if kinds[kind])
    return said, _lines(map(_restart, restarts))


def _restart(restart: Restart) -> Iterator[Line]:
    before, after = restart.before, restart.after
    names = [short(name) for name in dict.fromkeys((before, after)) if name is not None]
    told = {Kind.ADDED: ": new", Kind.REMOVED: ": gone"}.get(restart.kind, "")
    yield Line(0, restart.kind.value, " → ".join(names) + told)
    yield from (Line(1, NO_SIGN, sentence(reason)) for reason in restart.reasons)


def _object(change: ObjectChange) -> Iterator[Line]:
    yield Line(0, change.kind.value, short(change.name))
    for line in change.lines:
        sign = line[:1] if line[:1] in ("+", "-") else NO_SIGN
        yield Line(1, sign, sentence(line[1:] if line[:1] in ("+", "-", " ") else line))


def _folded(folded: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(0, NO_SIGN, sentence(line)) for line in folded)


def _warning(finding: Finding) -> Iterator[Line]:
    yield Line(
        0,
        NO_SIGN,
        f"{sentence(str(finding.where))}: {finding.code}: {sentence(finding.what)}: {sentence(finding.why)}",
    )
    yield Line(1, NO_SIGN, f"hint: {sentence(finding.hint)}")
