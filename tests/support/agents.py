"""Values with agents, and the checkouts of their sources, for the commands that say what agents see."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from tests.support.checkouts import PLAIN, write
from tests.support.here import overlays_here
from tests.support.overlays import Ran

ONE, TWO = "1" * 40, "2" * 40
INSTRUCTION = (
    "The following skills are available exclusively in this CAO orchestration context. To load a skill's full content, "
    "use the `mcp__cao-mcp-server__load_skill` tool (NOT the Skill command). These skills are not accessible through "
    "provider-native skill commands or directories."
)
HEAD = f"## Available Skills\n\n{INSTRUCTION}\n\n"
ESTIMATE = "(an estimate)\n"


def skill(name: str, description: str, body: str = "Read it.") -> dict[str, str]:
    return {f".agents/skills/{name}/SKILL.md": f"---\nname: {name}\ndescription: {description}\n---\n{body}\n"}


class Agents:
    """Values with agents, and checkouts, in a folder."""

    def __init__(self, folder: pathlib.Path, *agents: Mapping[str, Any], **overlays: Any) -> None:
        self.folder = folder
        self.sources: list[dict[str, Any]] = overlays.pop("sources", [{"repo": "acme/base", "ref": "main"}])
        self.overlays = overlays
        self.values(*agents)

    def values(self, *agents: Mapping[str, Any]) -> None:
        values = {**PLAIN, "overlays": {"sources": self.sources, **self.overlays}, "agents": agents}
        (self.folder / "values.yaml").write_text(json.dumps(values, indent=2) + "\n")

    def has(self, *files: Mapping[str, str], repo: str = "acme/base", commit: str = ONE) -> None:
        for some in files:
            write(self.folder / "checkouts" / repo, some)
        write(self.folder / "checkouts" / repo, {".git/HEAD": f"{commit}\n"})

    def run(self, *arguments: str, command: str = "catalog") -> Ran:
        ran = overlays_here(
            command,
            "-f",
            self.folder / "values.yaml",
            "--checkouts",
            self.folder / "checkouts",
            *(one.replace("@", f"{self.folder}/") for one in arguments),
        )
        stdout, stderr = (text.replace(f"{self.folder}/".encode(), b"") for text in ran[1:])
        return Ran(ran.code, stdout, stderr)

    def document_of(self, *arguments: str) -> dict[str, Any]:
        """What is printed although there are errors."""
        found: dict[str, Any] = json.loads(self.run("--format", "json", *arguments).stdout)
        return found

    def document(self, *arguments: str) -> dict[str, Any]:
        ran = self.run("--all-agents", "--format", "json", *arguments)
        assert ran.code == 0, ran.told
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


def three(folder: pathlib.Path, *agents: Mapping[str, Any]) -> Agents:
    """Three skills and one tool."""
    listed = Agents(folder, *agents)
    listed.has(
        skill("pdf", "Reads PDF files."), skill("code-review", "Reviews a change."), skill("ads-db", '" Asks. "')
    )
    return listed
