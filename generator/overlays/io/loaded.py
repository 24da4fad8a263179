"""Documents of nodes and pods, from files and servers: whatever they hold is read as data, or refused in one line."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, Final

from overlays.errors import InvalidInput
from overlays.io.source import MAX_BYTES, Sources
from overlays.model.finding import Finding, Location
from overlays.model.loaded import CACHE, WORKSPACE, Document, Held, Placed
from overlays.model.quoted import quoted

TIMEOUT: Final = 10
"""Seconds in which a server has to say something."""
DEADLINE: Final = 30.0
"""Seconds for all that it says."""
CHUNK: Final = 1 << 16
MOST_SHOWN: Final = 200
"""Characters of what others say is wrong."""
SCHEMA_VERSION: Final = 1
CUT_OFF: Final = "its answer is cut off"
_URL: Final = ("http://", "https://")


def shown(name: str) -> str:
    """A file name as it is; a URL without what may be a secret: its user and its query."""
    if not name.lower().startswith(_URL):
        return name
    scheme, _, rest = name.partition("://")
    place, mark, _ = rest.partition("?")
    host, slash, path = place.partition("#")[0].partition("/")
    return f"{scheme.lower()}://{host.rpartition('@')[2]}{slash}{path}{'?…' if mark else ''}"


def load(name: str, sources: Sources, deadline: float = DEADLINE) -> Document:
    """Read one; name: of a file, "-" for standard input, or a URL, with a deadline in seconds.

    Raises InvalidInput OVL101, OVL633, OVL634.
    """
    label = shown(name)
    data = _fetched(name, label, deadline) if name.lower().startswith(_URL) else sources.read(name)
    try:
        return document(label, data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = _unlike(error)
        what = f"{quoted(label)} is neither the status of a cache nor an installed.json"
        hint = "name the .status.json of a cache, what `status --json` prints, or the installed.json of a workspace"
        raise InvalidInput(Finding(Location(label), "OVL634", "", what, why, hint)) from None


def _unlike(error: Exception) -> str:
    """Why it is no document."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {_small(error.msg)}, line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, ValueError):
        return "it holds a number that is too long" if "digits" in str(error) else str(error)[:MOST_SHOWN]
    return f"its keys are not those of one ({quoted(str(error)[:80])})"


def document(label: str, data: bytes) -> Document:
    """The document of these bytes. Raises ValueError, KeyError, TypeError, AttributeError, RecursionError: none."""
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    version = found.get("schemaVersion")
    if version != SCHEMA_VERSION or type(version) is not int:  # true and 1.0 are equal to 1
        raise ValueError(f"its schemaVersion is not {SCHEMA_VERSION}")
    return _cache(label, found) if "repositories" in found else _workspace(label, found)


def _cache(label: str, found: Mapping[str, Any]) -> Document:
    repositories = tuple(
        Held(repo, _text(one["ref"]), _optional(one["commit"]) or None, _optional(one["lastError"]))
        for repo, one in sorted(found["repositories"].items())
    )
    remarks = [_optional(found.get(key)) for key in ("notReadyReason", "manifestError", "passError")]
    return Document(
        label,
        CACHE,
        _text(found["pod"]),
        "",
        _optional(found["set"]),
        found["complete"] is True,
        _optional(found["manifestDigest"]),
        tuple(dict.fromkeys(filter(None, remarks))),
        repositories,
        (),
    )


def _workspace(label: str, found: Mapping[str, Any]) -> Document:
    fallback = _optional(found["fallback"])
    remarks = [f"installed from a set that stands in: {fallback}"] if fallback else []
    for one in found.get("skipped", ()):
        remarks.append(f"not delivered: {_text(one['source'])} {_text(one['path'])}: {_text(one['reason'])}")
    return Document(
        label,
        WORKSPACE,
        "",
        _optional(found.get("agent")),
        _text(found["set"]),
        found["complete"] is True,
        _text(found["manifestDigest"]),
        tuple(remarks),
        (),
        tuple(sorted(map(_placed, _list(found["items"])))),
    )


