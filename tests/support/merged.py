"""Sources whose items are delivered merged: a manifest of them, and what stands in a merged directory."""

from __future__ import annotations

import os
import pathlib
import subprocess

from tests.support.git_repo import Files, environment
from tests.support.node import Node

SUBDIRS = {
    "tools": "tools",
    "workflows": "workflows",
    "skills": ".agents/skills",
    "personas": "personas",
    "prompt": "PROMPT.md",
}
GIT = ("git", "-c", "safe.directory=*")
MERGED, PUBLIC = "overlays/merged", "overlays/merged-public"
BASE, OVER = "acme/base", "acme/over"
REPOS = (BASE, OVER)
TOOL: Files = {"tools/a/pyproject.toml": "base"}


def want(node: Node, *repos: str, public: tuple[str, ...] = (), delivery: str | None = "merged") -> None:
    """Write a manifest whose sources are these repositories, "owner/name" or "owner/name@ref", in this order."""
    sources = tuple({"repo": repo.partition("@")[0], **SUBDIRS} for repo in repos)
    node.want(*repos, sources=sources, public=public, delivery=delivery)


def tree_of(folder: pathlib.Path) -> dict[str, str]:
    """Path -> text of every file below a folder but .git, "-> target" of every link, "/" of every empty folder."""
    found = {}
    for place, folders, files in os.walk(folder):
        if place == str(folder) and ".git" in folders:
            folders.remove(".git")
        here = pathlib.Path(place)
        for name in [*files, *folders]:
            path = here / name
            if path.is_symlink():
                found[str(path.relative_to(folder))] = f"-> {path.readlink()}"
            elif path.is_file():
                found[str(path.relative_to(folder))] = path.read_text()
            elif not any(path.iterdir()):
                found[str(path.relative_to(folder))] = "/"
    return found


def git(folder: pathlib.Path, *args: str) -> str:
    """Output of git in a folder, as os.fsdecode gives it."""
    done = subprocess.run([*GIT, "-C", str(folder), *args], check=False, capture_output=True, env=environment())
    assert done.returncode == 0, done.stderr
    return os.fsdecode(done.stdout).strip()


def skill(name: str, body: str = "") -> str:
    return f"---\nname: {name}\n---\n{body}"


def workflow(name: str, body: str = "") -> str:
    return f"WORKFLOW_NAME = {name!r}\n{body}"


def merged(node: Node, base: Files, over: Files) -> dict[str, str]:
    """What two sources come to, the folders of surfaces without anything left out."""
    node.repo(BASE, base)
    node.repo(OVER, over)
    want(node, *REPOS)
    assert node.sync() == 0
    found = tree_of(node.root / MERGED)
    return {path: text for path, text in found.items() if "/" in path or text != "/"}
