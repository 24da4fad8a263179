"""A volume that is full, or read-only. What is served stays whole and right; when the fault is over, a pass heals."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from overlays_node.limits import Limits
from tests.support.chaos import Truth
from tests.support.chaos_loop import CODE, Loop
from tests.support.chaos_mount import read_only, remount, small_disk
from tests.support.git_repo import Files
from tests.support.node import Node

REPOS = ("acme/large", "acme/one", "acme/two")
LARGE: dict[str, Files] = {  # more than the small disk may take, and without compression
    "bytes": {f"data/{number}": random.Random(number).randbytes(1 << 20) for number in range(6)},
    "inodes": {f"data/{number}": f"{number}" for number in range(500)},
}
SMALL = {"bytes": ("12m", 100_000), "inodes": ("64m", 700)}
ROOMY = {"bytes": "size=200m", "inodes": "nr_inodes=100000"}


@pytest.fixture(params=["bytes", "inodes"])
def what(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def disk(node: Node, what: str) -> Iterator[pathlib.Path]:
    """The cache directory is a small disk that serves three small repositories."""
    size, inodes = SMALL[what]
    with small_disk(node.root, size=size, inodes=inodes):
        for name in REPOS:
            node.repo(name, {"data/0": "small", "x": name})
        node.want(*REPOS)
        assert node.sync() == 0
        yield node.root


def test_a_repository_that_has_no_room_holds_nobody_back(node: Node, disk: pathlib.Path, what: str) -> None:
    truth = Truth(node)
    before = truth.newest(REPOS)
    node.repos["acme/large"].commit(LARGE[what])
    one = node.repos["acme/one"].commit({"x": "2"})
    for _ in range(2):
        assert node.sync(limits=Limits(min_free=0.3)) == 1
        served = truth.served()
        assert served is not None
        assert (served.complete, served.commits) == (True, {**before, "acme/one": one})
        assert [*(disk / ".tmp").iterdir(), *(disk / ".trash").iterdir()] == []
    assert "out of " in node.of("acme/large")["lastError"]
    assert "30% of the volume must stay free" in node.of("acme/large")["lastError"]
    assert (node.of("acme/large")["commit"], node.of("acme/large")["failures"]) == (before["acme/large"], 2)
    assert free_share(disk, what) >= 0.3
    remount(disk, ROOMY[what])
    assert node.sync(limits=Limits(min_free=0.3)) == 0
    truth.check_healed(REPOS)


@pytest.mark.parametrize("left", [0, 40], ids=["nothing-left", "a-little-left"])
def test_disk_that_somebody_else_fills(node: Node, disk: pathlib.Path, what: str, left: int) -> None:
    """The kernel refuses at any step; the running program stays, and heals by itself."""
    truth = Truth(node)
    before = truth.newest(REPOS)
    with Loop(node, "--min-free", "0%") as loop:
        loop.wait_for_passes()
        seen = len(loop.events)
        with filled(disk, what, left):
            node.repos["acme/large"].commit(LARGE[what])
            node.repos["acme/one"].commit({"x": "2"})
            loop.wait_for("repository-failed" if left else "pass-failed", after=seen)
            loop.wait_for_ends()
            served = truth.served()
            assert served is not None
            assert served.complete
            assert {**served.commits, "acme/one": ""} == {**before, "acme/one": ""}
            if left:
                assert re.search("out of inodes|No space left on device", node.of("acme/large")["lastError"])
            assert served.commits["acme/one"] in (before["acme/one"], truth.newest(["acme/one"])["acme/one"])
            seen = len(loop.events)
        remount(disk, ROOMY[what])
        loop.hang_up()
        updated = loop.wait_for("repository-updated", repository="acme/large", after=seen)
        loop.wait_for("pass-finished", ready=True, after=loop.wait_for("set-published", after=updated))
        found = {*node.root.glob(".tmp/.*")}  # one of a file that is just being written may be among them
        loop.hang_up()
        loop.wait_for("pass-finished", ready=True, after=len(loop.events))
        assert found & {*node.root.glob(".tmp/.*")} == set()  # nothing of the failed passes stays while it runs
        assert loop.terminate() == 0
    assert node.sync() == 0
    truth.check_healed(REPOS)


def test_start_on_a_full_disk(node: Node, disk: pathlib.Path, what: str) -> None:
    """It says so and ends; what is served is served."""
    truth = Truth(node)
    before = truth.served()
    with filled(disk, what, 0):
        node.repos["acme/one"].commit({"x": "2"})
        done = run_once(node)
        assert done.returncode == 1
        told = [json.loads(line) for line in done.stderr.splitlines()]
        assert "No space left on device" in told[-1]["reason"]
        assert truth.served() == before
    assert run_once(node).returncode == 0
    truth.check_healed(REPOS)


def test_volume_turns_read_only_and_back(node: Node) -> None:
    for name in REPOS:
        node.repo(name, {"x": name})
    node.want(*REPOS)
    truth = Truth(node)
    with Loop(node) as loop:
        loop.wait_for("pass-finished", ready=True)
        before = truth.served()
        with read_only(node.root):
            node.repos["acme/one"].commit({"x": "2"})
            event = loop.wait_for("pass-failed", after=len(loop.events))
            assert "Read-only file system" in str(event["reason"])
            loop.wait_for("pass-failed", after=len(loop.events))
            assert truth.served() == before
            seen = len(loop.events)
        loop.hang_up()
        loop.wait_for("pass-finished", ready=True, after=loop.wait_for("set-published", after=seen))
        found = {*node.root.glob(".tmp/.*")}  # one of a file that is just being written may be among them
        loop.hang_up()
        loop.wait_for("pass-finished", ready=True, after=len(loop.events))
        assert found & {*node.root.glob(".tmp/.*")} == set()  # nothing of the failed passes stays while it runs
        assert loop.terminate() == 0
    assert node.sync() == 0
    truth.check_healed(REPOS)


def test_start_on_a_read_only_volume(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    assert node.sync() == 0
    truth = Truth(node)
    before = truth.served()
    with read_only(node.root):
        done = run_once(node)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "Read-only file system" in json.loads(line)["reason"]
        assert truth.served() == before


def run_once(node: Node) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overlays_node", "sync", "--once", "--min-free", "0%"]
    command += ["--manifest", str(node.manifest), "--root", str(node.root)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE)}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def free_share(disk: pathlib.Path, what: str) -> float:
    found = os.statvfs(disk)
    return found.f_bavail / found.f_blocks if what == "bytes" else found.f_favail / found.f_files


@contextlib.contextmanager
def filled(disk: pathlib.Path, what: str, left: int) -> Iterator[None]:
    """Somebody else takes all but so many blocks, or inodes."""
    filler = disk / "somebody-else"
    filler.mkdir()
    found = os.statvfs(disk)
    try:
        if what == "bytes":
            with (filler / "file").open("wb") as file, contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, (found.f_bavail - left) * found.f_bsize)
        else:
            for number in range(found.f_favail - left):
                with contextlib.suppress(OSError):
                    os.close(os.open(filler / str(number), os.O_CREAT | os.O_WRONLY))
        yield
    finally:
        for file_ in filler.iterdir():
            file_.unlink()
        filler.rmdir()
