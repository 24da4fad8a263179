"""The nodes of the pages: two overlay repositories, a loop that keeps them, and a kubectl that leads to it."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from docs.gen.shell import run
from tests.docs.blocks import Block, commands
from tests.support.chaos_loop import Loop
from tests.support.git_repo import Files, GitRepo, Symlink
from tests.support.node import Node

# What differs from run to run: times, what the ports in clone URLs decide, and how often a try failed meanwhile.
VARYING = {
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "TIME",
    r"set [0-9a-f]{16}": "set ID",
    r"pod \S+": "pod NAME",
    r"failed (once|\d+ times)": "failed N times",
    r'"failures": \d+': '"failures": N',
    r'"seconds": [\d.]+': '"seconds": N',
    r"(tries\{.*\}) [1-9]\d*": r"\1 N",
}
KUBECTL = """\
#!/bin/sh
case "$1" in
exec) shift 3; exec "$@" ;;  # exec POD -- COMMAND
logs) exec cat {log} ;;
get) exec {python} -c 'import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1]).read())' {url} ;;
esac
"""


def plain(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, word in VARYING.items():
        text = re.sub(pattern, word, text)
    return text


class Stage:
    """Where the page is followed: `folder` holds a clone of a repository."""

    def __init__(self, folder: pathlib.Path, node: Node, loop: Loop) -> None:
        self.folder = folder
        self.bin_ = folder / "bin"
        self.log = folder / "log"
        self._loop = loop
        self._here = {
            "/var/lib/centaur/repos": str(node.root),
            "/overlays/manifest/overlay-manifest.json": str(node.manifest),
            "kill -HUP 1'": f"kill -HUP {loop.process.pid}'",
        }
        port = loop.wait_for("listening")["port"]
        self.bin_.mkdir()
        kubectl = self.bin_ / "kubectl"
        url = f"http://127.0.0.1:{port}/metrics"
        kubectl.write_text(KUBECTL.format(log=self.log, python=sys.executable, url=url))
        kubectl.chmod(0o755)

    def follow(self, block: Block) -> str:
        """Do what a block says, as tests.docs.blocks.follow does. Before a script of the page the workload goes."""
        if block.info == "sh":
            self._loop.terminate()
            ran = run(self._on_stage(f"set -e\n{block.text}"), self.folder, self.bin_)
            return ran.output if ran.code else ""
        for command, want in commands(block.text) if block.info == "console" else ():
            got = self._run(command)
            if plain(got) != plain(want):
                return f"$ {command}\n--- the page says\n{want}--- it prints\n{got}"
        return ""

    def _run(self, command: str) -> str:
        self.log.write_text("".join(json.dumps(event) + "\n" for event in self._loop.events))
        output = run(self._on_stage(command), self.folder, self.bin_).output
        if " push " in command or "-HUP" in command:
            self._loop.wait_for_passes()
        for there, here in self._here.items():
            output = output.replace(here, there)
        return output

    def _on_stage(self, command: str) -> str:
        for there, here in self._here.items():
            command = command.replace(there, here)
        return command


@contextmanager
def stage(node: Node) -> Iterator[Stage]:
    """A node that has fetched acme/base and the branch v2 of acme/extra, and goes on doing so."""
    node.repo("acme/base", {"tools/search/pyproject.toml": '[project]\nname = "search"\n'})
    extra = node.repo("acme/extra", {"README.md": "Tools of a team.\n"})
    project = '[project]\nname = "deploy"\n'
    extra.commit({"tools/deploy/pyproject.toml": project, "tools/shared": Symlink("../../shared")}, branch="v2")
    extra.commit({"tools/deploy/pyproject.toml": project + 'version = "2.0.0"\n'}, branch="v2")
    default = {"tools": "tools", "workflows": "workflows", "skills": ".agents/skills"}
    sources = tuple({"repo": repo, **default} for repo in ("acme/base", "acme/extra"))
    node.want("acme/base", "acme/extra@v2", sources=sources)
    with _running(node, extra, "v2") as there:
        yield there


@contextmanager
def merged_stage(node: Node) -> Iterator[Stage]:
    """A node that has merged what acme/team lays over acme/base."""
    project = '[project]\nname = "{}"\n'.format
    base: Files = {
        "tools/search/pyproject.toml": project("search"),
        "workflows/triage.py": 'WORKFLOW_NAME = "triage"\n',
    }
    over = {f"tools/{name}/pyproject.toml": project(name) for name in ("search", "deploy")}
    node.repo("acme/base", base)
    team = node.repo("acme/team", {**over, "workflows/__init__.py": ""})
    sources = tuple({"repo": repo, "tools": "tools", "workflows": "workflows"} for repo in node.repos)
    node.want(*node.repos, sources=sources, delivery="merged")
    with _running(node, team, "main") as there:
        yield there


@contextmanager
def _running(node: Node, repo: GitRepo, branch: str) -> Iterator[Stage]:
    """Its loop, after a first pass, and a reader with a clone of one repository in the folder of that name."""
    folder = node.folder / "reader"
    folder.mkdir()
    clone = folder / repo.path.stem
    subprocess.run(["git", "clone", "--quiet", f"--branch={branch}", repo.path, clone], check=True)
    for name, value in (("name", "Overlay Author"), ("email", "author@example.invalid")):
        subprocess.run(["git", "-C", clone, "config", f"user.{name}", value], check=True)
    with Loop(node, "--listen", "127.0.0.1:0") as loop:
        loop.wait_for("pass-finished", ready=True)
        yield Stage(folder, node, loop)
