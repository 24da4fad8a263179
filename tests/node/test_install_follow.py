"""`install --follow`: the directory of a running agent follows the cache, whatever happens in between."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.node.test_process_1 import takes
from tests.support.chaos_loop import PATIENCE, alive, descendants
from tests.support.following import Following
from tests.support.git_http import Status
from tests.support.installs import Agent, source, stamps, tool
from tests.support.node import Node
from tests.support.program import environment


@pytest.fixture
def agent(node: Node) -> Agent:
    node.repo("acme/base", tool("a", "1"))
    node.want("acme/base", sources=(source("acme/base", "tools"),))
    assert node.sync() == 0
    return Agent(node)


def test_it_follows_the_set_and_the_manifest(node: Node, agent: Agent) -> None:
    with Following(agent) as loop:
        loop.wait_for("installed", installed=1)
        node.repos["acme/base"].commit({"tools/a/run.py": "2"})
        assert node.sync() == 0
        loop.wait_for("installed", set=node.status()["set"])
        assert agent.files()["tools/a/run.py"] == "2"
        node.repo("acme/extra", tool("b"))
        seen = len(loop.events)
        node.want("acme/extra", sources=(source("acme/extra", "tools"),))
        told = loop.wait_for("not-installed", after=seen)
        assert "was made from another manifest; missing: acme/extra (waiting)" in told["reason"]
        assert agent.files()["tools/a/run.py"] == "2"
        assert node.sync() == 0
        loop.wait_for("installed", after=seen, removed=1, installed=1)
        assert [*agent.files()] == ["tools/b/pyproject.toml", "tools/b/run.py"]
        assert loop.terminate() == 0
        assert loop.events[-1]["event"] == "stopped"


def test_it_follows_one_agents_list_and_tells_only_the_first_time_of_what_stays(node: Node, agent: Agent) -> None:
    node.repos["acme/base"].commit({**tool("b", "1"), **tool("c", "1")})

    def allow(*tools: str) -> None:
        document = json.loads(node.manifest.read_text())
        node.put_manifest({**document, "agents": [{"name": "x", "tools": [*tools]}]})
        assert node.sync() == 0

    def changes(events: list[dict[str, object]]) -> list[tuple[object, object]]:
        return [(one["name"], one["change"]) for one in events if one["event"] == "item-installed"]

    allow("a", "b")
    assert agent.install("--agent", "x") == 0
    with Following(agent, "--agent", "x") as loop:
        loop.wait_for("installed")
        assert changes(loop.events) == [("a", "unchanged"), ("b", "unchanged")]
        seen = len(loop.events)
        allow("b", "c")
        loop.wait_for("installed", after=seen, installed=1, unchanged=1)
        assert changes(loop.events[seen:]) == [("c", "installed")]
        assert sorted(path.name for path in (agent.dest / "tools").iterdir()) == ["b", "c"]
        assert [one["name"] for one in loop.named("item-removed")] == ["a"]
        assert loop.terminate() == 0


def test_while_nothing_changes_nothing_is_read_or_written(node: Node, agent: Agent) -> None:
    with Following(agent) as loop:
        loop.wait_for("installed")
        before, count = stamps(agent.dest), len(loop.events)
        record = agent.dest / "installed.json"
        os.utime(record, ns=(0, record.stat().st_mtime_ns))  # so that a read shows, whatever the mount says
        read = record.stat().st_atime_ns
        looks = switches(loop.process.pid)
        while switches(loop.process.pid) < looks + 5:  # it wakes up to look, and for nothing else
            pass
        assert record.stat().st_atime_ns == read
        assert {path: stamp[:2] for path, stamp in stamps(agent.dest).items()} == {
            path: stamp[:2] for path, stamp in before.items()
        }
        assert len(loop.events) == count
        assert loop.terminate() == 0


def switches(pid: int) -> int:
    """How often a process went to sleep."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches")))


