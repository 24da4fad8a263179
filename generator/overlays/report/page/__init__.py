"""The page of `overlays report`: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from overlays.model.difference import Kind
from overlays.model.finding import Severity
from overlays.model.page import SURFACES, Consumer, Entry, Page, Shadowing
from overlays.report.difference.lines import sections
from overlays.report.page.html import render
from overlays.report.page.picture import picture
from overlays.report.winners_text import servings

SHORT: Final = 12
"""Digits of a commit where it is not spelled out."""

LONG: Final = 1_500
"""Characters of a value that is not shown whole at once."""

_CONSUMERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "api": ("API", "The container of the API."),
        "repo-cache": ("Repository cache", "The cache on every node, or on the shared volume."),
        "sandbox": ("Sandboxes", "What the API gives to the sandboxes that it starts, in SESSION_SANDBOX_EXTRA_ENV."),
        "agent": ("Agent", "The agent in pods of the sandbox pod template."),
    }
)
"""Title and explanation."""

_SHADOWING: Final[Mapping[Shadowing, str]] = MappingProxyType(
    {Shadowing.DECLARED: "declared", Shadowing.OPEN: "not declared", Shadowing.UNDECLARED: "undeclared"}
)

_STATES: Final = (
    ("served", "served"),
    ("broken", "not served"),
    ("shadows", "shadows another copy"),
    ("declared", "shadows, declared"),
    ("open", "shadows, not declared"),
    ("undeclared", "shadows, undeclared"),
    ("differ", "consumers disagree"),
)
"""Class of an item to the words by which it is chosen."""
_FILES: Final[Mapping[str, str]] = MappingProxyType({"-": "standard input"})
_SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {Kind.ADDED.value: "added", Kind.REMOVED.value: "removed", Kind.CHANGED.value: "changed", Kind.MOVED.value: "moved"}
)


class Item(NamedTuple):
    """An entry and its state.

    classes: by which it is filtered. shadowing: "" when it shadows nothing. servings: "" when consumers agree.
    """

    entry: Entry
    classes: str
    shadowing: str
    servings: str


class Value(NamedTuple):
    """A variable. parts: its value, each part on a line of its own."""

    name: str
    text: str
    parts: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether it gets a place in which it scrolls."""
        return len(self.text) > LONG


class Variables(NamedTuple):
    """Those of one consumer."""

    name: str
    title: str
    about: str
    values: tuple[Value, ...]


def report(page: Page) -> str:
    """The whole page; the same bytes for the same Page."""
    found = page.difference
    errors = sum(one.severity is Severity.ERROR for one in page.findings)
    return render(
        "page.html.j2",
        page=page,
        files=[_FILES.get(name, name) for name in page.subject.files] or ["the defaults of the chart"],
        picture=picture(page.layers),
        short=SHORT,
        surfaces=SURFACES,
        states=_STATES,
        signs=_SIGNS,
        items=[_item(entry) for entry in page.entries],
        consumers=[_variables(one) for one in page.consumers],
        served=sum(entry.row.winner is not None for entry in page.entries),
        shadowed=sum(len(entry.row.shadowed) for entry in page.entries),
        disputed=sum(not entry.row.agree for entry in page.entries),
        errors=errors,
        warnings=len(page.findings) - errors,
        changes=() if found is None else sections(found),
        unchanged=found.old.digest if found is not None and found.old.digest == found.new.digest else "",
    )


def _item(entry: Entry) -> Item:
    shadowing = _SHADOWING.get(entry.shadowing, "")
    classes = [entry.row.surface, "served" if entry.row.winner else "broken"]
    classes += ["shadows", entry.shadowing.name.lower()] if shadowing else []
    classes += [] if entry.row.agree else ["differ"]
    return Item(entry, " ".join(classes), shadowing, "" if entry.row.agree else servings(entry.row))


def _variables(consumer: Consumer) -> Variables:
    values = tuple(Value(name, text, _parts(text)) for name, text in consumer.variables)
    return Variables(consumer.name, *_CONSUMERS[consumer.name], values)


def _parts(text: str) -> tuple[str, ...]:
    """A list of absolute paths path by path, all else as it is; together always the text."""
    if not text.startswith("/") or ":" not in text:
        return (text,)
    *paths, last = text.split(":")
    return (*(f"{path}:" for path in paths), last)
