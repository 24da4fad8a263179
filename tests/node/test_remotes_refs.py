"""What becomes of branches and tags on a real remote, of either protocol, between two passes."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import pytest

from tests.support.git_http import GitServer
from tests.support.git_repo import GitRepo
from tests.support.node import Node


@pytest.fixture(params=[True, False], ids=["protocol 2", "protocol 0"])
def server(tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[GitServer]:
    """A server of today, and one that hands out the tips of refs and nothing else."""
    with GitServer(tmp_path / "remotes", protocol_v2=request.param) as running:
        yield running


def served(node: Node, ref: str) -> str:
    """The text of x after one pass that succeeds."""
    assert node.sync() == 0
    assert node.of("acme/one")["ref"] == ref
    assert node.text("acme/one/.git/HEAD").strip() == node.of("acme/one")["commit"]
    return node.text("acme/one/x")


def check_gone(node: Node, text: str) -> None:
    """Two passes that fail because the ref is gone; the last good commit stays."""
    before = node.of("acme/one")
    for failures in (before["failures"] + 1, before["failures"] + 2):
        assert node.sync() == 1
        now = node.of("acme/one")
        assert (now["commit"], now["failures"]) == (before["commit"], failures)
        assert "does not exist: the remote has no such branch or tag" in now["lastError"]
        assert node.text("acme/one/x") == text


def test_force_push_there_and_back(node: Node) -> None:
    one = node.repo("acme/one")
    first = one.commit({"x": "first"})
    one.commit({"x": "second"})
    node.want("acme/one@main")
    assert served(node, "main") == "second"
    one.git("update-ref", "refs/heads/main", first)
    assert served(node, "main") == "first"
    one.commit({"x": "unrelated"}, fresh=True)
    assert served(node, "main") == "unrelated"
    one.git("update-ref", "refs/heads/main", first)
    assert served(node, "main") == "first"


def light(one: GitRepo, commit: str) -> None:
    one.tag("v1", commit)


def annotated(one: GitRepo, commit: str) -> None:
    one.tag("v1", commit, annotated=True)


def tag_of_a_tag(one: GitRepo, commit: str) -> None:
    one.tag("inner", commit, annotated=True)
    one.tag("v1", "refs/tags/inner", annotated=True)


def branch(one: GitRepo, commit: str) -> None:
    one.git("update-ref", "refs/heads/v1", commit)


MAKERS: tuple[Callable[[GitRepo, str], None], ...] = (light, annotated, tag_of_a_tag, branch)


@pytest.mark.parametrize("make", MAKERS)
def test_ref_that_moves_is_deleted_and_comes_back(node: Node, make: Callable[[GitRepo, str], None]) -> None:
    one = node.repo("acme/one")
    commits = [one.commit({"x": text}) for text in "123"]
    make(one, commits[0])
    node.want("acme/one@v1")
    assert served(node, "v1") == "1"
    make(one, commits[1])
    assert served(node, "v1") == "2"
    delete(one, "v1")
    check_gone(node, "2")
    make(one, commits[2])
    assert served(node, "v1") == "3"
    make(one, commits[0])
    assert served(node, "v1") == "1"


def delete(one: GitRepo, name: str) -> None:
    for ref in one.refs():
        if ref in (f"refs/heads/{name}", f"refs/tags/{name}"):
            one.git("update-ref", "-d", ref)


def test_ref_that_changes_its_kind_is_followed_and_told(node: Node) -> None:
    one = node.repo("acme/one")
    commits = [one.commit({"x": text}) for text in "1234"]
    node.want("acme/one@v1")
    kinds = []
    for make, commit in zip((light, annotated, tag_of_a_tag, branch), commits, strict=True):
        make(one, commit)
        kinds.append((served(node, "v1"), node.of("acme/one")["kind"], len(node.of("acme/one")["warnings"])))
    assert kinds == [("1", "tag", 0), ("2", "tag", 0), ("3", "tag", 0), ("4", "branch", 1)]
    one.delete_branch("v1")
    assert (served(node, "v1"), node.of("acme/one")["kind"], node.of("acme/one")["warnings"]) == ("3", "tag", [])


# Refs that end in the same words as the one that is meant.

TAILS = (
    "refs/heads/refs/heads/main",
    "refs/tags/refs/heads/main",
    "refs/heads/x/refs/heads/main",
    "refs/x/refs/heads/main",
)


def test_refs_that_end_in_the_same_words_are_other_refs(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    others = {ref: one.commit({"x": ref}, branch="aside") for ref in TAILS}
    one.delete_branch("aside")
    for ref, commit in others.items():
        one.git("update-ref", ref, commit)
    node.want("acme/one@main")
    assert served(node, "main") == "main"
    one.commit({"x": "main again"})
    assert served(node, "main") == "main again"
    one.git("symbolic-ref", "HEAD", "refs/heads/x/refs/heads/main")
    one.delete_branch("main")
    check_gone(node, "main again")
    one.commit({"x": "back"}, fresh=True)
    assert served(node, "main") == "back"


def test_ref_that_looks_like_a_full_name_is_a_name_below_heads(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    node.want("acme/one@refs/heads/main")
    assert node.sync() == 1
    assert "'refs/heads/main' does not exist" in node.of("acme/one")["lastError"]
    one.commit({"x": "nested"}, branch="refs/heads/main")
    assert served(node, "refs/heads/main") == "nested"


@pytest.mark.parametrize("where", ["refs/heads", "refs/tags", "refs/heads/refs/overlays"])
def test_full_hash_is_a_commit_whatever_else_has_that_name(node: Node, where: str) -> None:
    one = node.repo("acme/one")
    pin = one.commit({"x": "pinned"})
    later = one.commit({"x": "later"})
    one.git("update-ref", f"{where}/{pin}", later)
    node.want(f"acme/one@{pin}")
    assert served(node, pin) == "pinned"
    one.git("update-ref", f"{where}/{pin}", one.commit({"x": "latest"}))
    assert served(node, pin) == "pinned"


@pytest.mark.parametrize("where", ["refs/heads", "refs/tags"])
def test_full_hash_that_is_no_commit_of_the_remote_is_an_error(node: Node, where: str) -> None:
    one = node.repo("acme/one", {"x": "main"})
    node.want("acme/one@main")
    assert served(node, "main") == "main"
    absent = "ab" * 20
    one.git("update-ref", f"{where}/{absent}", one.refs()["refs/heads/main"])
    node.want(f"acme/one@{absent}")
    assert node.sync() == 1
    assert (node.of("acme/one")["commit"], node.of("acme/one")["failures"]) == (None, 1)
    assert node.text("acme/one/x") == "main"  # the set of before, which is whole


def test_pinned_commit_that_the_remote_lost_stays_where_it_is_served(node: Node) -> None:
    one = node.repo("acme/one", {"x": "pinned"})
    pin = one.refs()["refs/heads/main"]
    node.want(f"acme/one@{pin}")
    assert served(node, pin) == "pinned"
    one.commit({"x": "other history"}, fresh=True)
    one.git("reflog", "expire", "--all", "--expire=now")
    one.git("gc", "--quiet", "--prune=now")
    assert served(node, pin) == "pinned"


def test_default_branch_that_is_renamed_before_head_is(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    node.want("acme/one")
    assert served(node, "") == "main"
    one.commit({"x": "trunk"}, branch="trunk")
    one.delete_branch("main")
    assert node.sync() == 1
    assert node.of("acme/one")["lastError"] == "the remote has no default branch with a commit"
    assert node.text("acme/one/x") == "main"
    one.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert served(node, "") == "trunk"


@pytest.mark.parametrize("kind", ["tree", "blob"])
def test_tag_of_something_else_than_a_commit_is_an_error(node: Node, kind: str) -> None:
    one = node.repo("acme/one", {"x": "1"})
    one.tag("v1", "refs/heads/main^{tree}" if kind == "tree" else "refs/heads/main:x", annotated=True)
    node.want("acme/one@v1")
    assert node.sync() == 1
    assert node.of("acme/one")["commit"] is None
    assert node.of("acme/one")["lastError"]
    one.tag("v1", "refs/heads/main")
    assert served(node, "v1") == "1"