def test_errors_are_told_once_and_it_goes_on(node: Node, agent: Agent) -> None:
    with Following(agent) as loop:
        loop.wait_for("installed")
        record = agent.dest / "installed.json"
        good = record.read_text()
        record.write_text("{")
        node.repos["acme/base"].commit({"tools/a/run.py": "2"})
        assert node.sync() == 0
        told = loop.wait_for("not-installed")
        assert "is not what `install` has written" in told["reason"]
        assert agent.files()["tools/a/run.py"] == "1"
        node.repos["acme/base"].commit({"tools/a/run.py": "3"})
        assert node.sync() == 0
        loop.wait_for("not-installed")
        record.write_text(good)
        loop.wait_for("installed", after=1, set=node.status()["set"])  # it tries again by itself
        assert agent.files()["tools/a/run.py"] == "3"
        assert len(loop.named("not-installed")) == 1
        seen = len(loop.events)
        shutil.move(node.manifest, node.folder / "aside")
        told = loop.wait_for("not-installed", after=seen)
        shutil.move(node.folder / "aside", node.manifest)
        loop.wait_for("installed", after=told)
        assert loop.terminate() == 0


def test_it_begins_before_there_is_any_set(node: Node, agent: Agent) -> None:
    node.repo("acme/extra", tool("b"))
    node.server.faults["acme/extra"] = Status(404)
    node.want("acme/extra", sources=(source("acme/extra", "tools"),))
    shutil.rmtree(node.root)
    with Following(agent, "--wait", "0.1", "--fallback", "previous") as loop:
        loop.wait_for("waiting-for-set")
        loop.wait_for("not-installed")
        node.server.faults.clear()
        assert node.sync() == 0
        loop.wait_for("installed", set=node.status()["set"])
        assert loop.terminate() == 0


@pytest.mark.parametrize("when", ["waiting", "following"])
def test_process_1_ends_within_a_second_or_so(node: Node, agent: Agent, when: str) -> None:
    """The kernel gives process 1 no signal that it does not ask for."""
    if when == "waiting":
        node.want("acme/other")
    args = agent.args("--follow", "--interval", "600", "--wait", "600")
    space = ["unshare", "--pid", "--fork", "--kill-child"]
    command = [*space, sys.executable, "-m", "overlays_node", *args]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as outer:
        try:
            assert outer.stderr is not None
            last = {"waiting": "waiting-for-set", "following": "installed"}[when]
            next(line for line in outer.stderr if json.loads(line)["event"] == last)
            (inner,) = [pid for pid in descendants(outer.pid) if takes(pid, signal.SIGTERM)]
            os.kill(inner, signal.SIGTERM)
            assert outer.wait(PATIENCE) == 0
            assert not alive(inner)
        finally:
            outer.kill()


def test_without_follow_sigterm_is_a_failure(node: Node, agent: Agent) -> None:
    node.want("acme/other")
    command = [sys.executable, "-m", "overlays_node", *agent.args("--wait", "600")]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as init:
        assert init.stderr is not None
        assert json.loads(init.stderr.readline())["event"] == "waiting-for-set"
        init.terminate()
        assert json.loads(init.stderr.read())["event"] == "stopped"
    assert init.returncode == 1


def test_waiting_costs_no_time_of_the_processor(node: Node, agent: Agent) -> None:
    node.want("acme/other")
    spent = []
    for wait in ("0", "2"):
        before = os.times()
        assert agent.install("--wait", wait) == 1
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert spent[1] - spent[0] < 1


def test_an_agent_may_change_and_delete_what_it_likes_meanwhile(node: Node, agent: Agent) -> None:
    with Following(agent) as loop:
        loop.wait_for("installed")
        shutil.rmtree(agent.dest / "tools")
        node.repos["acme/base"].commit({"tools/a/run.py": "2"})
        assert node.sync() == 0
        loop.wait_for("installed", set=node.status()["set"])
        assert agent.files()["tools/a/run.py"] == "2"
        deadline = time.monotonic() + PATIENCE
        for number in range(20):
            for path in ("tools", ".tmp", "installed.json"):
                shutil.rmtree(agent.dest / path, ignore_errors=True)
                with contextlib.suppress(OSError):
                    (agent.dest / path).unlink()
            node.repos["acme/base"].commit({"tools/a/run.py": f"{number} again"})
            assert node.sync() == 0
        text = ""
        while text != "19 again":
            assert time.monotonic() < deadline, loop.events[-5:]
            with contextlib.suppress(FileNotFoundError):
                text = (agent.dest / "tools/a/run.py").read_text()
        assert loop.terminate() == 0
        assert [one for one in loop.events if one["event"] in ("unreadable", "internal-error")] == []
