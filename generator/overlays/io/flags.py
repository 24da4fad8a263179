"""The --set family: parsed, with the text to show for each assignment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from overlays.errors import InvalidInput
from overlays.helm.strvals import Assignment, Path, one_line, parse, typed
from overlays.io.source import Sources, decode
from overlays.model.finding import Finding, Location

SECRET: Final[Path] = ("repoCache", "githubToken")
"""Whatever is set in here may be the token, also under a misspelt key: never shown. Nor are other tokens, passwords
and the values of variables."""


class Flag(NamedTuple):
    """One flag of the --set family.

    whole: the flag as a place: its text, the secret masked.
    assignments: in order.
    raws: the text of each assignment's value when Helm may read it as other than text, else None.
    """

    whole: Location
    assignments: tuple[Assignment, ...]
    raws: tuple[str | None, ...]


def read_flags(
    jsons: tuple[str, ...],
    sets: tuple[str, ...],
    strings: tuple[str, ...],
    files: tuple[str, ...],
    sources: Sources,
) -> tuple[tuple[Flag, ...], list[Finding]]:
    """All flags in the order in which they apply, and what was wrong with the files of --set-file.

    Raises UsageError: a malformed flag.
    """
    failed: list[Finding] = []
    flags = [
        *(_flag("--set-json", text, typed) for text in jsons),
        *(_flag("--set", text, typed) for text in sets),
        *(_flag("--set-string", text, str) for text in strings),
    ]
    for text in files:
        parse("--set-file", _plain(text), str)
    for text in files:
        flags.append(_flag("--set-file", text, _file_reader(text, sources, failed)))
    return tuple(flags), failed


def _file_reader(text: str, sources: Sources, failed: list[Finding]) -> Callable[[str], object]:
    where = Location(f"--set-file {one_line(text)}")

    def read(name: str) -> object:
        try:
            return decode(name, sources.read(name, where), where, keep_mark=True)
        except InvalidInput as error:
            failed.extend(error.findings)
            return ""

    return read


def _plain(text: str) -> str:
    """Bytes of the command line that are no UTF-8, as Helm reads them."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def _flag(name: str, text: str, convert: Callable[[str], object]) -> Flag:
    text = _plain(text)
    assignments = parse(name, text, convert)
    raws: list[str | None] = []
    shown = text
    for assignment in reversed(assignments):
        secret = _holds_secret(assignment)
        if secret:
            shown = shown[: assignment.start] + "***" + shown[assignment.end :]
        raws.append(text[assignment.start : assignment.end] if name == "--set" and not secret else None)
    shown = re.sub("://[^/@]*@", "://***@", shown)  # a token before the "@" of a URL
    return Flag(Location(f"{name} {one_line(shown)}"), assignments, tuple(reversed(raws)))


def _holds_secret(assignment: Assignment) -> bool:
    path = assignment.path
    shorter = min(len(path), len(SECRET))
    named = any(isinstance(key, str) and re.search("token$|password|extraEnv", key, re.IGNORECASE) for key in path)
    return named or path[:shorter] == SECRET[:shorter]