def _placed(one: Mapping[str, Any]) -> Placed:
    kind, name, source, ref, commit, path = (
        _text(one[key]) for key in ("kind", "name", "source", "ref", "commit", "path")
    )
    mount, preload = _optional(one.get("mount")), one.get("preload") is True  # older ones have neither
    return Placed(kind, name, source, ref, commit, path, mount, preload, tuple(map(_text, _list(one["shadows"]))))


def _list(value: object) -> Iterable[Any]:
    if not isinstance(value, list):
        raise TypeError("a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def _optional(value: object) -> str:
    return "" if value is None else _text(value)


def _fetched(url: str, label: str, deadline: float) -> bytes:
    """What a server answers. Raises InvalidInput OVL633."""
    from http.client import HTTPException  # who names files pays for none of this

    try:
        parts = urllib.parse.urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("a URL with a user or a password stands in lists of processes")
        if not parts.hostname:
            raise ValueError("it names no server")
        if not url.isascii() or re.search(r"[\0-\x20\x7f]", url):
            raise ValueError("a URL has no blanks, control characters and letters but ASCII: write them as %XX")
        return _in_time(url, deadline)
    except (OSError, HTTPException, ValueError) as error:
        what = f"{quoted(label)} cannot be read"
        hint = "see whether the server is there and answers without leading elsewhere, or fetch the file yourself"
        raise InvalidInput(Finding(Location(label), "OVL633", "", what, _why(error), hint)) from None


def _why(error: Exception) -> str:
    """What went wrong, without what stands in the URL: there may be a secret in it."""
    from http.client import HTTPException, IncompleteRead, InvalidURL, RemoteDisconnected
    from ssl import SSLCertVerificationError, SSLError

    code = getattr(error, "code", None)
    if code is not None:
        error.close()  # type: ignore[attr-defined]  # it is the answer, too
        return f"the server says {code}"
    reason = getattr(error, "reason", None)  # of an error around it; that of TLS is a text
    cause = reason if isinstance(reason, Exception) else error
    known: tuple[tuple[type[Exception], str], ...] = (
        (SSLCertVerificationError, f"its certificate is not trusted: {getattr(cause, 'verify_message', '')}"),
        (SSLError, f"no TLS connection: {str(getattr(cause, 'reason', '')).lower().replace('_', ' ')}"),
        (RemoteDisconnected, "it closed the connection without an answer"),
        (IncompleteRead, CUT_OFF),
        (InvalidURL, "the URL is none: look at its server and port"),
        (HTTPException, "it does not answer as an HTTP server does"),
        (TimeoutError, f"it said nothing for {TIMEOUT} s"),
    )
    for kind, words in known:
        if isinstance(cause, kind):
            return words[:MOST_SHOWN]
    return _small(str(getattr(cause, "strerror", None) or reason or cause) or type(cause).__name__)[:MOST_SHOWN]


def _small(text: str) -> str:
    """As it stands in the middle of a sentence, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _in_time(url: str, deadline: float) -> bytes:
    """As _answer, in so many seconds: a server may say a little now and then, for ever."""
    done: list[bytes | BaseException] = []

    def ask() -> None:
        try:
            done.append(_answer(url))
        except BaseException as error:
            done.append(error)

    thread = threading.Thread(target=ask, daemon=True)  # one that hangs is left behind
    thread.start()
    thread.join(deadline)
    if not done:
        raise ValueError(f"it was not there after {deadline:g} s")
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def _answer(url: str) -> bytes:
    import urllib.request

    class SameServer(urllib.request.HTTPRedirectHandler):
        """Follows no redirect to anywhere else."""

        def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
            old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
            if (old.scheme, old.netloc) != (new.scheme, new.netloc):
                fp.close()
                raise ValueError("it redirects to another server")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        SameServer,
    ):
        opener.add_handler(handler())
    data = bytearray()
    with opener.open(url, timeout=TIMEOUT) as answer:
        while some := answer.read1(CHUNK):
            data += some
            if len(data) > MAX_BYTES:
                raise ValueError(f"it has more than {MAX_BYTES >> 20} MiB")
        if answer.length:  # of what it promised
            raise ValueError(CUT_OFF)
    return bytes(data)
