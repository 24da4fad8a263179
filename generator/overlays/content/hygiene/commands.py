"""Commands that run what they fetch: nobody has read what will run.

Every pattern is bounded, and every command is searched a fixed number of times: hostile lines cost linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from overlays.content.hygiene.stored import FETCH, FETCHERS, Sweep

_B: Final = "[ \t]{0,20}"
_S: Final = "[ \t]{1,20}"
_INTO: Final = re.compile(
    rf"\|&?{_B}(?:(?:/[\w./-]{{0,100}}/)?(?:sudo|env|exec|command|nohup|doas|busybox)(?:{_S}(?:-[\w=-]{{1,40}}(?:{_S}[\w.-]{{1,40}})??|\w{{1,40}}=[^\s|]{{0,100}})){{0,5}}{_S}){{0,3}}"
    r"(?:[\w.~-]{0,40}/){0,8}"
    # A shell that reads the pipe: neither -c nor a file. An interpreter: nothing behind it, or -.
    rf"(?:(?:bash|sh|zsh|dash|ksh|fish|ash|iex|invoke-expression|pwsh|powershell)(?![\w.-])(?!{_S}(?:-c\b|[\w./~$]))"
    rf"|(?:python[\d.]{{0,5}}|node|perl|ruby|php|deno)(?![\w./-])(?={_B}(?:-?{_B}$|-?{_B}[;&|)`'\"#>*])))"
)
_SUBSTITUTED: Final = re.compile(
    rf"(?:(?<![\w-])(?:bash|sh|zsh|dash|ksh|fish|ash|pwsh|source|python[\d.]{{0,5}}|node|perl|ruby|php|deno)|(?:^|[\s;&(]){_B}\.){_S}(?:-\w{{1,20}}{_S}){{0,3}}<\({_B}(?:{FETCHERS})\b"
)
_EVALUATED: Final = re.compile(
    rf"(?:(?<![\w-])(?:eval|exec|source)|(?<![\w])-c){_B}[\"']?{_B}(?:\$\(|`){_B}(?:{FETCHERS})\b"
)
_DECODED: Final = re.compile(
    rf"(?<![\w-])base64{_S}(?:-[\w-]{{1,20}}{_S}(?:[0-9]{{1,6}}{_S})?){{0,3}}(?:-d|--decode|-di|-id)(?![\w-])"
)
_EVALUATES: Final = re.compile(rf"(?:(?<![\w-])(?:eval|exec|source)|(?<![\w])-c){_B}[\"']?{_B}(?:\$\(|`)")
_DENO: Final = re.compile(
    rf"(?<![\w./-])deno{_S}(?:run|install|serve|test|bench|x)?{_B}(?:-[\w=,.:/@-]{{0,100}}{_S}){{0,12}}[\"']?https?://"
)
_EXPRESSION: Final = re.compile(
    rf"(?<![\w-])(?:iex|invoke-expression)(?![\w-])[^\n|]{{0,80}}?(?<![\w-])(?:{FETCHERS})(?![\w-])"
)
_SPLIT: Final = re.compile(r"&&|\|\||;")
_RUNNER: Final = re.compile(
    rf"(?<![\w./@-])(npx|pnpx|bunx|uvx|pnpm{_S}dlx|yarn{_S}dlx|pipx{_S}run|uv tool{_S}run|npm exec)(?![\w./@-])"
)
_NAME: Final = re.compile(r"@?[a-z0-9][\w./-]{0,200}(\[[\w,-]{0,100}\])?(?:(?:@|==|~=)(.{0,200}))?")
_COMMENTS: Final = ("#", "//", "rem ", "::", "--", "*")
_TRIGGERS: Final = (*FETCHERS.split("|"), "base64", "deno")
_TRIGGER: Final = re.compile("|".join(_TRIGGERS))
_RUNNERS: Final = ("npx", "bunx", "uvx", "dlx", "pipx", "uv tool", "npm exec")
_LOCAL: Final = ("--no-install", "--no", "--offline")
_PACKAGE: Final = ("-p", "--package", "--from", "--spec")
_VALUES: Final = ("--with", "--python", "--registry", "--index", "--index-url", "-c", "--call")
_MOST_WORDS: Final = 20


class Danger(NamedTuple):
    """offset: of the command in the text. what: what runs, without a word of the text itself."""

    offset: int
    what: str


def fetched(text: str, *, comments: bool) -> Iterator[Danger]:
    """Commands that pipe what they fetch or decode into what runs it. comments: look into lines of comment, too."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters have no single small one: offsets would not fit
        lower = re.sub("[A-Z]", lambda found: found[0].lower(), text)
    if any(one in lower for one in _TRIGGERS):
        for start, line in _lines(lower, _TRIGGER, comments=comments):
            told = _fetched(line)
            if told:
                yield Danger(start, told)
        yield from _stored(lower, comments=comments)


