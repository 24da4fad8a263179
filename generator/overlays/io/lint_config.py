"""The configuration of lint: `[lint]` of overlays.toml, or `[tool.overlays.lint]` of a pyproject.toml."""

from __future__ import annotations

import difflib
import os
import pathlib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from overlays.errors import InvalidInput
from overlays.io.toml_places import TomlPlaces
from overlays.io.tree import start_of
from overlays.model.budget import DEFAULT, Budget
from overlays.model.codes import CODES
from overlays.model.finding import Finding, Location, Severity
from overlays.model.portability import PROFILES
from overlays.model.settings import NONE, Settings, Suppression

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN, SHARED = "overlays.toml", "pyproject.toml"
LARGEST: Final = 64 * 1024
"""Bytes of a file that is read; longer lines than LONGEST take the reader of TOML too long."""
LONGEST: Final = 4000
UNREADABLE, WRONG = "OVL598", "OVL599"
_WORDS: Final[Mapping[str, Severity | None]] = {"error": Severity.ERROR, "warning": Severity.WARNING, "off": None}
_KEYS: Final = ("profile", "severity", "budget", "tools", "suppress")
_BUDGET: Final = {
    "lines": "lines",
    "warn-tokens": "warn_tokens",
    "tokens": "tokens",
    "files": "files",
    "bytes": "size",
}
_SUPPRESS: Final = ("code", "path", "reason")
_MOST: Final = 256
"""Characters of a glob."""
_OF_REPOSITORIES: Final = range(521, 600)
"""Numbers of the codes of findings whose place is a path of a repository."""


def find(folder: pathlib.Path, named: str) -> Settings:
    """The configuration in a directory: overlays.toml, else pyproject.toml if that speaks of overlays, else none.

    named: how the user names the directory. Raises InvalidInput OVL598 and OVL599.
    """
    for name in (OWN, SHARED):
        file = folder / name
        if os.path.lexists(file):
            where = name if named == "." else f"{named.rstrip('/')}/{name}"
            found = _read(file, where, shared=name == SHARED)
            if found is not None:
                return found
    return NONE


def read(name: str) -> Settings:
    """The configuration in a file that the user named. Raises InvalidInput OVL598 and OVL599."""
    file = pathlib.Path(os.path.realpath(name))
    return _read(file, name, shared=pathlib.PurePath(name).name == SHARED) or NONE


def _read(file: pathlib.Path, where: str, *, shared: bool) -> Settings | None:
    """None: a file of others that does not speak of overlays."""
    try:
        data = start_of(os.fspath(file), LARGEST * 16 + 1)
    except OSError as error:
        raise _unreadable(where, error.strerror or "it cannot be read") from None
    if data is None:
        raise _unreadable(where, "it is no regular file")
    if shared and not re.search(rb"tool[\"'\s.]{1,20}overlays", data):
        return None
    text = _text(where, data)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(where, text, str(error)) from None
    except RecursionError:
        raise _unreadable(where, "it is nested too deep") from None
    work = _Config(where, TomlPlaces(text), ("tool", "overlays") if shared else ())
    tool = document.get("tool")
    if shared and (not isinstance(tool, dict) or "overlays" not in tool):
        return None
    settings = work.settings(document["tool"]["overlays"] if shared else document)
    if work.found:
        raise InvalidInput(*sorted(work.found))
    return settings


def _text(where: str, data: bytes) -> str:
    if len(data) > LARGEST or max(map(len, data.split(b"\n"))) > LONGEST:
        raise _unreadable(where, f"it has more than {LARGEST // 1024} KiB, or a line of more than {LONGEST} bytes")
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _unreadable(where, "it is not UTF-8") from None


def _unreadable(where: str, why: str) -> InvalidInput:
    hint = "correct it, name another file with --config, or take none with --no-config"
    return InvalidInput(Finding(Location(where), UNREADABLE, "", "the configuration cannot be read", why, hint))


def _no_toml(where: str, text: str, message: str) -> InvalidInput:
    found = re.fullmatch(r"(.*?) \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)", message, re.DOTALL)
    line, column = (int(found[2]), int(found[3])) if found and found[2] else (text.count("\n") + 1, 1)
    what = " ".join((found[1] if found else message).split())
    hint = "correct the TOML at this place"
    return InvalidInput(Finding(Location(where, line, column), UNREADABLE, "", what, "the file is not TOML", hint))


