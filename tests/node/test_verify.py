"""store.verify: what a lock may hold is what a node could fetch."""

from __future__ import annotations

import pathlib
import random
from collections.abc import Iterator

import pytest

from overlays_node.git import Git, GitError
from overlays_node.greetings import Greetings
from overlays_node.limits import Limits
from overlays_node.store import RefError, Remote, Resolved, resolve, verify
from tests.support.git_faults import InPack
from tests.support.git_http import GitServer, Status
from tests.support.git_repo import GitRepo

ONE = "acme/one"
NO_COMMIT = r"is not a commit|does not exist"

# How servers differ: the protocol, and what git-upload-pack is allowed to do.
KINDS = {
    "version 2": (True, {}),
    "version 2 with filters": (True, {"uploadpack.allowFilter": "true"}),
    "version 0": (False, {}),
    "version 0 with filters": (False, {"uploadpack.allowFilter": "true"}),
    "version 0 with any commit": (False, {"uploadpack.allowAnySHA1InWant": "true"}),
    "version 0 with both": (False, {"uploadpack.allowAnySHA1InWant": "true", "uploadpack.allowFilter": "true"}),
}


@pytest.fixture(params=KINDS)
def repo(request: pytest.FixtureRequest, server: GitServer) -> GitRepo:
    """A repository with two commits on main, on a server of each kind."""
    server.protocol_v2, settings = KINDS[request.param]
    made = GitRepo(server.root / f"{ONE}.git")
    for key, value in settings.items():
        made.git("config", key, value)
    made.commit({"x": "1", "folder/large": "y" * 1000})
    made.commit({"x": "2"})
    return made


@pytest.fixture
def remote(server: GitServer, tmp_path: pathlib.Path) -> Iterator[Remote]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    git = Git(scratch)
    greetings = Greetings(git)
    yield Remote(git, server.url(ONE), 30, 30, Limits(min_free=0), greetings)
    greetings.close()


def check(remote: Remote, ref: str) -> Resolved:
    """What a ref is resolved to, verified; nothing may be left of the work."""
    found = resolve(remote, ref)
    try:
        verify(remote, ref, found)
    finally:
        assert [*remote.git.scratch.iterdir()] == []
    return found


def test_commits_and_tags_that_are_there(repo: GitRepo, remote: Remote) -> None:
    first, second = repo.git("rev-list", "--reverse", "main").split()
    outer = repo.tag("inner", first, annotated=True)
    repo.tag("outer", outer, annotated=True)
    repo.tag("light", first)
    for ref in (first, second, first.upper(), "inner", "outer", "light"):
        assert check(remote, ref).commit == (second if ref == second else first)


def test_a_commit_that_no_branch_has_is_there_where_a_node_can_fetch_it(
    repo: GitRepo, remote: Remote, server: GitServer
) -> None:
    lost = repo.commit({"x": "3"}, branch="topic")
    repo.delete_branch("topic")
    given = remote.git.run(["ls-remote", "--", remote.url], url=remote.url, timeout=30)
    assert lost.encode() not in given
    if server.protocol_v2 or "allowanysha1inwant" in repo.git("config", "--list"):
        assert check(remote, lost).commit == lost
    else:
        with pytest.raises(RefError, match=f"ref '{lost}' does not exist: no branch, tag or commit of that name"):
            check(remote, lost)


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("kind", ["tree", "blob"])
def test_tags_of_something_else(repo: GitRepo, remote: Remote, kind: str, annotated: bool) -> None:
    repo.tag("odd", "refs/heads/main^{tree}" if kind == "tree" else "refs/heads/main:x", annotated=annotated)
    with pytest.raises(RefError, match=NO_COMMIT):
        check(remote, "odd")


def test_ids_that_are_no_commits_or_nowhere(repo: GitRepo, remote: Remote) -> None:
    ids = [repo.git("rev-parse", f"main{what}") for what in ("^{tree}", ":x", ":folder/large")]
    for ref in (*ids, repo.tag("v1", "refs/heads/main", annotated=True), "ab" * 20):
        with pytest.raises(RefError, match=NO_COMMIT):
            check(remote, ref)


def test_a_tag_of_a_tree_is_no_commit_though_a_branch_of_that_name_is(repo: GitRepo, remote: Remote) -> None:
    repo.tag("both", "refs/heads/main^{tree}")
    repo.commit({"x": "3"}, branch="both")
    assert check(remote, "both").kind == "branch"


def test_branches_and_default_branches_cost_nothing_more(repo: GitRepo, remote: Remote, server: GitServer) -> None:
    for ref in ("", "main"):
        server.requests.clear()
        check(remote, ref)
        assert [request.advertisement for request in server.requests] == [True]


def test_a_server_that_fails_is_no_missing_commit(repo: GitRepo, remote: Remote, server: GitServer) -> None:
    server.faults[ONE] = InPack(Status(503))
    with pytest.raises(GitError, match="503"):
        check(remote, repo.git("rev-parse", "main"))


def test_only_the_commit_is_fetched_where_the_server_can_filter(server: GitServer, remote: Remote) -> None:
    made = GitRepo(server.root / f"{ONE}.git")
    made.git("config", "uploadpack.allowFilter", "true")
    commit = made.commit({"large": bytes(range(256)) * 1000 + commit_noise()})
    check(remote, commit)
    assert server.sent[ONE] < 4000


def commit_noise() -> bytes:
    """Bytes that cannot be packed smaller."""
    return random.Random(1).randbytes(100_000)


def test_a_short_hash_beside_tags_of_something_else(repo: GitRepo, remote: Remote) -> None:
    first = repo.git("rev-list", "--reverse", "main").split()[0]
    repo.tag("tree", "refs/heads/main^{tree}", annotated=True)
    repo.tag("file", "refs/heads/main:x", annotated=True)
    assert check(remote, first[:12]).commit == first
    tree = repo.git("rev-parse", "main^{tree}")
    with pytest.raises(RefError, match=NO_COMMIT):
        check(remote, tree[:12])
