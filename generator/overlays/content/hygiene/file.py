"""The checks of one file, given its bytes: each is read once, here nothing is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from overlays.content.hygiene import codes, commands, hidden, kinds, secrets
from overlays.content.hygiene.markdown import Page
from overlays.content.hygiene.place import MOST, Places, limited
from overlays.content.skill.remark import Remark
from overlays.core.tokens import estimated
from overlays.model.budget import Budget

_CLOSING: Final = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)
_FOLDERS: Final = re.compile(r"(?<![\w./-])(references|scripts|assets)/[\w.-]")


class Seen(NamedTuple):
    """What one file gave. links: (line, column, path) of those to a file. values: secrets, not to be printed."""

    remarks: tuple[Remark, ...]
    links: tuple[tuple[int, int, str], ...]
    values: tuple[str, ...]


def look(name: str, data: bytes, *, cut: bool) -> Seen:
    """A file of a skill, a persona or a prompt. cut: it is longer than these bytes."""
    found, values = _secrets(data)
    kind = kinds.kind_of(name, data)
    if kind in (kinds.MEDIA, kinds.BINARY):
        return Seen((*found, *(_binary() if kind == kinds.BINARY else ())), (), values)
    text = _decoded(data, cut=cut)
    if text is None:
        return Seen((*found, _not_utf8(data)), (), values)
    body = body_start(data) if name == "SKILL.md" else 0
    body = len(data[:body].decode(errors="ignore")) if body else 0
    found += _text(data, text, body)
    page = Page(text) if kind == kinds.MARKDOWN else None
    found += _commands(text, kind, page)
    return Seen(tuple(found), tuple(_links(page, body)) if page else (), values)


def look_for_secrets(data: bytes) -> Seen:
    """A file of a tool or a workflow."""
    found, values = _secrets(data)
    return Seen(tuple(found), (), values)


def body_start(data: bytes) -> int:
    """Where the body of a SKILL.md begins; 0 when it cannot be told apart from the front matter."""
    closing = _CLOSING.search(data, 3) if data.startswith(b"---") else None
    return min(closing.end() + 1, len(data)) if closing else 0


def _decoded(data: bytes, *, cut: bool) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if cut and error.start > len(data) - 4:
            return data[: error.start].decode()
        return None


def _secrets(data: bytes) -> tuple[list[Remark], tuple[str, ...]]:
    found = sorted(secrets.secrets(data))
    if not found:
        return [], ()
    text = data.decode("latin-1")  # one character a byte, so that offsets fit
    places = Places(text)
    remarks = []
    for one in found[:MOST]:
        line, column = places.of(one.offset)
        column = len(data[one.offset - column + 1 : one.offset].decode(errors="replace")) + 1
        why = "everybody who can read the repository has it, and every agent that gets the file"
        hint = "revoke it, take it out of the history too, and let the agent get it from its environment"
        remarks.append(Remark(line, column, one.code, f"{one.kind} stands in the file", why, hint))
    return remarks, tuple(dict.fromkeys(one.value.decode("latin-1") for one in found if one.value))


def _binary() -> Iterator[Remark]:
    why, hint = "nobody can review what it does", "ship the source, or fetch it by its digest where it is needed"
    yield Remark(0, 0, codes.BINARY, "a binary file", why, hint)


def _not_utf8(data: bytes) -> Remark:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, start = data.count(b"\n", 0, error.start) + 1, data.rfind(b"\n", 0, error.start) + 1
        what, why = (
            f"the byte 0x{data[error.start]:02x} is not UTF-8 text",
            "models and people would read different texts",
        )
        column = len(data[start : error.start].decode()) + 1
        return Remark(line, column, codes.NOT_UTF8, what, why, "save the file as UTF-8")
    return Remark(0, 0, codes.NOT_UTF8, "not UTF-8 text", "it cannot be read", "save the file as UTF-8")


def _text(data: bytes, text: str, body: int) -> list[Remark]:
    """Line ends and hidden characters; of a SKILL.md those after the front matter, which has checks of its own."""
    found = []
    pairs = data.count(b"\r\n")
    kinds_of_ends = [pairs > 0, data.count(b"\n") > pairs, data.count(b"\r") > pairs]
    if sum(kinds_of_ends) > 1:
        what, why = "line ends of several kinds", "programs differ on where its lines end"
        found.append(Remark(0, 0, codes.LINE_ENDS, what, why, "save the file with LF at the end of every line"))
    first = text.count("\n", 0, body)
    found += (one._replace(line=one.line + first) for one in hidden.of_text(text[body:] if body else text))
    return found


def _commands(text: str, kind: str, page: Page | None) -> list[Remark]:
    script = kind == kinds.SCRIPT
    why = "what runs is what somebody else serves at that moment, and nobody has read it"
    hint = "ship the file with the skill, or fetch it, check its digest, and run it then"
    fetches = codes.SCRIPT_FETCHES if script else codes.TEXT_FETCHES
    found = _dangers(commands.fetched(text, comments=not script), text, fetches, why, hint)
    if (script or page) and commands.has_runner(text):
        why, hint = "it is the latest version, whoever has published it", "write the version: name@1.2.3"
        searched = page.code() if page else text
        unpinned = codes.SCRIPT_UNPINNED if script else codes.TEXT_UNPINNED
        found += _dangers(commands.unpinned(searched, comments=not script), searched, unpinned, why, hint)
    return found


def _dangers(dangers: Iterable[commands.Danger], text: str, code: str, why: str, hint: str) -> list[Remark]:
    places = Places(text)
    return list(limited(Remark(places.of(one.offset)[0], 1, code, one.what, why, hint) for one in dangers))


def _links(page: Page, start: int) -> Iterator[tuple[int, int, str]]:
    places = Places(page.text)
    for link in page.links(start):
        yield (*places.of(link.offset), link.path)


def of_body(data: bytes, budget: Budget, *, prompt_only: bool) -> Iterator[Remark]:
    """What the body of a SKILL.md costs, and whether it can do without the other files of the skill."""
    start = body_start(data)
    body = data[start:]
    tokens, lines = estimated(body), body.count(b"\n") + (not body.endswith(b"\n") and bool(body))
    first = data.count(b"\n", 0, start) + 1
    cost = f"the body has {lines} {'line' if lines == 1 else 'lines'} and {len(body)} bytes, about {tokens} tokens"
    if budget.tokens is not None and tokens > budget.tokens:
        why, hint = (
            f"the budget of a skill is {budget.tokens} tokens",
            "move parts into files that are read when needed",
        )
        yield Remark(first, 1, codes.TOKENS, cost, why, hint)
    elif tokens > budget.warn_tokens or lines > budget.lines:
        why = f"more than {budget.lines} lines or {budget.warn_tokens} tokens crowd out the task"
        yield Remark(first, 1, codes.LONG_BODY, cost, why, "move parts into files that are read when needed")
    if prompt_only:
        text = body.decode(errors="replace")
        found = _FOLDERS.search(text)
        if found:
            line, column = Places(text).of(found.start())
            what, why = f"the body points at {found[1]}/", "a consumer that loads the body alone cannot get there"
            hint = "say in the body what is needed without that file"
            yield Remark(line + first - 1, column, codes.FILES_OUT_OF_REACH, what, why, hint)
