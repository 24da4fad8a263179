"""`installed.json`: what was installed, from which commits. It lies where its readers may write: nothing is believed.

What it may name is limited to the places that items have: a path with "..", or of anything else, spoils all of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from overlays_node import NodeError
from overlays_node.config import ManifestError, check_path
from overlays_node.items import PERSONAS, PROMPT, SKILLS, SURFACES, TOOLS, WORKFLOWS

RECORD = "installed.json"
SCHEMA_VERSION = 1
LARGEST = 64 << 20  # bytes
PLACES = {
    TOOLS: "tools",
    WORKFLOWS: "workflows",
    SKILLS: ".agents/skills",
    PERSONAS: "personas",
    PROMPT: "SYSTEM_PROMPT.md",
}  # where each surface is, below the destination
CLAUDE_SKILLS, TO_SKILLS = ".claude/skills", "../.agents/skills"


class Entry(NamedTuple):
    """An item, or a loose file, whose `name` is "". `kind` is its surface.

    `path` is below the root of the repository, `place` below the destination; `shadows` names the sources whose copy
    it hides, in their order.
    """

    kind: str
    name: str
    source: str
    ref: str
    commit: str
    path: str
    place: str
    shadows: tuple[str, ...]

    def content(self) -> tuple[str, ...]:
        """What its bytes depend on."""
        return self.kind, self.source, self.commit, self.path


Entries = tuple[Entry, ...]  # of one place: one, or the parts of the prompt


@dataclass(frozen=True)
class Skipped:
    """What was not delivered: `path` is below the root of the repository, or of the destination when `source` is ""."""

    kind: str
    source: str
    path: str
    reason: str


@dataclass(frozen=True)
class Record:
    """All of it. `entries` by place; `folders` and `links` are those made for them.

    `complete`: the set held every repository. `fallback` says what was taken for want of the right set. `boot_id`: what
    was written before the machine went down may not be on the disk.
    """

    set: str = ""
    manifest_digest: str = ""
    complete: bool = False
    fallback: str | None = None
    boot_id: str | None = None
    entries: Mapping[str, Entries] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def dump(self) -> bytes:
        """Bytes of the file. Raises NodeError: it would be too large to be read again."""
        parts = [one for place in sorted(self.entries, key=os.fsencode) for one in self.entries[place]]
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "set": self.set,
            "manifestDigest": self.manifest_digest,
            "complete": self.complete,
            "fallback": self.fallback,
            "bootId": self.boot_id,
            "items": [told(one) for one in parts if one.name],
            "loose": [told(one) for one in parts if not one.name],
            "skipped": [vars(one) for one in self.skipped],
            "folders": sorted(self.folders),
            "links": sorted(self.links),
        }
        data = json.dumps(document, indent=1).encode() + b"\n"
        if len(data) > LARGEST:
            raise NodeError(f"{RECORD} would be larger than {LARGEST >> 20} MiB: these are too many files")
        return data


def told(entry: Entry) -> dict[str, object]:
    """An entry as JSON values; a loose file has no name."""
    found = {**entry._asdict(), "shadows": list(entry.shadows)}
    if not entry.name:
        del found["name"]
    return found


def parse(data: bytes) -> Record:
    """The record of these bytes. Raises NodeError: they are none of ours."""
    try:
        found = json.loads(data)
        if found["schemaVersion"] != SCHEMA_VERSION:
            raise ValueError(f"schemaVersion is {found['schemaVersion']!r}")
        entries: dict[str, Entries] = {}
        for one in (*found["items"], *found["loose"]):
            entry = _entry(one)
            entries[entry.place] = (*entries.get(entry.place, ()), entry)
        return Record(
            set=_text(found["set"]),
            manifest_digest=_text(found["manifestDigest"]),
            complete=found["complete"] is True,
            fallback=None if found["fallback"] is None else _text(found["fallback"]),
            boot_id=None if found["bootId"] is None else _text(found["bootId"]),
            entries=entries,
            folders=tuple(_folder(one) for one in found["folders"]),
            links=tuple(_link(one) for one in found["links"]),
        )
    except (ManifestError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
        raise NodeError(f"is not what `install` has written ({str(why)[:200]})") from None


def _entry(found: Mapping[str, Any]) -> Entry:
    kind, place = _text(found["kind"]), _text(found["place"])
    if not is_place(place) or surface_of(place) != kind:
        raise ValueError(f"{place!r} is no place of {kind!r}")
    source, ref, commit, path = (_text(found[key]) for key in ("source", "ref", "commit", "path"))
    shadows = tuple(_text(one) for one in found["shadows"])
    return Entry(kind, _text(found.get("name", "")), source, ref, commit, path, place, shadows)


def _folder(path: object) -> str:
    if not is_folder(path):
        raise ValueError(f"{path!r} is no directory of items")
    return str(path)


def _link(path: object) -> str:
    if path != CLAUDE_SKILLS:
        raise ValueError(f"{path!r} is no link of ours")
    return CLAUDE_SKILLS


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def surface_of(place: str) -> str:
    """The surface that a place below the destination is on; "" for none."""
    for surface in SURFACES:
        if place == PLACES[PROMPT] if surface == PROMPT else place.startswith(f"{PLACES[surface]}/"):
            return surface
    return ""


def is_place(path: object) -> bool:
    """Whether an item or a loose file may lie there."""
    return _is_normal(path) and surface_of(str(path)) != ""


def is_folder(path: object) -> bool:
    """Whether it may be a directory that was made for items."""
    tops = [PLACES[surface] for surface in SURFACES if surface != PROMPT]
    known = path == CLAUDE_SKILLS.rpartition("/")[0]
    known = known or any(f"{path}/".startswith(f"{top}/") or top.startswith(f"{path}/") for top in tops)
    return known and _is_normal(path)


def parents(place: str) -> Iterator[str]:
    """The directories above a path: "a/b/c" -> "a/b", "a"."""
    parent = place.rpartition("/")[0]
    while parent:
        yield parent
        parent = parent.rpartition("/")[0]


def _is_normal(path: object) -> bool:
    try:
        return isinstance(path, str) and len(os.fsencode(check_path("", path))) < 4096
    except (ManifestError, UnicodeError):
        return False
