"""Who wins each item of the list, and what was seen on the way."""

from __future__ import annotations

from typing import NamedTuple

STOPS = "no workflow at all, since one name is there twice"
"""What a consumer takes that stops there: also the items of other names are lost."""


class Copy(NamedTuple):
    """An item as one source has it.

    repo, ref: "owner/name" and the effective ref, "" for the default branch.
    commit: full id, None when the files are no checkout of Git.
    path: from the root of the repository.
    source: place in the plan's sources.
    problem: why it cannot be served, "" when it can.
    """

    repo: str
    ref: str
    commit: str | None
    path: str
    source: int
    problem: str = ""

    @property
    def label(self) -> str:
        """Text: "owner/name@ref", without "@" when there is no ref."""
        return f"{self.repo}@{self.ref}" if self.ref else self.repo


class Serving(NamedTuple):
    """What one consumer serves under a name that several sources have.

    consumer: "api" or "sandbox". variables: those from which it reads. rule: what it takes, in words.
    copy: None when it serves nothing under the name.
    """

    consumer: str
    variables: tuple[str, ...]
    rule: str
    copy: Copy | None


class Row(NamedTuple):
    """One name of one surface.

    last: the copy that takes the name; it is the winner, unless nothing is served under the name.
    shadowed: the other copies, in the order of the sources.
    reason: why nothing is served, "" when something is.
    consumers: what they serve; of a name that is shadowed, and once somebody has looked.
    """

    surface: str
    name: str
    last: Copy
    shadowed: tuple[Copy, ...]
    reason: str
    consumers: tuple[Serving, ...] = ()

    @property
    def agree(self) -> bool:
        """Whether every consumer serves the winner, and nothing when nothing is served."""
        return all(one.copy == self.winner and one.rule != STOPS for one in self.consumers)

    @property
    def winner(self) -> Copy | None:
        """The copy that is served."""
        return None if self.reason else self.last

    @property
    def key(self) -> str:
        """Text: "surface/name"."""
        return f"{self.surface}/{self.name}"


class LooseFile(NamedTuple):
    """A file of no item that several sources have at one path of a surface."""

    surface: str
    path: str
    last: Copy
    shadowed: tuple[Copy, ...]


class Remark(NamedTuple):
    """Something to tell about what a source has.

    path: from the root of the repository. broken: it is not served.
    stops: it is a workflow of a name that is there twice.
    """

    source: int
    path: str
    text: str
    broken: bool
    stops: bool = False


class Winners(NamedTuple):
    """Everything that the list serves.

    rows: by surface in the order tools, workflows, skills, personas, prompt, then by name.
    loose: those that shadow another one, by surface, then by path.
    merged: whether consumers read what the cache merged.
    """

    rows: tuple[Row, ...]
    loose: tuple[LooseFile, ...]
    remarks: tuple[Remark, ...]
    merged: bool = False


class Told(NamedTuple):
    """A copy and what became of it. directory: where it is, in words of the user; "" when the user did not say."""

    copy: Copy
    fate: str
    why: str
    directory: str


class Story(NamedTuple):
    """All about one item: every copy, the winning one first.

    notes: what the values declare about it, and what was not looked into. difference: "" when nobody asked for it.
    merged: whether consumers read what the cache merged.
    """

    row: Row
    copies: tuple[Told, ...]
    notes: tuple[str, ...]
    difference: str = ""
    merged: bool = False
