"""A root that holds what it should not: trees changed by hand, files cut short, pointers astray, others' clones."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.support.chaos import GIT, Truth
from tests.support.git_http import ALL, Status
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.node import Node

REPOS = ("acme/one", "acme/two", "other/three")
TREE = "acme/one"
Change = Callable[[pathlib.Path], None]


def files(text: str) -> Files:
    return {
        "a/run.sh": Executable("#!/bin/sh\n"),
        "a/b/data": f"{text}\n",
        "a/link": Symlink("b/data"),
        "x": "x\n",
    }


@pytest.fixture
def truth(node: Node) -> Truth:
    """Three repositories are served, one of them publicly too."""
    for name in REPOS:
        node.repo(name, files(name))
    node.want(*REPOS, public=("acme/two",))
    assert node.sync() == 0
    return Truth(node)


def check_healed(truth: Truth) -> None:
    truth.check_healed(REPOS, public=("acme/two",))


# A published tree that was changed on the node. After a restart of the machine no tree is trusted.


def file_edited(tree: pathlib.Path) -> None:
    (tree / "x").chmod(0o644)
    (tree / "x").write_text("y\n")
    (tree / "x").chmod(0o444)


def file_cut_to_nothing(tree: pathlib.Path) -> None:
    """As a crash of the machine leaves files that were not synced."""
    (tree / "x").write_bytes(b"")


def file_deleted(tree: pathlib.Path) -> None:
    (tree / "a/b/data").unlink()


def file_added(tree: pathlib.Path) -> None:
    (tree / "a/extra").write_text("extra")
    (tree / "a/extra").chmod(0o444)


def file_made_executable(tree: pathlib.Path) -> None:
    (tree / "x").chmod(0o555)


def file_made_writable(tree: pathlib.Path) -> None:
    (tree / "x").chmod(0o666)


def file_became_a_link(tree: pathlib.Path) -> None:
    (tree / "x").unlink()
    (tree / "x").symlink_to("/etc/hostname")


def file_became_a_directory(tree: pathlib.Path) -> None:
    (tree / "x").unlink()
    (tree / "x").mkdir()


def link_led_elsewhere(tree: pathlib.Path) -> None:
    (tree / "a/link").unlink()
    (tree / "a/link").symlink_to("../x")


def directory_added(tree: pathlib.Path) -> None:
    (tree / "extra").mkdir()


def directory_deleted(tree: pathlib.Path) -> None:
    shutil.rmtree(tree / "a")


def directory_closed(tree: pathlib.Path) -> None:
    (tree / "a").chmod(0o700)


def head_moved(tree: pathlib.Path) -> None:
    (tree / ".git/HEAD").chmod(0o644)
    (tree / ".git/HEAD").write_text("1234567890" * 4 + "\n")


def git_directory_deleted(tree: pathlib.Path) -> None:
    shutil.rmtree(tree / ".git")


def alternates_emptied(tree: pathlib.Path) -> None:
    (tree / ".git/objects/info/alternates").chmod(0o644)
    (tree / ".git/objects/info/alternates").write_bytes(b"")


CHANGES = (
    file_edited,
    file_cut_to_nothing,
    file_deleted,
    file_added,
    file_made_executable,
    file_made_writable,
    file_became_a_link,
    file_became_a_directory,
    link_led_elsewhere,
    directory_added,
    directory_deleted,
    directory_closed,
    head_moved,
    git_directory_deleted,
    alternates_emptied,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_tree_is_replaced_after_a_restart_of_the_machine(node: Node, truth: Truth, change: Change) -> None:
    """From the store, so without any remote."""
    before = truth.served()
    change((node.root / TREE).resolve())
    restart_machine(node)
    node.server.faults[ALL] = Status(500)
    assert node.sync() == 1
    assert truth.served() == before
    assert [event["tree"].partition("/")[0] for event in node.events() if event["event"] == "tree-damaged"] == [
        "acme%2Fone"
    ]
    node.server.faults.clear()
    assert node.sync() == 0
    check_healed(truth)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_tree_leaves_no_mark_on_the_next_commit(node: Node, truth: Truth, change: Change) -> None:
    """Files that did not change between two commits may be shared; one that was changed by hand is not."""
    change((node.root / TREE).resolve())
    file_edited((node.root / "public/acme/two").resolve())
    for repo in (TREE, "acme/two"):
        node.repos[repo].commit({"new": repo})
    assert node.sync() == 0
    for root, repos in ((node.root, REPOS), (node.root / "public", ("acme/two",))):
        served = truth.current(root)
        assert served is not None
        assert served.commits == truth.newest(repos)


def test_changed_public_tree_is_replaced_after_a_restart_of_the_machine(node: Node, truth: Truth) -> None:
    before = truth.served()
    file_edited((node.root / "public/acme/two").resolve())
    restart_machine(node)
    assert node.sync() == 0
    assert truth.served() == before
    check_healed(truth)


def test_changed_tree_whose_commit_is_nowhere_any_more_is_not_served(node: Node, truth: Truth) -> None:
    """No store, no remote: nothing is better than something else."""
    file_edited((node.root / TREE).resolve())
    shutil.rmtree(node.root / ".store/acme%2Fone.git")
    restart_machine(node)
    node.server.faults["acme/one"] = Status(500)
    assert node.sync() == 1
    assert not (node.root / TREE).exists()
    assert node.text("acme/two/x") == "x\n"
    assert node.status()["ready"] is False
    node.server.faults.clear()
    assert node.sync() == 0
    check_healed(truth)


def restart_machine(node: Node) -> None:
    """The kernel's boot id is another one now."""
    status = node.status()
    assert status["bootId"]
    status["bootId"] = "00000000-0000-0000-0000-000000000000"
    (node.root / ".status.json").write_text(json.dumps(status))


