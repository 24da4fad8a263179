"""One values file: its values as Helm reads them, and where they stand."""

from __future__ import annotations

import re
from typing import Any, Final

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import NodeEvent
from yaml.reader import ReaderError

from overlays.errors import InvalidInput
from overlays.io import codes
from overlays.io.build import Builder
from overlays.io.events import read_events
from overlays.io.nodes import Node, read_nodes
from overlays.io.notes import Stop
from overlays.io.source import decode
from overlays.model.finding import Finding, Location


class Document:
    """A values file that could be read.

    name: as the user gave it.
    value: the map of the file, {} for an empty one; numbers are floats. Not to be changed: aliases share it.
    findings: what reading found, errors that leave the value usable (duplicate keys) and warnings.
    """

    __slots__ = ("_root", "_text", "findings", "name", "value")

    def __init__(self, name: str, text: str, value: dict[str, object], findings: tuple[Finding, ...]) -> None:
        self.name, self.value, self.findings = name, value, findings
        self._text = text
        self._root: Node | None = None

    @property
    def root(self) -> Node:
        """The tree of places, read at the first call."""
        if self._root is None:
            self._root = read_nodes(self._text) or Node((1, 1), is_map=True)
        return self._root


def read_document(name: str, data: bytes) -> Document:
    """The values file of this content.

    name: the file as the user gave it, for the findings.
    Raises InvalidInput with all findings up to where reading had to end: OVL102 to OVL104, OVL106 to OVL108.
    Helm: sigs.k8s.io/yaml over go-yaml v2; of what Helm 3 and Helm 4 read differently nothing is accepted.
    """
    text = decode(name, data)
    if "\ufeff" in text:
        raise InvalidInput(_character_finding(name, text, ""))
    builder = Builder(name, text)
    findings = builder.notes.findings
    try:
        builder.run()
    except Stop:
        raise InvalidInput(*findings) from None
    except YAMLError as error:
        raise InvalidInput(*findings, _syntax_finding(name, text, error)) from None
    stray = _stray_separator(name, text, builder.document_start) or _slash_escape(name, text)
    if stray:
        raise InvalidInput(*findings, stray)
    if builder.notes.fatal:
        raise InvalidInput(*findings)
    value = builder.value
    if value is None:
        lone_end = re.search(_LONE_END, text)
        if lone_end:
            what, why = "the end of a document that has no text", "Helm 4 does not read it below a comment and '---'"
            where = _location(name, text, lone_end.end() - len("..."))
            raise InvalidInput(*findings, Finding(where, codes.NOT_YAML, "", what, why, "remove the line '...'"))
        value = {}
    if not isinstance(value, dict):
        raise InvalidInput(*findings, _not_a_map(name, text, value))
    return Document(name, text, value, tuple(findings))


_LONE_END: Final = "(?:^|[\r\n\x85\u2028\u2029])[.]{3}"
_SEPARATOR: Final = r"(?m)^---[ \t\r]*(?:#[^\n]*)?$"


def _stray_separator(name: str, text: str, document_start: int) -> Finding | None:
    """A line that begins with `---`, which Helm 4 takes for a separator before it looks at the YAML."""
    at = 0 if text.startswith("---") else text.find("\n---") + 1
    while text.startswith("---", at):
        if at != document_start or not re.compile(_SEPARATOR).match(text, at):
            where = _location(name, text, at)
            what, why = "a line begins with '---'", "Helm 4 takes such a line for the border of two documents"
            return Finding(where, codes.NOT_YAML, "", what, why, "write '---' alone on its line, or indent the text")
        at = text.find("\n---", at) + 1
        if at == 0:
            break
    return None


_ESCAPED_SLASH: Final = r"(?<!\\)(?:\\\\)*\\/"


def _slash_escape(name: str, text: str) -> Finding | None:
    r"""The escape `\/` in double quotes, which JSON and YAML 1.2 have and Helm's reader has not."""
    if "\\/" not in text:
        return None
    for event in read_events(text):
        if getattr(event, "style", None) == '"':
            found = re.compile(_ESCAPED_SLASH).search(text, event.start_mark.index, event.end_mark.index)
            if found:
                where = _location(name, text, found.end() - 2)
                what, why = r"the escape '\/' in double quotes", "Helm does not know it"
                return Finding(where, codes.NOT_YAML, "", what, why, "write '/' alone")
    return None


def _location(name: str, text: str, index: int) -> Location:
    return Location(name, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _not_a_map(name: str, text: str, value: object) -> Finding:
    mark: Any = next(event.start_mark for event in read_events(text) if isinstance(event, NodeEvent))
    where = Location(name, mark.line + 1, mark.column + 1)
    kinds = {list: "a list", str: "text", bool: "a boolean", float: "a number"}
    what, why = f"the file holds {kinds[type(value)]}", "a values file is a map"
    return Finding(where, codes.NOT_A_MAP, "", what, why, "write `key: value` lines")


_HINTS: Final = (
    ("mapping values are not allowed", "quote a text that holds ': ', and check the indentation"),
    ("did not find expected key", "check the indentation of this line and of the one above"),
    ("did not find expected '-' indicator", "check the indentation of this line and of the one above"),
    ("could not find expected ':'", "write `key: value`, and check the indentation"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
    ("found unexpected end of stream", "close the quotes"),
    ("found unknown escape character", "double the backslash, or use single quotes"),
    ("found undefined tag handle", "remove the tag"),
)


def _syntax_finding(name: str, text: str, error: YAMLError) -> Finding:
    if isinstance(error, ReaderError):
        return _character_finding(name, text, error.reason)
    problem, mark = "not YAML", None
    if isinstance(error, MarkedYAMLError):
        problem = error.problem or problem
        mark = error.problem_mark or error.context_mark
    where = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
    hint = next((hint for start, hint in _HINTS if problem.startswith(start)), "correct the YAML at this place")
    character = text[mark.index : mark.index + 1] if mark else ""
    if character == "\t":
        problem, hint = "a tab stands where the indentation or a value begins", "use spaces"
    elif problem == "did not find expected <document start>":
        problem, hint = "text after the end of the document", "remove it, or put it inside the map"
    elif problem.startswith("found character that cannot start any token"):
        problem, hint = f"a text begins with {character!r}", "write it in quotes"
    return Finding(where, codes.NOT_YAML, "", problem, "the file is not YAML", hint)


def _character_finding(name: str, text: str, reason: str) -> Finding:
    """A character that YAML forbids, at its first place in the text."""
    found = re.search(_FORBIDDEN, text)
    at = found.start() if found else 0
    where = _location(name, text, at)
    what = f"the character U+{ord(text[at]):04X}" if found else reason
    why = "control characters and byte order marks cannot be read within a file"
    return Finding(where, codes.NOT_TEXT, "", what, why, "remove it, or write it as an escape in double quotes")


_FORBIDDEN: Final = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
