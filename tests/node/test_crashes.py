"""Kill -9 at random points: of the runtime, of git children, of all. What is served stays whole and right."""

from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import random
import shutil
import signal
import threading

import pytest

from tests.support.chaos import Served, Truth
from tests.support.chaos_loop import Loop, alive, nobody_writes
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.node import Node
from tests.support.rounds import Rounds

REPOS = ("acme/one", "acme/two", "other/three")
PUBLIC = ("acme/two",)
PARTS = 4  # one test for each, so that they can run side by side
LATEST = 0.2  # seconds after the start of a pass
MANY = 100  # files, so that writing them takes a while
STEPS = 150  # changes of the disk in a process's first pass or two
KILLER = pathlib.Path(__file__).parents[1] / "support" / "chaos_kill"


@pytest.mark.parametrize("part", range(PARTS))
def test_kill_9_at_random_points(node: Node, rounds: Rounds, part: int) -> None:
    for name in REPOS:
        node.repo(name, content(name, 0))
    truth = Truth(node)
    wanted: tuple[str, ...] = REPOS
    before: Served | None = None
    for number in range(part, rounds(short=40, long=200), PARTS):
        dice = random.Random(number)
        try:
            listed = dice.choice([REPOS, REPOS, REPOS[:2], REPOS[1:]])
            new, wanted = {*listed} - {*wanted}, listed
            node.want(*wanted, public=PUBLIC)
            for name in dice.sample(REPOS, dice.randint(1, len(REPOS))):
                node.repos[name].commit(content(name, dice.randrange(1000)))
            FAULTS[dice.randrange(len(FAULTS))](node, dice)
            with nobody_writes(node.root):
                check(truth, before, new)
            assert node.sync() == 0, node.status()
            before = truth.check_healed(wanted, public={*wanted} & {*PUBLIC})
        except Exception as why:
            raise AssertionError(f"round {number}, which is the seed of its random numbers: {why}") from why


@pytest.mark.parametrize("first", [False, True], ids=["an-update", "the-first-pass"])
def test_kill_9_before_each_change_that_readers_notice(node: Node, first: bool) -> None:
    kill_step_by_step(node, first, {"CHAOS_KILL_NOTICED": "1"})


@pytest.mark.long
@pytest.mark.parametrize("first", [False, True], ids=["an-update", "the-first-pass"])
def test_kill_9_before_each_change(node: Node, first: bool) -> None:
    kill_step_by_step(node, first, {})


def kill_step_by_step(node: Node, first: bool, environment: dict[str, str]) -> None:
    """A pass that changes everything, again and again, killed one step later each time until it comes to its end."""
    for name in REPOS:
        node.repo(name, content(name, 0, many=2))
    truth = Truth(node)
    before: Served | None = None
    wanted: tuple[str, ...] = REPOS
    for step in itertools.count(1):
        if first and step > 1:
            shutil.rmtree(node.root)
            before = None
        listed = REPOS[:2] if step % 2 else REPOS[1:]
        new, wanted = {*listed} - {*wanted}, listed
        node.want(*wanted, public=PUBLIC)
        for name in wanted:
            node.repos[name].commit(content(name, step, many=2))
        last = {**environment, "CHAOS_KILL_AT": str(step)}
        with Loop(node, "--once", "--grace", "0.001", path=[KILLER], environment=last) as loop:
            ended = loop.process.wait(60)
        with nobody_writes(node.root):
            check(truth, before, new)
        if ended == 0:
            assert step > len(REPOS)  # it was killed before
            return
        assert ended == -signal.SIGKILL, f"step {step}: {loop.events[-3:]}"
        assert node.sync() == 0, f"step {step}: {node.status()}"
        before = truth.check_healed(wanted, public={*wanted} & {*PUBLIC})


def content(repo: str, number: int, *, many: int = MANY) -> Files:
    """Files of every published kind; some come and go."""
    text = f"{repo} {number}\n" * 50
    return {
        "tools/a/run.sh": Executable(f"#!/bin/sh\necho {number}\n"),
        "tools/a/data": text,
        f"tools/b{number % 3}/data": text,
        f"tools/b{(number + 1) % 3}/data": None,
        "tools/link": Symlink("a/data"),
        **{f"many/{one}": f"{one} of {number}\n" for one in range(many)},
    }


def check(truth: Truth, before: Served | None, new: set[str]) -> None:
    """Something was current, so something is; complete stays complete; only a new repository may lack its path."""
    served = truth.served()
    if before is not None:
        assert served is not None
        assert served.complete
        assert served.unlinked <= new


def kill_program(node: Node, dice: random.Random) -> None:
    """The runtime alone; its git children live on and hold the lock until they end."""
    with Loop(node, *grace(dice)) as loop:
        children = at_random(node, loop, dice)
        loop.process.kill()
        loop.process.wait()
        with nobody_writes(node.root):
            assert not any(map(alive, children))


def kill_git(node: Node, dice: random.Random) -> None:
    """One or all git children; the runtime lives on, gets over it, and ends when it is asked to."""
    with Loop(node, *grace(dice)) as loop:
        children = at_random(node, loop, dice)
        for pid in dice.sample(children, dice.randint(1, len(children))) if children else []:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.kill(pid, signal.SIGKILL)
        loop.wake()
        loop.wait_for("pass-finished", ready=True)
        assert loop.terminate() == 0


def kill_all(node: Node, dice: random.Random) -> None:
    """The runtime and everything below it, as the end of a container does it."""
    with Loop(node, *grace(dice)) as loop:
        at_random(node, loop, dice)
        loop.kill_all()


def kill_between_changes(node: Node, dice: random.Random) -> None:
    """The runtime, exactly between two changes of the disk that it makes itself."""
    last = {"CHAOS_KILL_AT": str(dice.randrange(1, STEPS))}
    with Loop(node, *grace(dice), path=[KILLER], environment=last) as loop:
        assert loop.process.wait(60) == -signal.SIGKILL


FAULTS = (kill_program, kill_git, kill_all, kill_between_changes)


def grace(dice: random.Random) -> tuple[str, str]:
    """Long, or so short that every pass collects."""
    return "--grace", dice.choice(["3600", "0.001"])


def at_random(node: Node, loop: Loop, dice: random.Random) -> list[int]:
    """Wait for a first pass, push during it or not, then wait for a random time and stop the program; its children."""
    loop.wait_for("manifest-read")
    for name in dice.sample(REPOS, dice.randint(0, 1)):
        node.repos[name].commit(content(name, dice.randrange(1000)))
    threading.Event().wait(dice.uniform(0, LATEST))  # this is the fault itself: no condition is waited for
    return loop.frozen()
