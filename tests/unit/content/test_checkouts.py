from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from overlays.content.checkouts import Checkout, commit_of, locate
from tests.support.git_http import GitServer
from tests.support.node import Node


def git(folder: pathlib.Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "init.defaultBranch=main"]
    command = ["git", *who, "-C", str(folder), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "acme/a"
    root.mkdir(parents=True)
    git(root, "init", "--quiet")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "First")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "Second")
    return root


def test_a_branch(checkout: pathlib.Path) -> None:
    assert commit_of(str(checkout)) == git(checkout, "rev-parse", "HEAD")


def test_a_branch_in_packed_refs(checkout: pathlib.Path) -> None:
    git(checkout, "branch", "other", "HEAD~1")
    git(checkout, "pack-refs", "--all")
    assert not (checkout / ".git/refs/heads/main").exists()
    assert commit_of(str(checkout)) == git(checkout, "rev-parse", "HEAD")


def test_a_detached_head(checkout: pathlib.Path) -> None:
    git(checkout, "checkout", "--quiet", "HEAD~1")
    assert commit_of(str(checkout)) == git(checkout, "rev-parse", "main~1")


@pytest.mark.parametrize("packed", [False, True])
def test_a_linked_worktree(checkout: pathlib.Path, tmp_path: pathlib.Path, packed: bool) -> None:
    git(checkout, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"), "HEAD~1")
    if packed:
        git(checkout, "pack-refs", "--all")
    assert commit_of(str(tmp_path / "side")) == git(checkout, "rev-parse", "HEAD~1")


def test_a_submodule(checkout: pathlib.Path, tmp_path: pathlib.Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(checkout), "inner")
    assert (outer / "inner/.git").is_file()
    assert commit_of(str(outer / "inner")) == git(checkout, "rev-parse", "HEAD")


def test_no_commit_yet(tmp_path: pathlib.Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit_of(str(tmp_path)) is None


@pytest.mark.parametrize(
    "text", ["", "ref:", "ref: refs/heads/none", "ref: /etc/passwd", "1" * 39, "x" * 40, "\0", "ref: \0", "é" * 40]
)
def test_a_head_that_says_nothing(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(text)
    assert commit_of(str(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "gitdir: ", "gitdir: nowhere", "gitdir: \0", "gitdir: .git"])
def test_a_git_file_that_leads_nowhere(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / ".git").write_text(text)
    assert commit_of(str(tmp_path)) is None


def test_odd_things_are_not_waited_for(tmp_path: pathlib.Path) -> None:
    assert commit_of(str(tmp_path)) is None
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git/HEAD")
    assert commit_of(str(tmp_path)) is None
    (tmp_path / ".git/HEAD").unlink()
    (tmp_path / ".git/HEAD").symlink_to("HEAD")
    assert commit_of(str(tmp_path)) is None


def test_a_directory_laid_out_owner_name(checkout: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "acme/plain").mkdir()
    (tmp_path / "acme/file").touch()
    found = locate(["acme/plain", "acme/a", "acme/none", "acme/file", "acme/plain"], str(tmp_path))
    assert found.checkouts == {
        "acme/plain": Checkout(tmp_path / "acme/plain", None),
        "acme/a": Checkout(checkout, git(checkout, "rev-parse", "HEAD")),
    }
    assert found.missing == {
        "acme/none": f"{str(tmp_path / 'acme/none')!r}: no such file or directory",
        "acme/file": f"{str(tmp_path / 'acme/file')!r}: not a directory",
    }


def test_the_cache_of_a_node(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with GitServer(tmp_path / "served") as server:
        node = Node(tmp_path, server, capsys)
        old = {repo: node.repo(repo).commit({"x": "old"}) for repo in ("acme/a", "acme/b")}
        node.want("acme/a", "acme/b")
        assert node.sync() == 0
        before = locate(["acme/a", "acme/b", "acme/c"], str(node.root))
        for repo in ("acme/a", "acme/b"):
            node.repo(repo).commit({"x": "new"})
        assert node.sync() == 0
    assert {repo: one.commit for repo, one in before.checkouts.items()} == old
    assert list(before.missing) == ["acme/c"]
    # What was found stays what it was, although the node serves another set by now.
    assert [(one.root / "x").read_text() for one in before.checkouts.values()] == ["old", "old"]
    assert (node.root / "acme/a/x").read_text() == "new"
    after = locate(["acme/a"], str(node.root))
    assert (after.checkouts["acme/a"].root / "x").read_text() == "new"


def test_a_stable_link_whose_set_lost_the_repository(tmp_path: pathlib.Path) -> None:
    (tmp_path / ".sets/0").mkdir(parents=True)
    (tmp_path / ".current").symlink_to(".sets/0")
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/a").symlink_to("../.current/acme/a")
    assert list(locate(["acme/a"], str(tmp_path)).missing) == ["acme/a"]
