"""Kills, full disks and refused links while a merged directory is made: nothing half-made is served, a pass heals."""

from __future__ import annotations

import json
import os
import pathlib
import random
import re
import shutil
import signal
from collections.abc import Mapping

import pytest

from tests.node.test_faults_disk import ROOMY
from tests.support.chaos import left_overs
from tests.support.chaos_loop import CODE, Loop, nobody_writes
from tests.support.chaos_mount import read_only, remount, small_disk
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.merged import MERGED, PUBLIC, git, tree_of, want
from tests.support.node import Node
from tests.support.program import run
from tests.support.rounds import Rounds

BASE, OVER = "acme/base", "acme/over"
SUPPORT = pathlib.Path(__file__).parents[1] / "support"
PLACES = {MERGED: "", PUBLIC: "", f"public/{PUBLIC}": "public"}  # and the volume that each is in


def content(repo: str, number: int) -> Files:
    """Of every kind; `both` is in both, and what comes and goes is named after the number."""
    return {
        "tools/both/pyproject.toml": f"{repo} {number}",
        f"tools/{repo[5:]}/run": Executable(f"{number}"),
        f"tools/{repo[5:]}/link": Symlink("run"),
        f"tools/{repo[5:]}/copy": Symlink("../../shared"),
        f"tools/{repo[5:]}/pyproject.toml": "",
        f"tools/n{number}/pyproject.toml": "",
        f"tools/n{number - 2}/pyproject.toml": None,
        "shared/x": f"{number}",
        "PROMPT.md": f"{repo} {number}",
    }


def delivered(numbers: Mapping[str, int]) -> dict[str, str]:
    """What that comes to for sources with such content, in this order."""
    found = {"skills": "/", "personas": "/", "workflows": "/"}
    for repo, number in numbers.items():
        name = repo[5:]
        found |= {
            "tools/both/pyproject.toml": f"{repo} {number}",
            f"tools/{name}/run": f"{number}",
            f"tools/{name}/link": "-> run",
            f"tools/{name}/copy/x": f"{number}",
            f"tools/{name}/pyproject.toml": "",
            f"tools/n{number}/pyproject.toml": "",
            f"tools/n{number - 1}/pyproject.toml": "",
        }
    text = "\n\n---\n\n".join(f"{repo} {number}" for repo, number in numbers.items())
    return {**found, "SYSTEM_PROMPT.md": f"{text}\n"}


@pytest.fixture
def two(node: Node) -> Node:
    """Two sources that have changed once; BASE is public."""
    for repo in (BASE, OVER):
        node.repo(repo, {})
        for number in (0, 1):
            node.repos[repo].commit(content(repo, number))
    want(node, BASE, OVER, public=(BASE,))
    return node


def check(node: Node) -> None:
    """Every merged tree in place is whole, and that of each current set is of the commits of this set."""
    for tree in [*node.root.glob(".trees/overlays%2F*/*"), *node.root.glob("public/.trees/overlays%2F*/*")]:
        assert git(tree, "rev-parse", "HEAD") == tree.name
        assert git(tree, "status", "--porcelain") == git(tree, "fsck", "--strict", "--no-dangling") == ""
    for root in (node.root, node.root / "public"):
        if not (root / ".current").exists():
            continue
        record = json.loads((root / ".current/.set.json").read_bytes())
        commits = {repo: one["commit"] for repo, one in record["repositories"].items()}
        for repo, commit in record["merged"].items():
            lines = [" ".join(one) for one in commits.items() if repo == MERGED or one[0] == BASE]
            assert git(root / ".current" / repo, "rev-parse", "HEAD") == commit
            assert git(root / ".current" / repo, "log", "-1", "--format=%b").splitlines() == lines
            link = root / repo
            assert not os.path.lexists(link) or link.resolve() == (root / ".current" / repo).resolve()