# Files of the cache itself that are not what they should be.


def status_garbage(root: pathlib.Path) -> None:
    (root / ".status.json").write_text('{"schemaVersion": 1, "reposit')


def status_empty(root: pathlib.Path) -> None:
    (root / ".status.json").write_bytes(b"")


def status_of_the_future(root: pathlib.Path) -> None:
    (root / ".status.json").write_text('{"schemaVersion": 99}')


def status_of_other_types(root: pathlib.Path) -> None:
    status = json.loads((root / ".status.json").read_text())
    status["repositories"]["acme/one"]["commit"] = ["../../.."]
    (root / ".status.json").write_text(json.dumps(status))


def status_deleted(root: pathlib.Path) -> None:
    (root / ".status.json").unlink()


def status_a_dangling_link(root: pathlib.Path) -> None:
    (root / ".status.json").unlink()
    (root / ".status.json").symlink_to("nowhere")


def current_deleted(root: pathlib.Path) -> None:
    (root / ".current").unlink()


def temporary_folder_deleted(root: pathlib.Path) -> None:
    (root / ".tmp").rmdir()


def temporary_folder_full_of_things(root: pathlib.Path) -> None:
    (root / ".tmp/tree.1.0/sub").mkdir(parents=True)
    (root / ".tmp/tree.1.0/sub").chmod(0o000)
    (root / ".trash/a\nb").symlink_to("/etc")
    (root / ".trash/sub").mkdir()
    (root / ".trash/sub/link").symlink_to("../../acme")


def other_set_half_made(root: pathlib.Path) -> None:
    (root / ".sets/0123456789abcdef/acme").mkdir(parents=True)


def other_set_garbage(root: pathlib.Path) -> None:
    (root / ".sets/0123456789abcdef").mkdir()
    (root / ".sets/0123456789abcdef/.set.json").write_text("garbage")
    (root / ".sets/file").write_text("garbage")


def foreign_trees(root: pathlib.Path) -> None:
    (root / ".trees/foreign/tree").mkdir(parents=True)
    (root / ".trees/acme%2Fone/file").write_text("garbage")
    (root / ".trees/file").write_text("garbage")


