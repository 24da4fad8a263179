"""One thing to tell about one file, before it is known under which name the user sees the file."""

from __future__ import annotations

from typing import NamedTuple


class Remark(NamedTuple):
    """line, column: 1-based, column in characters; 0 when it is about the whole file. The rest is as in a Finding.

    deviation: what it is to the readers of skills, a key of RULES in deviations.py; "" when they have no part in it.
    """

    line: int
    column: int
    code: str
    what: str
    why: str
    hint: str
    deviation: str = ""
