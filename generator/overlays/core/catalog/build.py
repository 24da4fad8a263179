"""From what agents see to their catalogs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from overlays.core.catalog.block import Style
from overlays.core.tokens import estimated
from overlays.model.catalog import Catalog, Entry, Listing, Skill
from overlays.model.sight import PERSONA, Front, Sight
from overlays.model.winners import Row


def catalog(sights: Iterable[Sight], fronts: Mapping[str, Front], instruction: str, style: Style) -> Catalog:
    """The catalogs of these agents. fronts: of all skills that they see."""
    work = _Work(fronts, instruction, style)
    agents = tuple(map(work.listing, sights))
    skills = {name: work.skills[name] for name in sorted(work.skills)}
    builtins = {name: work.builtins[name] for name in sorted(work.builtins)}
    return Catalog(instruction, skills, builtins, agents)


class _Work:
    def __init__(self, fronts: Mapping[str, Front], instruction: str, style: Style) -> None:
        self.fronts, self.instruction, self.style = fronts, instruction, style
        self.skills: dict[str, Skill] = {}
        self.builtins: dict[str, str | None] = {}
        self._lines: dict[tuple[str, str], tuple[str, int]] = {}  # name and delivered name -> line and its bytes

    def listing(self, sight: Sight) -> Listing:
        skills, lines = self._skills(sight)
        builtins = list(self._builtins(sight))
        if builtins:  # the skills are in their order already: what stands before all names changes nothing
            names = [*(one.delivered for one in skills), *(entry.delivered for entry, _ in builtins)]
            lines = [line for _, line in sorted(zip(names, [*lines, *(line for _, line in builtins)], strict=True))]
        block = self.style.block([line for line in lines if line], self.instruction)
        data = block.encode("utf-8", "surrogateescape")
        return Listing(
            sight.name,
            sight.patterns,
            sight.agent.persona if sight.agent and sight.skills_from == PERSONA else "",
            len(data),
            estimated(data),
            f"sha256:{hashlib.sha256(data).hexdigest()}",
            sight.unmatched.get("skills", ()),
            tuple(skills),
            tuple(entry for entry, _ in builtins),
            block,
        )

    def _skills(self, sight: Sight) -> tuple[list[Entry], list[str]]:
        """Its skills, and the line of each."""
        entries, lines = list[Entry](), list[str]()
        for row, delivered, patterns, preload, _ in sight.skills:
            name = row.name
            known = self._lines.get((name, delivered)) or self._line(row, delivered)
            entries.append(Entry(name, delivered, patterns, preload, known[1]))
            lines.append(known[0])
        return entries, lines

    def _line(self, row: Row, delivered: str) -> tuple[str, int]:
        """The line of a skill with its bytes; written once for all agents that know the skill by that name."""
        name, front = row.name, self.fronts[row.name]
        self.skills[name] = Skill(name, front, row.last, row.shadowed)
        line = self.style.line(delivered, front, delivered == name)
        found = self._lines[name, delivered] = line, _bytes(line)
        return found

    def _builtins(self, sight: Sight) -> Iterator[tuple[Entry, str]]:
        for builtin, patterns in sight.builtins:
            self.builtins[builtin.name] = builtin.description
            said = (builtin.description or "").strip()
            front = Front(builtin.description, "" if said else "it has no description")
            line = self.style.line(builtin.name, front, True)
            yield Entry(builtin.name, builtin.name, patterns, False, _bytes(line)), line


def _bytes(line: str) -> int:
    return len(line.encode("utf-8", "surrogateescape")) + 1 if line else 0