HARMLESS = (
    status_garbage,
    status_empty,
    status_of_the_future,
    status_of_other_types,
    status_deleted,
    status_a_dangling_link,
    temporary_folder_deleted,
    temporary_folder_full_of_things,
    other_set_half_made,
    other_set_garbage,
    foreign_trees,
)


@pytest.mark.parametrize("damage", HARMLESS, ids=lambda damage: damage.__name__)
def test_damage_beside_what_is_served(node: Node, truth: Truth, damage: Change) -> None:
    """Nothing that is served goes, even if no remote answers."""
    before = truth.served()
    damage(node.root)
    node.server.faults[ALL] = Status(500)
    assert node.sync() == 1
    assert truth.served() == before
    node.server.faults.clear()
    node.repos["acme/one"].commit(files("new"))
    assert node.sync() == 0
    check_healed(truth)


def current_dangling(root: pathlib.Path) -> None:
    (root / ".current").unlink()
    (root / ".current").symlink_to(".sets/0123456789abcdef")


def current_absolute(root: pathlib.Path) -> None:
    (root / ".current").unlink()
    (root / ".current").symlink_to("/etc")


def current_a_directory(root: pathlib.Path) -> None:
    (root / ".current").unlink()
    (root / ".current/acme/one").mkdir(parents=True)


def current_a_file(root: pathlib.Path) -> None:
    (root / ".current").unlink()
    (root / ".current").write_text("garbage")


def record_garbage(root: pathlib.Path) -> None:
    record = (root / ".current").resolve() / ".set.json"
    record.chmod(0o644)
    record.write_text('{"schemaVersion": 1')


def record_deleted(root: pathlib.Path) -> None:
    ((root / ".current").resolve() / ".set.json").unlink()


def record_of_other_types(root: pathlib.Path) -> None:
    record = (root / ".current").resolve() / ".set.json"
    record.write_text('{"manifestDigest": [], "complete": true, "repositories": {"acme/one": {"commit": 7}}}')


def record_that_leads_out(root: pathlib.Path) -> None:
    record = (root / ".current").resolve() / ".set.json"
    found = json.loads(record.read_text())
    found["repositories"]["../../etc"] = {**found["repositories"]["acme/one"], "commit": "../../.."}
    record.write_text(json.dumps(found))


def set_deleted(root: pathlib.Path) -> None:
    shutil.rmtree((root / ".current").resolve())


def set_link_deleted(root: pathlib.Path) -> None:
    ((root / ".current").resolve() / TREE).unlink()


def set_link_led_elsewhere(root: pathlib.Path) -> None:
    link = (root / ".current").resolve() / TREE
    link.unlink()
    link.symlink_to("/etc")


def stable_path_deleted(root: pathlib.Path) -> None:
    shutil.rmtree(root / "acme")


def stable_path_led_elsewhere(root: pathlib.Path) -> None:
    (root / TREE).unlink()
    (root / TREE).symlink_to("../other/three")


def public_deleted(root: pathlib.Path) -> None:
    shutil.rmtree(root / "public")


def public_pointer_dangling(root: pathlib.Path) -> None:
    (root / "public/.current").unlink()
    (root / "public/.current").symlink_to(".sets/0123456789abcdef")


def trees_deleted(root: pathlib.Path) -> None:
    shutil.rmtree(root / ".trees")


def everything_but_trees_deleted(root: pathlib.Path) -> None:
    for name in (".store", ".sets", "acme", "other", "public"):
        shutil.rmtree(root / name)
    (root / ".current").unlink()
    (root / ".status.json").unlink()


HARMFUL = (
    current_deleted,
    current_dangling,
    current_absolute,
    current_a_directory,
    current_a_file,
    record_garbage,
    record_deleted,
    record_of_other_types,
    record_that_leads_out,
    set_deleted,
    set_link_deleted,
    set_link_led_elsewhere,
    stable_path_deleted,
    stable_path_led_elsewhere,
    public_deleted,
    public_pointer_dangling,
    trees_deleted,
    everything_but_trees_deleted,
)


