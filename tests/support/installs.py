"""`install` as a process, and what it leaves in a directory of an agent."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.support.git_repo import Files
from tests.support.node import Node
from tests.support.program import run

SURFACES = {"tools": "tools", "workflows": "workflows", "skills": ".agents/skills", "personas": "personas"}
ALL = {**SURFACES, "prompt": "PROMPT.md"}
Tree = Mapping[str, str]


def source(repo: str, *surfaces: str) -> dict[str, str]:
    """A source of the manifest with its usual subdirs: of these surfaces, or of all."""
    return {"repo": repo, **{surface: ALL[surface] for surface in surfaces or ALL}}


def skill(name: str, text: str = "") -> str:
    """A servable SKILL.md."""
    return f"---\nname: {name}\n---\n{text}"


def tool(name: str, text: str = "") -> Files:
    """Files of a tool."""
    return {f"tools/{name}/pyproject.toml": "", f"tools/{name}/run.py": text}


class Agent:
    """A directory of an agent, next to a cache."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.dest = node.folder / "workspace"
        self.events: list[dict[str, Any]] = []

    def args(self, *args: str) -> list[str]:
        """The command line."""
        where = ["--manifest", str(self.node.manifest), "--root", str(self.node.root), "--dest", str(self.dest)]
        return ["install", *where, *([] if "--wait" in args else ["--wait", "0"]), *args]

    def install(self, *args: str, prefix: tuple[str, ...] = (), **variables: str) -> int:
        """Run it; its exit status. `events` are its log lines; anything else on its output is an error."""
        return self.done(run(*self.args(*args), prefix=prefix, **variables))

    def done(self, process: subprocess.CompletedProcess[str]) -> int:
        """Take the log of a process that has ended; its exit status."""
        assert process.stdout == ""
        self.events = [json.loads(line) for line in process.stderr.splitlines()]
        return process.returncode

    def named(self, event: str) -> list[dict[str, Any]]:
        """The log lines of that name."""
        return [one for one in self.events if one["event"] == event]

    def placed(self) -> list[dict[str, Any]]:
        """The lines of items that were written."""
        return [one for one in self.named("item-installed") if one["change"] == "installed"]

    def reasons(self) -> list[str]:
        """What the error lines say."""
        return [one["reason"] for one in self.events if one["level"] == "error"]

    def record(self) -> dict[str, Any]:
        """installed.json."""
        found = json.loads((self.dest / "installed.json").read_text())
        assert isinstance(found, dict)
        return found

    def tree(self) -> Tree:
        """Everything but installed.json."""
        return {path: text for path, text in tree(self.dest).items() if path != "installed.json"}

    def files(self) -> dict[str, str]:
        """Text of every file but installed.json; links as "-> target"."""
        return {path: text.partition(" ")[2] for path, text in self.tree().items() if not path.endswith("/")}

    def write(self, path: str, text: str = "mine") -> pathlib.Path:
        """A file of the agent's own."""
        file = self.dest / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


def tree(top: pathlib.Path) -> Tree:
    """Path -> permissions and text, or the target of a link; of a directory, whose path ends in "/", permissions."""
    found = {}
    for folder, folders, files in os.walk(top):
        at = pathlib.Path(folder)
        for name in [*files, *folders]:
            path = at / name
            state, where = path.lstat(), str(path.relative_to(top))
            permissions = f"{stat.S_IMODE(state.st_mode):o}"
            if stat.S_ISLNK(state.st_mode):
                found[where] = f"link -> {path.readlink()}"
            elif stat.S_ISDIR(state.st_mode):
                found[f"{where}/"] = permissions
            elif stat.S_ISREG(state.st_mode):
                found[where] = f"{permissions} {path.read_text(errors='surrogateescape')}"
            else:
                found[where] = "special"
    return dict(sorted(found.items()))


def stamps(top: pathlib.Path) -> dict[str, tuple[int, ...]]:
    """What changes when anything is written below a directory, also in it itself."""
    paths = [top, *top.rglob("*")]
    return {
        str(path): (state.st_ino, state.st_mtime_ns, state.st_ctime_ns) for path in paths for state in [path.lstat()]
    }
