"""Where the checks of one repository put what they find."""

from __future__ import annotations

from overlays.model.codes import CODES
from overlays.model.finding import Finding, Location


class Tally:
    """Findings about one repository.

    root: its directory on the disk, links resolved. named: how the user names that directory.
    ignored: paths that Git ignores, from the root; nothing is told about them and what is below them.
    """

    def __init__(self, root: str, named: str, ignored: frozenset[str] = frozenset()) -> None:
        self.root, self.named, self.ignored = root, named, ignored
        self.findings: set[Finding] = set()
        self._told: set[tuple[str, str]] = set()

    def tell(self, path: str, code: str, what: str, why: str, hint: str, at: tuple[int, int] = (0, 0)) -> None:
        """Something about a path from the root, "" for the repository. at: line and column in the file, 1-based."""
        if not self.skips(path):
            where = Location(self.place(path), *at)
            self._told.add((path, code))
            self.findings.add(Finding(where, code, "", what, why, hint, CODES[code].severity))

    def place(self, path: str) -> str:
        """The path as the user would write it."""
        if not path:
            return self.named
        return path if self.named == "." else f"{self.named.rstrip('/')}/{path}"

    def skips(self, path: str) -> bool:
        """Whether Git ignores a path or something above it."""
        if not self.ignored:
            return False
        while path:
            if path in self.ignored:
                return True
            path = path.rpartition("/")[0]
        return False

    def told(self, path: str, code: str) -> bool:
        """Whether there is such a finding about that path."""
        return (path, code) in self._told
