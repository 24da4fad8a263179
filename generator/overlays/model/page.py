"""What the page of `overlays report` shows."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from overlays.model.difference import Difference
from overlays.model.finding import Finding
from overlays.model.plan import Pairs
from overlays.model.winners import LooseFile, Row

SURFACES: Final = ("tools", "workflows", "skills", "personas", "prompt")
"""In the order in which they are shown."""


class Part(NamedTuple):
    """What a source has on one surface, in items.

    path: of the surface in the repository, "" when the source does not serve it.
    served, hidden, broken: winners; copies that a later source hides; last copies that are not served.
    """

    surface: str
    path: str
    served: int = 0
    hidden: int = 0
    broken: int = 0


class Cover(NamedTuple):
    """Items of one source under those of another one. upper, lower: places in the list; keys: "surface/name"."""

    upper: int
    lower: int
    keys: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many items."""
        return len(self.keys)


class Layer(NamedTuple):
    """One source of the list.

    repo, ref: "owner/name" and the effective ref, "" for the default branch.
    commit: full id, None when the files are no checkout of Git.
    parts: one for each of SURFACES.
    hides, hidden_by: the covers of which it is the upper, or the lower one.
    """

    repo: str
    ref: str
    commit: str | None
    visibility: str
    parts: tuple[Part, ...]
    hides: tuple[Cover, ...] = ()
    hidden_by: tuple[Cover, ...] = ()

    @property
    def label(self) -> str:
        """Text: "owner/name@ref", without "@" when there is no ref."""
        return f"{self.repo}@{self.ref}" if self.ref else self.repo


class Shadowing(IntEnum):
    """What the sources that shadow an item say of it; of several the worst.

    DECLARED: their overrides list it. OPEN: one has no overrides. UNDECLARED: one has overrides that do not list it.
    """

    NONE = 0
    DECLARED = 1
    OPEN = 2
    UNDECLARED = 3


class Entry(NamedTuple):
    """One item of the list."""

    row: Row
    shadowing: Shadowing


class Consumer(NamedTuple):
    """Who reads variables: "api", "repo-cache", "sandbox" or "agent". variables: () when it is not rendered."""

    name: str
    variables: Pairs


class Subject(NamedTuple):
    """What the page is a report of.

    files: values files as they were given, "-" for standard input; () for the chart's defaults alone.
    flags: how many flags such as --set there were beside them.
    """

    files: tuple[str, ...]
    release: str
    flags: int = 0


class Page(NamedTuple):
    """Everything on the page.

    fullname: prefix of the names of all rendered objects. mode: "explicit" or "compat".
    delivery: as stated; merged: whether consumers read what is merged.
    layers: in the order of the list, the last one wins. repositories: how many are cached.
    entries, loose: as Winners has them. difference: from --base to now, None without it.
    """

    subject: Subject
    fullname: str
    mode: str
    digest: str
    delivery: str
    merged: bool
    repositories: int
    layers: tuple[Layer, ...]
    entries: tuple[Entry, ...]
    loose: tuple[LooseFile, ...]
    consumers: tuple[Consumer, ...]
    findings: tuple[Finding, ...]
    difference: Difference | None = None
