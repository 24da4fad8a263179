"""What is told about the inside of a values file, in words."""

from __future__ import annotations

from typing import Any, Final

from overlays.helm.gojson import MAX_DEPTH
from overlays.io import codes
from overlays.model.finding import Finding, Location, Severity

MAX_FINDINGS: Final = 1000
"""Findings of one file after which reading it ends."""


class Stop(Exception):  # noqa: N818  (no failure of ours)
    """Reading cannot go on; the last finding says why."""


class Notes:
    """The findings of one file, in the order found. A mark is a place of the YAML parser; None means the file.

    fatal: some finding makes the file's value unusable.
    """

    def __init__(self, name: str) -> None:
        self.findings: list[Finding] = []
        self.fatal = False
        self._name = name

    def bad_value(self, mark: Any, what: str) -> None:
        """A scalar that Helm cannot read."""
        self._fail(codes.NOT_YAML, mark, what, "Helm cannot read it", "write it in quotes")

    def bad_key(self, mark: Any, what: str) -> None:
        """A key that Helm cannot take."""
        why = "Helm takes text, numbers and booleans as keys"
        self._fail(codes.BAD_KEY, mark, what, why, "write the key in quotes")

    def duplicate_key(self, mark: Any, pointer: str, key: str, *, same: bool) -> None:
        """same: the two keys are one to YAML; else only their texts are the same, as of 1 and "1"."""
        why = "a key stands once in a map; Helm silently takes the last one"
        if not same:
            why = "Helm makes the same text of both keys, and takes either at random"
        what = f"the key {key!r} stands twice in one map"
        self._add(Finding(self._place(mark), codes.DUPLICATE_KEY, pointer, what, why, "remove one of the two"))

    def overridden_key(self, mark: Any, pointer: str, key: str) -> None:
        """A key before `<<` that the merged map has too."""
        what = f"the key {key!r} before `<<` is overridden by the merge"
        why = "Helm merges where `<<` stands; YAML says that the key wins"
        hint = "put `<<` first in its map"
        self._add(Finding(self._place(mark), codes.OVERRIDDEN_KEY, pointer, what, why, hint, severity=Severity.WARNING))

    def bad_merge(self, mark: Any) -> None:
        """`<<` with something that is no map."""
        hint = "write an alias of a map; put the key in quotes to mean the text '<<'"
        self._fail(codes.NOT_YAML, mark, "the value of `<<` is no map", "`<<` merges a map, or a list of maps", hint)

    def unknown_alias(self, mark: Any, name: str) -> None:
        """An alias without anchor."""
        why = "an alias repeats a value above it"
        self._fail(codes.NOT_YAML, mark, f"the alias *{name} has no anchor", why, f"write &{name} above this line")

    def endless_alias(self, mark: Any, name: str) -> None:
        """An alias inside its own anchor."""
        what = f"the anchor &{name} contains itself"
        self._fail(codes.TOO_LARGE_INSIDE, mark, what, "such a value has no end", f"remove *{name} here")

    def too_many_aliases(self, mark: Any) -> Stop:
        """Aliases of aliases."""
        what, why = "the file has too many aliases of aliases", "Helm refuses a file most of which comes from aliases"
        self._fail(codes.TOO_LARGE_INSIDE, mark, what, why, "write the repeated parts out, or repeat less")
        return Stop()

    def too_deep(self, mark: Any) -> Stop:
        """Maps and lists in each other."""
        what, why = f"nested deeper than {MAX_DEPTH} levels", "no values file needs that many"
        self._fail(codes.TOO_LARGE_INSIDE, mark, what, why, "flatten the values")
        return Stop()

    def second_document(self, mark: Any) -> Stop:
        """`---` after some text."""
        what, why = "a second document begins here", "Helm 3 reads only the first one, Helm 4 merges them all"
        hint = "keep one document in a file, and name the files with -f"
        self._fail(codes.SEVERAL_DOCUMENTS, mark, what, why, hint)
        return Stop()

    def directive(self, mark: Any) -> None:
        """%YAML or %TAG."""
        why = "Helm 4 does not read a file with a line that begins with %"
        self._fail(codes.NOT_YAML, mark, "a YAML directive", why, "remove the line")

    def _fail(self, code: str, mark: Any, what: str, why: str, hint: str) -> None:
        self.fatal = True
        self._add(Finding(self._place(mark), code, "", what, why, hint))

    def _add(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAX_FINDINGS:
            raise Stop

    def _place(self, mark: Any) -> Location:
        return Location(self._name, mark.line + 1, mark.column + 1) if mark else Location(self._name)
