"""What differs between two streams of Kubernetes objects: variables by meaning, everything else line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from overlays.core.streams.fold import DIGEST, Noise, fold, label
from overlays.core.streams.match import Matched, match, runtime_prefix
from overlays.core.streams.restarts import restart, template
from overlays.core.streams.text import difference, same
from overlays.model.difference import Difference, Kind, ObjectChange, Restart, Side, VariableChange, Variables
from overlays.model.stream import Identity, KubeObject, Stream

MAX_LINES: Final = 4000
"""Lines of all plain differences together; later objects are only named."""

_TEXT_WIDTH: Final = 100
_DIGEST_LONG: Final = f"{DIGEST} (agent-overlays.io/digest, OVERLAYS_DIGEST)"


class _Report:
    """What was found so far, in the order of the new stream."""

    def __init__(self) -> None:
        self.objects: list[ObjectChange] = []
        self.restarts: list[Restart] = []
        self.templates: list[Restart] = []
        self.variables: dict[tuple[VariableChange, ...], list[str]] = {}
        self.noise: dict[Noise, list[str]] = {}
        self.lines = 0

    def add_pair(self, old: KubeObject, new: KubeObject, runtimes: Mapping[str, str]) -> None:
        """Two states of one object."""
        if old.identity == new.identity and same(old.value, new.value):
            return
        rest = fold(old, new, runtimes)
        for item in rest.variables:
            self.variables.setdefault(item.changes, []).append(item.consumer)
        for noise in rest.noise:
            self.noise.setdefault(noise, []).append(label(new))
        if not same(rest.before, rest.after):
            self.add_object(old, new, rest.before, rest.after)
        self.add_pods(old, new)

    def add_object(self, old: KubeObject, new: KubeObject, before: object, after: object) -> None:
        """The plain difference of an object, as long as there is room for one."""
        lines: tuple[str, ...] = ("\\ not shown: the differences before this one are long enough",)
        if self.lines < MAX_LINES:
            lines = difference(before, after)
        self.lines += len(lines)
        was = f" (was {old.identity.kind})" if old.identity.kind != new.identity.kind else ""
        self.objects.append(ObjectChange(Kind.CHANGED, f"{label(new)}{was}", lines))

    def add_pods(self, old: KubeObject | None, new: KubeObject | None) -> None:
        """Pods that are replaced, appear or disappear, and templates of pods."""
        for told, found in ((self.restarts, restart(old, new)), (self.templates, template(old, new))):
            if found is not None:
                told.append(found)


def compare_streams(old: Stream, new: Stream) -> Difference:
    """Everything that differs. Time and result grow linearly; a long plain difference is cut."""
    matched = match(old, new)
    report = _Report()
    runtimes, runtime_lines = _runtimes(matched, report)
    for before, after in matched.pairs:
        if not (runtime_prefix(before) and runtime_prefix(after)):
            report.add_pair(before, after, runtimes)
    for kind, items in ((Kind.ADDED, matched.added), (Kind.REMOVED, matched.removed)):
        for item in items:
            report.objects.append(ObjectChange(kind, f"{label(item)}{_hook(item)}", ()))
            report.add_pods(*((None, item) if kind is Kind.ADDED else (item, None)))
    return Difference(
        Side(old.name),
        Side(new.name),
        notes=_notes(old, new, matched),
        variables=tuple(Variables("; ".join(where), changes) for changes, where in report.variables.items()),
        restarts=tuple(report.restarts),
        templates=tuple(report.templates),
        objects=tuple(report.objects),
        folded=(*runtime_lines, *_folded(report.noise)),
    )


def _runtimes(matched: Matched, report: _Report) -> tuple[dict[str, str], list[str]]:
    """Names of ConfigMaps of the node's runtime to the word for them, and a line about each whose code changed."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for before, after in matched.pairs:
        prefix = runtime_prefix(after)
        if not prefix or not runtime_prefix(before):
            continue
        report.add_pair(_without_code(before, after.identity, prefix), _without_code(after, after.identity, prefix), {})
        if before.identity != after.identity:
            names[before.identity.name] = names[after.identity.name] = f"{prefix}…"
            lines.append(f"code of the cache: {label(before)} → {label(after)}, {_files(before, after)}")
    return names, lines


def _without_code(item: KubeObject, identity: Identity, name: str) -> KubeObject:
    """A ConfigMap of the runtime without what its code decides."""
    metadata = {**item.value["metadata"], "name": name}
    return item._replace(identity=identity, value={**item.value, "data": {}, "metadata": metadata})


def _files(before: KubeObject, after: KubeObject) -> str:
    old, new = (data if isinstance(data, dict) else {} for data in (before.value.get("data"), after.value.get("data")))
    changed = sum(old.get(name) != new.get(name) for name in {*old, *new})
    return f"{changed} of {len({*old, *new})} files differ"


def _folded(noise: Mapping[Noise, list[str]]) -> Iterable[str]:
    for (what, before, after), where in noise.items():
        holders = f"{len(where)} objects" if len(where) > 1 else where[0]
        yield f"{holders}: {_DIGEST_LONG if what == DIGEST else what} {_shown(before)} → {_shown(after)}"


def _shown(text: str | None) -> str:
    if text is None:
        return "none"
    return text if len(text) <= _TEXT_WIDTH else f"{text[:_TEXT_WIDTH]}…"


def _hook(item: KubeObject) -> str:
    annotations = item.value["metadata"].get("annotations")
    hook = annotations.get("helm.sh/hook") if isinstance(annotations, dict) else None
    return f" (hook: {hook})" if isinstance(hook, str) else ""


def _notes(old: Stream, new: Stream, matched: Matched) -> tuple[str, ...]:
    notes = []
    if not matched.pairs and matched.removed and matched.added:
        notes.append("no object stands on both sides: names come from the release and fullnameOverride; use the same")
    hooks = [any(map(_hook, stream.objects)) for stream in (old, new)]
    if hooks[0] != hooks[1] and matched.pairs:
        have, lack = (old, new) if hooks[0] else (new, old)
        why = "`helm get manifest` leaves hooks out: compare with `helm template --no-hooks`"
        notes.append(f"{have.name} has hooks and {lack.name} has none; {why}")
    return tuple(notes)
