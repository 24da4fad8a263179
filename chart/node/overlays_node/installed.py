"""`installed.json`: what was installed, from which commits. It lies where its readers may write: nothing is believed.

What it may name is limited to the places that items have: a path with "..", or of anything else, spoils all of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from overlays_node import NodeError
from overlays_node.checks import ManifestError
from overlays_node.items import PROMPT, SKILLS
from overlays_node.places import CLAUDE_SKILLS, PLACES, is_folder, is_place, surface_of

SCHEMA_VERSION = 1
MOST = 64 << 20  # bytes that all places may take in it, and their directories
LARGEST = MOST + (32 << 20)  # bytes of all of it
TOGETHER = 1000  # loose files in one object
OF_ITEMS = ("name", "mount", "preload", "lists")  # keys that loose files have not
UNKNOWN = "?"  # what versions without agents have written does not tell of links


class Entry(NamedTuple):
    """An item; or, when `name` is "", loose files of one source that hide copies of the same sources.

    `path` is below the root of the repository, `place` below the destination: for loose files those of the surface's
    directory, so that one entry serves any number of them. `kind` is the surface; `shadows` names the sources whose
    copy it hides, in their order. `mount` is what stands before its name in the copy. `preload`: its text is in the
    prompt; that part of the prompt is an entry of its own, whose kind is that of prompts. `lists` names the lists of
    the agent that decided what its links bring; "" when none leads out of it.
    """

    kind: str
    name: str
    source: str
    ref: str
    commit: str
    path: str
    place: str
    shadows: tuple[str, ...]
    mount: str = ""
    preload: bool = False
    lists: str = ""

    def content(self) -> tuple[str, ...]:
        """What the bytes at a place depend on."""
        return self.kind, self.source, self.commit, self.path, self.mount, self.lists.replace(UNKNOWN, "")

    def is_of(self, place: str) -> bool:
        """Whether it can tell what is at that place."""
        return place == self.place if self.name else place.startswith(f"{self.place}/")

    def path_of(self, place: str) -> str:
        """Where in the repository that is which lies at that place."""
        return self.path + place[len(self.place) :]


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

    `complete`: the set held every repository. `fallback` says what was taken for want of the right set. `agent` is who
    gets it, None for all; `persona` is whose list of skills held, None for none. `boot_id`: what was written before the
    machine went down may not be on the disk.
    """

    set: str = ""
    manifest_digest: str = ""
    complete: bool = False
    fallback: str | None = None
    agent: str | None = None
    persona: str | None = None
    boot_id: str | None = None
    entries: Mapping[str, Entries] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def lines(self) -> Iterator[bytes]:
        """The file, bit by bit: there may be hundreds of thousands of files."""
        facts = {
            "schemaVersion": SCHEMA_VERSION,
            "set": self.set,
            "manifestDigest": self.manifest_digest,
            "complete": self.complete,
            "fallback": self.fallback,
            "agent": self.agent,
            "persona": self.persona,
            "bootId": self.boot_id,
        }
        places = sorted(self.entries, key=os.fsencode)
        items = (told(one) for place in places for one in self.entries[place] if one.name)
        lists: Mapping[str, Iterable[object]] = {
            "items": items,
            "loose": self._loose(places),
            "skipped": (vars(one) for one in self.skipped),
            "folders": sorted(self.folders),
            "links": sorted(self.links),
        }
        yield b"{\n"
        for key, value in facts.items():
            yield f' "{key}": {json.dumps(value)},\n'.encode()
        before = ""
        for key, values in lists.items():
            yield f'{before} "{key}": ['.encode()
            for number, one in enumerate(values):
                yield f"{',' if number else ''}\n  {json.dumps(one)}".encode()
            yield b"\n ]"
            before = ",\n"
        yield b"\n}\n"

    def _loose(self, places: Iterable[str]) -> Iterator[dict[str, object]]:
        """The loose files of these places."""
        groups: dict[Entry, list[str]] = {}
        for place in places:
            for entry in self.entries[place]:
                if not entry.name:
                    groups.setdefault(entry, []).append(place)
        for entry, found in groups.items():
            for at in range(0, len(found), TOGETHER):
                files = [place[len(entry.place) + 1 :] for place in found[at : at + TOGETHER]]
                yield {**told(entry), "files": files}


