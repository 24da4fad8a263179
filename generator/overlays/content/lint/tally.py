"""Where the checks of one repository put what they find."""

from __future__ import annotations

from overlays.content.skill.deviations import RULES
from overlays.content.skill.profiles import judge, outcomes
from overlays.content.skill.remark import Remark
from overlays.model.codes import CODES
from overlays.model.finding import Finding, Location, Severity
from overlays.model.portability import Cause


class Tally:
    """Findings about one repository.

    root: its directory on the disk, links resolved. named: how the user names that directory.
    ignored: paths that Git ignores, from the root; nothing is told about them and what is below them.
    """

    def __init__(
        self, root: str, named: str, ignored: frozenset[str] = frozenset(), profiles: frozenset[str] = frozenset()
    ) -> None:
        """profiles: readers of skills; what they mind is an error."""
        self.root, self.named, self.ignored, self.profiles = root, named, ignored, profiles
        self.causes: list[tuple[str, Cause]] = []
        self.findings: set[Finding] = set()
        self._told: set[tuple[str, str]] = set()

    def tell(
        self,
        path: str,
        code: str,
        what: str,
        why: str,
        hint: str,
        at: tuple[int, int] = (0, 0),
        severity: Severity | None = None,
    ) -> None:
        """Something about a path from the root, "" for the repository. at: line and column in the file, 1-based."""
        if not self.skips(path):
            where = Location(self.place(path), *at)
            self._told.add((path, code))
            self.findings.add(Finding(where, code, "", what, why, hint, severity or CODES[code].severity))

    def remark(self, path: str, one: Remark, only: str = "") -> None:
        """Something that readers of skills may mind; only: the one reader that looks at that file."""
        if self.skips(path):
            return
        where = Location(self.place(path), one.line, one.column)
        rule = RULES[one.deviation]
        plain = Finding(where, one.code, "", one.what, one.why, one.hint, rule.spec or Severity.ERROR)
        self.causes.append((path, Cause(plain, outcomes(one.deviation, only))))
        judged = judge(one, self.profiles, only)
        if judged is not None:
            self._told.add((path, one.code))
            self.findings.add(plain._replace(severity=judged[0], why=judged[1]))

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