def check_healed(node: Node, numbers: Mapping[str, int]) -> None:
    """A pass has ended well: the newest of everything, and nothing is left over."""
    check(node)
    assert left_overs(node.root) == []
    assert tree_of(node.root / MERGED) == delivered(numbers)
    public = delivered({BASE: numbers[BASE]})
    assert tree_of(node.root / PUBLIC) == tree_of(node.root / "public" / PUBLIC) == public
    status = node.status()
    assert (status["ready"], {one["lastError"] for one in status["merged"].values()}) == (True, {None})


@pytest.mark.parametrize("first", [False, True], ids=["an-update", "the-first-pass"])
@pytest.mark.parametrize("noticed", [True, False], ids=["what-readers-notice", "any-change"])
def test_kill_9_before_a_change_of_the_disk(two: Node, first: bool, noticed: bool, rounds: Rounds) -> None:
    """A pass that merges anew, again and again, killed some steps later each time until it comes to its end."""
    environment = {"CHAOS_KILL_NOTICED": "1"} if noticed else {}
    stride = rounds(short=3 if noticed else 31, long=1 if noticed else 7)
    step, number = 1, 1
    while True:
        number += 1
        if first:
            shutil.rmtree(two.root, ignore_errors=True)
        for repo in (BASE, OVER):
            two.repos[repo].commit(content(repo, number))
        last = {**environment, "CHAOS_KILL_AT": str(step)}
        with Loop(two, "--once", "--grace", "0.001", path=[SUPPORT / "chaos_kill"], environment=last) as loop:
            ended = loop.process.wait(60)
        with nobody_writes(two.root):
            check(two)
        assert two.sync() == 0, (step, two.status())
        check_healed(two, {BASE: number, OVER: number})
        if ended == 0:
            assert step > 4 * stride  # it was killed before
            return
        assert ended == -signal.SIGKILL, f"step {step}: {loop.events[-3:]}"
        step += stride


def once(node: Node, *path: pathlib.Path, **environment: str) -> int:
    """One pass of the real program."""
    where = ("--manifest", node.manifest, "--root", node.root)
    modules = os.pathsep.join(map(str, (*path, CODE)))
    return run("sync", "--once", "--min-free", "0%", *where, PYTHONPATH=modules, **environment).returncode


@pytest.fixture(params=["an-update", "the-first-pass"])
def before(two: Node, request: pytest.FixtureRequest) -> Mapping[str, int] | None:
    """What is served when the fault comes; something newer is to be fetched then."""
    if request.param == "the-first-pass":
        return None
    assert two.sync() == 0
    for repo in (BASE, OVER):
        two.repos[repo].commit(content(repo, 2))
    return {BASE: 1, OVER: 1}


def check_kept(node: Node, before: Mapping[str, int] | None, reason: str) -> None:
    """What was served is served still, and the status tells why it is not the newest."""
    check(node)
    if before is None:
        assert not (node.root / ".current").exists()
    else:
        assert tree_of(node.root / MERGED) == delivered(before)
    assert [*(node.root / ".tmp").glob("merged*")] == []
    told = node.status()["merged"][MERGED]["lastError"]
    assert re.search(reason, told), told
    assert node.status()["ready"] is (before is not None)


@pytest.mark.parametrize("command", ["fast-import", "cat-file --batch-check", "read-tree"])
@pytest.mark.parametrize("how", ["kill -9 $$", "echo 'fatal: no luck' >&2; exit 128"], ids=["killed", "failing"])
def test_git_that_ends_early(two: Node, before: Mapping[str, int] | None, command: str, how: str) -> None:
    program = two.folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncase "$*" in *"{command}"*) {how} ;; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    assert once(two, PATH=f"{program.parent}:{os.environ['PATH']}") == 1
    check_kept(two, before, "killed by SIGKILL|no luck|does not find an object")
    assert once(two) == 0
    check_healed(two, {BASE: 2, OVER: 2} if before else {BASE: 1, OVER: 1})


