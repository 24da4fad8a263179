"""Stores that are damaged, or that a killed git left half done. Files that are served stay; a pass heals the store."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.support.chaos import GIT, Truth
from tests.support.chaos_loop import Loop
from tests.support.git_http import Status
from tests.support.git_repo import Files
from tests.support.node import Node

REPOS = ("acme/one", "acme/two")
STORE = ".store/acme%2Fone.git"
Damage = Callable[[pathlib.Path], None]


def files(number: int) -> Files:
    """Most of them the same in each commit, so that the next fetch counts on what the store has."""
    return {
        **{f"same/{one}": f"{one}\n" * 30 for one in range(20)},
        **{f"other/{one}": f"{one} of {number}\n" for one in range(5)},
    }


def packs(store: pathlib.Path, suffix: str) -> list[pathlib.Path]:
    found = sorted(store.glob(f"objects/pack/*{suffix}"))
    assert found
    for path in found:
        path.chmod(0o644)
    return found


def pack_deleted(store: pathlib.Path) -> None:
    for path in packs(store, ".pack"):
        path.unlink()


def pack_and_index_deleted(store: pathlib.Path) -> None:
    shutil.rmtree(store / "objects/pack")


def index_deleted(store: pathlib.Path) -> None:
    for path in packs(store, ".idx"):
        path.unlink()


def pack_truncated(store: pathlib.Path) -> None:
    for path in packs(store, ".pack"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def pack_empty(store: pathlib.Path) -> None:
    for path in packs(store, ".pack"):
        path.write_bytes(b"")


def pack_flipped(store: pathlib.Path) -> None:
    """Many bytes: some in an object of every kind."""
    for path in packs(store, ".pack"):
        data = bytearray(path.read_bytes())
        for at in range(20, len(data) - 20, 50):
            data[at] ^= 0x55
        path.write_bytes(data)


def index_flipped(store: pathlib.Path) -> None:
    for path in packs(store, ".idx"):
        data = bytearray(path.read_bytes())
        for at in range(1100, len(data) - 40, 100):
            data[at] ^= 0x55
        path.write_bytes(data)


def loose_object_flipped(store: pathlib.Path) -> None:
    """One bit in each."""
    for pack in packs(store, ".pack"):
        aside = store / "aside"
        pack.rename(aside)
        for path in pack.parent.glob(f"{pack.stem}.*"):
            path.unlink()
        with aside.open("rb") as file:
            subprocess.run([*GIT, f"--git-dir={store}", "unpack-objects", "-q"], check=True, stdin=file)
        aside.unlink()
    for path in store.glob("objects/??/*"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(data)


def objects_deleted(store: pathlib.Path) -> None:
    shutil.rmtree(store / "objects")


def own_ref_garbage(store: pathlib.Path) -> None:
    for path in store.glob("refs/overlays/*"):
        path.write_text("garbage\n")


def own_ref_empty(store: pathlib.Path) -> None:
    """As a crash of the machine leaves files that were not synced."""
    for path in store.glob("refs/overlays/*"):
        path.write_bytes(b"")


def own_ref_of_nothing(store: pathlib.Path) -> None:
    for path in store.glob("refs/overlays/*"):
        path.write_text("1234567890" * 4 + "\n")


def other_ref_garbage(store: pathlib.Path) -> None:
    (store / "refs/overlays/junk").write_text("garbage\n")


def packed_refs_garbage(store: pathlib.Path) -> None:
    (store / "packed-refs").write_text("garbage\n")


def head_garbage(store: pathlib.Path) -> None:
    (store / "HEAD").write_text("garbage\n")


def head_deleted(store: pathlib.Path) -> None:
    (store / "HEAD").unlink()


def config_garbage(store: pathlib.Path) -> None:
    (store / "config").write_text("[garbage\n")


def config_deleted(store: pathlib.Path) -> None:
    (store / "config").unlink()


def config_of_the_future(store: pathlib.Path) -> None:
    (store / "config").write_text("[core]\n\trepositoryformatversion = 99\n\tbare = true\n")


def shallow_garbage(store: pathlib.Path) -> None:
    (store / "shallow").write_text("garbage\n")


def shallow_deleted(store: pathlib.Path) -> None:
    (store / "shallow").unlink()


def store_deleted(store: pathlib.Path) -> None:
    shutil.rmtree(store)


def store_empty(store: pathlib.Path) -> None:
    shutil.rmtree(store)
    store.mkdir()


def store_a_file(store: pathlib.Path) -> None:
    shutil.rmtree(store)
    store.write_text("garbage")


DAMAGES = (
    pack_deleted,
    pack_and_index_deleted,
    index_deleted,
    pack_truncated,
    pack_empty,
    pack_flipped,
    index_flipped,
    loose_object_flipped,
    objects_deleted,
    own_ref_garbage,
    own_ref_empty,
    own_ref_of_nothing,
    other_ref_garbage,
    packed_refs_garbage,
    head_garbage,
    head_deleted,
    config_garbage,
    config_deleted,
    config_of_the_future,
    shallow_garbage,
    shallow_deleted,
    store_deleted,
    store_empty,
    store_a_file,
)


@pytest.fixture
def truth(node: Node) -> Truth:
    """Two repositories are served."""
    for name in REPOS:
        node.repo(name, {**files(0), "name": name})
    node.want(*REPOS)
    assert node.sync() == 0
    return Truth(node)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_store(node: Node, truth: Truth, damage: Damage) -> None:
    """At start, first without the remote, then with it: the same commit, then a new one."""
    before = truth.served()
    damage(node.root / STORE)
    assert truth.served(objects=False) == before
    node.server.faults["acme/one"] = Status(500)
    two = node.repos["acme/two"].commit(files(1))
    assert node.sync() == 1
    served = truth.served(objects=False)
    assert served is not None
    assert before is not None
    assert (served.complete, served.commits) == (True, {**before.commits, "acme/two": two})
    node.server.faults.clear()
    assert node.sync() == 0
    truth.check_healed(REPOS)
    node.repos["acme/one"].commit(files(2))
    assert node.sync() == 0
    truth.check_healed(REPOS)
    check_every_byte(node.root / STORE)


def test_stores_damaged_while_the_program_runs(node: Node, truth: Truth) -> None:
    """It need not be seen before it matters: the pass that needs the store heals it, or the next one."""
    with Loop(node, interval=0.1) as loop:
        for number, damage in enumerate(DAMAGES):
            print("damage:", damage.__name__)
            loop.wait_for("pass-finished", after=len(loop.events), ready=True)
            damage(node.root / STORE)
            so_far = len(loop.events)
            new = node.repos["acme/one"].commit(files(number + 1))
            loop.wait_for("repository-updated", after=so_far, repository="acme/one", commit=new)
            loop.wait_for_passes()
            served = truth.served()
            assert served is not None
            assert served.commits["acme/one"] == new
            command = [*GIT, "-C", str(node.root / "acme/one"), "archive", "--format=tar", "HEAD"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # every object of the commit
        assert loop.terminate() == 0
    assert node.sync() == 0
    truth.check_healed(REPOS)
    check_every_byte(node.root / STORE)


LEFT_OVERS = (
    "shallow.lock",
    "packed-refs.lock",
    "HEAD.lock",
    "config.lock",
    "refs/overlays/{next}.lock",
    "objects/pack/tmp_pack_abc123",
    "objects/pack/tmp_idx_abc123",
    "objects/pack/pack-0000000000000000000000000000000000000000.keep",
    "objects/00/tmp_obj_abc123",
    "objects/info/alternates.lock",
)


@pytest.mark.parametrize("name", LEFT_OVERS, ids=lambda name: name.rpartition("/")[2])
def test_left_over_of_a_killed_git(node: Node, truth: Truth, name: str) -> None:
    leave(node.root / STORE / name.format(next=next_commit(node, 1)))
    push_next(node)
    assert node.sync() == 0
    truth.check_healed(REPOS)


def test_left_overs_of_git_killed_while_the_program_runs(node: Node, truth: Truth) -> None:
    with Loop(node, interval=0.1) as loop:
        for number, name in enumerate(LEFT_OVERS):
            print("left over:", name)
            loop.wait_for_passes()
            so_far, new = len(loop.events), next_commit(node, number + 1)
            leave(node.root / STORE / name.format(next=new))
            push_next(node)
            loop.wait_for("repository-updated", after=so_far, repository="acme/one", commit=new)
        loop.wait_for_passes()
        assert loop.terminate() == 0
    assert node.sync() == 0
    truth.check_healed(REPOS)


def next_commit(node: Node, number: int) -> str:
    """Made, but not yet where anybody looks."""
    return node.repos["acme/one"].commit(files(number), branch="next", parent="refs/heads/main")


def push_next(node: Node) -> None:
    node.repos["acme/one"].git("update-ref", "refs/heads/main", "refs/heads/next")


def leave(place: pathlib.Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"half")


@pytest.mark.parametrize("store", ["with-the-ref", "without-the-ref", "pruned", "lost"])
@pytest.mark.parametrize("running", [False, True], ids=["at-start", "while-it-runs"])
def test_half_collected_tree_whose_ref_moves_back(node: Node, truth: Truth, store: str, running: bool) -> None:
    """A kill -9 in the middle of the collection, then a force push back to the commit that was being collected."""
    one = node.repos["acme/one"]
    old = one.git("rev-parse", "HEAD")
    new = one.commit(files(1))
    assert node.sync() == 0

    def collect_half() -> None:
        tree, half = node.root / ".trees/acme%2Fone" / old, node.root / ".trash/half"
        tree.rename(half)
        shutil.rmtree(half / "other")
        forget(node.root / STORE, old, store)
        one.git("update-ref", "refs/heads/main", old)

    if running:
        with Loop(node) as loop:
            loop.wait_for("pass-finished", ready=True)
            collect_half()
            loop.wait_for("repository-updated", repository="acme/one", commit=old, previous=new)
            loop.wait_for_passes()
            assert loop.terminate() == 0
    else:
        collect_half()
    assert node.sync() == 0
    served = truth.check_healed(REPOS)
    assert served.commits["acme/one"] == old


def forget(store: pathlib.Path, commit: str, how: str) -> None:
    git = [*GIT, f"--git-dir={store}"]
    if how == "lost":
        shutil.rmtree(store)
    elif how != "with-the-ref":
        subprocess.run([*git, "update-ref", "-d", f"refs/overlays/{commit}"], check=True)
        if how == "pruned":
            subprocess.run([*git, "repack", "-a", "-d", "-q"], check=True)
            subprocess.run([*git, "prune", "--expire=now"], check=True)


def check_every_byte(store: pathlib.Path) -> None:
    command = [*GIT, f"--git-dir={store}", "fsck", "--full", "--no-dangling", "--no-progress"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
