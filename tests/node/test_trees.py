from __future__ import annotations

import os
import pathlib
import stat

import pytest

from overlays_node.git import Git
from overlays_node.limits import DEFAULT, Limits
from overlays_node.listing import TreeError, _check_path
from overlays_node.store import Remote
from overlays_node.trees import LeftOut, facts_of, write
from tests.support.git_repo import Executable, Files, GitRepo, Submodule, Symlink
from tests.support.node import Node


def written(
    tmp_path: pathlib.Path, files: Files, *, like: pathlib.Path | None = None
) -> tuple[pathlib.Path, tuple[LeftOut, ...]]:
    """The tree of a commit with these files, read in place."""
    repo = GitRepo(tmp_path / "one.git")
    commit = repo.commit(files)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    remote = Remote(Git(scratch), "https://git.example/acme/one.git", 30, 60, Limits(min_free=0))
    return tmp_path / "tree", write(remote, repo.path, commit, tmp_path / "tree", like=like)


def test_published_bytes_are_the_blobs(tmp_path: pathlib.Path) -> None:
    files: dict[str, str | bytes] = {
        ".gitattributes": "* text eol=crlf ident\n*.u encoding=UTF-16 working-tree-encoding=UTF-16\nx export-ignore\n",
        "x": "a\nb\n$Id$\n",
        "w": "a\r\nb\r\n",
        "t.u": "text",
        "empty": "",
        "binary": bytes(range(256)) * 9000,  # over two chunks
        "no newline": "end",
        "same": "a\nb\n$Id$\n",
    }
    tree, left_out = written(tmp_path, files)
    for path, content in files.items():
        assert (tree / path).read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert left_out == ()


def test_published_modes(tmp_path: pathlib.Path) -> None:
    tree, _ = written(tmp_path, {"a/plain": "", "a/run": Executable("#!/bin/sh\n")})
    modes = {path: stat.S_IMODE((tree / path).stat().st_mode) for path in ("a", "a/plain", "a/run", ".git/config")}
    assert modes == {"a": 0o755, "a/plain": 0o444, "a/run": 0o555, ".git/config": 0o444}


def test_any_bytes_in_a_path(tmp_path: pathlib.Path) -> None:
    names = [b"new\nline", b"\xff\xfe", "é".encode(), b"-rf", b'quo"te\\', b" lead", b"tab\there"]
    tree, _ = written(tmp_path, {os.fsdecode(name): "x" for name in names})
    assert sorted({os.fsencode(path.name) for path in tree.iterdir()} - {b".git"}) == sorted(names)


def test_links_that_leave_the_tree_and_submodules_are_left_out_and_reported(tmp_path: pathlib.Path) -> None:
    tree, left_out = written(
        tmp_path,
        {
            "a/file": "inside",
            "good": Symlink("a/file"),
            "a/up": Symlink("../a"),
            "absolute": Symlink("/etc/passwd"),
            "leaves": Symlink("../outside"),
            "a/leaves": Symlink("../../outside"),
            "into-git": Symlink(".git/config"),
            "dangling": Symlink("nowhere"),
            "self": Symlink("self"),
            "sub": Submodule("1" * 40),
            "long": Symlink("x/" * 2048),
        },
    )
    assert {one.path: one.reason for one in left_out} == {
        "a/leaves": "a link that leaves the tree",
        "absolute": "an absolute link",
        "dangling": "a link to nothing",
        "into-git": "a link to nothing",
        "leaves": "a link that leaves the tree",
        "long": "a link with an impossible target",
        "self": "a link in a loop",
        "sub": "a submodule",
    }
    assert sorted(path.name for path in tree.iterdir()) == [".git", "a", "good"]
    assert (tree / "good").read_text() == "inside"
    assert (tree / "a/up").is_symlink()
    assert facts_of(tree).left_out == left_out


def test_what_is_left_out_is_logged_and_counted(node: Node) -> None:
    node.repo("acme/one", {"x": "1", "bad": Symlink("/etc")})
    node.want("acme/one")
    assert node.sync() == 0
    assert node.of("acme/one")["leftOut"] == 1
    told = [event for event in node.events() if event["event"] == "left-out"]
    assert [(event["path"], event["reason"]) for event in told] == [("bad", "an absolute link")]
    assert node.sync() == 0
    assert node.of("acme/one")["leftOut"] == 1


def test_nothing_is_written_through_a_link(tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    tree, _ = written(tmp_path, {"d": Symlink(str(outside)), "e/x": "x"})
    assert [*outside.iterdir()] == []
    assert not (tree / "d").is_symlink()


@pytest.mark.parametrize("path", [b"", b"/x", b"a//b", b"../x", b"a/..", b"./a", b".git", b"a/.GIT/x"])
def test_impossible_paths_are_refused_again(path: bytes) -> None:
    with pytest.raises(TreeError):
        _check_path(path, DEFAULT)


def test_path_that_the_file_system_refuses_is_an_error_of_the_repository(node: Node) -> None:
    node.repo("acme/one", {"x" * 300: "1"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one", "acme/two")
    assert node.sync() == 1
    assert "more than 255 bytes" in node.of("acme/one")["lastError"]
    assert node.text("acme/two/x") == "2"
    assert [*(node.root / ".tmp").iterdir()] == []


def test_a_file_that_did_not_change_is_one_with_that_of_the_tree_before(tmp_path: pathlib.Path) -> None:
    old, _ = written(tmp_path / "1", {"same": "text\n", "changed": "old\n", "mode": "x\n", "damaged": "whole\n"})
    (old / "damaged").chmod(0o644)
    (old / "damaged").write_text("broken")
    (old / "damaged").chmod(0o444)
    files: dict[str, str | Executable] = {
        "same": "text\n",
        "changed": "new\n",
        "mode": Executable("x\n"),
        "damaged": "whole\n",
        "new": "new\n",
    }
    new, _ = written(tmp_path / "2", files, like=old)
    assert [(new / name).read_text() for name in files] == ["text\n", "new\n", "x\n", "whole\n", "new\n"]
    assert [name for name in files if (new / name).stat().st_nlink > 1] == ["same"]
