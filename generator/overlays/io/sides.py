"""The two sides of a comparison, read: files of now, files of a revision, and what `overlays render env` printed."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from overlays.errors import InvalidInput, UsageError
from overlays.helm.strvals import one_line
from overlays.io.codes import NOT_IN_HISTORY
from overlays.io.revision import commit_of, read_file
from overlays.io.source import Sources
from overlays.io.values import split_names
from overlays.model.finding import Finding, Location

GIT: Final = "git:"


class Content(NamedTuple):
    """One side as it was read.

    title: what it is called. names: its files in order, as findings name them; () for the chart's defaults alone.
    data: their bytes. missing: names of files that a revision does not have.
    """

    title: str
    names: tuple[str, ...]
    data: Mapping[str, bytes]
    missing: tuple[str, ...] = ()


class SideReader:
    """Reads the sides of one run; "-" can be read only once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._commits: dict[tuple[str, pathlib.Path], str] = {}

    def read(self, text: str) -> Content:
        """A side as it is given: names with commas between them as -f takes them, each a file, "-" or git:REV:PATH.

        Raises UsageError: quotes that do not match. InvalidInput, with the findings of all its files.
        """
        names = split_names((text,))
        return Content(text or "the defaults of the chart", names, _all(names, self._name))

    def now(self, texts: Iterable[str]) -> Content:
        """The files of -f flags as they are. Raises as `read` does."""
        texts = tuple(texts)
        names = split_names(texts)
        return Content(",".join(texts), names, _all(names, self._sources.read))

    def then(self, revision: str, texts: Iterable[str]) -> Content:
        """The same files as they were at a revision of the repositories that they are in.

        A file that was not there is missing. Raises as `read` does, and UsageError: standard input, which has no past.
        """
        data: dict[str, bytes] = {}
        missing: list[str] = []
        findings: list[Finding] = []
        for name in split_names(texts):
            if name.strip() == "-" or name.startswith(GIT):
                raise UsageError(f"--base {one_line(revision)}: {one_line(name)!r} has no past: name files with -f")
            try:
                shown, found = self.file_then(revision, name)
            except InvalidInput as error:
                findings += error.findings
                continue
            if found is None:
                missing.append(name)
            else:
                data[shown] = found
        if findings:
            raise InvalidInput(*sorted(findings))
        return Content(f"{','.join(texts)} at {revision}", tuple(data), data, tuple(missing))

    def file_then(self, revision: str, name: str) -> tuple[str, bytes | None]:
        """How findings name a file at a revision of its repository, and its bytes; None when it was not there.

        Raises InvalidInput.
        """
        shown = f"{GIT}{revision}:{name if name.startswith(('/', '../')) else f'./{name}'}"
        path = pathlib.Path(name)
        return shown, self._at(revision, f"./{path.name}", path.parent, Location(shown))

    def _name(self, name: str) -> bytes:
        if not name.startswith(GIT):
            return self._sources.read(name)
        revision, colon, path = name.removeprefix(GIT).partition(":")
        if not colon:
            raise UsageError(f"{one_line(name)}: write git:REV:PATH")
        where = Location(name)
        found = self._at(revision, path, pathlib.Path(), where)
        if found is None:
            what, why = f"there is no file {path!r} at {revision!r}", "PATH counts from the top of the repository"
            hint = f"write {GIT}{revision}:./{path} for a path from here" if path[:1] not in ("", ".", "/") else why
            raise InvalidInput(Finding(where, NOT_IN_HISTORY, "", what, why, hint))
        return found

    def _at(self, revision: str, path: str, folder: pathlib.Path, where: Location) -> bytes | None:
        commit = self._commits.get((revision, folder))
        if commit is None:
            commit = self._commits[revision, folder] = commit_of(revision, folder, where)
        return read_file(commit, path, folder, where)


class Remembered(Sources):
    """What the sides hold, by name, and what else flags name: each file is read once, for both sides."""

    def __init__(self, sources: Sources, given: Mapping[str, bytes]) -> None:
        super().__init__()
        self._sources = sources
        self._kept = dict(given)

    def read(self, name: str, where: Location | None = None) -> bytes:
        """The bytes of that name. Raises as Sources does."""
        if name not in self._kept:
            self._kept[name] = self._sources.read(name, where)
        return self._kept[name]


def quoted(name: str) -> str:
    """The name as one -f flag."""
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name


def _all(names: Iterable[str], read: Callable[[str], bytes]) -> dict[str, bytes]:
    data: dict[str, bytes] = {}
    findings: list[Finding] = []
    for name in names:
        try:
            data[name] = read(name)
        except InvalidInput as error:
            findings += error.findings
    if findings:
        raise InvalidInput(*sorted(findings))
    return data
