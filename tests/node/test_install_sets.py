"""Which set `install` takes: the complete one of its manifest, and what stands in for it when the wait is over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading

import pytest

from tests.support.git_http import Status
from tests.support.git_repo import Files
from tests.support.installs import Agent, skill, source, stamps, tool
from tests.support.node import Node
from tests.support.program import environment

FALLBACKS = ("none", "previous", "incomplete")


@pytest.fixture
def agent(node: Node) -> Agent:
    return Agent(node)


def two(node: Node, *, broken: bool) -> None:
    """A manifest with two sources; the server has no second one when it is broken."""
    node.repo("acme/base", tool("a", "base"))
    node.repo("acme/extra", {**tool("a", "extra"), **tool("b", "extra")})
    if broken:
        node.server.faults["acme/extra"] = Status(404)
    else:
        node.server.faults.clear()
    node.want("acme/base", "acme/extra", sources=(source("acme/base", "tools"), source("acme/extra", "tools")))


@pytest.mark.parametrize("fallback", FALLBACKS)
def test_without_any_set_it_fails_and_says_so(node: Node, agent: Agent, fallback: str) -> None:
    two(node, broken=False)
    assert agent.install("--fallback", fallback) == 1
    assert agent.reasons() == [
        f"no complete set of this manifest: there is no set in {node.root} yet; "
        "missing: acme/base (waiting), acme/extra (waiting); no sync has run here"
    ]
    assert not (agent.dest / "installed.json").exists()


@pytest.mark.parametrize("fallback", FALLBACKS)
def test_an_incomplete_set_on_a_new_node(node: Node, agent: Agent, fallback: str) -> None:
    two(node, broken=True)
    assert node.sync() == 1
    ended = agent.install("--fallback", fallback, "--wait", "0.2")
    if fallback == "incomplete":
        assert (ended, agent.files()) == (0, {"tools/a/pyproject.toml": "", "tools/a/run.py": "base"})
        assert (agent.record()["complete"], agent.record()["fallback"]) == (False, "incomplete")
        (told,) = agent.named("installing-incomplete")
        assert (told["level"], told["lacking"]) == ("error", ["acme/extra"])
        return
    assert ended == 1
    assert not (agent.dest / "tools").exists()
    (reason,) = agent.reasons()
    assert reason.startswith(
        f"no complete set of this manifest: the current set {node.status()['set']} is incomplete; "
    )
    assert f"missing: acme/extra ({node.of('acme/extra')['lastError']})" in reason
    (waited,) = agent.named("waiting-for-set")
    assert waited["reason"] == reason.partition("manifest: ")[2]


@pytest.mark.parametrize("fallback", FALLBACKS)
def test_the_set_of_the_manifest_before(node: Node, agent: Agent, fallback: str) -> None:
    node.repo("acme/base", {**tool("a", "base"), "old/b/pyproject.toml": "old"})
    node.want("acme/base", sources=({"repo": "acme/base", "tools": "old"},))
    assert node.sync() == 0
    before = node.status()
    two(node, broken=True)
    assert node.sync() == 1
    ended = agent.install("--fallback", fallback)
    if fallback == "none":
        assert ended == 1
        assert agent.reasons() == [
            f"no complete set of this manifest: the current set {before['set']} was made from another manifest; "
            f"missing: acme/extra ({node.of('acme/extra')['lastError']})"
        ]
        return
    assert (ended, agent.files()) == (0, {"tools/b/pyproject.toml": "old"})  # as its own manifest says
    record = agent.record()
    assert (record["set"], record["manifestDigest"]) == (before["set"], before["manifestDigest"])
    assert (record["complete"], record["fallback"]) == (True, "previous")
    assert [one["level"] for one in agent.named("installing-previous")] == ["warning"]
    two(node, broken=False)
    assert node.sync() == 0
    assert agent.install("--fallback", fallback) == 0
    assert (agent.record()["complete"], agent.record()["fallback"]) == (True, None)
    assert [*agent.files()] == [f"tools/{name}/{file}" for name in "ab" for file in ("pyproject.toml", "run.py")]


def test_a_set_that_does_not_tell_its_sources_is_no_previous_one(node: Node, agent: Agent) -> None:
    two(node, broken=False)
    assert node.sync() == 0
    record = next(node.root.glob(".sets/*/.set.json"))
    told = json.loads(record.read_text())
    del told["sources"]  # as an earlier version left it
    record.write_text(json.dumps(told))
    assert agent.install() == 0  # the mounted manifest tells them
    node.want("acme/base")
    assert agent.install("--fallback", "previous") == 1


def test_it_waits_for_the_set(node: Node, agent: Agent) -> None:
    two(node, broken=False)
    command = [sys.executable, "-m", "overlays_node", *agent.args("--wait", "60")]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as init:
        assert init.stderr is not None
        assert json.loads(init.stderr.readline())["event"] == "waiting-for-set"
        assert node.sync() == 0
        events = [json.loads(line)["event"] for line in init.stderr]
    assert init.returncode == 0
    assert events.count("waiting-for-set") == 0
    assert events[-1] == "installed"
    assert agent.files()["tools/a/run.py"] == "extra"


def test_what_is_installed_of_a_repository_that_the_set_lacks_stays(node: Node, agent: Agent) -> None:
    """A new node has an incomplete set at first; the directory came from another one."""
    two(node, broken=False)
    assert (node.sync(), agent.install()) == (0, 0)
    before = agent.tree()
    shutil.rmtree(node.root)
    node.repos["acme/base"].commit({**tool("c"), "tools/a/run.py": "base 2"})
    two(node, broken=True)
    assert node.sync() == 1
    assert agent.install() == 1
    assert agent.tree() == before
    assert agent.install("--fallback", "incomplete") == 0
    assert agent.files() == {
        "tools/a/pyproject.toml": "",
        "tools/a/run.py": "extra",  # it comes later than acme/base, and has been here
        "tools/b/pyproject.toml": "",
        "tools/b/run.py": "extra",
        "tools/c/pyproject.toml": "",
        "tools/c/run.py": "",
    }
    two(node, broken=False)
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.files()["tools/a/run.py"] == "extra"


SURFACES = ("tools", "workflows", "skills", "prompt")


class Three:
    """Three sources, of which the middle one is lost at will, with the cache of the node."""

    def __init__(self, node: Node, agent: Agent, **files: Files) -> None:
        self.node, self.agent = node, agent
        for name in ("one", "two", "three"):
            node.repo(f"acme/{name}", {"README": "", **files.get(name, {})})
        repos = [f"acme/{name}" for name in ("one", "two", "three")]
        node.want(*repos, sources=tuple(source(repo, *SURFACES) for repo in repos))
        assert (node.sync(), agent.install()) == (0, 0)
        self.before = agent.files()

    def lose(self, **commits: Files) -> None:
        for name, files in commits.items():
            self.node.repos[f"acme/{name}"].commit(files)
        shutil.rmtree(self.node.root)
        self.node.server.faults["acme/two"] = Status(404)
        assert self.node.sync() == 1
        assert self.agent.install("--fallback", "incomplete") == 0

    def find(self) -> None:
        """It is back: all is as if it had never been away."""
        self.node.server.faults.clear()
        assert (self.node.sync(), self.agent.install()) == (0, 0)
        kept, self.agent.dest = self.agent.tree(), self.agent.dest.with_name("fresh")
        assert self.agent.install() == 0
        assert kept == self.agent.tree()


def test_earlier_sources_take_nothing_from_one_that_is_lacking(node: Node, agent: Agent) -> None:
    three = Three(
        node,
        agent,
        one={**tool("a", "1"), "workflows/lib.txt": "1", "PROMPT.md": "1"},
        two={
            **tool("a", "2"),
            **tool("group/moved", "2"),
            "workflows/lib.txt": "2",
            "workflows/deep/x": "2",
            ".agents/skills/s/SKILL.md": skill("s", "2"),
            "PROMPT.md": "2",
        },
        three={"PROMPT.md": "3"},
    )
    three.lose(
        one={**tool("moved", "1"), **tool("group", "1"), "workflows/deep": "1", "PROMPT.md": "1 anew"},
        three={"PROMPT.md": "3 anew"},
    )
    assert agent.files() == three.before
    assert agent.named("item-removed") == []
    before = stamps(agent.dest)
    assert agent.install("--fallback", "incomplete") == 0
    assert stamps(agent.dest) == before
    three.find()


def test_later_sources_replace_one_that_is_lacking(node: Node, agent: Agent) -> None:
    three = Three(
        node,
        agent,
        two={**tool("a", "2"), **tool("b", "2"), **tool("x/c", "2"), "workflows/lib.txt": "2", "tools/d": "2"},
    )
    three.lose(
        one={**tool("d", "1")},  # an item, and that was a loose file
        three={**tool("a", "3"), **tool("y/b", "3"), **tool("x", "3"), "workflows/lib.txt": "3", "PROMPT.md": "3"},
    )
    assert agent.files() == {
        "tools/a/pyproject.toml": "",
        "tools/a/run.py": "3",
        "tools/d/pyproject.toml": "",
        "tools/d/run.py": "1",
        "tools/x/pyproject.toml": "",
        "tools/x/run.py": "3",
        "tools/y/b/pyproject.toml": "",
        "tools/y/b/run.py": "3",
        "workflows/lib.txt": "3",
        ".claude/skills": "-> ../.agents/skills",
        "SYSTEM_PROMPT.md": "3\n",
    }
    three.find()


def test_what_is_not_asked_for_any_more_is_not_kept(node: Node, agent: Agent) -> None:
    three = Three(node, agent, one=tool("a"), two={**tool("b"), ".agents/skills/s/SKILL.md": skill("s")})
    three.lose()
    assert agent.files() == three.before
    assert agent.install("--fallback", "incomplete", "--surface", "skills") == 0
    assert {*agent.files()} == {".agents/skills/s/SKILL.md", ".claude/skills"}


def test_a_failing_source_never_empties_a_tree(node: Node, agent: Agent) -> None:
    two(node, broken=False)
    assert (node.sync(), agent.install()) == (0, 0)
    before = stamps(agent.dest)
    node.repos["acme/base"].commit({"x": ""})
    node.server.faults["acme/extra"] = Status(500)
    assert node.sync() == 1
    assert agent.install() == 0  # the set has the last good commit
    assert agent.files()["tools/b/run.py"] == "extra"
    before = stamps(agent.dest)
    (tree,) = node.root.glob(".trees/acme%2Fextra/*")
    tree.rename(tree.with_name("gone"))
    assert agent.install() == 1
    (reason,) = agent.reasons()
    assert reason.endswith("/acme/extra: the files of acme/extra are gone")
    assert stamps(agent.dest) == before


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"manifestDigest": 1}', '{"repositories": []}'])
def test_a_set_that_cannot_be_read_is_none(node: Node, agent: Agent, damage: str) -> None:
    two(node, broken=False)
    assert node.sync() == 0
    next(node.root.glob(".sets/*/.set.json")).write_text(damage)
    assert agent.install("--fallback", "incomplete") == 1
    assert "there is no set" in agent.reasons()[0]


def test_a_manifest_that_cannot_be_used_fails_at_once(node: Node, agent: Agent) -> None:
    two(node, broken=False)
    assert node.sync() == 0
    node.manifest.write_text("{")
    assert agent.install("--wait", "600", "--fallback", "incomplete") == 1
    assert "is not JSON" in agent.reasons()[0]
    node.manifest.unlink()
    assert agent.install("--wait", "600") == 1
    assert "cannot be read" in agent.reasons()[0]


def test_sets_that_come_and_go_while_they_are_copied(node: Node, agent: Agent) -> None:
    """Everything that is not current is collected at once; each run installs one commit or fails, and mixes nothing."""
    many = {f"tools/t{one}/{name}": "0" for one in range(30) for name in ("pyproject.toml", "version")}
    base = node.repo("acme/base", many)
    node.want("acme/base", sources=(source("acme/base", "tools"),))
    assert node.sync() == 0
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            base.commit({path: f"{number}" for path in many if path.endswith("version")})
            node.sync(grace=0.001)

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(15):
            ended = agent.install()
            versions = {path.read_text() for path in agent.dest.glob("tools/*/version")}
            assert (ended, len(versions)) == (0, 1), agent.reasons()
    finally:
        stop.set()
        writer.join()
    assert (node.sync(), agent.install()) == (0, 0)
