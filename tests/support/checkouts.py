"""Directories laid out owner/name, as `--checkouts` takes them."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.overlays import Ran, overlays

PLAIN: Mapping[str, Any] = {"toolServer": {"enabled": False}}
"""Values that draw no warning about the base repository."""


def write(folder: pathlib.Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder; a path that is no UTF-8 is written as os.fsdecode gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


def skill(name: str, body: str = "") -> dict[str, str]:
    """The file of a skill at its default place."""
    return {f".agents/skills/{name}/SKILL.md": f"---\nname: {name}\n---\n{body}"}


def tool(name: str) -> dict[str, str]:
    """The file of a tool at its default place."""
    return {f"tools/{name}/pyproject.toml": ""}


def workflow(name: str, file: str = "one.py") -> dict[str, str]:
    """The file of a workflow at its default place."""
    return {f"workflows/{file}": f'WORKFLOW_NAME = "{name}"\n'}


class List:
    """A list of sources in `folder`: values.yaml, and the checkouts below checkouts/."""

    def __init__(self, folder: pathlib.Path, *sources: Mapping[str, Any] | str) -> None:
        self.folder = folder
        self.checkouts = folder / "checkouts"
        self.sources: Sequence[Mapping[str, Any]] = [
            {"repo": source} if isinstance(source, str) else source for source in sources
        ]
        values = {**PLAIN, "overlays": {"sources": self.sources}}
        (folder / "values.yaml").write_text(json.dumps(values, indent=2) + "\n")

    def has(self, repo: str, *files: Mapping[str, str | bytes], commit: str | None = None) -> pathlib.Path:
        """Check a repository out: these files, and a .git that names the commit. Gives the directory."""
        root = self.checkouts / repo
        for some in files:
            write(root, some)
        root.mkdir(parents=True, exist_ok=True)
        if commit is not None:
            write(root, {".git/HEAD": f"{commit}\n"})
        return root

    def explain(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        """Run `overlays explain` on it, in its folder."""
        given = ("explain", "-f", "values.yaml", "--checkouts", "checkouts", *arguments)
        return overlays(*given, cwd=self.folder, stdin=stdin, env=env)

    def report(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        """Run `overlays report` on it, in its folder."""
        given = ("report", "-f", "values.yaml", "--checkouts", "checkouts", *arguments)
        return overlays(*given, cwd=self.folder, stdin=stdin, env=env)

    def items(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """What `--output json` says, by "surface/name"; the run must not fail."""
        ran = self.explain("--output", "json", *arguments)
        assert ran.code == 0, ran.told
        return {f"{one['surface']}/{one['name']}": one for one in json.loads(ran.stdout)["items"]}

    def winners(self) -> dict[str, tuple[str | None, list[str]]]:
        """Of each "surface/name" the winner's repository and those of the shadowed copies."""
        return {
            key: (one["winner"] and one["winner"]["repo"], [copy["repo"] for copy in one["shadowed"]])
            for key, one in self.items().items()
        }
