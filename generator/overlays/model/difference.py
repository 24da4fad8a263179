"""What differs between two sides: the result of `overlays diff`, which all its writers read."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from overlays.model.finding import Finding


class Kind(str, Enum):
    """What happened to a thing. Order is meaning, so a new order is a change of its own kind."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"
    MOVED = "%"


class Move(NamedTuple):
    """From where to where something moved in a list.

    place_before, place_after: 1-based places in the whole lists.
    follows_before, follows_after: what stands before it in either list, None when it is the first.
    """

    place_before: int
    place_after: int
    follows_before: str | None
    follows_after: str | None


class ElementChange(NamedTuple):
    """One element of a list or object that is the text of a variable.

    element: what identifies it: a path, a repository, a name.
    before, after: its value where it is more than its identity (`repo=ref`, an entry of JSON), None on the side that
        has none. An element that is changed and moved gives two of these.
    move: of MOVED only.
    elements: what differs inside, when the value is itself a list or an object.
    """

    kind: Kind
    element: str
    before: str | None = None
    after: str | None = None
    move: Move | None = None
    elements: tuple[ElementChange, ...] = ()


class VariableChange(NamedTuple):
    """One variable. MOVED: the same elements in another order.

    before, after: the whole text, None on the side that has no such variable.
    elements: what differs, for lists and JSON. () for other texts, for an added or removed variable, and when the
        same elements are only spelled differently.
    """

    kind: Kind
    name: str
    before: str | None
    after: str | None
    elements: tuple[ElementChange, ...] = ()


class Variables(NamedTuple):
    """The changed variables of one consumer: "api", "repo-cache", "sandbox", or what reads them in a stream."""

    consumer: str
    changes: tuple[VariableChange, ...]


class FieldChange(NamedTuple):
    """One property of a source or repository.

    field: "ref", one of the surfaces, "cloneUrl", "visibility", "overrides" or "pin"; of a lock also "commit". A
        surface that is ADDED was switched on, one that is REMOVED was switched off, one that is CHANGED was relocated.
    before, after: None where it has none.
    """

    kind: Kind
    field: str
    before: str | None
    after: str | None


class SourceChange(NamedTuple):
    """One source of the list. One that is moved and changed gives two of these.

    apart: what tells it from other entries of its repository ("tools: packages/a"), "" when there are none.
    fields: all properties of an added or removed one, the changed ones of a changed one. move: of MOVED only.
    """

    kind: Kind
    repo: str
    apart: str = ""
    fields: tuple[FieldChange, ...] = ()
    move: Move | None = None


class RepositoryChange(NamedTuple):
    """One cached repository, and what all entries of it state together: effective ref, clone URL, visibility, pin.

    Or one repository of the lock: commit, ref, clone URL.
    """

    kind: Kind
    repo: str
    fields: tuple[FieldChange, ...]


class SettingChange(NamedTuple):
    """One value that is no source, repository or variable.

    path: as --set takes it: "repoCache.metrics.port".
    before, after: compact JSON, None where there is none; both None when it is secret.
    """

    kind: Kind
    path: str
    before: str | None
    after: str | None
    secret: bool = False


class Restart(NamedTuple):
    """One workload whose pods are replaced, appear or disappear; or one PodTemplate, from which others make pods.

    before, after: "DaemonSet prod-agent-overlays-repo-cache", None on the side that has no such object.
    reasons: what differs in its pod template, one line each; () for one that appears or disappears.
    """

    kind: Kind
    before: str | None
    after: str | None
    reasons: tuple[str, ...] = ()


class ObjectChange(NamedTuple):
    """One object of a stream of manifests.

    name: "kind/name", with the name space before it where it states one. lines: of a plain diff.
    """

    kind: Kind
    name: str
    lines: tuple[str, ...]


class Side(NamedTuple):
    """What is compared.

    name: as the user gave it. digest: of the plan, "" when the side has none. mode: "explicit", "compat" or "".
    """

    name: str
    digest: str = ""
    mode: str = ""


class Difference(NamedTuple):
    """Everything that differs from old to new.

    notes: what there is to know about the comparison, one line each. commits: of the lock file.
    restarts, templates: workloads and PodTemplates; None when that cannot be told from these sides.
    objects, folded: of streams of manifests: what else differs, and the known noise, one line each.
    warnings: of new that old has not.
    """

    old: Side
    new: Side
    notes: tuple[str, ...] = ()
    sources: tuple[SourceChange, ...] = ()
    repositories: tuple[RepositoryChange, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    variables: tuple[Variables, ...] = ()
    restarts: tuple[Restart, ...] | None = None
    templates: tuple[Restart, ...] | None = None
    objects: tuple[ObjectChange, ...] = ()
    folded: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    commits: tuple[RepositoryChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both sides come to the same; the mode, notes and warnings do not count."""
        of_list = self.sources or self.repositories or self.settings or self.variables or self.restarts
        return not (of_list or self.commits or self.templates or self.objects or self.folded)
