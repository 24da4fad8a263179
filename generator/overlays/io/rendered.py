"""Variables as `overlays render env` printed them, told from values by what is in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from overlays.errors import InvalidInput
from overlays.io.codes import NOT_VARIABLES
from overlays.io.document import read_document
from overlays.io.source import decode
from overlays.model.finding import Finding, Location

Rendered: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""Consumer ("api", "repo-cache", "sandbox", "agent") to its variables, name to text."""

_CONSUMERS: Final = {"api": "api", "repoCache": "repo-cache", "sandbox": "sandbox"}
_OF_THE_API: Final = frozenset({"REPOS_PATH", "KUBERNETES_TOOLS_REPO"})
"""With tools of the sources it has one of these, and the agent has none."""
_BAKED_TOOLS: Final = "/app/tools"
_HINT: Final = "print it anew with `overlays render env`"


def read_rendered(name: str, data: bytes) -> Rendered | None:
    """The variables of a file: an object of all three consumers, or of the variables of one. None for values.

    Those of one consumer may also stand as the `env:` of a container.

    Raises InvalidInput OVL102: not UTF-8. OVL423: it is meant as variables, but is no JSON, or holds other than text.
    """
    start = data.lstrip().removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b"env:"):
        return _of_container(read_document(name, data).value)
    if not start.startswith(b"{"):
        return None
    text = decode(name, data)
    broken: json.JSONDecodeError | None = None
    value: object
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        broken = error
        try:
            value = read_document(name, data).value  # YAML takes more, so it shows what was meant
        except InvalidInput:
            return None
    except RecursionError:
        return None
    consumers = _consumers(value)
    if consumers is None:
        return None
    if broken:
        where = Location(name, broken.lineno, broken.colno)
        why = f"{broken.msg[:1].lower()}{broken.msg[1:]}"
        raise InvalidInput(Finding(where, NOT_VARIABLES, "", "rendered variables that are not JSON", why, _HINT))
    findings = list(_wrong(name, value))
    if findings:
        raise InvalidInput(*findings)
    return consumers


def _of_container(value: Mapping[str, object]) -> Rendered | None:
    """The variables of `env:` as `--format kubernetes` prints it; None for values that have such a key."""
    listed = value.get("env")
    if len(value) > 1 or not isinstance(listed, list):
        return None
    pairs = [tuple(entry.values()) for entry in listed if isinstance(entry, dict) and [*entry] == ["name", "value"]]
    if len(pairs) != len(listed) or not all(isinstance(text, str) for pair in pairs for text in pair):
        return None
    return _consumers(dict(pairs))


def is_empty(data: bytes) -> bool:
    """Whether it is the empty object: values without a key, or what `--for` prints when there are no variables."""
    return data.strip() == b"{}"


def _consumers(value: object) -> Rendered | None:
    if not isinstance(value, dict) or not value:
        return None
    if value.keys() == _CONSUMERS.keys():
        return {consumer: value[key] for key, consumer in _CONSUMERS.items()}
    if "REPOSITORIES" in value:
        return {"repo-cache": value}
    if "TOOL_DIRS" in value and not _is_of_agent(value):
        return {"api": value}
    if "OVERLAYS_DIGEST" in value:
        return {"agent": value}
    # Keys of values begin with a small letter, as Helm wants them.
    return {"sandbox": value} if all(re.fullmatch("[A-Z_][A-Z0-9_]*", str(key)) for key in value) else None


def _is_of_agent(value: Mapping[str, object]) -> bool:
    """Of variables with TOOL_DIRS, which the API always has, and the agent of the pod template with a tools surface."""
    return "OVERLAYS_DIGEST" in value and not _OF_THE_API & value.keys() and value["TOOL_DIRS"] != _BAKED_TOOLS


def _wrong(name: str, value: object) -> Iterator[Finding]:
    """A finding for everything that is no variable."""
    assert isinstance(value, dict)  # noqa: S101  (for mypy; _consumers has seen to it)
    whole = value.keys() == _CONSUMERS.keys()
    for key, variables in (value if whole else {"": value}).items():
        above = f"/{key}" if whole else ""
        if not isinstance(variables, dict):
            yield _finding(name, above, f"{key} is no map of variables")
            continue
        for variable, text in variables.items():
            if not isinstance(text, str) or not _is_unicode(variable + text):
                pointer = f"{above}/{variable.replace('~', '~0').replace('/', '~1')}"
                yield _finding(name, pointer, f"the value of {variable!r} is no text")


def _is_unicode(text: str) -> bool:
    """Whether it can be written: an escape of JSON can stand for half a character."""
    return text.isascii() or text.encode("utf-8", "replace").decode() == text


def _finding(name: str, pointer: str, what: str) -> Finding:
    why = "rendered variables are JSON: names, and a text for each"
    return Finding(Location(name), NOT_VARIABLES, pointer, what, why, _HINT)
