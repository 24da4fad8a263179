"""Which files are read by models, and which skill a file is part of."""

from __future__ import annotations

from typing import Final, NamedTuple


class Area(NamedTuple):
    """What a walk goes through.

    prose: files of skills, personas or prompts. skills: the directory of the skills, "" when these are none.
    one: the directory of the one skill that this is, "" when it is not known to be one.
    """

    prose: bool = False
    skills: str = ""
    one: str = ""

    def skill(self, path: str) -> str | None:
        """The directory of the skill that a file is in; None when it is in none."""
        if self.one:
            return self.one
        if not self.skills or not path.startswith(f"{self.skills}/"):
            return None
        name, inside, _ = path[len(self.skills) + 1 :].partition("/")
        return f"{self.skills}/{name}" if inside else None


ELSEWHERE: Final = Area()
"""Files that nobody reads as text: those of tools and workflows."""
