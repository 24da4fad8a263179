"""Texts that somebody else chooses: for the Action they are names, and never commands."""

from __future__ import annotations

import pathlib
from typing import Final

import pytest

from tests.support.composite import Acted
from tests.support.jobs import CHANGED, VALUES, Jobs

TEXTS: Final = (
    """$(touch x)`touch x`";touch x;"';touch x;'*
touch x
%0A::add-path::x
::add-path::x
##[add-path]x
\x1b[31m\x07""",
    "--output=x",
    "-",
    "x" * 9000,
)
NAMES: Final = (
    "release",
    "strict",
    "base",
    "lock_file",
    "fail_on",
    "report",
    "token_file",
    "token_host",
    "working_directory",
)
FILES: Final = ("$(touch x).yaml", "a b;touch x.yaml", "-o.yaml", "--output=x", "git:HEAD:x", '"a",b\'.yaml', "*", "-")


def nothing_happened(jobs: Jobs, acted: Acted, workspace: pathlib.Path) -> None:
    """No text was run or obeyed: the files are those of the commit, and the log has the Action's own commands alone."""
    assert "x" not in {file.name for file in (*workspace.iterdir(), *(workspace.parent / "temp").iterdir())}
    assert {command.name for command in acted.commands} <= {"error", "warning"}
    assert all(command.properties["title"] for command in acted.commands)
    assert acted.path == []
    assert set(acted.steps["check"]) == {"changed", "exitcode", "comment-file", "report", "directory"}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("name", ["values", *NAMES])
def test_an_input(jobs: Jobs, name: str, text: str) -> None:
    workspace = jobs.host.checkout(jobs.workspace(), jobs.host.push({"values.yaml": CHANGED}))
    acted = jobs.act(workspace, "push", {name: text}, {}, {"before": jobs.host.first})
    nothing_happened(jobs, acted, workspace)
    assert acted.outputs["exitcode"] in ("1", "2")


@pytest.mark.parametrize("name", FILES)
def test_the_name_of_a_values_file(jobs: Jobs, name: str) -> None:
    pull = jobs.host.pull_request({name: CHANGED})
    workspace = jobs.host.checkout(jobs.workspace(), pull.merge)
    acted = jobs.act(workspace, "pull_request", {"values": f"values.yaml\n{name}"}, {"GITHUB_SHA": pull.merge})
    nothing_happened(jobs, acted, workspace)
    assert (acted.passed, acted.outputs["changed"]) == (True, "true")
    assert "main → v1.0.0" in acted.summary


@pytest.mark.parametrize(
    "branch", ["$(touch${IFS}x)", "`touch${IFS}x`", '";touch${IFS}x;"', "-x", "--upload-pack=touch${IFS}x", "+x", "a'b"]
)
def test_the_name_of_a_branch(jobs: Jobs, branch: str) -> None:
    jobs.host.branch(branch)
    pull = jobs.host.pull_request({"values.yaml": CHANGED}, base=branch)
    workspace = jobs.host.checkout(jobs.workspace(), pull.head)
    acted = jobs.act(workspace, "pull_request_target", {}, {"GITHUB_BASE_REF": branch})
    nothing_happened(jobs, acted, workspace)
    assert (acted.passed, acted.outputs["changed"]) == (True, "true")


@pytest.mark.parametrize(
    "text", ["\\n::add-path::x", "##[add-path]x", "```\\n</details>@team", "\\e[31m", "%0A::error::x"]
)
def test_a_text_in_the_values(jobs: Jobs, text: str) -> None:
    hostile = VALUES.replace("ref: main", f'ref: main\n      "{text}": "{text}"')
    workspace = jobs.host.checkout(jobs.workspace(), jobs.host.push({"values.yaml": hostile}))
    acted = jobs.act(workspace, "push", {}, {}, {"before": jobs.host.first})
    nothing_happened(jobs, acted, workspace)
    assert not acted.passed
    _, _, findings = acted.summary.partition("### Overlays: the values are not valid\n\n")
    assert all(line.startswith("    ") for line in findings.splitlines())