class _Config:
    """The reading of one file. root: the keys above what is read, for the places."""

    def __init__(self, where: str, places: TomlPlaces, root: tuple[str, ...]) -> None:
        self.where, self.places, self.root = where, places, root
        self.found: list[Finding] = []
        self.without_effect: list[Finding] = []

    def place(self, path: tuple[str | int, ...]) -> Location:
        return Location(self.where, *self.places.of((*self.root, *path)))

    def wrong(self, path: tuple[str | int, ...], what: str, why: str, hint: str) -> None:
        self.found.append(Finding(self.place(path), WRONG, "", what, why, hint))

    def idle(self, path: tuple[str | int, ...], what: str, why: str, hint: str) -> None:
        """Something that is right and changes nothing."""
        self.without_effect.append(Finding(self.place(path), WRONG, "", what, why, hint, Severity.WARNING))

    def table(self, path: tuple[str | int, ...], value: Any, keys: Iterable[str]) -> Mapping[str, Any]:
        """The known keys of a table; the others are told."""
        known = tuple(keys)
        if not isinstance(value, dict):
            self.wrong(path, f"{path[-1]} is no table", "it has keys of its own", f"its keys: {', '.join(known)}")
            return {}
        for key in value:
            if key not in known:
                self.wrong((*path, key), f"the unknown key {key!r}", f"known are {', '.join(known)}", _near(key, known))
        return {key: value[key] for key in known if key in value}

    def settings(self, document: Any) -> Settings:
        root = self.table((), document, ("lint",)) if isinstance(document, dict) else {}
        lint = self.table(("lint",), root["lint"], _KEYS) if "lint" in root else {}
        if root.get("lint") == {}:
            self.idle(("lint",), "[lint] is empty", "it says nothing", f"its keys: {', '.join(_KEYS)}")
        settings = Settings(
            self.profiles(lint["profile"]) if "profile" in lint else (),
            self.severities(lint.get("severity", {})),
            tuple(self.suppressions(lint.get("suppress", []))),
            self.texts(("lint", "tools"), lint.get("tools", [])),
            self.budget(lint.get("budget", {})),
        )
        return settings._replace(idle=tuple(self.without_effect))

    def texts(self, path: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.wrong(path, f"{path[-1]} is no list of names", "each is a text", 'write ["one", "two"]')
            return ()
        return tuple(value)

    def profiles(self, value: Any) -> tuple[str, ...]:
        names = (value,) if isinstance(value, str) else self.texts(("lint", "profile"), value)
        if value == []:
            why, hint = "it does not switch lint off: without the key it is spec", f"write one of {', '.join(PROFILES)}"
            self.wrong(("lint", "profile"), "profile names no profile", why, hint)
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.idle(("lint", "profile"), f"the profile {name!r} stands twice", "once is enough", "remove it")
        for name in dict.fromkeys(names):
            if name not in PROFILES:
                why = f"profiles are {', '.join(PROFILES)}"
                self.wrong(("lint", "profile"), f"the unknown profile {name!r}", why, _near(name, PROFILES))
        return tuple(dict.fromkeys(names))

    def code(self, path: tuple[str | int, ...], value: Any) -> bool:
        """Whether a value is a code of lint whose findings can be told otherwise."""
        fixed = (UNREADABLE, WRONG)
        codes = [code for code in CODES if code[3] in "56" and code not in fixed]
        if value in codes:
            return True
        if value in fixed:
            why, hint = "lint cannot be told to pass over its own configuration", "remove it"
        else:
            meant = str(value).strip().upper()
            near = f"did you mean {meant!r}?" if meant in codes else "docs/findings.md has the codes: OVL5xx and OVL6xx"
            why, hint = "lint has no such code", near
        self.wrong(path, f"the code {value!r}", why, hint)
        return False

    def severities(self, value: Any) -> Mapping[str, Severity | None]:
        path = ("lint", "severity")
        if not isinstance(value, dict):
            self.wrong(path, "severity is no table", "it has codes as keys", 'write severity = {OVL575 = "off"}')
            return {}
        found = {}
        for code, word in value.items():
            known = self.code((*path, code), code)
            if not isinstance(word, str) or word not in _WORDS:
                why, hint = f"a severity is {', '.join(_WORDS)}", _near(str(word), tuple(_WORDS))
                self.wrong((*path, code), f"the severity {word!r}", why, hint)
            elif known:
                found[code] = _WORDS[word]
        return found

    def suppressions(self, value: Any) -> Iterable[Suppression]:
        if not isinstance(value, list):
            what, why = "suppress is no list of tables", "each suppression is a table"
            self.wrong(("lint", "suppress"), what, why, "write [[lint.suppress]]")
            return
        for at, entry in enumerate(value):
            path = ("lint", "suppress", at)
            given = self.table(path, entry, _SUPPRESS)
            if not isinstance(entry, dict):
                continue
            missing = [key for key in _SUPPRESS if not isinstance(given.get(key), str) or not given[key].strip()]
            for key in missing:
                what = f"a suppression without a {key}" if key != "code" else "a suppression without a code"
                why = "whoever reads the report has to know why" if key == "reason" else "it would hide too much"
                self.wrong((*path, key) if key in given else path, what, why, f'write {key} = "…"')
            if "code" not in missing and self.code((*path, "code"), given["code"]) and not missing:
                if len(given["path"]) > _MOST:
                    why = f"it has {len(given['path'])} characters, and {_MOST} are allowed"
                    self.wrong((*path, "path"), "the path of a suppression is too long", why, "use * or **")
                self.reachable((*path, "path"), given["code"], given["path"])
                yield Suppression(self.place(path), given["code"], given["path"], " ".join(given["reason"].split()))

    def reachable(self, path: tuple[str | int, ...], code: str, glob: str) -> None:
        """Tell of a glob that means no path of a repository. Those of values are as the user writes them."""
        odd = next((piece for piece in glob.split("/") if piece in ("", ".", "..")), None)
        if odd is None or glob == "." or int(code[3:]) not in _OF_REPOSITORIES:
            return
        starts, part = glob.startswith("/"), f"no part {odd!r}" if odd else "no empty part"
        why = "it begins in the directory that is linted, without /" if starts else f"paths have {part}"
        hint = "write it as findings show it, such as .agents/skills/pdf/**"
        self.wrong(path, f"the path {glob!r} matches nothing", why, hint)

    def budget(self, value: Any) -> Budget:
        found: dict[str, Any] = {}
        for key, number in self.table(("lint", "budget"), value, _BUDGET).items():
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                why = "it is a whole number from 1"
                self.wrong(("lint", "budget", key), f"{key} is {number!r}", why, f"write {key} = 5000")
            else:
                found[_BUDGET[key]] = number
        if "warn_tokens" in found and found["warn_tokens"] >= found.get("tokens", found["warn_tokens"] + 1):
            why = "what is above it is above tokens, too, which is an error already"
            what = "warn-tokens is not below tokens"
            self.idle(("lint", "budget", "warn-tokens"), what, why, "write a smaller number, or remove it")
        return DEFAULT._replace(**found)


def _near(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word[:100], names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(names[:12])}"
