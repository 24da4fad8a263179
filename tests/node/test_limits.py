from __future__ import annotations

import pathlib
import random

import pytest

from overlays_node.limits import Limits, Room, shortage, size_of
from tests.node.test_collect import Running
from tests.support.git_faults import InPack, Stall
from tests.support.node import Node

FULL = Room(free_bytes=25, all_bytes=100, free_inodes=25, all_inodes=100)


def test_share_is_kept_of_bytes_and_of_inodes() -> None:
    limits = Limits(min_free=0.2)
    assert shortage(FULL, limits) is None
    assert shortage(FULL, limits, add_bytes=5, add_inodes=5) is None
    assert "20% of the volume must stay free" in (shortage(FULL, limits, add_bytes=6) or "")
    assert "out of inodes: 25 of 100 are free, 6 more are needed" in (shortage(FULL, limits, add_inodes=6) or "")
    assert shortage(Room(25, 100, 0, 0), limits, add_inodes=6) is None  # a file system without such a limit


def test_nothing_kept_still_leaves_no_more_than_there_is() -> None:
    assert shortage(FULL, Limits(min_free=0), add_bytes=25) is None
    assert "out of space" in (shortage(FULL, Limits(min_free=0), add_bytes=26) or "")


def test_size_counts_links_as_links(tmp_path: pathlib.Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x").write_bytes(b"12345")
    (tmp_path / "loop").symlink_to(".")
    assert size_of(tmp_path) == 5 + 1


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(files=2, min_free=0), "more than 2 files"),
        (Limits(bytes=100, min_free=0), "more than 0 MiB, which"),
        (Limits(paths=9, min_free=0), "more than 0 MiB of paths"),
        (Limits(path=7, min_free=0), "a path of more than 7 bytes"),
        (Limits(name=4, min_free=0), "a name of more than 4 bytes"),
    ],
)
def test_commit_over_a_limit_is_told_and_not_downloaded_again(node: Node, limits: Limits, words: str) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    running = Running(node, interval=0.01, limits=limits)
    running.pass_()
    one.commit({"longer": "1" * 200, "deeper/y": "2"})
    assert not running.writer.run_pass(running.wake)
    assert words in node.of("acme/one")["lastError"]
    assert node.text("acme/one/x") == "1"
    node.server.requests.clear()
    assert not running.writer.run_pass(running.wake)
    assert [request for request in node.server.requests if request.pack] == []
    assert (words in node.of("acme/one")["lastError"], node.of("acme/one")["failures"]) == (True, 2)
    one.commit({"longer": None, "deeper/y": None, "x": "2"})
    running.pass_()
    assert node.text("acme/one/x") == "2"


def test_fetch_that_brings_more_than_twice_the_limit_is_killed_while_it_runs(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    one.commit({"noise": random.Random(0).randbytes(5_000_000)})
    stall = Stall(after=1_000_000)
    node.server.faults["acme/one"] = InPack(stall)
    assert node.sync(fetch_timeout=3600, limits=Limits(bytes=100_000, min_free=0)) == 1  # and it does end
    assert stall.reached.is_set()
    assert node.of("acme/one")["lastError"] == "the fetch brings more than 0 MiB, which is the limit"
    assert node.text("acme/one/x") == "1"
    node.server.faults.clear()
    assert node.sync() == 0
    assert [*(node.root / ".store/acme%2Fone.git/objects/pack").glob("tmp*")] == []
