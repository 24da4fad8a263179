"""What the Action compares with when the clone does not have it, and what becomes of the clone: nothing."""

from __future__ import annotations

import base64
import pathlib

import pytest

from tests.packaging.compared import compared_with, git, refused
from tests.support.code_host import PullRequest
from tests.support.composite import Acted
from tests.support.git_http import Unauthorized
from tests.support.internet import Internet
from tests.support.jobs import CHANGED, VALUES, Jobs

OLDER = VALUES.replace("ref: main", "ref: v0.9.0")
PLATFORM = "https://github.com/acme/platform.git"


def files(workspace: pathlib.Path) -> dict[str, bytes]:
    """All files of the clone and of git, objects and settings too."""
    return {str(path): path.read_bytes() for path in workspace.rglob("*") if path.is_file()}


def head_of(jobs: Jobs, pull: PullRequest, workspace: pathlib.Path, base: str = "main") -> Acted:
    """A job in a checkout of the head of a pull request, not of its merge."""
    before = files(workspace)
    variables = {"GITHUB_SHA": pull.merge, "GITHUB_BASE_REF": base}
    acted = jobs.act(workspace, "pull_request", {}, variables)
    assert files(workspace) == before
    return acted


@pytest.mark.parametrize(
    ("depth", "others", "filtered"),
    [(0, 1, True), (1, 1, True), (1, 1, False), (2, 100, True), (1, 100, False), (1, 1200, True)],
)
def test_what_others_merge_is_no_change_of_a_pull_request(jobs: Jobs, depth: int, others: int, filtered: bool) -> None:
    git(jobs.host.folder, "config", "uploadpack.allowFilter", str(filtered))
    jobs.host.grow("main", 3)
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    jobs.host.push({"values.yaml": VALUES + "    - repo: acme/of-others\n"})
    jobs.host.grow("main", others)
    acted = head_of(jobs, pull, jobs.host.checkout(jobs.workspace(), pull.head, depth=depth))
    assert compared_with(acted) == pull.left
    assert "of-others" not in acted.summary


def test_a_branch_that_shares_no_commit_is_nothing_to_compare_with(jobs: Jobs) -> None:
    jobs.host.grow("other", 3)
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    acted = head_of(jobs, pull, jobs.host.checkout(jobs.workspace(), pull.head), base="other")
    assert refused(acted) == [
        "it cannot be found out where HEAD leaves the branch 'other'",
        "hint: let actions/checkout fetch it (fetch-depth: 0) or keep its credentials (persist-credentials: true)",
    ]


def test_a_head_that_the_server_does_not_have_is_not_compared_with_the_newest(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    jobs.host.push({"values.yaml": OLDER})
    workspace = jobs.host.checkout(jobs.workspace(), pull.head)
    git(
        workspace, "-c", "user.name=A", "-c", "user.email=a@example.invalid", "commit", "-q", "--allow-empty", "-m", "x"
    )
    assert refused(head_of(jobs, pull, workspace))[-2:] == [
        "it cannot be found out where HEAD leaves the branch 'main'",
        "hint: let actions/checkout fetch it (fetch-depth: 0) or keep its credentials (persist-credentials: true)",
    ]


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_the_clone_stays_as_it_is(jobs: Jobs, depth: int) -> None:
    jobs.host.grow("main", 8)
    commit = jobs.host.push({"values.yaml": CHANGED})
    workspace = jobs.host.checkout(jobs.workspace(), commit, depth=depth)
    history = git(workspace, "rev-list", "HEAD")
    jobs.host.grow("gone", 1)
    gone = jobs.host.push({"values.yaml": OLDER}, branch="gone")  # a forced push took it away
    before = files(workspace)
    for base in (gone, jobs.host.first):
        assert compared_with(jobs.act(workspace, "push", {}, {"GITHUB_SHA": commit}, {"before": base})) == base
    assert files(workspace) == before
    assert git(workspace, "rev-list", "HEAD") == history
    assert git(workspace, "fsck", "--no-dangling") == ""


@pytest.mark.parametrize("depth", [0, 1])
def test_a_clone_without_contents_gets_those_that_are_compared(jobs: Jobs, depth: int) -> None:
    jobs.host.push({"values.yaml": OLDER, "other": "x"})
    before = jobs.host.head("main")
    commit = jobs.host.push({"values.yaml": CHANGED, "other": "y"})
    workspace = jobs.host.checkout(jobs.workspace(), commit, depth=depth, contents=False)
    acted = jobs.act(workspace, "push", {}, {"GITHUB_SHA": commit}, {"before": before})
    assert compared_with(acted) == before
    assert "v0.9.0 → v1.0.0" in acted.summary


def test_the_token_of_the_checkout_is_used_where_it_is(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    (tmp_path / "served" / "acme").mkdir(parents=True)
    (tmp_path / "served" / "acme" / "platform.git").symlink_to(jobs.host.folder / ".git")
    with Internet(tmp_path / "served", tmp_path / "tls") as internet:
        internet.server.faults["acme/platform"] = Unauthorized("x-access-token", "s3cret")
        mine = jobs.on(internet.environment)
        pull = mine.host.pull_request({"values.yaml": CHANGED})
        mine.host.push({"values.yaml": OLDER})
        workspace = mine.host.checkout(mine.workspace(), pull.head)
        git(workspace, "remote", "set-url", "origin", PLATFORM)
        assert "could not read Username" in refused(head_of(mine, pull, workspace))[0]
        header = f"AUTHORIZATION: basic {base64.b64encode(b'x-access-token:s3cret').decode()}"
        credentials = tmp_path / "credentials.config"  # as actions/checkout 6 keeps it
        git(workspace, "config", "--file", str(credentials), "http.https://github.com/.extraheader", header)
        git(workspace, "config", f"includeIf.gitdir:{workspace}/.git.path", str(credentials))
        acted = head_of(mine, pull, workspace)
        assert compared_with(acted) == pull.left
        assert "s3cret" not in acted.log
        assert not [path for path in (workspace.parent / "temp").rglob("config") if "extraheader" in path.read_text()]
