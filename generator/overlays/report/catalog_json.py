"""Catalogs for programs and for reviews; the shape is schemas/catalog.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from overlays.model.agent import Patterns
from overlays.model.catalog import Catalog, Entry, Listing, Skill
from overlays.model.winners import Copy

SCHEMA_VERSION = 1


def report(catalog: Catalog) -> str:
    """One JSON document, ASCII, with final newline: a line for each skill, so that a review shows what has changed.

    Written by hand where there are many lines: agents times skills.
    """
    patterns = _Texts()
    lines = [
        "{",
        f'  "schemaVersion": {SCHEMA_VERSION},',
        f'  "instruction": {json.dumps(catalog.instruction)},',
        *_list("skills", [json.dumps(_skill(one)) for one in catalog.skills.values()], "  ", ","),
        *_list("builtins", [_known(*one) for one in catalog.builtins.items()], "  ", ","),
        *_list("agents", ["\n".join(_agent(one, patterns)) for one in catalog.agents], "  ", ""),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _list(key: str, items: list[str], indent: str, end: str) -> Iterator[str]:
    """The lines of a list, one for each item."""
    if not items:
        yield f'{indent}"{key}": []{end}'
        return
    yield f'{indent}"{key}": ['
    between = f",\n{indent}  "
    yield f"{indent}  {between.join(items)}"
    yield f"{indent}]{end}"


def _known(name: str, description: str | None) -> str:
    return json.dumps({"name": name, "description": description})


def _skill(skill: Skill) -> dict[str, Any]:
    flaws = {"flaw": skill.front.flaw, "nameFlaw": skill.front.name_flaw}
    return {
        "name": skill.name,
        "description": skill.front.description,
        **{key: text for key, text in flaws.items() if text},
        **_copy(skill.copy),
        "shadows": [_copy(one) for one in skill.shadowed],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {"source": copy.repo, "ref": copy.ref, "commit": copy.commit, "path": copy.path}


class _Texts(dict[Patterns, str]):
    """Patterns as JSON, each list written once."""

    def __missing__(self, patterns: Patterns) -> str:
        self[patterns] = json.dumps(patterns)
        return self[patterns]


def _agent(listing: Listing, patterns: _Texts) -> Iterator[str]:
    yield "{"
    yield f'      "name": {json.dumps(listing.name or None)},'
    yield f'      "patterns": {json.dumps(listing.patterns)},'
    yield f'      "persona": {json.dumps(listing.persona or None)},'
    yield f'      "bytes": {listing.bytes},'
    yield f'      "tokens": {listing.tokens},'
    yield f'      "digest": {json.dumps(listing.digest)},'
    yield f'      "unmatched": {json.dumps(listing.unmatched)},'
    yield from _list("skills", [_entry(one, patterns) for one in listing.skills], "      ", ",")
    yield from _list("builtins", [_builtin(one, patterns) for one in listing.builtins], "      ", "")
    yield "    }"


def _entry(entry: Entry, patterns: _Texts) -> str:
    name, delivered, by, preload, size = entry
    # Names of skills that are served hold nothing that JSON escapes; of others this costs time.
    names = (
        f'"name": "{name}", "delivered": "{delivered}"'
        if name.isascii() and name.replace("-", "").isalnum()
        else f'"name": {json.dumps(name)}, "delivered": {json.dumps(delivered)}'
    )
    return f'{{{names}, "patterns": {patterns[by]}, "preload": {"true" if preload else "false"}, "bytes": {size}}}'


def _builtin(entry: Entry, patterns: _Texts) -> str:
    return f'{{"name": {json.dumps(entry.name)}, "patterns": {patterns[entry.patterns]}, "bytes": {entry.bytes}}}'
