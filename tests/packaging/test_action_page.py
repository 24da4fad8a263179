"""What docs/ci.md says of the Action, and the workflow that it shows."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from typing import Any, Final

import pytest
import yaml

from tests.docs.blocks import blocks
from tests.support.helm import ROOT
from tests.support.jobs import Jobs

PAGE: Final = (ROOT / "docs" / "ci.md").read_text()
ACTION: Final = (ROOT / "action.yml").read_text()
DEFINITION: Final[dict[str, Any]] = yaml.safe_load(ACTION)
WORKFLOW: Final = next(block.text for block in blocks(PAGE) if block.text.startswith("name: overlays\n"))
GH: Final = """\
#!/bin/sh
printf '%s\\n' "$@" >> gh.log
case "$*" in *--jq*) printf '%s' "$KNOWN" ;; esac
"""


def rows(header: str) -> list[list[str]]:
    """The cells of the table with that header."""
    lines = PAGE.split(f"\n{header}\n")[1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines]


def test_inputs_are_those_of_the_page() -> None:
    told = rows("| input | default | |")
    assert told == [
        [f"`{name}`", "required" if "required" in one else code(one.get("default", "")), one["description"]]
        for name, one in DEFINITION["inputs"].items()
    ]


def test_outputs_are_those_of_the_page() -> None:
    assert rows("| output | |") == [[f"`{name}`", one["description"]] for name, one in DEFINITION["outputs"].items()]


def code(text: str) -> str:
    return f"`{text}`" if text else ""


@pytest.mark.parametrize("text", [ACTION, WORKFLOW], ids=["action.yml", "docs/ci.md"])
def test_whatever_is_used_is_pinned_by_commit_with_its_version(text: str) -> None:
    used = re.findall(r"\buses: (.*)", text)
    assert used
    for one in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_every_input_is_used_in_an_environment_and_none_in_a_script() -> None:
    steps = DEFINITION["runs"]["steps"]
    assert "${{" not in "".join(step.get("run", "") for step in steps)
    named = set(re.findall(r"\$\{\{ inputs\.([a-z-]+)", ACTION))
    assert named == set(DEFINITION["inputs"])


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(WORKFLOW)["jobs"][job]["steps"]
    return found


def test_only_the_job_that_comments_may_write() -> None:
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "overlays": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }


def test_the_job_of_the_page_passes_on_its_files(jobs: Jobs) -> None:
    titled = [block for block in blocks(PAGE) if " title=" in block.info]
    first = {block.info.partition("title=")[2]: block.text for block in reversed(titled)}
    (ours,) = (step for step in steps("overlays") if step.get("id") == "overlays")
    acted = jobs.pull_request(
        jobs.host.pull_request({name: first[name] for name in ("values.yaml", "prod.yaml")}), **ours["with"]
    )
    assert (acted.passed, acted.outputs["changed"], acted.commands) == (True, "true", [])
    (download,) = (step for step in steps("comment") if "uses" in step)
    assert download["with"]["name"] == acted.uploads[0]["name"]


@pytest.mark.parametrize(
    ("known", "request_"),
    [
        ("", ["POST", "repos/acme/platform/issues/7/comments"]),
        ("12\n11\n", ["PATCH", "repos/acme/platform/issues/comments/12"]),
    ],
)
def test_there_is_one_comment(tmp_path: pathlib.Path, known: str, request_: list[str]) -> None:
    (step,) = (step for step in steps("comment") if "run" in step)
    context = {"github.token": "t", "github.repository": "acme/platform", "github.event.number": "7"}
    given = {
        name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: context[found[1]], text) for name, text in step["env"].items()
    }
    (tmp_path / "comment.md").write_text("<!-- agent-overlays 0 -->\ntext\n")
    gh = tmp_path / "gh"
    gh.write_text(GH)
    gh.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env={**given, "PATH": path, "KNOWN": known}, check=True
    )
    said = (tmp_path / "gh.log").read_text().splitlines()
    assert said[-6:] == ["--silent", "--method", *request_, "-F", "body=@comment.md"]
