"""What a repository, a fetch or another cache leaves behind does not pile up, and stands in nobody's way."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
from collections.abc import Iterator

import pytest

from overlays_node.limits import MIB, Limits, size_of
from tests.support.chaos import Truth
from tests.support.chaos_loop import Loop
from tests.support.chaos_mount import small_disk
from tests.support.git_faults import Cut, InPack
from tests.support.git_http import Fault, Status
from tests.support.git_repo import Files
from tests.support.node import Node
from tests.support.program import LONG, once, pass_after


def make_deep(top: pathlib.Path, levels: int) -> None:
    """Directories in each other; their path is longer than any system call takes."""
    top.mkdir(parents=True)
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(top)
        for _ in range(levels):
            pathlib.Path("d").mkdir()
            os.chdir("d")
        pathlib.Path("file").write_text("theirs")
    finally:
        os.fchdir(here)
        os.close(here)


@pytest.fixture
def node(node: Node) -> Iterator[Node]:
    """The usual one; what is too deep for the tests' own clean-up is removed."""
    yield node
    subprocess.run(["rm", "-rf", "--", *map(str, (node.root, *node.folder.glob("ours-*")))], check=True)


@pytest.mark.parametrize("public", [(), ("evil/deep",)], ids=["private", "public"])
def test_deep_path_is_refused_by_the_name_of_the_limit(node: Node, public: tuple[str, ...]) -> None:
    node.repo("acme/good", {"x": "1"})
    deep = node.repo("evil/deep", {"d/" * 99 + "x": "1"})
    node.want("evil/deep", "acme/good", public=public)
    assert node.sync() == 0
    for levels in (101, 1000):
        deep.commit({"d/" * levels + "x": "2"}, fresh=True)
        good = node.repos["acme/good"].commit({"x": f"{levels}"})
        assert node.sync() == 1
        assert "a path of more than 100 levels" in node.of("evil/deep")["lastError"]
        assert node.text("evil/deep/" + "d/" * 99 + "x") == "1"
        assert node.of("acme/good")["commit"] == good
    deep.commit({"x": "3"}, fresh=True)
    assert node.sync(grace=0.001) == 0
    assert node.sync(grace=0.001) == 0
    assert node.text("evil/deep/x") == "3"
    assert [*node.root.glob(".trash/*")] == []


PLACES = (
    "acme/one",
    "acme",
    "public",
    "public/acme/one",
    ".tmp/theirs",
    ".trash/theirs",
    ".trees/acme%2Fone/theirs",
    ".trees/theirs",
    ".sets/theirs",
    ".current",
    ".store/theirs.git",
)


@pytest.mark.parametrize("place", PLACES)
def test_deep_directory_of_somebody_else_is_deleted(node: Node, place: str) -> None:
    """While it runs, and by one that starts; each pass after it is like any other."""
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    theirs = node.root / place
    make_deep(theirs, 1500)
    truth = Truth(node)
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for number in range(2):
            if os.path.lexists(theirs):
                theirs.rename(node.folder / f"ours-{number}")
            make_deep(theirs, 1500)
            pass_after(loop)
            new = node.repos["acme/one"].commit({"x": f"{number}"})
            pass_after(loop)
            assert node.of("acme/one")["commit"] == new
        assert loop.terminate() == 0
        assert loop.named("internal-error") == loop.named("not-deleted") == loop.named("pass-failed") == []
    make_deep(node.root / "acme/two", 1500)
    assert once(node).returncode == 0
    assert [*node.root.glob(".trash/*")] == []
    truth.check_healed(["acme/one"], public=["acme/one"])


def test_deep_directory_in_a_store_costs_at_most_its_repository(node: Node) -> None:
    for name in ("acme/one", "acme/two"):
        node.repo(name, {"x": "0"})
    node.want("acme/one", "acme/two")
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        make_deep(node.root / ".store/acme%2Fone.git/refs/theirs", 1500)
        for number in range(1, 3):
            for repo in node.repos.values():
                repo.commit({"x": f"{number}"})
            pass_after(loop)
            assert node.text("acme/two/x") == f"{number}"
        assert loop.terminate() == 0


def over(number: int) -> Files:
    """What breaks a limit after it was fetched: 1 MiB that cannot be compressed, at a path that is too long."""
    return {"/".join(["p" * 200] * 11): random.Random(number).randbytes(MIB)}