@pytest.mark.parametrize("damage", HARMFUL, ids=lambda damage: damage.__name__)
def test_damage_to_what_is_served(node: Node, truth: Truth, damage: Change) -> None:
    """The next pass heals; one that reaches no remote heals too or leaves things as they are, but makes nothing up."""
    damage(node.root)
    node.server.faults[ALL] = Status(500)
    node.sync()
    for repo in REPOS:
        tree = (node.root / repo).resolve()
        if tree.exists() and tree.is_relative_to(node.root / ".trees"):
            assert truth.faults(tree) == []
    node.server.faults.clear()
    assert node.sync() == 0
    check_healed(truth)


# Another cache's directories at the stable paths: clones, links, files.


@pytest.fixture
def foreign(node: Node) -> pathlib.Path:
    """A clone that a plain cache loop made, with its marks, at the very place of acme/one; also a public one."""
    node.repo("acme/one", files("acme/one"))
    place = node.root / TREE
    for one in (place, node.root / "public" / TREE):
        subprocess.run([*GIT, "clone", "--quiet", node.server.url("acme/one"), str(one)], check=True)
    (place / "a/b/data").write_text("changed by hand")
    (place / "untracked").write_text("theirs")
    (node.root / "acme/.one.tmp").mkdir()
    (node.root / ".ready").touch()
    for name in REPOS[1:]:
        node.repo(name, files(name))
    node.want(*REPOS, public=(TREE,))
    return place


def test_clone_of_another_cache_is_served_until_ours_is_complete(node: Node, foreign: pathlib.Path) -> None:
    node.server.faults["other/three"] = Status(500)
    assert node.sync() == 1
    assert (foreign / "untracked").read_text() == "theirs"
    assert not foreign.is_symlink()
    node.server.faults.clear()
    assert node.sync() == 0
    Truth(node).check_healed(REPOS, public=(TREE,))
    assert (node.root / "acme/.one.tmp").is_dir()  # not ours, not in our way
    assert (node.root / ".ready").exists()


def test_other_cache_that_comes_back(node: Node, foreign: pathlib.Path) -> None:
    """It replaces our link by its clone; the next pass takes the path again."""
    assert node.sync() == 0
    foreign.unlink()
    subprocess.run([*GIT, "clone", "--quiet", node.server.url("acme/one"), str(foreign)], check=True)
    assert node.sync() == 0
    Truth(node).check_healed(REPOS, public=(TREE,))


def link_to_a_clone(place: pathlib.Path, elsewhere: pathlib.Path) -> None:
    place.symlink_to(elsewhere)


def link_to_nowhere(place: pathlib.Path, elsewhere: pathlib.Path) -> None:
    place.symlink_to("nowhere")


def link_to_itself(place: pathlib.Path, elsewhere: pathlib.Path) -> None:
    place.symlink_to(place.name)


def a_file(place: pathlib.Path, elsewhere: pathlib.Path) -> None:
    place.write_text("theirs")


def read_only_directory(place: pathlib.Path, elsewhere: pathlib.Path) -> None:
    shutil.copytree(elsewhere, place)
    (place / "sub").chmod(0o000)
    place.chmod(0o500)


@pytest.mark.parametrize("level", ["acme", "acme/one"])
@pytest.mark.parametrize(
    "thing",
    [link_to_a_clone, link_to_nowhere, link_to_itself, a_file, read_only_directory],
    ids=lambda thing: thing.__name__,
)
def test_foreign_thing_makes_way(node: Node, level: str, thing: Callable[[pathlib.Path, pathlib.Path], None]) -> None:
    elsewhere = node.folder / "elsewhere"
    (elsewhere / "sub").mkdir(parents=True)
    (elsewhere / "sub/file").write_text("theirs")
    place = node.root / level
    place.parent.mkdir(parents=True)
    thing(place, elsewhere)
    for name in REPOS:
        node.repo(name, files(name))
    node.want(*REPOS)
    assert node.sync() == 0
    Truth(node).check_healed(REPOS)
    assert (elsewhere / "sub/file").read_text() == "theirs"
