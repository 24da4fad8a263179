"""Catalogs for people: a page to commit. It names no commits, so that it changes only when an agent's view does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from overlays.model.catalog import Catalog, Entry, Listing
from overlays.report.text import safe

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|&~$#!]")
ALL: Final = "pods without an agent"

_HEAD = """\
# Skills of the agents

Written by `overlays catalog`. Bytes and tokens are those of the text in the prompt; tokens are an estimate.

| agent | skills | tokens | budget | bytes |
| --- | ---: | ---: | ---: | ---: |
"""


def report(catalog: Catalog, budgets: Mapping[str, int]) -> str:
    """An overview, the largest catalog first, and a table for each agent. budgets: tokens, by agent."""
    rows = sorted(catalog.agents, key=lambda one: (-one.bytes, one.name))
    overview = "".join(_overview(one, budgets.get(one.name)) for one in rows)
    return _HEAD + overview + "".join(line for one in catalog.agents for line in _agent(one, catalog))


def _overview(one: Listing, budget: int | None) -> str:
    number = len(one.skills) + len(one.builtins)
    limit = "" if budget is None else f"{budget:,}"
    name = one.name or ALL
    return f"| [{name}](#{name.replace(' ', '-')}) | {number} | {one.tokens:,} | {limit} | {one.bytes:,} |\n"


def _agent(one: Listing, catalog: Catalog) -> Iterator[str]:
    yield f"\n## {one.name or ALL}\n\n{_patterns(one)}\n"
    if one.unmatched:
        yield f"\nPatterns that match nothing: {', '.join(map(_pattern, one.unmatched))}.\n"
    found = sorted([*one.skills, *one.builtins], key=lambda entry: entry.delivered)
    if not found:
        return
    yield "\n| skill | description | source | by | preload | bytes |\n| --- | --- | --- | --- | --- | ---: |\n"
    builtins = set(map(id, one.builtins))
    for entry in found:
        yield _row(entry, catalog, id(entry) in builtins)


def _patterns(one: Listing) -> str:
    whose = f"the persona {escaped(one.persona)} says" if one.persona else "its list says"
    if one.patterns is None:
        return "It sees all skills."
    if not one.patterns:
        return f"It sees no skill: {whose} `[]`."
    return f"It sees what {whose}: {', '.join(map(_pattern, one.patterns))}."


def _row(entry: Entry, catalog: Catalog, builtin: bool) -> str:
    if builtin:
        description, source, own = catalog.builtins[entry.name], "built in", ""
    else:
        skill = catalog.skills[entry.name]
        description, source = skill.front.description, escaped(f"{skill.copy.label}: {skill.copy.path}")
        own = "" if entry.delivered == entry.name else f" ({escaped(entry.name)})"
    by = ", ".join(map(_pattern, entry.patterns))
    cells = name_and_description(entry.delivered, description or "")
    size = f"{entry.bytes:,}" if entry.bytes else "not listed"
    return f"| {cells[0]}{own} | {cells[1]} | {source} | {by} | {'yes' if entry.preload else ''} | {size} |\n"


def name_and_description(name: str, description: str) -> tuple[str, str]:
    """As they stand in the table."""
    return escaped(name), escaped(" ".join(description.split()))


def _pattern(pattern: str) -> str:
    return escaped(repr(pattern))


def escaped(text: str) -> str:
    """Text on one line that is no Markdown."""
    return _SPECIAL.sub(r"\\\g<0>", safe(text))
