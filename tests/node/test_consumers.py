"""Existing consumers of a stable path: what they run works from another mount, read-only, and after a collection."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.chaos import GIT, listing_on_disk
from tests.support.chaos_mount import bound
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.node import Node

FILES: Files = {"tools/a/run.sh": Executable("#!/bin/sh\n"), "tools/a/data": "1", "tools/link": Symlink("a/data")}
View = Callable[[Node], contextlib.AbstractContextManager[pathlib.Path]]


@contextlib.contextmanager
def in_place(node: Node) -> Iterator[pathlib.Path]:
    yield node.root


@contextlib.contextmanager
def mounted_elsewhere(node: Node) -> Iterator[pathlib.Path]:
    with bound(node.root, node.folder / "elsewhere/overlays") as there:
        yield there


@contextlib.contextmanager
def mounted_read_only(node: Node) -> Iterator[pathlib.Path]:
    with bound(node.root, node.folder / "mounted", read_only=True) as there:
        yield there


@pytest.fixture
def commit(node: Node) -> str:
    """The commit of acme/one, served after several updates and collections that dropped all before it but one."""
    one = node.repo("acme/one", FILES)
    node.want("acme/one")
    for number in range(12):
        one.commit({"tools/a/data": str(number)})
        assert node.sync(grace=0.001) == 0
    return one.git("rev-parse", "HEAD")


@pytest.fixture(params=[in_place, mounted_elsewhere, mounted_read_only], ids=lambda view: view.__name__)
def root(request: pytest.FixtureRequest, node: Node, commit: str) -> Iterator[pathlib.Path]:
    view: View = request.param
    with view(node) as there:
        yield there


def git(tree: pathlib.Path, *args: str) -> str:
    done = subprocess.run([*GIT, "-C", str(tree), *args], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_a_cache_loop_asks(node: Node, root: pathlib.Path, commit: str) -> None:
    """Which commit is there, from where, since when."""
    tree = root / "acme/one"
    assert (tree / ".git").is_dir()
    assert git(tree, "rev-parse", "HEAD") == commit
    assert git(tree, "rev-parse", "--is-shallow-repository") == "true"
    assert git(tree, "log", "-1", "--format=%H %an") == f"{commit} Overlay Author"
    assert git(tree, "log", "--oneline", "--format=%H") == commit  # shallow: no parent is asked for
    assert git(tree, "config", "--get", "remote.origin.url") == node.server.url("acme/one")
    assert git(tree, "show", "HEAD:tools/a/data") == "11"
    assert git(tree, "ls-tree", "-r", "--name-only", "HEAD").splitlines() == [*sorted(FILES)]
    assert git(tree, "cat-file", "-t", "HEAD^{tree}") == "tree"


@pytest.mark.parametrize("options", [(), ("--shared",), ("--depth=1",), ("--no-hardlinks",)], ids=" ".join)
def test_clone(node: Node, root: pathlib.Path, commit: str, options: tuple[str, ...]) -> None:
    """A workspace made from the cache has the files and the commit; a shared one reads the store's objects."""
    tree, copy = root / "acme/one", node.folder / "copy"
    where = f"file://{tree}" if "--depth=1" in options else str(tree)
    command = [*GIT, "clone", "--quiet", *options, where, str(copy)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert git(copy, "rev-parse", "HEAD") == commit
    assert git(copy, "status", "--porcelain") == ""
    assert git(copy, "fsck", "--connectivity-only") == ""
    assert {path: blob for path, (_, blob) in listing_on_disk(copy).items() if blob} == {
        path: blob for path, (_, blob) in listing_on_disk(tree.resolve()).items()
    }


def test_shared_clone_lives_while_its_commit_is_kept(node: Node, commit: str) -> None:
    """The grace is what a workspace made with --shared has: its commit stays readable when the branch moved on."""
    copy = node.folder / "copy"
    subprocess.run([*GIT, "clone", "--quiet", "--shared", str(node.root / "acme/one"), str(copy)], check=True)
    node.repos["acme/one"].commit({"tools/a/data": "next"})
    assert node.sync(grace=3600) == 0
    assert git(copy, "show", "HEAD:tools/a/data") == "11"
    assert git(copy, "fsck", "--connectivity-only") == ""
