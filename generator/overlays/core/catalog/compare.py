"""The difference between two catalogs, and why: what both of them tell is enough to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from overlays.model.agent import Patterns
from overlays.model.catalog import AgentChange, Catalog, CatalogChange, Entry, Gain, Listing, SkillChange
from overlays.model.quoted import quoted
from overlays.model.sight import Front
from overlays.model.winners import Copy

SHORT = 12
"""Digits of a commit."""


def compare(old: Catalog, new: Catalog) -> CatalogChange:
    """Everything that is different."""
    before, after = ({one.name: one for one in side.agents} for side in (old, new))
    agents = [_changed(before[name], after[name], new) for name in after if name in before]
    agents = [_explained(one, before[one.name], after[one.name], old, new) for one in agents]
    agents += [_new(one, new) for one in new.agents if one.name not in before]
    agents += [
        AgentChange("-", one.name, (), (), (f"it saw {_count(one)}",), (one.bytes, 0), (one.tokens, 0))
        for one in old.agents
        if one.name not in after
    ]
    notes = () if old.instruction == new.instruction else ("the instruction above the skills is another one",)
    changed = tuple(one for one in agents if one.kind != "~" or one.gained or one.lost or one.notes)
    return CatalogChange(changed, tuple(_skills(old, new)), tuple(_sources(old, new)), notes)


def _explained(change: AgentChange, before: Listing, after: Listing, old: Catalog, new: Catalog) -> AgentChange:
    """The change, with a note if the text of an agent is another one and nothing else that is told says why."""
    same = (before.digest, before.bytes, before.tokens) == (after.digest, after.bytes, after.tokens)
    if same or change.gained or change.lost or change.notes or old.instruction != new.instruction:
        return change
    told = any(_front(old, one) != _front(new, one) for one in after.skills)
    if told or any(old.builtins.get(one.name) != new.builtins.get(one.name) for one in after.builtins):
        return change
    facts = [(before.bytes, after.bytes, "bytes"), (before.tokens, after.tokens, "tokens")]
    more = "".join(f"; {one:,} {unit}, now {other:,}" for one, other, unit in facts if one != other)
    return change._replace(notes=(f"its text is another one, and nothing else here says why{more}",))


def _front(catalog: Catalog, entry: Entry) -> Front:
    return catalog.skills[entry.name].front


def _count(listing: Listing) -> str:
    number = len(listing.skills) + len(listing.builtins)
    return "1 skill" if number == 1 else f"{number} skills"


def _new(listing: Listing, new: Catalog) -> AgentChange:
    gained = tuple(Gain(one.delivered, matching(one), copy_of(one, new)) for one in listing.skills)
    gained += tuple(Gain(one.delivered, matching(one)) for one in listing.builtins)
    return AgentChange("+", listing.name, gained, (), (), (0, listing.bytes), (0, listing.tokens))


def matching(entry: Entry) -> str:
    """Why an agent sees a skill."""
    return f"{_all(entry.patterns)} it" if entry.patterns else "the agent sees every skill"


def copy_of(entry: Entry, catalog: Catalog) -> Copy:
    """What is served as a skill of the catalog."""
    return catalog.skills[entry.name].copy


def _all(patterns: Sequence[str]) -> str:
    """'x' matches, 'x' and 'y' match."""
    return f"{' and '.join(map(repr, patterns))} {'matches' if len(patterns) == 1 else 'match'}"


def _changed(old: Listing, new: Listing, catalog: Catalog) -> AgentChange:
    gained, lost = [], []
    for before, after, source in ((old.skills, new.skills, True), (old.builtins, new.builtins, False)):
        one, other = ({entry.name: entry for entry in side} for side in (before, after))
        gained += [
            Gain(entry.delivered, _why_gained(entry, old), copy_of(entry, catalog) if source else None)
            for entry in after
            if entry.name not in one
        ]
        lost += [
            Gain(entry.delivered, _why_lost(entry, old, new, entry.name in catalog.skills, source))
            for entry in before
            if entry.name not in other
        ]
    notes = tuple(_notes(old, new))
    return AgentChange(
        "~", new.name, tuple(gained), tuple(lost), notes, (old.bytes, new.bytes), (old.tokens, new.tokens)
    )


def _why_gained(entry: Entry, old: Listing) -> str:
    """What was there before tells: a pattern that was there and did not match says that the skill was not."""
    if old.patterns is None:
        return f"the skill is new: {matching(entry)}"
    known = [pattern for pattern in entry.patterns if pattern in old.patterns]
    if known:
        verbs = ("was", "matches") if len(known) == 1 else ("were", "match")
        return f"the skill is new: {' and '.join(map(repr, known))}, which {verbs[0]} there before, {verbs[1]} it"
    if entry.patterns:
        new = "pattern" if len(entry.patterns) == 1 else "patterns"
        return f"the new {new} {matching(entry)}"
    return "the agent has no list of skills any more, and sees every skill"


def _why_lost(entry: Entry, old: Listing, new: Listing, served: bool, source: bool) -> str:
    gone = "it cannot be delivered any more" if served else "no source serves it any more"
    if not source:
        gone = "a skill of a source takes its place" if served else "it is none of the built-in skills any more"
    if new.patterns is None or any(pattern in new.patterns for pattern in entry.patterns):
        return gone
    if old.patterns is None:
        return "the agent has a list of skills now, and no pattern of it matches" if new.patterns else "its list is []"
    return f"the agent has {_listed(entry.patterns)} no more among its patterns"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _notes(old: Listing, new: Listing) -> Iterator[str]:
    if old.patterns != new.patterns:
        yield f"patterns: {_patterns(old.patterns)}, now {_patterns(new.patterns)}"
    if old.persona != new.persona:
        one, other = (f"those of the persona {name!r}" if name else "its own" for name in (old.persona, new.persona))
        yield f"its patterns were {one}, now they are {other}"
    before = {entry.name: entry for entry in old.skills}
    both = [(before[entry.name], entry) for entry in new.skills if entry.name in before]
    renamed = [(one, other) for one, other in both if one.delivered != other.delivered]
    if renamed:
        first, now = renamed[0]
        more = f", and {len(renamed) - 1} more" if len(renamed) > 1 else ""
        yield f"{quoted(first.delivered)} is delivered as {quoted(now.delivered)}{more}"
    for state, text in ((True, "preloaded now"), (False, "not preloaded any more")):
        names = [entry.delivered for was, entry in both if was.preload is not state and entry.preload is state]
        if names:
            yield f"{text}: {', '.join(map(quoted, names))}"
    if Counter(old.unmatched) != Counter(new.unmatched) and new.unmatched:
        yield f"patterns that match nothing: {_listed(new.unmatched)}"


def _patterns(patterns: Patterns | None) -> str:
    return "none, so all skills" if patterns is None else _listed(patterns) or "[], so no skill"


def _seen_by(catalog: Catalog) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for listing in catalog.agents:
        for entry in (*listing.skills, *listing.builtins):
            found.setdefault(entry.name, []).append(listing.name)
    return found


def _skills(old: Catalog, new: Catalog) -> Iterator[SkillChange]:
    seen = _seen_by(new)
    for name, skill in new.skills.items():
        was = old.skills.get(name)
        if was is None:
            continue
        by = tuple(seen.get(name, ()))
        if was.front != skill.front:
            texts = was.front.description, skill.front.description
            yield SkillChange(name, "its description is another one", texts if texts[0] != texts[1] else None, by)
            flaw = skill.front.flaw or skill.front.name_flaw
            if flaw and (was.front.flaw or was.front.name_flaw) != flaw:
                yield SkillChange(name, f"CAO leaves it out now: {flaw}", None, by)
        if (was.copy.repo, was.copy.ref, was.copy.path) != (skill.copy.repo, skill.copy.ref, skill.copy.path):
            what = f"{skill.copy.label} serves it ({skill.copy.path}), before {was.copy.label} ({was.copy.path})"
            yield SkillChange(name, what, None, by)
    for name, text in new.builtins.items():
        if name in old.builtins and old.builtins[name] != text:
            by = tuple(seen.get(name, ()))
            yield SkillChange(name, "the description of the built-in skill", (old.builtins[name], text), by)


def _sources(old: Catalog, new: Catalog) -> Iterator[str]:
    moved: Counter[tuple[str, str | None, str | None]] = Counter()
    for name, skill in new.skills.items():
        was = old.skills.get(name)
        if was is not None and was.copy.label == skill.copy.label and was.copy.commit != skill.copy.commit:
            moved[skill.copy.label, was.copy.commit, skill.copy.commit] += 1
    for (label, one, other), number in moved.items():
        many = "1 skill" if number == 1 else f"{number} skills"
        yield f"{label}: commit {_short(one)}, now {_short(other)} ({many})"


def _short(commit: str | None) -> str:
    return commit[:SHORT] if commit else "unknown"
