"""Sets with overlays/merged: what a failing source, a switch of the delivery and another list do to it."""

from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any

import pytest

from tests.support.git_http import Status
from tests.support.merged import MERGED, PUBLIC, SUBDIRS, git, tree_of, want
from tests.support.node import Node
from tests.support.program import ready, run

BASE, OVER = "acme/base", "acme/over"
REPOS = (BASE, OVER)
PYPROJECT = "tools/{}/pyproject.toml"


def tool(name: str, text: str = "") -> dict[str, str]:
    return {PYPROJECT.format(name): text}


@pytest.fixture
def two(node: Node) -> Node:
    """Two sources; `both` is in both."""
    node.repo(BASE, {**tool("both", "base"), **tool("base", "1")})
    node.repo(OVER, {**tool("both", "over"), **tool("over", "1")})
    want(node, *REPOS)
    return node


def tools(node: Node, repo: str = MERGED) -> dict[str, str]:
    """Tool -> what it says."""
    found = tree_of(node.root / repo / "tools")
    return {path.partition("/")[0]: text for path, text in found.items() if text != "/"}


def built(node: Node) -> list[str]:
    """What was merged, and what could not be, since the last call."""
    return [str(one["repository"]) for one in node.events() if one["event"] in ("merged", "not-merged")]


def record(node: Node, root: pathlib.Path | None = None) -> dict[str, Any]:
    found = json.loads(((root or node.root) / ".current/.set.json").read_bytes())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("fault", ["the server fails", "the branch is gone", "the commit breaks a rule"])
def test_a_failing_source_empties_nothing_and_holds_nobody_back(two: Node, fault: str) -> None:
    want(two, f"{BASE}@main", OVER)
    assert two.sync() == 0
    before = two.of(BASE)["commit"]
    if fault == "the server fails":
        two.server.faults[BASE] = Status(503)
    elif fault == "the branch is gone":
        two.repos[BASE].git("symbolic-ref", "HEAD", "refs/heads/other")
        two.repos[BASE].delete_branch("main")
    else:
        two.repos[BASE].commit({"d/" * 101 + "x": ""})
    two.repos[OVER].commit(tool("over", "2"))
    assert two.sync() == 1
    assert two.of(BASE)["lastError"]
    assert tools(two) == {"both": "over", "base": "1", "over": "2"}
    assert record(two)["repositories"][BASE]["commit"] == before
    assert f"{BASE} {before}" in git(two.root / MERGED, "log", "-1", "--format=%b")
    assert (two.status()["complete"], two.status()["ready"]) == (True, True)
    assert two.status()["merged"][MERGED]["lastError"] is None


def test_first_set_without_a_source_has_the_rest(two: Node) -> None:
    want(two, BASE, "acme/missing", OVER, public=(BASE, "acme/missing"))
    assert two.sync() == 1
    assert record(two)["complete"] is False
    assert tools(two) == {"both": "over", "base": "1", "over": "1"}
    assert tools(two, f"public/{PUBLIC}") == {"both": "base", "base": "1"}
    assert ready(two).startswith("not ready: the current set is incomplete; missing: acme/missing (")
    incomplete = two.status()["merged"][MERGED]["commit"]
    two.repo("acme/missing", {**tool("both", "missing"), **tool("new", "1")})
    assert two.sync() == 0
    assert tools(two) == {"both": "over", "base": "1", "over": "1", "new": "1"}
    assert tools(two, PUBLIC) == tools(two, f"public/{PUBLIC}") == {"both": "missing", "base": "1", "new": "1"}
    assert two.status()["merged"][MERGED]["commit"] != incomplete


def test_new_list_waits_for_all_of_it(two: Node) -> None:
    assert two.sync() == 0
    before = record(two)
    want(two, OVER, BASE, "acme/missing")
    two.repos[OVER].commit(tool("over", "2"))
    assert two.sync() == 1
    assert record(two) == before
    assert tools(two) == {"both": "over", "base": "1", "over": "1"}
    two.repo("acme/missing", tool("new"))
    assert two.sync() == 0
    assert tools(two) == {"both": "base", "base": "1", "over": "2", "new": ""}


def test_switch_to_merged_and_back(two: Node) -> None:
    want(two, *REPOS, public=(BASE,), delivery=None)
    assert two.sync() == 0
    served = (two.root / BASE).resolve()
    assert not (two.root / "overlays").exists()
    assert (record(two)["delivery"], record(two)["merged"]) == ("separate", {})
    assert two.status()["merged"] == {}
    for _ in range(2):
        want(two, *REPOS, public=(BASE,))
        two.server.requests.clear()
        assert two.sync() == 0
        assert {request.advertisement for request in two.server.requests} == {True}  # nothing is downloaded
        assert (two.root / BASE).resolve() == served
        assert tools(two) == {"both": "over", "base": "1", "over": "1"}
        assert (two.root / MERGED).readlink() == pathlib.Path("../.current/overlays/merged")
        assert (two.root / "public" / PUBLIC).readlink() == pathlib.Path("../.current/overlays/merged-public")
        want(two, *REPOS, public=(BASE,), delivery="separate")
        assert two.sync() == 0
        assert not (two.root / "overlays").exists()
        assert not (two.root / "public/overlays").exists()
        assert (two.root / BASE).resolve() == served
        assert two.status()["ready"] is True


