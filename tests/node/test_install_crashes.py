"""Kill -9 in the middle of an installation: every item is the old one or the new one, and the next run heals."""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import signal
import subprocess

import pytest

from tests.support.chaos_loop import CODE
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.installs import Agent, Tree, skill, source, stamps, tool
from tests.support.node import Node
from tests.support.program import run
from tests.support.rounds import Rounds

KILLER = pathlib.Path(__file__).parents[1] / "support" / "chaos_steps"
OLD: Files = {
    **tool("same"),
    **tool("changes", "old"),
    "tools/changes/deep/er/data": "old\n" * 999,
    "tools/changes/link": Symlink("run.py"),
    **tool("goes"),
    **tool("group/inner"),
    **tool("grows"),
    "tools/lib.py": "old",
    "workflows/a.py": "WORKFLOW_NAME = 'a'\n",
    ".agents/skills/s/SKILL.md": skill("s", "old"),
    "personas/p.md": "old",
    "PROMPT.md": "old",
}
NEW: Files = {
    **tool("same"),
    **tool("changes", "new"),
    "tools/changes/deep/er/other": Executable("new\n" * 999),
    **tool("comes"),
    **tool("group"),
    **tool("grows/inner"),
    "tools/lib.py": "new",
    "workflows/b.py": "WORKFLOW_NAME = 'a'\n",
    ".agents/skills/s/SKILL.md": skill("s", "new"),
    "personas/p/P.md": "new",
    "PROMPT.md": "new",
}
OWN = {"own.txt": "mine", "tools/changes-not/x": "mine", ".agents/skills/own/SKILL.md": "mine"}


class Stage:
    """A cache with the old set, one with the new set, and what an agent's directory is with each of them."""

    def __init__(self, node: Node) -> None:
        self.agent = Agent(node)
        self.roots = {"old": node.folder / "old", "new": node.root}
        repo = node.repo("acme/one", OLD)
        node.want("acme/one", sources=(source("acme/one"),))
        assert node.sync() == 0
        shutil.copytree(node.root, self.roots["old"], symlinks=True)
        repo.commit(NEW, fresh=True)
        assert node.sync() == 0
        self.whole: dict[str, Tree] = {}
        for name in self.roots:
            self.begin("nothing")
            assert self.install(name) == 0
            self.whole[name] = self.agent.tree()
            self.agent.dest.rename(self.kept(name))
        self.begin("nothing")
        self.whole["nothing"] = self.agent.tree()

    def kept(self, name: str) -> pathlib.Path:
        return self.agent.dest.with_name(f"kept-{name}")

    def begin(self, name: str) -> None:
        """Let the agent's directory be as after that installation, or with nothing but the agent's own files."""
        shutil.rmtree(self.agent.dest, ignore_errors=True)
        if name == "nothing":
            for path, text in OWN.items():
                self.agent.write(path, text)
        else:
            subprocess.run(["cp", "-a", self.kept(name), self.agent.dest], check=True)

    def install(self, name: str, **variables: str) -> int:
        """Install from that cache; killed at a step when the variables say so."""
        self.agent.node.root = self.roots[name]
        path = {"PYTHONPATH": os.pathsep.join(map(str, (KILLER, CODE)))} if variables else {}
        done = run(*self.agent.args(), **path, **variables)
        return done.returncode if done.returncode < 0 else self.agent.done(done)

    def steps(self, before: str, after: str, **variables: str) -> int:
        """How many steps that installation takes."""
        self.begin(before)
        assert self.install(after, CHAOS_KILL_AT="0", **variables) == 0
        assert self.agent.tree() == self.whole[after]
        return int(self.agent.events[-1]["count"])

    def check(self, before: str, after: str, *, gaps: bool) -> None:
        """Every item, loose file and link is what it was before or what it will be; `gaps`: or is not there."""
        now = {path: text for path, text in self.agent.tree().items() if not path.startswith(".tmp/")}
        first, last = self.whole[before], self.whole[after]
        for path, text in now.items():
            assert text in (first.get(path), last.get(path)), path
        for place in (
            "tools/same",
            "tools/changes",
            "tools/comes",
            "tools/lib.py",
            ".agents/skills/s",
            "SYSTEM_PROMPT.md",
        ):
            states = [below(one, place) for one in (now, first, last)]
            assert states[0] in (*states[1:], *([{}] if gaps else [])), place
        for path, text in OWN.items():
            assert now[path] == f"644 {text}"


def below(tree: Tree, place: str) -> Tree:
    return {path: text for path, text in tree.items() if path == place or path.startswith(f"{place}/")}


@pytest.mark.parametrize("library", ["", "old"], ids=["in-one-step", "in-two-steps"])
@pytest.mark.parametrize(("before", "after"), [("nothing", "new"), ("old", "new"), ("old", "old")])
def test_kill_9_at_any_step(node: Node, rounds: Rounds, before: str, after: str, library: str) -> None:
    stage, variables = Stage(node), {"CHAOS_OLD_LIBRARY": library}
    if after == before:  # everything is written anew, over what is there
        record = stage.kept(before) / "installed.json"
        record.write_text(record.read_text().replace('"bootId": "', '"bootId": "not '))
    count = stage.steps(before, after, **variables)
    for number in range(rounds(short=12, long=400)):
        dice = random.Random(number)
        stage.begin(before)
        for _ in range(dice.randint(1, 2)):  # the run that heals may be killed as well
            assert stage.install(after, CHAOS_KILL_AT=str(dice.randint(1, count)), **variables) in (0, -signal.SIGKILL)
            stage.check(before, after, gaps=bool(library))
        healed = dice.choice([after, before]) if before != "nothing" else after
        assert stage.install(healed) == 0, f"round {number}: {stage.agent.events}"
        assert stage.agent.tree() == stage.whole[healed], f"round {number}"
        assert stage.agent.reasons() == []
        done = stamps(stage.agent.dest)
        assert stage.install(healed) == 0
        assert stamps(stage.agent.dest) == done
