"""Skills that a consumer has anyhow: a list of them, its directory of skills, or the list that is shipped for CAO."""

from __future__ import annotations

import json
import pathlib
import re
import stat
from collections.abc import Iterator, Sequence
from typing import Any, Final

from overlays.content import unreadable
from overlays.content.skill.described import described
from overlays.content.skill.front import LIST, MAP, TEXT, Node, read_front
from overlays.errors import InvalidInput
from overlays.io.source import Sources
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted
from overlays.model.sight import Builtin
from overlays_node.names import LARGEST

UNUSABLE: Final = "OVL620"
SHIPPED: Final = "cao"
"""The word that means CAO's own."""

CAO: Final = (
    "agui-author",
    "cao-agent-routing",
    "cao-learning",
    "cao-mcp-apps",
    "cao-memory",
    "cao-plugin",
    "cao-provider",
    "cao-session-liveness",
    "cao-session-management",
    "cao-supervisor-protocols",
    "cao-worker-protocols",
    "cao-workflow",
    "mcp-apps-builder",
)
"""What CAO (awslabs/cli-agent-orchestrator, August 2026) writes into its store at start. Its texts are its own."""

SHOWN: Final = 80
"""Characters of a name in a message."""

_NO_NAME: Final = r"[/\0-\x1f\x7f-\x9f\u2028\u2029]"
_MARKER: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*---[ \t]*\n")
_FORM: Final = "a list of entries with name and description"
_HINT: Final = (
    'write `- {name: some-skill, description: "What it does."}`, or the word cao, or name a directory of skills'
)


def read_builtins(name: str) -> tuple[Builtin, ...]:
    """Those of a file, of a directory of skills, or of SHIPPED. Raises InvalidInput OVL101 or OVL620."""
    if name == SHIPPED:
        return tuple(map(Builtin, CAO))
    if name.strip() != "-":
        try:
            mode = pathlib.Path(name).stat().st_mode
            if stat.S_ISDIR(mode):
                return _of_store(name)
        except FileNotFoundError:
            mode = stat.S_IFREG  # which is told as it is of every file
        except (OSError, ValueError) as error:
            why = unreadable.why(error) if isinstance(error, OSError) else str(error)
            raise InvalidInput(_unreadable(name, why, "make them readable for this user")) from None
        if not stat.S_ISREG(mode):
            why = "it is neither a file nor a directory"
            raise InvalidInput(_unreadable(name, why, "write them into a file, or to standard input as -"))
    try:
        text = Sources().read(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(_finding(Location(name), "it is no UTF-8 text")) from None
    found = _of_json(name, text)
    return _checked(name, tuple(_of_yaml(name, text)) if found is None else found)


def _checked(name: str, found: Sequence[tuple[Builtin, Location]]) -> tuple[Builtin, ...]:
    """Those that make sense. Raises InvalidInput: one of them is no skill that there can be, or is there twice."""
    seen: set[str] = set()
    for one, where in found:
        why = ""
        if not _is_text(one.name) or not _is_text(one.description or ""):
            why = f"{_shown(one.name)} holds half of a character (U+D800 to U+DFFF), which is no text"
        elif one.name in ("", ".", "..") or one.name.strip() != one.name or re.search(_NO_NAME, one.name):
            why = f"{_shown(one.name)} is no name that the directory of a skill can have"
        elif one.name in seen:
            why = f"{_shown(one.name)} is there twice"
        if why:
            raise InvalidInput(_finding(where, why))
        seen.add(one.name)
    return tuple(one for one, _ in found)


def _is_text(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)


def _shown(text: str) -> str:
    return quoted(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def _of_store(name: str) -> tuple[Builtin, ...]:
    """Those that CAO would list. Raises OSError; InvalidInput: there are none."""
    found = []
    for path in sorted(pathlib.Path(name).iterdir(), key=lambda one: one.name):
        file = path / "SKILL.md"
        if file.is_file() and file.stat().st_size <= LARGEST:
            front = described(file.read_bytes(), path.name)
            if not front.flaw and not front.name_flaw:
                found.append(Builtin(path.name, front.description))
    if not found:
        why = "it has no directory with a SKILL.md that CAO would list"
        raise InvalidInput(_unreadable(name, why, "name the directory in which those of the skills are"))
    return tuple(found)


class _TwiceError(ValueError):
    """A key of a JSON object is there twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(f"the key {_shown(key)} is twice in one entry")
        found[key] = value
    return found


def _of_json(name: str, text: str) -> tuple[tuple[Builtin, Location], ...] | None:
    """None when the text is not JSON."""
    if not text.lstrip().startswith("["):
        return None
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        raise InvalidInput(_finding(Location(name), str(error))) from None
    except (ValueError, RecursionError):
        return None
    found = []
    for at, entry in enumerate(document):
        usable = isinstance(entry, dict) and entry.keys() <= {"name", "description"}
        if not usable or not isinstance(entry.get("name"), str) or not _text_or_none(entry.get("description")):
            raise InvalidInput(_finding(Location(name), f"its entry {at} has another form"))
        found.append((Builtin(entry["name"], entry.get("description")), Location(name)))
    return tuple(found)


def _text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _of_yaml(name: str, text: str) -> Iterator[tuple[Builtin, Location]]:
    marker = _MARKER.match(text)
    first = text.count("\n", 0, marker.end()) + 1 if marker else 1
    front = read_front(text[marker.end() :] if marker else text, first)
    if not front.complete:
        remark = front.remarks[-1]
        raise InvalidInput(_finding(Location(name, remark.line, remark.column), remark.what))
    if front.root is None or front.root.kind != LIST:
        raise InvalidInput(_finding(Location(name), "it is empty" if front.root is None else "it is no list"))
    for entry in front.root.items:
        yield _entry(name, entry), Location(name, entry.line, entry.column)


def _entry(name: str, entry: Node) -> Builtin:
    fields: dict[str, str] = {}
    for key, value in entry.pairs if entry.kind == MAP else ():
        if key.text not in ("name", "description") or key.text in fields or value.kind != TEXT:
            where = Location(name, key.line, key.column)
            raise InvalidInput(_finding(where, f"{quoted(key.text)} does not belong there"))
        if not value.plain or value.text not in ("", "~", "null"):
            fields[key.text] = value.text
    if "name" not in fields:
        raise InvalidInput(_finding(Location(name, entry.line, entry.column), "an entry has no name"))
    return Builtin(fields["name"], fields.get("description"))


def _unreadable(name: str, why: str, hint: str) -> Finding:
    return Finding(Location(name), UNUSABLE, "", f"the skills in {quoted(name)} cannot be read", why, hint)


def _finding(where: Location, why: str) -> Finding:
    return Finding(where, UNUSABLE, "", "this is no list of built-in skills", f"{why}: it has to be {_FORM}", _HINT)
