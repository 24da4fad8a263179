"""After a reboot every tree is compared with its commit, byte for byte, before it is used."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable

import pytest

from tests.support.git_http import Status
from tests.support.git_repo import Executable, Symlink
from tests.support.node import Node


def boot_anew(node: Node) -> None:
    """As if the machine had crashed since the last pass."""
    (node.root / ".status.json").write_text(json.dumps({**node.status(), "bootId": "another"}))


def overwrite(path: pathlib.Path, text: str) -> None:
    path.chmod(0o644)
    path.write_text(text)
    path.chmod(0o444)


def relink(path: pathlib.Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


DAMAGES: dict[str, Callable[[pathlib.Path], object]] = {
    "changed": lambda tree: overwrite(tree / "d/x", "2"),
    "cut off": lambda tree: overwrite(tree / "d/x", ""),
    "as long as before": lambda tree: overwrite(tree / "run", "#!/bin/so\n"),
    "lost": lambda tree: (tree / "d/x").unlink(),
    "added": lambda tree: (tree / "d/new").write_text(""),
    "another mode": lambda tree: (tree / "run").chmod(0o444),
    "writable": lambda tree: (tree / "d/x").chmod(0o644),
    "a link instead": lambda tree: relink(tree / "d/x", "../run"),
    "another link": lambda tree: relink(tree / "link", "run"),
    "another commit": lambda tree: overwrite(tree / ".git/HEAD", "0" * 40 + "\n"),
    "elsewhere for objects": lambda tree: overwrite(tree / ".git/objects/info/alternates", "/tmp\n"),
}


@pytest.fixture
def one(node: Node) -> Node:
    node.repo("acme/one", {"d/x": "1", "run": Executable("#!/bin/sh\n"), "link": Symlink("d/x"), "out": Symlink("/")})
    node.want("acme/one")
    node.sync()
    node.events()
    return node


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("fault", [None, Status(500)])
def test_damaged_tree_is_written_anew_even_without_the_remote(one: Node, damage: str, fault: Status | None) -> None:
    tree = (one.root / "acme/one").resolve()
    DAMAGES[damage](tree)
    boot_anew(one)
    if fault is not None:
        one.server.faults["acme/one"] = fault
    assert one.sync() == (0 if fault is None else 1)
    damaged = next(event for event in one.events() if event["event"] == "tree-damaged")
    assert damaged["tree"] == f"acme%2Fone/{tree.name}"
    assert (one.text("acme/one/d/x"), one.text("acme/one/link")) == ("1", "1")
    assert one.text("acme/one/run") == "#!/bin/sh\n"
    assert os.access(one.root / "acme/one/run", os.X_OK)
    assert sorted(path.name for path in tree.iterdir()) == [".git", "d", "link", "run"]
    assert one.status()["complete"] is True
    assert one.status()["bootId"] != "another"


def test_good_tree_stays_what_it_is(one: Node) -> None:
    before = (one.root / "acme/one/d/x").stat().st_ino
    boot_anew(one)
    assert one.sync() == 0
    assert (one.root / "acme/one/d/x").stat().st_ino == before
    assert "tree-damaged" not in [event["event"] for event in one.events()]


def test_same_boot_trusts_what_was_written(one: Node) -> None:
    overwrite(one.root / "acme/one/d/x", "2")
    assert one.sync() == 0
    assert one.text("acme/one/d/x") == "2"  # only the next commit, or a reboot, mends it


def test_damaged_tree_without_remote_and_store_is_not_served(one: Node) -> None:
    overwrite(one.root / "acme/one/d/x", "2")
    for pack in (one.root / ".store/acme%2Fone.git/objects/pack").iterdir():
        pack.unlink()
    boot_anew(one)
    one.server.faults["acme/one"] = Status(500)
    assert one.sync() == 1
    assert not (one.root / "acme/one/d/x").exists()
    assert one.status()["ready"] is False
    one.server.faults.clear()
    assert one.sync() == 0
    assert one.text("acme/one/d/x") == "1"


def test_damaged_public_tree_is_written_anew(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    node.sync()
    public = node.root / "public/acme/one"
    (public / "x").unlink()
    boot_anew(node)
    assert node.sync() == 0
    assert (public / "x").read_text() == "1"
