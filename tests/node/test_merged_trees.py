"""How long merged trees live, when they are made, and what becomes of damaged ones."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable

import pytest

from overlays_node.collect import Past, keep
from tests.node.test_collect import Running
from tests.support.merged import MERGED, PUBLIC, git, tree_of, want
from tests.support.node import Node

BASE, OVER = "acme/base", "acme/over"
KEY, PUBLIC_KEY = MERGED.replace("/", "%2F"), PUBLIC.replace("/", "%2F")
FILES = {"tools/a/pyproject.toml": "a", "tools/a/x": "0", "PROMPT.md": "base"}


@pytest.fixture
def two(node: Node) -> Node:
    node.repo(BASE, FILES)
    node.repo(OVER, {"tools/b/pyproject.toml": "b"})
    want(node, BASE, OVER, public=(BASE,))
    return node


def built(node: Node) -> list[str]:
    return [str(one["repository"]) for one in node.events() if one["event"] in ("merged", "not-merged")]


def stamps(root: pathlib.Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of the sets and of all that is below the merged trees."""
    found = {}
    for folder in (".sets", f".trees/{KEY}", "public/.sets", f"public/.trees/{PUBLIC_KEY}"):
        for path in (root / folder).rglob("*"):
            state = path.lstat()
            found[str(path)] = state.st_ino, state.st_mtime_ns
    return found


def test_unchanged_pass_and_restart_build_nothing(two: Node) -> None:
    running = Running(two)
    running.pass_()
    assert built(two) == [MERGED, PUBLIC, PUBLIC]  # the public one for each of the two volumes
    before, status = stamps(two.root), two.status()
    running.pass_()
    assert built(two) == []
    for _ in range(2):
        Running(two).pass_()
        assert two.sync() == 0
    assert built(two) == []
    assert stamps(two.root) == before
    assert two.status()["merged"] == status["merged"]


def test_what_is_private_costs_no_new_public_tree(two: Node) -> None:
    running = Running(two)
    running.pass_()
    two.repos[OVER].commit({"tools/b/x": "1"})
    built(two)
    running.pass_()
    assert built(two) == [MERGED]


def test_old_trees_go_when_no_set_has_them(two: Node) -> None:
    running = Running(two, grace=3600)
    running.pass_()
    reader = (two.root / MERGED).resolve()
    first = git(reader, "rev-parse", "HEAD")
    commits = [first]
    for text in "123":
        two.repos[BASE].commit({"tools/a/x": text})
        running.pass_()
        commits.append(git(two.root / MERGED, "rev-parse", "HEAD"))
    assert running.trees(KEY) == {*commits}
    assert git(reader, "status", "--porcelain") == git(reader, "fsck", "--no-dangling") == ""
    Running(two, grace=0).pass_()
    assert running.trees(KEY) == {*commits[-2:]}
    assert len(running.trees(PUBLIC_KEY)) == len([*(two.root / "public/.trees" / PUBLIC_KEY).iterdir()]) == 2
    for commit in commits[-2:]:
        assert git(two.root / ".trees" / KEY / commit, "fsck", "--no-dangling") == ""


def test_of_many_within_the_grace_the_last_stay_whole(two: Node) -> None:
    """Two sources change in turn, so that there are more merged trees than trees of either of them."""
    running = Running(two, grace=3600)
    running.pass_()
    for number in range(20):
        two.repos[(BASE, OVER)[number % 2]].commit({"tools/a/x": str(number)})
        running.pass_()
    trees = [*(two.root / ".trees" / KEY).iterdir()]
    assert len(trees) == 7  # the current one, the previous one, and five
    for tree in trees:
        assert git(tree, "status", "--porcelain") == git(tree, "fsck", "--no-dangling") == ""


def test_without_room_it_goes_before_the_trees_whose_objects_it_needs() -> None:
    past = [Past("a", frozenset({"acme%2Fbase/1", f"{KEY}/1", "zoo%2Fover/1"}), 0)]
    assert keep(past, set(), None, 1, 100).spare[0] == f"{KEY}/1"


def test_back_to_separate_lets_them_go_after_the_grace(two: Node) -> None:
    running = Running(two, grace=3600)
    running.pass_()
    reader = (two.root / MERGED / "tools").resolve()
    want(two, BASE, OVER, public=(BASE,), delivery=None)
    running.pass_()
    assert (reader / "a/x").read_text() == "0"
    two.repos[BASE].commit({"tools/a/x": "1"})
    running.pass_()
    Running(two, grace=0).pass_()
    assert not reader.exists()
    assert not (two.root / ".trees" / KEY).exists()
    assert not (two.root / "public/.trees" / PUBLIC_KEY).exists()


