"""Skills for which a consumer must not be given any: what PromptKit refuses all for, and what nobody can read."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable, Iterator

from overlays.content import unreadable
from overlays.content.skill.check import remarks
from overlays.content.skill.described import described
from overlays.content.skill.deviations import RULES
from overlays.content.skill.pyyaml import BROKEN
from overlays.content.skill.remark import Remark
from overlays.io.tree import start_of
from overlays.model.portability import Outcome
from overlays.model.sight import Refusal, Seen
from overlays_node.names import LARGEST

SKILL_FILE = "SKILL.md"


def refused(skills: Iterable[tuple[Seen, str]], *, promptkit: bool) -> Iterator[Refusal]:
    """Of these skills, each with its directory. One refusal for each file.

    promptkit: everything for which PromptKit refuses all, in every SKILL.md that it finds below a skill. Else only a
    skill whose front matter cannot be read.
    """
    for seen, real in skills:
        for below in _files(real) if promptkit else (SKILL_FILE,):
            try:
                data = start_of(f"{real}/{below}", LARGEST + 1)
            except OSError as error:
                one = Remark(0, 0, "", "it cannot be read", unreadable.why(error), unreadable.hint(error))
            else:
                if data is None:
                    continue  # a pipe or a link: lint tells
                found = _fatal(data, below, seen.row.name) if promptkit else _broken(data, seen.row.name)
                if found is None:
                    continue
                one = found
            place = f"{seen.row.last.path}/{below}{f':{one.line}' if one.line else ''}"
            yield Refusal(seen.row.name, seen.row.last, place, one.what, one.why, one.hint)


def _files(real: str) -> Iterator[str]:
    """Every SKILL.md, as PromptKit looks for them: at any depth, and not in directories that are links."""
    for folder, names, files in os.walk(real):
        names.sort()
        if SKILL_FILE in files:
            yield str((pathlib.Path(folder) / SKILL_FILE).relative_to(real))


def _fatal(data: bytes, below: str, name: str) -> Remark | None:
    inner = below.rpartition("/")[0].rpartition("/")[2]
    for one in remarks(data, inner or name):
        if RULES[one.deviation].promptkit is Outcome.FATAL:
            return one
        if one.deviation in ("too-much", "too-large"):
            return one._replace(why=f"{one.why}, so it is not known whether PromptKit takes it")
    return None


def _broken(data: bytes, name: str) -> Remark | None:
    flaw = described(data, name).flaw
    if flaw not in BROKEN:
        return None
    for one in remarks(data, name):
        if RULES[one.deviation].cao is Outcome.SKIP:
            return one
    hint = "correct its front matter: plain fields, `key: value`"
    return Remark(0, 0, "", flaw, "the YAML 1.1 reader of CAO refuses it", hint)