def packs(node: Node) -> list[pathlib.Path]:
    return [*node.root.glob(".store/evil%2Fx.git/objects/pack/*.pack")]


@pytest.fixture
def pair(node: Node) -> Node:
    """A good and a hostile repository."""
    node.repo("acme/good", {"x": "0"})
    node.repo("evil/x", {"x": "0"})
    node.want("acme/good", "evil/x")
    return node


def test_commits_that_break_a_limit_do_not_fill_the_volume(pair: Node) -> None:
    """Twelve of them would take more than the disk has."""
    with small_disk(pair.root, size="12m", inodes=10_000), Loop(pair, "--min-free", "20%", interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for number in range(1, 13):
            pair.repos["evil/x"].commit(over(number), fresh=True)
            pair.repos["acme/good"].commit({"x": f"{number}"})
            pass_after(loop)
            assert "more than 2048 bytes" in pair.of("evil/x")["lastError"]
            assert pair.of("acme/good")["lastError"] is None
            assert pair.text("acme/good/x") == f"{number}"
            assert len(packs(pair)) <= 2
            assert size_of(pair.root) < MIB
        assert pair.text("evil/x/x") == "0"


def test_commits_that_break_a_limit_leave_nothing_behind_one_pass(pair: Node) -> None:
    limits = Limits(bytes=MIB // 2, min_free=0)
    assert pair.sync(limits=limits) == 0
    for number in range(3):
        pair.repos["evil/x"].commit({"x": random.Random(number).randbytes(MIB * 3 // 4)}, fresh=True)
        assert pair.sync(limits=limits) == 1
        assert "which is the limit" in pair.of("evil/x")["lastError"]
        assert size_of(pair.root) < MIB // 2
        assert len(packs(pair)) <= 2
    assert pair.text("evil/x/x") == "0"


def test_a_first_commit_that_breaks_a_limit_leaves_nothing_behind(pair: Node) -> None:
    for number in range(2):
        pair.repos["evil/x"].commit(over(number), fresh=True)
        assert pair.sync() == 1
        assert size_of(pair.root) < MIB // 2
    pair.repos["evil/x"].commit({"x": "fine"}, fresh=True)
    assert pair.sync() == 0
    assert pair.text("evil/x/x") == "fine"


@pytest.mark.parametrize("failing", [False, True], ids=["fine", "over-the-limit"])
def test_packs_that_nothing_needs_go_at_start(pair: Node, failing: bool) -> None:
    assert pair.sync() == 0
    store, evil = pair.root / ".store/evil%2Fx.git", pair.repos["evil/x"]
    for number in range(4):
        evil.commit(over(number), branch="other", fresh=True)
        fetch = ["-c", "fetch.unpackLimit=1", "fetch", "--quiet", "--depth=1", str(evil.path), "other"]
        subprocess.run(["git", f"--git-dir={store}", *fetch], check=True)
    (store / "FETCH_HEAD").unlink()
    assert len(packs(pair)) == 5
    if failing:
        evil.commit(over(9), fresh=True)
    assert pair.sync() == (1 if failing else 0)
    assert len(packs(pair)) <= 2
    assert size_of(store) < MIB
    assert pair.text("evil/x/x") == "0"
    evil.commit({"x": "new"}, fresh=True)
    assert pair.sync() == 0
    Truth(pair).check_healed(["acme/good", "evil/x"])


@pytest.mark.parametrize("fault", [InPack(Cut(20_000)), InPack(Cut(20_000, reset=True)), InPack(Status(500))])
def test_replacement_that_cannot_be_fetched_leaves_nothing(node: Node, fault: Fault) -> None:
    one = node.repo("acme/one", {"x": random.Random(1).randbytes(100_000)})
    node.want("acme/one")
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for path in node.root.glob(".store/acme%2Fone.git/objects/pack/*"):
            path.unlink()
        one.commit({"x": random.Random(2).randbytes(100_000)})
        node.server.faults["acme/one"] = fault
        for failures in range(1, 4):
            pass_after(loop)
            assert node.of("acme/one")["failures"] == failures
            assert [path.name for path in node.root.glob(".tmp/*") if path.name != "askpass"] == []
            assert [*node.root.glob(".trash/*")] == []
        node.server.faults.clear()
        pass_after(loop)
        assert loop.terminate() == 0
    assert node.sync() == 0
    Truth(node).check_healed(["acme/one"])
