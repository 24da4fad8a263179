"""An agent of the list: what of everything that is served it gets."""

from __future__ import annotations

from typing import Final, NamedTuple

from overlays.model.place import Pointer

CHOSEN: Final = ("skills", "tools", "workflows", "personas")
"""The surfaces of which an agent names what it gets, in the order of the values."""

CATALOG_INSTRUCTION: Final = (
    "The following skills are available exclusively in this CAO orchestration context. To load a skill's full content, "
    "use the `mcp__cao-mcp-server__load_skill` tool (NOT the Skill command). These skills are not accessible through "
    "provider-native skill commands or directories."
)
"""The default of overlays.catalogInstruction: what CAO (awslabs/cli-agent-orchestrator, August 2026) writes."""

Patterns = tuple[str, ...]


class Agent(NamedTuple):
    """One agent.

    name: a DNS label. skills, tools, workflows, personas: patterns; None is all, () none.
    persona: of the personas, "" for none. preload: names of skills.
    system_prompt: whether it gets a composed prompt. mount_as: prefix of the delivered names of skills, "" for none.
    most_tokens, warn_tokens: of its catalog; None for no limit.
    origin: the entry in the values. digest: names everything that its pods depend on.
    """

    name: str
    skills: Patterns | None
    tools: Patterns | None
    workflows: Patterns | None
    personas: Patterns | None
    persona: str
    preload: tuple[str, ...]
    system_prompt: bool
    mount_as: str
    most_tokens: int | None
    warn_tokens: int | None
    origin: Pointer
    digest: str = ""

    def patterns(self, surface: str) -> Patterns | None:
        """Those of one of CHOSEN."""
        found: Patterns | None = getattr(self, surface)
        return found

    def uses(self, surface: str) -> bool:
        """Whether anything of a surface can reach it."""
        return self.system_prompt if surface == "prompt" else self.patterns(surface) != ()
