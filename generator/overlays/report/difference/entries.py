"""The words of a difference: sources, repositories, and what the lock says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overlays.model.difference import FieldChange, Kind, RepositoryChange, SourceChange
from overlays.report.difference.words import NO_SIGN, Line, moved, pair, short

_SURFACES: Final = ("tools", "workflows", "skills", "personas", "prompt")
_FIELDS: Final = {"cloneUrl": "clone URL"}
_ABSENT: Final = {"ref": "the default branch", "cloneUrl": "the default", "visibility": "not stated"}
_DIGITS: Final = 12
"""Of a commit, as many as are shown."""


def source(change: SourceChange) -> Iterator[Line]:
    """One source of the list."""
    name = short(change.repo) + (f" ({short(change.apart)})" if change.apart else "")
    if change.kind is Kind.CHANGED:
        yield Line(0, change.kind.value, name)
        yield from (Line(1, NO_SIGN, _field(field)) for field in change.fields)
    elif change.move:
        yield Line(0, change.kind.value, f"{name}: {moved(change.move)}")
    else:
        said = "; ".join(map(_had, change.fields))
        yield Line(0, change.kind.value, f"{name}: {said}" if said else name)


def _had(field: FieldChange) -> str:
    """What an added source brings, or a removed one takes away."""
    text = short((field.before if field.after is None else field.after) or "")
    return f"{field.field} in {text}" if field.field in _SURFACES else f"{_name(field.field)} {text}"


def _name(field: str) -> str:
    return _FIELDS.get(field, field)


def _field(change: FieldChange) -> str:
    if change.field in _SURFACES:
        if change.before is None:
            return f"{change.field} switched on: {short(change.after or '')}"
        if change.after is None:
            return f"{change.field} switched off (was {short(change.before)})"
        return f"{change.field} relocated: {pair(change.before, change.after)}"
    if change.field == "pin":
        before, after = (None if pin is None else pin or "the default branch" for pin in (change.before, change.after))
        if before is None:
            return f"pin added: {short(after or '')}"
        return f"pin removed (was {short(before)})" if after is None else f"pin moved: {pair(before, after)}"
    absent = _ABSENT.get(change.field, "none")
    before, after = (absent if text is None else text for text in (change.before, change.after))
    return f"{_name(change.field)}{' moved' if change.field == 'ref' else ''}: {pair(before, after)}"


def repository(change: RepositoryChange) -> Iterator[Line]:
    """One repository."""
    yield Line(0, change.kind.value, short(change.repo))
    yield from (Line(1, NO_SIGN, _field(field)) for field in change.fields)


def commit(change: RepositoryChange) -> Iterator[Line]:
    """One entry of the lock."""
    found = {field.field: field for field in change.fields}
    moved_to, name = found.pop("commit", None), short(change.repo)
    if change.kind is Kind.CHANGED:
        said = f"{name}: {pair(*_digits(moved_to))}" if moved_to else name
        yield Line(0, change.kind.value, said)
        yield from (Line(1, NO_SIGN, _field(field)) for field in found.values())
    else:
        digits = "".join(_digits(moved_to)) if moved_to else ""
        ref = f"; {_had(found['ref'])}" if "ref" in found else ""
        yield Line(0, change.kind.value, f"{name}: commit {digits}{ref}")


def _digits(change: FieldChange) -> tuple[str, str]:
    """The first digits of both commits; all of them where the first are the same."""
    before, after = change.before or "", change.after or ""
    return (before, after) if before[:_DIGITS] == after[:_DIGITS] else (before[:_DIGITS], after[:_DIGITS])
