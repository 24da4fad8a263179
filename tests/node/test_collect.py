from __future__ import annotations

import pathlib

import pytest

from overlays_node.collect import Past, keep
from overlays_node.git import Git
from overlays_node.limits import Limits
from overlays_node.store import Store
from overlays_node.volume import Volume
from overlays_node.wake import Wake
from overlays_node.writer import Writer
from tests.support.chaos_mount import bound
from tests.support.node import Node


class Running:
    """A writer whose passes the test starts one by one, so that it remembers what happened in earlier ones."""

    def __init__(self, node: Node, **options: object) -> None:
        self.node = node
        volume = Volume(node.root)
        volume.create()
        self.git = Git(volume.tmp)
        self.wake = Wake(node.manifest)
        self.writer = Writer(node.options(once=False, **options), volume, self.git)

    def pass_(self) -> None:
        """One pass that is wholly over at the end."""
        assert self.writer.run_pass(self.wake)
        assert not self.writer.workers.busy()

    def trees(self, key: str = "acme%2Fone") -> set[str]:
        """The commits of the trees on disk."""
        return {path.name for path in (self.node.root / ".trees" / key).glob("*")}


@pytest.fixture
def one(node: Node) -> Node:
    node.repo("acme/one", {"x": "0"})
    node.want("acme/one")
    return node


def past(*names: str, stopped: float = 0) -> list[Past]:
    return [Past(name, frozenset({f"k/{name}"}), stopped) for name in names]


def test_within_the_grace_everything_stays_and_after_it_only_the_previous_set() -> None:
    sets = [*past("a", stopped=0), *past("b", stopped=50)]
    assert keep(sets, {"k/c"}, "b", 99, 100).trees == {"k/a", "k/b", "k/c"}
    assert keep(sets, {"k/c"}, "b", 100, 100).trees == {"k/b", "k/c"}
    assert keep(sets, {"k/c"}, "b", 1000, 100).sets == {"b"}


def test_of_one_repository_at_most_five_trees_stay_besides_current_and_previous() -> None:
    sets = past(*"abcdefgh")
    kept = keep(sets, {"k/z"}, "h", 1, 100)
    assert kept.trees == {"k/z", "k/h", *(f"k/{name}" for name in "cdefg")}
    assert kept.spare == tuple(f"k/{name}" for name in "cdefg")  # the oldest first
    assert kept.sets == {*"abcdefgh"}


def test_a_tree_that_a_later_set_has_too_is_as_young_as_that() -> None:
    sets = [Past("a", frozenset({"k/1", "q/1"}), 0), Past("b", frozenset({"k/2", "q/1"}), 0)]
    assert keep(sets, set(), None, 1, 100).spare == ("k/1", "q/1", "k/2")


def test_reader_has_the_grace_and_then_the_space_is_given_back(one: Node) -> None:
    running = Running(one, grace=3600)
    running.pass_()
    resolved = (one.root / "acme/one").resolve()
    current = (one.root / ".current").resolve()
    commits = [resolved.name]
    for text in "123":
        commits.append(one.repos["acme/one"].commit({"x": text}))
        running.pass_()
    assert (resolved / "x").read_text() == "0"
    assert (current / "acme/one/x").read_text() == "0"
    assert running.trees() == {*commits}

    running = Running(one, grace=0)  # another process: what is on disk has its grace from now on, which is none
    running.pass_()
    assert running.trees() == {commits[-1], commits[-2]}
    assert not current.exists()
    store = Store(one.root / ".store/acme%2Fone.git")
    assert store.kept() == {commits[-1], commits[-2]}
    assert store.packs() == 1
    assert [*(one.root / ".trash").iterdir()] == []


def test_grace_begins_when_a_set_stops_being_current_not_when_it_was_made(one: Node) -> None:
    running = Running(one, grace=3600)
    running.pass_()
    first = running.trees()
    one.repos["acme/one"].commit({"x": "1"})
    running.pass_()
    one.repos["acme/one"].commit({"x": "2"})
    running.pass_()
    assert first < running.trees()


