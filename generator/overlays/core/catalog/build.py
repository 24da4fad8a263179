"""From what agents see to their catalogs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from overlays.core.catalog.block import Style
from overlays.core.tokens import estimated
from overlays.model.catalog import Catalog, Entry, Listing, Skill
from overlays.model.sight import PERSONA, Front, Sight


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
        skills, builtins = list(self._skills(sight)), list(self._builtins(sight))
        every = sorted([*skills, *builtins], key=lambda one: one[0].delivered)
        block = self.style.block([line for _, line in every if line], self.instruction)
        data = block.encode("utf-8", "surrogateescape")
        return Listing(
            sight.name,
            sight.patterns,
            sight.agent.persona if sight.agent and sight.skills_from == PERSONA else "",
            len(data),
            estimated(data),
            f"sha256:{hashlib.sha256(data).hexdigest()}",
            sight.unmatched.get("skills", ()),
            tuple(entry for entry, _ in skills),
            tuple(entry for entry, _ in builtins),
            block,
        )

    def _skills(self, sight: Sight) -> Iterator[tuple[Entry, str]]:
        lines, skills = self._lines, self.skills
        for one in sight.skills:
            row, delivered = one.row, one.delivered
            name = row.name
            if name not in skills:
                skills[name] = Skill(name, self.fronts[name], row.last, row.shadowed)
            key = (name, delivered)
            if key not in lines:
                line = self.style.line(delivered, self.fronts[name], delivered == name)
                lines[key] = line, _bytes(line)
            line, size = lines[key]
            yield Entry(name, delivered, one.patterns, one.preload, size), line

    def _builtins(self, sight: Sight) -> Iterator[tuple[Entry, str]]:
        for builtin, patterns in sight.builtins:
            self.builtins[builtin.name] = builtin.description
            line = self.style.line(builtin.name, Front(builtin.description), True)
            yield Entry(builtin.name, builtin.name, patterns, False, _bytes(line)), line


def _bytes(line: str) -> int:
    return len(line.encode("utf-8", "surrogateescape")) + 1 if line else 0
