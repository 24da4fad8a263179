"""Commands that store what they fetch in a file, and run that file right afterwards.

One sweep over the lines; what checks a digest or a signature on the way makes it all right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

FETCHERS: Final = "curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring"
FETCH: Final = re.compile(rf"(?<![\w-])({FETCHERS})(?:\.exe)?(?![\w-])")
_B: Final = "[ \t]{0,20}"
_PATH: Final = r"[\"']?([\w.$~{}/@:%+\\?=-]{1,300})"
_STORED: Final = re.compile(
    rf"(?<![\w-])(?:-[a-z]{{0,8}}o(?![a-z])|--output(?:-document)?|-outfile){_B}=?{_B}{_PATH}|(?<![0-9&<-])>{{1,2}}{_B}{_PATH}"
)
_ADDRESS: Final = re.compile(r"(?:https?|ftp)://([^\s\"'<>?#]{1,500})")
_CHECKS: Final = re.compile(
    r"(?<![\w-])(?:sha(?:1|224|256|384|512)?sum|shasum|b2sum|b3sum|gpgv?|cosign|minisign|signify|get-filehash"
    r"|openssl dgst|gh attestation|slsa-verifier)(?![\w-])"
)
_SPLIT: Final = re.compile(r"[;&|`()]+")
_BEFORE: Final = re.compile(
    r"sudo|doas|env|exec|command|nohup|time|busybox|run|then|do|if|[$#%>*-]|[0-9]{1,3}\.|[a-z_]\w{0,40}=\S{0,200}"
)
_RUNNERS: Final = re.compile(
    r"(?:.*/)?(?:bash|sh|zsh|dash|ksh|fish|ash|pwsh|powershell|source|\.|node|perl|ruby|php|deno|lua|python[\d.]{0,5})"
)
_MOST_WORDS: Final = 20
WITHIN: Final = 10
"""Lines after the fetching one in which the file is looked for."""


class Stored(NamedTuple):
    """offset: of the line that fetches. number: of that line."""

    offset: int
    number: int
    fetcher: str


class Sweep:
    """The files that were fetched lately."""

    def __init__(self) -> None:
        self.files: dict[str, Stored] = {}
        self.newest = -WITHIN

    def line(self, number: int, offset: int, line: str) -> Iterator[Stored]:
        """The fetches of which this line runs what they stored, each once; all lines are to be given, in order."""
        if self.files and number > self.newest + WITHIN:
            self.files.clear()
        fetches = FETCH.search(line)
        if not fetches and not self.files:
            return
        for command in _SPLIT.split(line):
            if self.files and _CHECKS.search(command):
                self.files.clear()
            found = self.files.pop(_run(command), None) if self.files else None
            if found is not None and number <= found.number + WITHIN:
                yield found
            fetch = FETCH.search(command) if fetches else None
            for file in _stored(command[fetch.end() :], fetch[1]) if fetch else ():
                self.files[file] = Stored(offset, number, fetch[1] if fetch else "")
                self.newest = number


def _stored(arguments: str, fetcher: str) -> Iterator[str]:
    """The files in which a command stores what it fetches."""
    named = False
    for found in _STORED.finditer(arguments):
        path, named = found[1] or found[2], True
        yield path.partition("?")[0].rpartition("/")[2] if "://" in path else _plain(path)
    if "--remote-name" in arguments or (fetcher == "wget" and not named):
        yield from (one[1].rpartition("/")[2] for one in _ADDRESS.finditer(arguments))


def _run(command: str) -> str:
    """The path of the file that a command runs, "" for none."""
    words = iter(command.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS])
    first = next((word for word in words if not _BEFORE.fullmatch(word)), "").strip("\"'")
    if not _RUNNERS.fullmatch(first):
        return _plain(first) if "/" in first or "\\" in first else ""
    for word in words:
        if word in ("-c", "-m"):
            return ""
        if not word.startswith("-") and word != "run":
            return _plain(word)
    return ""


def _plain(path: str) -> str:
    """A path as it is compared."""
    return path.strip("\"',").rstrip(".:").replace("\\", "/").removeprefix("./")