@pytest.mark.parametrize("error", ["EMLINK", "EPERM", "EXDEV"])
def test_links_that_are_refused_are_copies(two: Node, before: Mapping[str, int] | None, error: str) -> None:
    refuse = {"CHAOS_FAIL": f"os.link {error} merged.", "CHAOS_FAIL_FROM": "3"}
    assert once(two, SUPPORT / "chaos_errors", **refuse) == 0
    numbers = {BASE: 2, OVER: 2} if before else {BASE: 1, OVER: 1}
    check_healed(two, numbers)
    mine, theirs = (two.root / repo / "tools/over" for repo in (MERGED, OVER))
    for name, mode in {"run": 0o555, "pyproject.toml": 0o444}.items():
        assert not (mine / name).samefile(theirs / name)
        assert (mine / name).stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("event", ["os.link", "os.mkdir", "os.symlink", "open"])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_disk_that_refuses(two: Node, before: Mapping[str, int] | None, event: str, error: str) -> None:
    refuse = {"CHAOS_FAIL": f"{event} {error} /tree/", "CHAOS_FAIL_FROM": "2"}
    assert once(two, SUPPORT / "chaos_errors", **refuse) == 1
    check_kept(two, before, "No space left on device|Input/output error")
    assert once(two) == 0
    check_healed(two, {BASE: 2, OVER: 2} if before else {BASE: 1, OVER: 1})


LARGE: Mapping[str, tuple[Files, Mapping[str, str], str]] = {  # more than the small disk takes twice, and why not
    "bytes": (
        {"tools/big/pyproject.toml": random.Random(1).randbytes(4 << 20)},
        {"CHAOS_FAIL": "os.link EXDEV merged."},  # then it is copied
        r"out of space: \d+ MiB of 12 MiB are free, 4 MiB more are needed, and 0% of the volume must stay free",
    ),
    "inodes": (
        {f"tools/m{number}/pyproject.toml": "" for number in range(220)},
        {"CHAOS_FAIL": "none EIO -"},
        "No space left on device",
    ),
}


INODES = 900  # of which what is small takes some 250


@pytest.mark.parametrize("what", LARGE)
def test_disk_without_room_for_what_is_merged(two: Node, what: str) -> None:
    """The sources themselves have room."""
    files, environment, reason = LARGE[what]
    with small_disk(two.root, size="12m", inodes=INODES):
        assert two.sync() == 0
        two.repos[OVER].commit({**content(OVER, 2), **files})
        assert once(two, SUPPORT / "chaos_errors", **environment) == 1
        assert two.of(OVER)["lastError"] is None
        for _ in range(2):
            check_kept(two, {BASE: 1, OVER: 1}, reason)
            assert once(two, SUPPORT / "chaos_errors", **environment) == 1
        remount(two.root, ROOMY[what])
        assert once(two, SUPPORT / "chaos_errors", **environment) == 0
        two.repos[OVER].commit({**content(OVER, 3), **dict.fromkeys(files), "tools/n1": None})
        assert once(two) == 0
        check_healed(two, {BASE: 1, OVER: 3})


def test_volume_turns_read_only_and_back(two: Node) -> None:
    with Loop(two) as loop:
        loop.wait_for("pass-finished", ready=True)
        found = tree_of(two.root / MERGED)
        with read_only(two.root):
            two.repos[OVER].commit(content(OVER, 2))
            loop.wait_for("pass-failed", after=len(loop.events))
            loop.wait_for("pass-failed", after=len(loop.events))
            assert tree_of(two.root / MERGED) == found
            check(two)
            seen = len(loop.events)
        loop.hang_up()
        merged = loop.wait_for("merged", after=seen)
        loop.wait_for("pass-finished", ready=True, after=merged)
        assert loop.terminate() == 0
    assert two.sync() == 0
    check_healed(two, {BASE: 1, OVER: 2})
