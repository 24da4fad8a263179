"""A wall clock that jumps, and two writers at once."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from tests.support.chaos import Truth, key
from tests.support.chaos_loop import CODE, Loop, alive
from tests.support.git_http import ALL, Hang, Status
from tests.support.node import Node

REPOS = ("acme/one", "acme/two")
DAY = 24 * 60 * 60
SHIM = pathlib.Path(__file__).parents[1] / "support" / "chaos_clock"


class Clock:
    """The wall clock of the processes that are given it: off by so many seconds, from this moment on."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._file = node.folder / "clock"
        self.set(0)
        self.environment = {"CHAOS_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._file)

    def loop(self, *args: str) -> Loop:
        """A writer that lives by this clock."""
        return Loop(self._node, *args, path=[SHIM], environment=self.environment)

    def ready(self) -> str:
        """What `ready` says by this clock."""
        command = [sys.executable, "-m", "overlays_node", "ready", "--manifest", str(self._node.manifest)]
        path = os.pathsep.join(map(str, (SHIM, CODE)))
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **self.environment}
        done = subprocess.run([*command, "--root", str(self._node.root)], env=environment, stdout=subprocess.PIPE)
        return done.stdout.decode().strip()


@pytest.fixture
def clock(node: Node) -> Clock:
    for name in REPOS:
        node.repo(name, {"x": name})
    node.want(*REPOS)
    return Clock(node)


@pytest.mark.parametrize("jump", [-365 * DAY, 365 * DAY], ids=["back", "forward"])
def test_ready_survives_a_jump_of_the_clock(node: Node, clock: Clock, jump: int) -> None:
    """A status of another time makes nothing ready; the next pass, which comes when it should, does."""
    with clock.loop() as loop:
        loop.wait_for("pass-finished", ready=True)
        assert clock.ready() == "ready"
        loop.frozen()
        clock.set(jump)
        assert clock.ready().startswith("not ready: the last pass ended at ")
        loop.wake()
        loop.wait_for_passes()
        assert clock.ready() == "ready"
        new = node.repos["acme/one"].commit({"x": "1"})
        loop.wait_for("repository-updated", repository="acme/one", commit=new)
        loop.wait_for_passes()
        assert loop.terminate() == 0
    assert node.sync() == 0
    Truth(node).check_healed(REPOS)


@pytest.mark.parametrize("jump", [-365 * DAY, 365 * DAY], ids=["back", "forward"])
def test_grace_survives_a_jump_of_the_clock(node: Node, clock: Clock, jump: int) -> None:
    """What stopped being current stays for the grace and not longer, as time really goes by."""
    trees = node.root / ".trees" / key("acme/one")
    with clock.loop("--grace", "3600") as loop:
        loop.wait_for("pass-finished", ready=True)
        for number, seconds in enumerate((0, jump, 0, jump)):
            clock.set(seconds)
            so_far, new = len(loop.events), node.repos["acme/one"].commit({"x": f"{number + 1}"})
            loop.wait_for("repository-updated", after=so_far, repository="acme/one", commit=new)
            loop.wait_for_passes()
        assert len([*trees.iterdir()]) == 5
        assert loop.terminate() == 0
    with clock.loop("--grace", "0.5") as loop:
        loop.wait_for("collected")
        clock.set(0)
        new = node.repos["acme/one"].commit({"x": "last"})
        loop.wait_for("repository-updated", repository="acme/one", commit=new)
        loop.wait_for_passes(4)
        assert new in [path.name for path in trees.iterdir()]
        assert len([*trees.iterdir()]) == 2
        assert loop.terminate() == 0
    assert node.sync() == 0
    Truth(node).check_healed(REPOS)


@pytest.mark.parametrize("jump", [-365 * DAY, 365 * DAY], ids=["back", "forward"])
def test_last_good_is_the_latest_whatever_the_clock_said(node: Node, clock: Clock, jump: int) -> None:
    """With the clock wrong, then right or the other way round; the status is lost, the remote is down."""
    one = node.repos["acme/one"]
    one.commit({"x": "dev"}, branch="dev")
    commits: list[str] = []
    with clock.loop() as loop:
        loop.wait_for("pass-finished", ready=True)
        for seconds in (jump, 0, -jump, 0):
            clock.set(seconds)
            so_far = len(loop.events)
            commits.append(one.commit({"x": f"{len(commits) + 1}"}))
            loop.wait_for("set-published", after=so_far)
        so_far = len(loop.events)
        node.want("acme/one@dev", "acme/two")
        loop.wait_for("set-published", after=so_far)
        loop.wait_for_passes()
        assert loop.terminate() == 0
    assert node.text("acme/one/x") == "dev"
    (node.root / ".status.json").unlink()
    node.server.faults[ALL] = Status(500)
    node.want(*REPOS)
    assert node.sync() == 1
    served = Truth(node).served()
    assert served is not None
    assert served.commits["acme/one"] == commits[-1]
    node.server.faults.clear()
    assert node.sync() == 0
    Truth(node).check_healed(REPOS)


def test_second_writer_waits_and_takes_over_when_the_first_is_killed(node: Node) -> None:
    for name in REPOS:
        node.repo(name, {"x": name})
    node.want(*REPOS)
    truth = Truth(node)
    with Loop(node) as first:
        first.wait_for("pass-finished", ready=True)
        with Loop(node) as second:
            second.wait_for("waiting-for-lock", reason="another sync holds it")
            new = node.repos["acme/one"].commit({"x": "1"})
            first.wait_for("repository-updated", repository="acme/one", commit=new)
            assert [event["event"] for event in second.events] == ["waiting-for-lock"]
            first.kill_all()
            assert truth.served() is not None
            new = node.repos["acme/two"].commit({"x": "1"})
            second.wait_for("repository-updated", repository="acme/two", commit=new)
            second.wait_for("pass-finished", ready=True)
            assert second.terminate() == 0
    assert node.sync() == 0
    truth.check_healed(REPOS)


def test_second_writer_waits_for_the_git_children_of_a_killed_one(node: Node) -> None:
    """They may still write into a store."""
    for name in REPOS:
        node.repo(name, {"x": name})
    node.want(*REPOS)
    assert node.sync() == 0
    hang = Hang(advertisement=False)
    node.server.faults["acme/one"] = hang
    node.repos["acme/one"].commit({"x": "1"})
    with Loop(node) as first:
        assert hang.reached.wait(60)
        children = first.frozen()
        first.process.kill()
        first.process.wait()
        assert any(map(alive, children))
        with Loop(node) as second:
            second.wait_for("waiting-for-lock")
            assert [event["event"] for event in second.events] == ["waiting-for-lock"]
            del node.server.faults["acme/one"]
            for pid in filter(alive, children):
                os.kill(pid, signal.SIGKILL)
            second.wait_for("pass-finished", ready=True)
            assert second.terminate() == 0
    assert node.sync() == 0
    Truth(node).check_healed(REPOS)
