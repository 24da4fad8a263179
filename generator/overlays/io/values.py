"""All values of a run: files and flags over the chart's defaults, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from overlays.errors import InvalidInput, UsageError
from overlays.helm import strvals
from overlays.helm.merge import coalesce, merge_files
from overlays.helm.strvals import Path, one_line
from overlays.io import codes
from overlays.io.document import Document, read_document
from overlays.io.flags import Flag, read_flags
from overlays.io.places import Layer, Place, find_key, find_place
from overlays.io.source import Sources
from overlays.model.finding import Finding


class Inputs(NamedTuple):
    """The values flags of a command line, each in the order given.

    files: -f; one name, or several with commas between them; "-" is standard input.
    sets, set_strings, set_jsons, set_files: the texts of --set, --set-string, --set-json, --set-file.
    """

    files: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    set_strings: tuple[str, ...] = ()
    set_jsons: tuple[str, ...] = ()
    set_files: tuple[str, ...] = ()


class Values:
    """What the user gave and what comes of it. Nothing in it is to be changed: parts are shared.

    user: files and flags merged, nulls kept.
    merged: user over the chart's defaults, as templates see it. Numbers are float from a file or --set-json, int
        from --set.
    findings: errors and warnings of reading that leave the values usable, sorted.
    """

    __slots__ = ("_defaults", "_layers", "findings", "merged", "user")

    def __init__(
        self,
        user: dict[str, object],
        merged: dict[str, object],
        findings: tuple[Finding, ...],
        layers: tuple[Layer, ...],
        defaults: Mapping[str, object],
    ) -> None:
        self.user, self.merged, self.findings = user, merged, findings
        self._layers, self._defaults = layers, defaults

    def locate(self, path: Path) -> Place:
        """The place of the value at path, in the file or flag that set it last.

        A path that is nowhere gives the place of the nearest value around it.
        """
        return find_place(self._layers, self._defaults, path, "value")

    def locate_key(self, path: Path) -> Place:
        """The place of the key at path; of the value, for an item of a list."""
        return find_place(self._layers, self._defaults, path, "key")

    def locate_first_key(self, path: Path) -> Place:
        """The place of the first key in the map at path; of the map itself when it has none."""
        return find_place(self._layers, self._defaults, path, "first key")

    def locate_every(self, path: Path) -> list[Place]:
        """The place of the key at path in every file and flag that says something of it, in order."""
        return [place for layer in self._layers if (place := find_key(layer, path))]


def load_values(inputs: Inputs, defaults: Mapping[str, object], sources: Sources | None = None) -> Values:
    """Reads and merges everything as Helm does.

    defaults: the chart's values, without nulls.
    sources: reads the files; a fresh one, with the process's standard input, when None.
    Raises UsageError: a malformed flag. InvalidInput, with the findings of all files: one cannot be read.
    Helm: pkg/cli/values: all -f, then --set-json, --set, --set-string, --set-file; then over the defaults.
    """
    sources = sources or Sources()
    flags, failed = read_flags(inputs.set_jsons, inputs.sets, inputs.set_strings, inputs.set_files, sources)
    documents: list[Document] = []
    for name in split_names(inputs.files):
        try:
            documents.append(read_document(name, sources.read(name)))
        except InvalidInput as error:
            failed.extend(error.findings)
    found = [finding for document in documents for finding in document.findings]
    if failed:
        raise InvalidInput(*sorted([*failed, *found]))
    user = _apply(_merge(documents), flags, found)
    return Values(user, coalesce(user, defaults), tuple(sorted(found)), (*documents, *flags), defaults)


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """File names of -f flags.

    Raises UsageError: quotes that do not match.
    Helm: each text is a line of comma-separated values; double quotes keep a comma in a name.
    """
    names: list[str] = []
    for text in texts:
        names += _split(text) if "," in text or '"' in text else [text] if text else []
    return tuple(names)


def _split(text: str) -> list[str]:
    import csv  # rarely needed

    if not re.fullmatch(r'("([^"]|"")*"|[^",\r\n]*)(,("([^"]|"")*"|[^",\r\n]*))*', text):
        raise UsageError(f"-f {one_line(text)}: a name with a quote, a comma or a line break needs quotes around it")
    return next(csv.reader([text], strict=True))


def _merge(documents: list[Document]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for document in documents:
        merged = merge_files(merged, document.value) if merged else document.value
    return merged


def _apply(values: dict[str, object], flags: tuple[Flag, ...], found: list[Finding]) -> dict[str, object]:
    failed = []
    for flag in flags:
        try:
            values = strvals.apply(values, flag.assignments)
        except strvals.Conflict as error:
            hint = "write the path as the values have it"
            why = "a name needs a map above it, an index a list"
            failed.append(Finding(flag.whole, codes.BAD_PATH, "", str(error), why, hint))
    if failed:
        raise InvalidInput(*sorted([*failed, *found]))
    return values
