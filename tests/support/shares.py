"""A cache without git or servers, and an agent's directory next to it: many small cases in little time."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import pathlib
from collections.abc import Collection, Mapping
from typing import Any

from overlays_node import __main__ as program
from overlays_node.config import Repository, parse_manifest
from overlays_node.sets import Member, OverlaySet, publish
from overlays_node.store import Resolved
from overlays_node.volume import Volume
from tests.support.git_repo import Files
from tests.support.installs import ALL, Tree, skill, tool, tree


class Shares:
    """Sources, agents, and what `install` makes of them. `events` are the log lines of the last run."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.volume = Volume(folder / "root")
        self.volume.create()
        self.manifest = folder / "overlay-manifest.json"
        self.dest = folder / "workspace"
        self.sources: list[dict[str, Any]] = []
        self.agents: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.commits: dict[str, str] = {}

    def source(self, repo: str, files: Files, links: Mapping[str, str] | None = None, **more: Any) -> str:
        """A source, the last of the list if it is new, whose tree holds these files and links; its commit."""
        what = (repo, files, links) if links else (repo, files)
        commit = self.commits[repo] = hashlib.sha1(repr(what).encode()).hexdigest()
        for path, text in files.items():
            file = self.volume.tree(repo.replace("/", "%2F"), commit) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(str(text).encode())
        for path, target in (links or {}).items():
            link = self.volume.tree(repo.replace("/", "%2F"), commit) / path
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(target)
        entry = {"repo": repo, **ALL, **more}
        self.sources = [one for one in self.sources if one["repo"] != repo] + [entry]
        return commit

    def publish(self, *, lacking: Collection[str] = (), current: bool = True) -> None:
        """Write the manifest, and make its set current; without some sources it is incomplete."""
        repositories = [self._repository(repo) for repo in dict.fromkeys(one["repo"] for one in self.sources)]
        document = {
            "schemaVersion": 1,
            "repositories": [{"repo": one.repo, "cloneUrl": one.clone_url} for one in repositories],
            "sources": self.sources,
            **({"agents": self.agents} if self.agents else {}),
        }
        data = json.dumps(document).encode()
        self.manifest.write_bytes(data)
        if current:
            manifest = parse_manifest(data)
            there = [one for one in repositories if one.repo not in lacking]
            members = tuple(Member(one, Resolved(self.commits[one.repo], "branch")) for one in there)
            publish(self.volume, OverlaySet(manifest.digest, not lacking, members, sources=manifest.sources))

    def _repository(self, repo: str) -> Repository:
        return Repository(repo, f"https://git.example/{repo}.git")

    def args(self, *args: str) -> list[str]:
        """The command line."""
        where = ["--manifest", str(self.manifest), "--root", str(self.volume.root), "--dest", str(self.dest)]
        return ["install", *where, "--wait", "0", *args]

    def install(self, *args: str, **variables: str) -> int:
        """Run it; its exit status."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            status = program.main(self.args(*args), variables)
        self.events = [json.loads(line) for line in errors.getvalue().splitlines()]
        return status

    def named(self, event: str) -> list[dict[str, Any]]:
        """The log lines of that name, without their time and level."""
        drop = ("time", "level", "event")
        return [{key: one[key] for key in one if key not in drop} for one in self.events if one["event"] == event]

    def reasons(self, level: str = "error") -> list[str]:
        """What the lines of a level say."""
        return [one["reason"] for one in self.events if one["level"] == level]

    def record(self) -> dict[str, Any]:
        """installed.json."""
        found = json.loads((self.dest / "installed.json").read_text())
        assert isinstance(found, dict)
        return found

    def tree(self) -> Tree:
        """Everything but installed.json."""
        return {path: text for path, text in tree(self.dest).items() if path != "installed.json"}

    def names(self) -> list[str]:
        """Files of the agent's directory but installed.json, and links, by path."""
        return [path for path in self.tree() if not path.endswith("/")]

    def skills(self) -> list[str]:
        """What stands in the directory of skills."""
        folder = self.dest / ".agents/skills"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def prompt(self) -> str:
        """SYSTEM_PROMPT.md."""
        return (self.dest / "SYSTEM_PROMPT.md").read_text()


def serve(shares: Shares, *agents: Mapping[str, object]) -> None:
    """Two sources that have everything, and these agents."""
    shares.source(
        "acme/base",
        {
            **tool("search", "base"),
            **tool("data/plot", "base"),
            "tools/lib.py": "base",
            "tools/_old/pyproject.toml": "",
            "tools/_old/run.py": "old",
            "workflows/nightly.py": 'WORKFLOW_NAME = "nightly"\n',
            "workflows/lib.py": "base",
            ".agents/skills/pdf/SKILL.md": skill("pdf", "base"),
            ".agents/skills/code-review/SKILL.md": skill("code-review", "\nReview.\n\n"),
            ".agents/skills/code-style/SKILL.md": skill("code-style", "Style."),
            ".agents/skills/README.md": "All skills: ...",
            ".agents/skills/_draft/SKILL.md": skill("_draft"),
            "personas/kind.md": "---\nskills: [pdf]\n---\nBe kind.",
            "personas/brief/PERSONA.md": "Be brief.",
            "personas/notes.txt": "x",
            "PROMPT.md": "Be kind.",
        },
    )
    files = {".agents/skills/pdf/SKILL.md": skill("pdf", "extra"), "PROMPT.md": "Be brief."}
    shares.source("acme/extra", files, personas=None)
    shares.agents = [dict(one) for one in agents]
    shares.publish()
