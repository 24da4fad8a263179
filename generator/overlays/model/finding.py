"""One thing to tell about an input, and where it stands."""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple

from overlays.model.plan import Pointer


class Severity(str, Enum):
    """How much a finding matters: an error stops rendering, a warning does so only with --strict."""

    ERROR = "error"
    WARNING = "warning"


class Location(NamedTuple):
    """A place in an input.

    file: the file name as the user gave it ("-" is standard input), or the text of a flag such as
        "--set overlays.sources[0].ref=main".
    line, column: 1-based, column in characters; 0 when the place has none (a flag, or a file that cannot be read).
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Finding(NamedTuple):
    """One error or warning. Sorted by place, then code.

    where: the offending text.
    code: "OVL" and three digits; never changes its meaning (docs/findings.md).
    pointer: JSON pointer into the merged values; "" when the finding is about a whole input.
    what: the observation, one line, user text by repr.
    why: the rule that is broken, one line.
    hint: what to do, one line.
    """

    where: Location
    code: str
    pointer: str
    what: str
    why: str
    hint: str
    severity: Severity = Severity.ERROR


At = Literal["value", "key", "first_key"]
"""Which text of a pointer a problem is about: the value, its key, or the first key of the object that it is."""


class Problem(NamedTuple):
    """A finding before its place is known: what the checks return, who do not know files.

    pointer: into the merged values.
    at: which text of the pointer is meant.
    """

    pointer: Pointer
    code: str
    what: str
    why: str
    hint: str
    severity: Severity = Severity.ERROR
    at: At = "value"


def warning(pointer: Pointer, code: str, what: str, why: str, hint: str, at: At = "value") -> Problem:
    """A problem that does not stop rendering."""
    return Problem(pointer, code, what, why, hint, Severity.WARNING, at)
