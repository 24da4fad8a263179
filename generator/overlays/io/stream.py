"""Reads what `helm template` and `helm get manifest` print: YAML documents, each an object of Kubernetes or a List."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from overlays.errors import InvalidInput
from overlays.io.codes import DUPLICATE_OBJECT, NOT_A_STREAM
from overlays.io.source import decode
from overlays.io.stream_values import BadValueError, Document, read_documents
from overlays.model.finding import Finding, Location
from overlays.model.stream import Identity, KubeObject, Stream

_SEPARATOR: Final = r"(?m)^---(?=[ \t\r\n]|\Z)"
_HINT: Final = "give what `helm template` or `helm get manifest` prints, and nothing else"
_MAX_FINDINGS: Final = 100


class StreamReader:
    """Reads the streams of one run. Equal documents of two streams are parsed once and share their values."""

    def __init__(self) -> None:
        self._parsed: dict[str, tuple[Document, ...]] = {}

    def read(self, name: str, data: bytes) -> Stream:
        """The objects of a file.

        name: as the user gave it. Empty documents and comments count for nothing, a List for its items.
        Raises InvalidInput with all findings: OVL102 no text, OVL425 no objects, OVL426 an object twice.
        """
        text = decode(name, data, why="what Helm prints is UTF-8")
        objects: list[KubeObject] = []
        findings: list[Finding] = []
        for lines_before, part in _parts(text):
            try:
                for document in self._documents(name, lines_before, part):
                    objects += _objects(name, lines_before, document)
            except InvalidInput as error:
                findings += error.findings
        findings += _twice(name, objects)
        if findings:
            raise InvalidInput(*sorted(findings)[:_MAX_FINDINGS])
        return Stream(name, tuple(objects))

    def _documents(self, name: str, lines_before: int, part: str) -> tuple[Document, ...]:
        documents = self._parsed.get(part)
        if documents is None:
            try:
                documents = tuple(read_documents(part))
            except BadValueError as error:
                _refuse(Location(name, lines_before + error.line + 1, error.column + 1), str(error))
            except YAMLError as error:
                _refuse(*_wrong_yaml(name, lines_before, part, error))
            self._parsed[part] = documents
        return documents


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces that begin at `---`, which in YAML stands at the start of a line for nothing else.

    With each the number of lines before it.
    """
    at = line = 0
    for found in re.finditer(_SEPARATOR, text):
        if found.start() > at:
            yield line, text[at : found.start()]
            line += text.count("\n", at, found.start())
            at = found.start()
    yield line, text[at:]


def _wrong_yaml(name: str, lines_before: int, part: str, error: YAMLError) -> tuple[Location, str]:
    if isinstance(error, ReaderError):
        found = re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]", part)
        at = found.start() if found else 0
        where = Location(name, lines_before + part.count("\n", 0, at) + 1, at - part.rfind("\n", 0, at))
        return where, f"the character U+{ord(part[at]):04X}"
    problem, mark = "not YAML", None
    if isinstance(error, MarkedYAMLError):
        problem, mark = error.problem or problem, error.problem_mark or error.context_mark
    return (Location(name, lines_before + mark.line + 1, mark.column + 1) if mark else Location(name)), problem


def _objects(name: str, lines_before: int, document: Document) -> Iterator[KubeObject]:
    """The object of a document, or the items of a List. Raises InvalidInput OVL425."""
    value, where = document.value, _location(name, lines_before, document.mark)
    items = value.get("items") if isinstance(value, dict) else None
    if isinstance(items, list) and str(value.get("kind")).endswith("List"):
        defaults = {"apiVersion": value.get("apiVersion"), "kind": str(value["kind"]).removesuffix("List")}
        marks = iter(document.item_marks)
        for item in items:
            place = _location(name, lines_before, next(marks)) if isinstance(item, (dict, list)) else where
            yield _object({**defaults, **item} if isinstance(item, dict) and defaults["kind"] else item, place)
    else:
        yield _object(value, where)


def _object(value: Any, where: Location) -> KubeObject:
    if not isinstance(value, dict):
        kind = {list: "a list", str: "text", bool: "a boolean"}.get(type(value), "a number")
        _refuse(where, f"{kind} in the place of an object", "an object of Kubernetes is a map")
    version, kind = _text(value, "apiVersion", where), _text(value, "kind", where)
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        _refuse(where, f"a {kind} without `metadata`", "every object has a name")
    name = f"{_text(metadata, 'generateName', where)}*" if "name" not in metadata and "generateName" in metadata else ""
    namespace = _text(metadata, "namespace", where) if metadata.get("namespace") is not None else ""
    group = version.partition("/")[0] if "/" in version else ""
    identity = Identity(group, kind, namespace, name or _text(metadata, "name", where))
    return KubeObject(identity, where.line, where.column, value)


def _text(holder: Mapping[str, Any], key: str, where: Location) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value:
        what = f"`{key}` is missing" if value is None else f"`{key}` is not text"
        _refuse(where, what, "every object of Kubernetes states its apiVersion, kind and name")
    return value


def _twice(name: str, objects: list[KubeObject]) -> Iterator[Finding]:
    first: dict[Identity, KubeObject] = {}
    for item in objects:
        other = first.setdefault(item.identity, item)
        if other is not item and not item.identity.name.endswith("*"):
            where = Location(name, item.line, item.column)
            what = f"{item.identity.kind} {item.identity.name!r} stands in line {other.line} already"
            why = "Kubernetes keeps one object of a kind and name in a name space, so one of the two is lost"
            yield Finding(
                where, DUPLICATE_OBJECT, "", what, why, "give one output of Helm, once; or rename one of the two"
            )


def _location(name: str, lines_before: int, mark: tuple[int, int]) -> Location:
    return Location(name, lines_before + mark[0] + 1, mark[1] + 1)


def _refuse(where: Location, what: str, why: str = "this is no stream of Kubernetes objects") -> NoReturn:
    raise InvalidInput(Finding(where, NOT_A_STREAM, "", what, why, _HINT))
