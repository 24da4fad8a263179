"""Catalogs that were written before: read for what they say, whoever has changed them since."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from overlays.model.catalog import Catalog, Entry, Listing, Skill
from overlays.model.sight import Front
from overlays.model.winners import Copy

Past = Mapping[str, Mapping[str, str]]
"""Agent ("" for none) to the skills that it saw, each with its description as it stood there."""

_CAO: Final = re.compile(r"^- \*\*(.*?)\*\*: (.*(?:\n(?!- \*\*).*)*)", re.MULTILINE)
_PROMPTKIT: Final = re.compile(r"^- (.*?): (.*(?:\n(?!- ).*)*)", re.MULTILINE)


def of_json(document: Mapping[str, Any]) -> Catalog:
    """The catalogs of a document that has the shape of schemas/catalog.schema.json."""
    return Catalog(
        document["instruction"],
        {one["name"]: _skill(one) for one in document["skills"]},
        {one["name"]: one["description"] for one in document["builtins"]},
        tuple(map(_listing, document["agents"])),
    )


def _skill(one: Mapping[str, Any]) -> Skill:
    front = Front(one["description"], one.get("flaw", ""), one.get("nameFlaw", ""))
    return Skill(one["name"], front, _copy(one), tuple(map(_copy, one["shadows"])))


def _copy(one: Mapping[str, Any]) -> Copy:
    return Copy(one["source"], one["ref"], one["commit"], one["path"], 0)


def _listing(one: Mapping[str, Any]) -> Listing:
    return Listing(
        one["name"] or "",
        None if one["patterns"] is None else tuple(one["patterns"]),
        one["persona"] or "",
        int(one["bytes"]),
        int(one["tokens"]),
        one["digest"],
        tuple(one["unmatched"]),
        tuple(
            Entry(entry["name"], entry["delivered"], tuple(entry["patterns"]), entry["preload"], int(entry["bytes"]))
            for entry in one["skills"]
        ),
        tuple(
            Entry(entry["name"], entry["name"], tuple(entry["patterns"]), False, int(entry["bytes"]))
            for entry in one["builtins"]
        ),
    )


def of_block(text: str, name: str, promptkit: bool) -> Past:
    """What the block of one agent says."""
    found = (_PROMPTKIT if promptkit else _CAO).findall(text)
    return {name: {skill: description.removesuffix("\n") for skill, description in found}}


def of_markdown(text: str) -> Past:
    """What a page says: names and descriptions as they are escaped there."""
    agents: dict[str, dict[str, str]] = {}
    skills: dict[str, str] | None = None
    for line in text.split("\n"):
        if line.startswith("## "):
            skills = agents.setdefault(line[3:], {})
        elif skills is not None and line.startswith("| "):
            cells = re.split(r"(?<!\\) \| ", line.removeprefix("| "))
            if len(cells) > 1 and cells[0] not in ("skill", "---"):
                skills[cells[0].partition(" (")[0]] = cells[1]  # the name of a copy, before that of the skill
    return agents