def test_a_repository_of_that_name_from_before_makes_way(two: Node) -> None:
    """With separate delivery the name is free."""
    two.repo(MERGED, {"tools/x": "theirs"})
    two.want(*REPOS, MERGED, public=(MERGED,))
    assert two.sync() == 0
    theirs = (two.root / MERGED).resolve()
    want(two, *REPOS)
    assert two.sync() == 0
    assert tools(two) == {"both": "over", "base": "1", "over": "1"}
    assert (theirs / "tools/x").read_text() == "theirs"  # until the grace is over
    two.want(*REPOS, MERGED)
    assert two.sync(grace=0.001) == 0
    assert two.text(f"{MERGED}/tools/x") == "theirs"
    assert [event for event in two.events() if event["event"] == "tree-damaged"] == []


def test_a_directory_of_another_cache_makes_way(two: Node) -> None:
    theirs = two.root / "overlays/merged/tools"
    theirs.mkdir(parents=True)
    want(two, *REPOS, "acme/missing")
    assert two.sync() == 1
    assert [*theirs.iterdir()] == []  # served until a set is complete
    want(two, *REPOS)
    assert two.sync() == 0
    assert tools(two) == {"both": "over", "base": "1", "over": "1"}


def test_record_and_status_tell_of_it(two: Node) -> None:
    want(two, *REPOS, public=(BASE,))
    two.repos[OVER].commit({"workflows/x.py": "WORKFLOW_NAME = 1 + 1\n"})
    assert two.sync() == 0
    found = record(two)
    assert found["delivery"] == "merged"
    assert found["sources"] == [{"repo": repo, **SUBDIRS} for repo in REPOS]
    commits = {repo: git(two.root / repo, "rev-parse", "HEAD") for repo in (MERGED, PUBLIC)}
    assert found["merged"] == commits
    public = record(two, two.root / "public")
    assert public["sources"] == [{"repo": BASE, **SUBDIRS}]
    assert public["merged"] == {PUBLIC: commits[PUBLIC]}
    told = two.status()["merged"]
    assert {repo: one["commit"] for repo, one in told.items()} == commits
    facts = json.loads((two.root / MERGED / ".git/overlays.json").read_bytes())
    problems = len(facts["notDelivered"])
    assert (facts["items"], facts["files"], facts["problems"]) == (3, 3, problems)
    assert told[MERGED] == {"commit": commits[MERGED], "items": 3, "files": 3, "problems": problems, "lastError": None}
    assert facts["sources"] == {repo: two.of(repo)["commit"] for repo in REPOS}
    assert [one["path"] for one in facts["notDelivered"] if one["path"].startswith("workflows")] == ["workflows/x.py"]
    shown = run("status", "--root", two.root).stdout.splitlines()
    row = next(line.split("  ") for line in shown if line.startswith(f"{MERGED} "))
    assert [cell.strip() for cell in row if cell.strip()] == [
        MERGED,
        "-",
        commits[MERGED][:12],
        "-",
        f"3 items in 3 files; {problems} not delivered, see .git/overlays.json",
    ]


def test_sources_that_say_nothing_leave_what_is_merged_alone(two: Node) -> None:
    """A repository of the cache that is no source has no say."""
    assert two.sync() == 0
    before = record(two)
    two.repo("acme/data", {"tools/x/pyproject.toml": ""})
    sources = tuple({"repo": repo, **SUBDIRS} for repo in REPOS)
    two.want(*REPOS, "acme/data", sources=sources, delivery="merged")
    assert built(two) == [MERGED]
    assert two.sync() == 0
    two.repos["acme/data"].commit({"x": "2"})
    assert two.sync() == 0
    assert built(two) == []
    assert record(two)["merged"] == before["merged"]
    assert tools(two) == {"both": "over", "base": "1", "over": "1"}


def test_no_source_at_all(two: Node) -> None:
    two.want(BASE, delivery="merged")
    assert two.sync() == 0
    assert {path: text for path, text in tree_of(two.root / MERGED).items() if text != "/"} == {}
    assert git(two.root / MERGED, "status", "--porcelain") == ""
    assert two.status()["ready"] is True


@pytest.mark.parametrize("place", [".store", ".trees", ".sets", "overlays", "public"])
def test_what_somebody_deletes_is_back_after_a_pass(two: Node, place: str) -> None:
    want(two, *REPOS, public=(BASE,))
    assert two.sync() == 0
    before = [tree_of(two.root / repo) for repo in (MERGED, PUBLIC, f"public/{PUBLIC}")]
    shutil.rmtree(two.root / place)
    assert two.sync() == 0
    assert [tree_of(two.root / repo) for repo in (MERGED, PUBLIC, f"public/{PUBLIC}")] == before
    for repo in (MERGED, PUBLIC, f"public/{PUBLIC}"):
        assert git(two.root / repo, "status", "--porcelain") == ""
        assert git(two.root / repo, "fsck", "--no-dangling") == ""
    assert two.status()["ready"] is True