def test_repository_that_left_keeps_its_trees_for_the_grace_and_loses_its_store_after_it(one: Node) -> None:
    one.repo("acme/two", {"x": "2"})
    one.want("acme/one", "acme/two")
    running = Running(one, grace=3600)
    running.pass_()
    one.want("acme/one")
    running.pass_()
    one.repos["acme/one"].commit({"x": "1"})
    running.pass_()
    assert len(running.trees("acme%2Ftwo")) == 1
    assert (one.root / ".store/acme%2Ftwo.git").is_dir()
    Running(one, grace=0).pass_()
    assert not (one.root / ".trees/acme%2Ftwo").exists()
    assert not (one.root / ".store/acme%2Ftwo.git").exists()


def test_roll_back_to_the_previous_commit_downloads_nothing(one: Node) -> None:
    running = Running(one, grace=0)
    running.pass_()
    first = one.of("acme/one")["commit"]
    one.repos["acme/one"].commit({"x": "1"})
    running.pass_()
    one.want(f"acme/one@{first}")
    one.server.requests.clear()
    running.pass_()
    assert one.text("acme/one/x") == "0"
    assert one.server.requests == []


def test_commit_that_was_dropped_comes_back_when_the_ref_does(one: Node) -> None:
    running = Running(one, grace=0)
    running.pass_()
    first = one.of("acme/one")["commit"]
    for text in "12":
        one.repos["acme/one"].commit({"x": text})
        running.pass_()
    assert first not in running.trees()
    one.repos["acme/one"].git("update-ref", "refs/heads/main", first)
    running.pass_()
    assert one.text("acme/one/x") == "0"
    assert one.of("acme/one")["commit"] == first


def test_store_is_packed_anew_when_packs_pile_up(one: Node) -> None:
    running = Running(one, grace=3600)
    store = Store(one.root / ".store/acme%2Fone.git")
    most = 0
    for number in range(30):
        one.repos["acme/one"].commit({"x": str(number)})
        running.pass_()
        most = max(most, store.packs())
    assert 7 <= most <= 18
    assert store.sound(running.git)
    assert store.kept() == running.trees()


def test_without_room_the_oldest_trees_go_first_and_then_no_more_are_brought(
    one: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(one, grace=3600)
    for text in "123":
        running.pass_()
        one.repos["acme/one"].commit({"x": text})
    running.pass_()
    served = one.of("acme/one")["commit"]
    one.repos["acme/one"].commit({"x": "too much"})
    full = Running(one, grace=3600, limits=Limits(min_free=0.999999))
    assert full.writer.run_pass(full.wake) is False
    assert len(full.trees()) == 2
    assert one.text("acme/one/x") == "3"
    told = one.of("acme/one")
    assert told["commit"] == served
    assert "100% of the volume must stay free" in told["lastError"]
    assert (one.status()["complete"], one.status()["ready"]) == (True, True)


def test_half_collected_tree_is_made_whole_when_its_ref_moves_back(one: Node, tmp_path: pathlib.Path) -> None:
    running = Running(one, grace=0)
    running.pass_()
    first = one.of("acme/one")["commit"]
    tree = one.root / ".trees/acme%2Fone" / first
    one.repos["acme/one"].commit({"x": "1"})
    running.pass_()
    tree.rename(one.root / ".trash/half")  # a writer that was killed here
    one.repos["acme/one"].git("update-ref", "refs/heads/main", first)
    assert one.sync() == 0
    assert (tree / "x").read_text() == "0"
    assert not (one.root / ".trash/half").exists()


def test_tree_that_cannot_be_moved_is_told_of_and_holds_nothing_up(one: Node) -> None:
    theirs = one.root / ".trees/acme%2Fold" / ("0" * 40)
    theirs.mkdir(parents=True)
    with bound(theirs, theirs):  # a mount point is no more ours to move than a directory of another user
        assert one.sync() == 0
        told = [event["path"] for event in one.events() if event["event"] == "not-deleted"]
    assert {*told} == {str(theirs)}
    assert one.text("acme/one/x") == "0"