def test_rolled_back_commit_finds_its_tree_again(two: Node) -> None:
    running = Running(two)
    running.pass_()
    first = two.of(BASE)["commit"]
    tree = (two.root / MERGED).resolve()
    two.repos[BASE].commit({"tools/a/x": "1"})
    running.pass_()
    two.repos[BASE].git("update-ref", "refs/heads/main", first)
    built(two)
    running.pass_()
    assert built(two) == []
    assert (two.root / MERGED).resolve() == tree


@pytest.mark.parametrize("place", [".trees/" + KEY, "public/.trees/" + PUBLIC_KEY])
def test_tree_that_somebody_removed_is_made_again(two: Node, place: str) -> None:
    running = Running(two)
    running.pass_()
    before, found = two.status(), tree_of(two.root / MERGED)
    (tree,) = (two.root / place).iterdir()
    tree.rename(two.folder / "removed")
    running.pass_()
    assert tree.is_dir()
    assert tree_of(two.root / MERGED) == found
    assert {**two.status(), "finishedAt": ""} == {**before, "finishedAt": ""} | {
        "repositories": two.status()["repositories"]
    }


def overwrite(path: pathlib.Path, data: bytes = b"wrong") -> None:
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


def a_file(tree: pathlib.Path) -> None:
    """Of the tree of its source too: it is one and the same."""
    overwrite(tree / "tools/a/x")


def the_prompt(tree: pathlib.Path) -> None:
    overwrite(tree / "SYSTEM_PROMPT.md")


def a_missing_file(tree: pathlib.Path) -> None:
    (tree / "tools/a/x").unlink()


def one_file_more(tree: pathlib.Path) -> None:
    (tree / "skills/more").write_text("")


def the_head(tree: pathlib.Path) -> None:
    overwrite(tree / ".git/HEAD", b"")


def the_index(tree: pathlib.Path) -> None:
    overwrite(tree / ".git/index", b"")


def the_config(tree: pathlib.Path) -> None:
    overwrite(tree / ".git/config", b"")


def the_facts(tree: pathlib.Path) -> None:
    overwrite(tree / ".git/overlays.json", b"{")


def the_objects(tree: pathlib.Path) -> None:
    for path in (tree / ".git/objects").rglob("*.pack"):
        overwrite(path, os.urandom(path.stat().st_size))


def the_way_to_the_stores(tree: pathlib.Path) -> None:
    overwrite(tree / ".git/objects/info/alternates", b"")


DAMAGES = (
    a_file,
    the_prompt,
    a_missing_file,
    one_file_more,
    the_head,
    the_index,
    the_config,
    the_facts,
    the_objects,
)


@pytest.mark.parametrize(
    ("damage", "place"),
    [*((one, place) for one in DAMAGES for place in (MERGED, f"public/{PUBLIC}")), (the_way_to_the_stores, MERGED)],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_after_a_crash_of_the_machine_damage_is_found_and_mended(
    two: Node, damage: Callable[[pathlib.Path], None], place: str
) -> None:
    assert two.sync() == 0
    link = two.root / place
    tree = link.resolve()
    inode, found = tree.stat().st_ino, tree_of(tree)
    damage(tree)
    status = two.status()
    two.events()
    (two.root / ".status.json").write_text(json.dumps({**status, "bootId": "another"}))
    assert two.sync() == 0
    assert f"{tree.parent.name}/{tree.name}" in [
        event["tree"] for event in two.events() if event["event"] == "tree-damaged"
    ]
    assert link.resolve() == tree
    assert tree.stat().st_ino != inode
    assert tree_of(tree) == found
    assert git(tree, "status", "--porcelain") == git(tree, "fsck", "--strict", "--no-dangling") == ""
    assert two.status()["merged"] == status["merged"]
    assert two.text(f"{BASE}/tools/a/x") == "0"


def test_after_a_crash_of_the_machine_what_is_whole_stays(two: Node) -> None:
    assert two.sync() == 0
    before = stamps(two.root)
    (two.root / ".status.json").write_text(json.dumps({**two.status(), "bootId": "another"}))
    two.events()
    assert two.sync() == 0
    assert stamps(two.root) == before
    said = [event["event"] for event in two.events()]
    assert (said[0], said[-2:]) == ("manifest-read", ["set-served", "pass-finished"])
    assert "set-published" not in said
    assert "merged" not in said