def _stored(text: str, *, comments: bool) -> Iterator[Danger]:
    """Commands that run what they have fetched into a file."""
    sweep, start, told = Sweep(), 0, set[int]()
    for number, line in enumerate(text.replace("\\\n", " \f").split("\n")):  # as long as it was, so that offsets fit
        if comments or not line.lstrip().startswith(_COMMENTS):
            for one in sweep.line(number, start, line.replace("\f", " ")):
                if one.offset not in told:
                    told.add(one.offset)
                    yield Danger(one.offset, f"what {one.fetcher} fetches into a file is run")
        start += len(line) + 1


def _fetched(line: str) -> str:
    """What one logical line runs; "" for nothing of that kind."""
    if _SUBSTITUTED.search(line) or _EVALUATED.search(line):
        return "a shell runs what a command fetches"
    if _EXPRESSION.search(line):
        return "PowerShell runs what a command fetches"
    if _DENO.search(line):
        return "deno runs what it fetches"
    for command in _SPLIT.split(line):
        fetch = FETCH.search(command)
        if fetch and _INTO.search(command, fetch.end()):
            return f"what {fetch[1]} fetches is piped into a program that runs it"
        decode = _DECODED.search(command)
        if decode and (_INTO.search(command, decode.end()) or _EVALUATES.search(command, 0, decode.start())):
            return "what base64 decodes is run"
    return ""


def _lines(text: str, word: re.Pattern[str], *, comments: bool) -> Iterator[tuple[int, str]]:
    """(offset, text) of each line that has one of the words, one that ends in a backslash joined with the next."""
    end = 0
    for found in word.finditer(text):
        if found.start() < end:
            continue
        start = text.rfind("\n", end, found.start()) + 1 or end
        while start - 2 >= end and text[start - 2] == "\\":
            start = text.rfind("\n", end, start - 1) + 1 or end
        end = text.find("\n", found.end())
        while end > 0 and text[end - 1] == "\\":
            end = text.find("\n", end + 1)
        end = len(text) if end < 0 else end
        line = text[start:end].replace("\\\n", " ")
        if comments or not line.lstrip().startswith(_COMMENTS):
            yield start, line


def unpinned(text: str, *, comments: bool) -> Iterator[Danger]:
    """Package runners that take whatever version is the latest."""
    for start, line in _lines(text, _RUNNER, comments=comments):
        runners = list(_RUNNER.finditer(line))
        for found, after in zip(runners, [*runners[1:], None], strict=True):
            end = min(after.start() if after else len(line), found.end() + 2000)
            if _is_unpinned(line[found.end() : end]):
                yield Danger(start + found.start(), f"{' '.join(found[1].split())} runs a package without a version")
                break


def has_runner(text: str) -> bool:
    """Whether it is worth while to look for package runners."""
    return any(one in text for one in _RUNNERS)


def _is_unpinned(arguments: str) -> bool:
    """Whether these arguments of a package runner name a package and no version of it."""
    words = iter(_SPLIT.split(arguments, maxsplit=1)[0].split()[:_MOST_WORDS])
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in _LOCAL:
            return False
        if flag in _PACKAGE:
            return _no_version(value if equals else next(words, ""))
        if flag in _VALUES:
            if not equals:
                next(words, "")
        elif not word.startswith("-"):
            return _no_version(word)
    return False


def _no_version(word: str) -> bool:
    word = word.strip("\"'`,:)]}").removesuffix(".")
    found = _NAME.fullmatch(word)
    return bool(found) and not re.match("v?[0-9]", (found[2] if found else "") or "")
