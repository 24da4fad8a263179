"""Which commit the Action compares with, in each kind of job, and in clones that do not have it."""

from __future__ import annotations

import pathlib

import pytest

from tests.packaging.compared import compared_with, git, refused
from tests.support.jobs import CHANGED, VALUES, Jobs

OLDER = VALUES.replace("ref: main", "ref: v0.9.0")


def test_pull_request_is_compared_with_what_it_was_merged_with(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    base = jobs.host.push({"README.md": "New.\n"})
    again = pull._replace(merge=jobs.host.merge(pull.head))
    jobs.host.push({"values.yaml": OLDER})  # main goes on, and a job is run once more
    assert compared_with(jobs.pull_request(pull)) == pull.left
    assert compared_with(jobs.pull_request(again)) == base


@pytest.mark.parametrize("depth", [0, 1])
def test_push_is_compared_with_what_was_there(jobs: Jobs, depth: int) -> None:
    jobs.host.push({"README.md": "One.\n"})
    commit = jobs.host.push({"values.yaml": CHANGED})
    assert compared_with(jobs.pushed(jobs.host.first, commit, depth=depth)) == jobs.host.first


def test_new_branch_is_compared_with_the_commit_before(jobs: Jobs) -> None:
    before = jobs.host.push({"README.md": "One.\n"})
    assert compared_with(jobs.pushed("0" * 40, jobs.host.push({"values.yaml": CHANGED}))) == before


def test_first_commit_of_all_is_compared_with_nothing(jobs: Jobs) -> None:
    acted = jobs.pushed("0" * 40, jobs.host.first)
    assert (acted.passed, acted.outputs["changed"]) == (True, "true")
    assert "### Overlays: the values are new\n" in acted.summary


def test_merge_group_is_compared_with_its_base(jobs: Jobs) -> None:
    jobs.host.push({"README.md": "One.\n"})
    workspace = jobs.host.checkout(jobs.workspace(), jobs.host.push({"values.yaml": CHANGED}))
    group = {"merge_group": {"base_sha": jobs.host.first}}
    assert compared_with(jobs.act(workspace, "merge_group", {}, {}, group)) == jobs.host.first


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize("base", ["release/1.x", "deployed", "the first commit"])
def test_base_that_is_named(jobs: Jobs, base: str, depth: int) -> None:
    jobs.host.branch("release/1.x")
    jobs.host.tag("deployed", jobs.host.first)
    commit = jobs.host.push({"values.yaml": CHANGED})
    name = jobs.host.first if base == "the first commit" else base
    assert compared_with(jobs.pushed("0" * 40, commit, depth=depth, base=name)) == jobs.host.first


def test_base_counted_from_head_needs_the_history(jobs: Jobs) -> None:
    jobs.host.push({"README.md": "One.\n"})
    commit = jobs.host.push({"values.yaml": CHANGED})
    assert compared_with(jobs.pushed("0" * 40, commit, depth=0, base="HEAD~2")) == jobs.host.first
    acted = jobs.pushed("0" * 40, commit, base="HEAD~2")
    assert refused(acted) == [
        "there is no commit 'HEAD~2' in this clone",
        "hint: let actions/checkout fetch it (fetch-depth: 0) or keep its credentials (persist-credentials: true)",
    ]


def test_base_that_cannot_be_fetched(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    workspace = jobs.host.checkout(jobs.workspace(), pull.merge)
    git(workspace, "remote", "set-url", "origin", "file:///nowhere/at/all")
    acted = jobs.act(workspace, "pull_request", {}, {"GITHUB_SHA": pull.merge, "GITHUB_BASE_REF": "main"})
    lines = refused(acted)
    assert lines[0] == "fatal: '/nowhere/at/all' does not appear to be a git repository"
    assert lines[-1].startswith("hint: let actions/checkout fetch it")


@pytest.mark.parametrize("base", ["none", "%0A100%25"])
def test_base_that_is_nowhere(jobs: Jobs, base: str) -> None:
    lines = refused(jobs.pushed("0" * 40, jobs.host.first, base=base))
    assert lines[0] == f"fatal: couldn't find remote ref {base}"


def test_values_outside_of_the_checkout_have_no_past(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(VALUES)
    lines = refused(jobs.pushed("0" * 40, jobs.host.first, values=str(outside)))
    assert "OVL421" in lines[0]
