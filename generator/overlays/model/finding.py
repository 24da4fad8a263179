"""One thing to tell about an input, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from overlays.model.plan import Pointer


class Severity(str, Enum):
    """How much a finding matters: an error stops rendering, a warning does so only with --strict."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
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


@dataclass(frozen=True, slots=True, order=True)
class Finding:
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
    severity: Severity = field(default=Severity.ERROR, compare=False)


At = Literal["value", "key", "first_key"]
"""Which text of a pointer a problem is about: the value, its key, or the first key of the object that it is."""


@dataclass(frozen=True, slots=True)
class Problem:
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
