"""Agents of the manifest: what each of them may see. What cannot be understood is refused: it must not grant all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from overlays_node.checks import ManifestError, shown, text, texts
from overlays_node.offer import PERSONAS, SKILLS, TOOLS, WORKFLOWS

LIMITED = (TOOLS, WORKFLOWS, SKILLS, PERSONAS)  # the surfaces that an agent has lists for
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SKILL_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 64  # characters of the name of a skill
DIGEST, PERSONA, PRELOAD, MOUNT_AS, SYSTEM_PROMPT = "digest", "persona", "preload", "mountAs", "systemPrompt"
KEYS = frozenset(("name", *LIMITED, DIGEST, PERSONA, PRELOAD, MOUNT_AS, SYSTEM_PROMPT))


@dataclass(frozen=True)
class Agent:
    """One agent. `allowed` has, by surface, the patterns of its names; None is all, () none.

    `mount_as` has by surface what stands before the names of its copies. Without `system_prompt` it gets no prompt.
    """

    name: str
    digest: str = ""
    allowed: Mapping[str, tuple[str, ...] | None] = field(default_factory=lambda: dict.fromkeys(LIMITED))
    persona: str = ""
    preload: tuple[str, ...] = ()
    mount_as: Mapping[str, str] = field(default_factory=dict)
    system_prompt: bool = True

    @property
    def asks_persona(self) -> bool:
        """Whether its list of skills is that of its persona."""
        return self.persona != "" and self.allowed.get(SKILLS) is None

    def delivered(self, surface: str, name: str) -> str:
        """The name that the copy of an item has: "pdf" -> "team-pdf"."""
        mount = self.mount_as.get(surface, "")
        return f"{mount}-{name}" if mount else name


def read_agent(where: str, entry: Mapping[str, object]) -> Agent:
    """One agent as the manifest writes it. Raises ManifestError, which begins with `where`; also for a key too many."""
    unknown = sorted(entry.keys() - KEYS)
    if unknown:
        raise ManifestError(f"{where}.{unknown[0]}: an agent has no such key")
    name = entry.get("name")
    if not isinstance(name, str) or not LABEL.fullmatch(name):
        raise ManifestError(f"{where}.name: {shown(name)} is not the name of an agent")
    prompt = entry.get(SYSTEM_PROMPT, True)
    if not isinstance(prompt, bool):
        raise ManifestError(f"{where}.{SYSTEM_PROMPT}: {shown(prompt)} is neither true nor false")
    return Agent(
        name,
        text(f"{where}.{DIGEST}", entry.get(DIGEST)) or "",
        {surface: texts(f"{where}.{surface}", entry.get(surface)) for surface in LIMITED},
        text(f"{where}.{PERSONA}", entry.get(PERSONA)) or "",
        texts(f"{where}.{PRELOAD}", entry.get(PRELOAD)) or (),
        _mounts(f"{where}.{MOUNT_AS}", entry.get(MOUNT_AS)),
        prompt,
    )


def _mounts(where: str, value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: {shown(value)} is not an object")
    for surface, name in value.items():
        if surface != SKILLS:
            raise ManifestError(f"{where}.{surface}: only {SKILLS} can be mounted under another name")
        if not isinstance(name, str) or len(name) > LONGEST or not SKILL_NAME.fullmatch(name):
            raise ManifestError(f"{where}.{surface}: {shown(name)} is not a legal name")
    return value