def marked(entries: Mapping[str, Entries]) -> Iterator[tuple[str, Entries]]:
    """Of these places those of skills, which say by now whether their text is in the prompt."""
    parts = {(one.name, one.source, one.path) for one in entries.get(PLACES[PROMPT], ()) if one.preload}
    for place, found in entries.items():
        for one in found[:1]:
            if one.kind == SKILLS and one.name:
                preload = (place.rpartition("/")[2], one.source, one.path) in parts
                yield place, (one._replace(preload=preload),)


def told(entry: Entry) -> dict[str, object]:
    """An entry as JSON values; loose files have no name, and nothing that goes with one."""
    found = {**entry._asdict(), "shadows": list(entry.shadows)}
    if not entry.lists:
        del found["lists"]
    return found if entry.name else {key: value for key, value in found.items() if key not in OF_ITEMS}


def parse(data: bytes) -> Record:
    """The record of these bytes. Raises NodeError: they are none of ours."""
    try:
        found = json.loads(data)
        if found["schemaVersion"] != SCHEMA_VERSION:
            raise ValueError(f"schemaVersion is {found['schemaVersion']!r}")
        return Record(
            set=_text(found["set"]),
            manifest_digest=_text(found["manifestDigest"]),
            complete=found["complete"] is True,
            fallback=None if found["fallback"] is None else _text(found["fallback"]),
            agent=None if found.get("agent") is None else _text(found["agent"]),
            persona=None if found.get("persona") is None else _text(found["persona"]),
            boot_id=None if found["bootId"] is None else _text(found["bootId"]),
            entries={**_items(found["items"], "" if "agent" in found else UNKNOWN), **_loose_files(found["loose"])},
            folders=tuple(_folder(one) for one in found["folders"]),
            links=tuple(_link(one) for one in found["links"]),
        )
    except (ManifestError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
        raise NodeError(f"is not what `install` has written ({str(why)[:200]})") from None


def entry_of(found: Mapping[str, Any]) -> Entry:
    """An entry that `told` has told. Raises ValueError, KeyError, TypeError: it is none."""
    kind, name, place = _text(found["kind"]), _text(found.get("name", "")), _text(found["place"])
    if not is_place(place if name else f"{place}/x") or PLACES[kind] != (
        place if not name else PLACES[surface_of(place)]
    ):
        raise ValueError(f"{place!r} is no place of {kind!r}")
    source, ref, commit, path = (_text(found[key]) for key in ("source", "ref", "commit", "path"))
    shadows = tuple(_text(one) for one in found["shadows"])
    mount = _text(found.get("mount", ""))  # these two: not in what versions without agents have written
    lists = _text(found.get("lists", ""))
    return Entry(kind, name, source, ref, commit, path, place, shadows, mount, found.get("preload") is True, lists)


def _items(found: Iterable[Mapping[str, Any]], lists: str) -> dict[str, Entries]:
    entries: dict[str, Entries] = {}
    prompt = []
    for entry in map(entry_of, found):
        entry = entry._replace(lists=entry.lists or lists)
        if entry.kind == PROMPT:
            prompt.append(entry)
        elif not entry.name or entry.place in entries:
            raise ValueError(f"{entry.place!r} is no item, or one twice")
        else:
            entries[entry.place] = (entry,)
    return {**entries, **({PLACES[PROMPT]: tuple(prompt)} if prompt else {})}


def _loose_files(found: Iterable[Mapping[str, Any]]) -> dict[str, Entries]:
    entries: dict[str, Entries] = {}
    for one in found:
        entry = entry_of(one)
        if entry.name:
            raise ValueError(f"{entry.name!r} is the name of no loose files")
        shared = (entry,)
        for file in one["files"]:
            place = f"{entry.place}/{_text(file)}"
            if not is_place(place):
                raise ValueError(f"{place!r} is no place of files")
            entries[place] = shared
    return entries


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
