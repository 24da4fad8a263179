"""The GitHub Action: its steps run as a runner runs them, in checkouts as actions/checkout makes them."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from typing import Final

import pytest

from tests.packaging.told import comment, results, told
from tests.support.composite import Acted, Runner
from tests.support.helm import ROOT
from tests.support.jobs import CHANGED, INVALID, VALUES, Jobs
from tests.support.overlays import overlays

DISAGREES: Final = """\
schemaVersion: 1
repositories:
  acme/other:
    url: "https://github.com/acme/other.git"
    ref: "main"
    commit: "968fe5d410a3ad4523969ba4b22aa2d7cbf3f88b"
"""


def test_the_command_is_on_the_path_of_later_steps_and_nothing_else(install: Acted, tmp_path: pathlib.Path) -> None:
    (folder,) = map(pathlib.Path, install.path)
    assert [file.name for file in folder.iterdir()] == ["overlays"]
    said = subprocess.run(
        ["overlays", "validate", "-f", "-"], env={"PATH": str(folder)}, cwd=tmp_path, input="", capture_output=True
    )
    assert (said.returncode, said.stderr) == (0, b"0 errors, 0 warnings\n")


def test_a_python_that_is_too_old_is_told_of(tmp_path: pathlib.Path) -> None:
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")  # as any Python before 3.10 answers the question
    old.chmod(0o755)
    acted = Runner(tmp_path, tmp_path, PATH=f"{old.parent}:{os.environ['PATH']}").act(ROOT, {}, upto="install")
    assert not acted.passed
    (command,) = acted.commands
    assert command.text.startswith("python3 must be Python 3.10 or newer: ")


def test_no_change(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"README.md": "New.\n"}))
    assert results(acted) == (True, "false", "0")
    assert re.search(r"\n\*\*No change\.\*\* Both give `sha256:[0-9a-f]{64}`\.\n", comment(acted))
    assert acted.summary.lower().count("no change") == 1
    assert acted.commands == []


def test_a_change_is_told_as_diff_tells_it(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    acted = jobs.pull_request(pull)
    assert results(acted) == (True, "true", "2")
    checkout = jobs.host.checkout(tmp_path / "mine", pull.merge, depth=2)
    want = overlays("diff", "--base", pull.left, "-f", "values.yaml", "--output", "markdown", cwd=checkout)
    first, _, rest = comment(acted).partition("\n\n")
    assert first.startswith("<!-- agent-overlays ")
    assert rest.encode() == want.stdout
    assert acted.commands == []


def test_errors_are_told_everywhere_and_then_the_job_fails(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": INVALID}))
    assert results(acted) == (False, "", "1")
    what = "overlays.sources[0].ref is a number"
    (command,) = acted.commands
    assert command.name == "error"
    assert command.properties == {"file": "values.yaml", "line": "6", "col": "12", "title": "OVL113"}
    assert command.text.startswith(what)
    assert f"    values.yaml:6:12: error OVL113: {what}" in comment(acted)
    assert "### Overlays: the values are not valid\n" in acted.summary
    assert acted.uploads


def test_values_that_are_new_are_not_compared_with_the_defaults(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": None, "env/prod.yaml": VALUES, "$(touch x).yaml": ""})
    acted = jobs.pull_request(pull, values="$(touch x).yaml\nenv/prod.yaml")
    assert results(acted) == (True, "true", "2")
    assert comment(acted).partition("\n")[2] == (
        "\n### Overlays: the values are new\n\n"
        f"    nothing to compare with: {pull.left} has none of the values files\n"
        f"    hint: if a file has another name there: overlays diff git:{pull.left}:OLD \\$\\(touch\\ x\\).yaml\n"
    )
    assert acted.commands == []


def test_one_new_file_among_others_is_compared(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"prod.yaml": "repoCache:\n  syncIntervalSeconds: 5\n"})
    acted = jobs.pull_request(pull, values="values.yaml\nprod.yaml")
    assert results(acted) == (True, "true", "2")
    assert "`prod.yaml is not there in the old side`" in comment(acted)
    assert "SYNC_INTERVAL_SECONDS: 30 → 5\n" in acted.summary


def test_values_that_are_gone(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": None}))
    assert results(acted) == (False, "", "1")
    assert "values.yaml" in comment(acted)


def test_values_that_were_not_valid(jobs: Jobs) -> None:
    jobs.host.push({"values.yaml": INVALID})
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": VALUES}))
    assert results(acted) == (True, "true", "2")
    assert "### Overlays: the values are valid now, and were not\n" in comment(acted)
    assert ":./values.yaml:6:12: error OVL113: " in acted.summary


def test_several_files_in_order(jobs: Jobs) -> None:
    files = {
        "a,b.yaml": "repoCache:\n  syncIntervalSeconds: 5\n",
        'c "d".yaml': "repoCache:\n  syncIntervalSeconds: 70\n",
    }
    pull = jobs.host.pull_request(files)
    acted = jobs.pull_request(pull, values='values.yaml\n\na,b.yaml\r\nc "d".yaml\n')
    assert results(acted) == (True, "true", "2")
    assert "~   SYNC_INTERVAL_SECONDS: 30 → 70\n" in comment(acted)
    acted = jobs.pull_request(pull, values='values.yaml\nc "d".yaml\na,b.yaml')
    assert "~   SYNC_INTERVAL_SECONDS: 30 → 5\n" in comment(acted)


def test_the_release_names_what_restarts(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED})
    assert "`DaemonSet prod-agent-overlays-repo-cache`" in comment(jobs.pull_request(pull, release="prod"))


def test_each_list_has_a_comment_of_its_own(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED, "other.yaml": ""})

    def first_line(**inputs: str) -> str:
        return comment(jobs.pull_request(pull, **inputs)).split("\n")[0]

    assert first_line() == first_line(strict="true")
    assert len({first_line(), first_line(release="prod"), first_line(values="values.yaml\nother.yaml")}) == 3


@pytest.mark.parametrize(("strict", "want"), [("false", (True, "true", "2")), ("true", (False, "true", "1"))])
def test_strict_fails_on_warnings(jobs: Jobs, strict: str, want: tuple[bool, str, str]) -> None:
    doubtful = CHANGED.replace("toolServer:\n  enabled: false\n", "toolServer:\n  repo: acme/base\n")
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": doubtful}), strict=strict)
    assert results(acted) == want
    assert {command.name for command in acted.commands} == {"warning"}
    assert ("### Overlays: warnings, and strict is on\n" in comment(acted)) == (strict == "true")
    assert "### Overlays: what changes\n" in acted.summary


def test_names_count_from_the_working_directory_and_annotations_from_the_top(jobs: Jobs) -> None:
    files = {"values.yaml": None, "env/base.yaml": INVALID, "env/prod/values.yaml": "repoCache: 1\n"}
    pull = jobs.host.pull_request(files)
    acted = jobs.pull_request(pull, values="../base.yaml\n./values.yaml", working_directory="env/prod")
    assert results(acted) == (False, "", "1")
    assert {command.properties["file"] for command in acted.commands} == {"env/base.yaml", "env/prod/values.yaml"}


def test_a_checkout_that_is_not_the_workspace(jobs: Jobs) -> None:
    pull = jobs.host.pull_request({"values.yaml": INVALID})
    checkout = jobs.host.checkout(jobs.workspace() / "deploy", pull.merge)
    acted = jobs.act(checkout.parent, "push", {"working_directory": "deploy"}, {})
    assert [command.properties["file"] for command in acted.commands] == ["values.yaml"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"values": "\n\n"}, "values names no file"),
        ({"strict": "yes"}, "strict and report are true or false, not 'yes'"),
        ({"fail_on": "undeclared\nall"}, "fail-on is shadowing, undeclared and invalid, one a line, and not 'all'"),
        ({"report": ""}, "strict and report are true or false, not ''"),
        ({"working_directory": "none"}, "No such file or directory"),
        ({"working_directory": "/"}, "fatal: not a git repository (or any of the parent directories): .git"),
        ({"release": "Prod_1"}, "'Prod_1' is no release name"),
    ],
)
def test_an_input_that_is_wrong(jobs: Jobs, inputs: dict[str, str], words: str) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"x": ""}), **inputs)
    assert results(acted) == (False, "", "1")
    ((name, title, line),) = told(acted)
    assert name == "error"
    assert title.startswith("Overlays: ")
    assert words in line
    assert words in comment(acted)


def test_nothing_is_uploaded_without_a_name(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": INVALID}), artifact="")
    assert results(acted) == (False, "", "1")
    assert acted.uploads == []
    assert pathlib.Path(acted.outputs["comment-file"]).read_text() == acted.summary


def test_a_difference_that_is_too_long_for_a_comment(jobs: Jobs) -> None:
    many = "".join(f"    - repo: acme/repository-number-{number}\n" for number in range(1500))
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": VALUES + many, "overlays.lock.yaml": DISAGREES}))
    assert results(acted) == (False, "true", "1")
    assert len(comment(acted)) > 55_000
    assert "; `--output json` has them all." in acted.summary
    assert "\n… and 1" in acted.summary.split("### Overlays: what changes")[0]


def test_findings_that_are_too_many_for_a_comment(jobs: Jobs) -> None:
    many = "".join(f"    - repo: {'ü' * 40}{number}\n" for number in range(2000))
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": VALUES + many}))
    assert results(acted) == (False, "", "1")
    assert len(acted.commands) == 2000
    body = comment(acted)
    assert len(body.encode()) > 55_000
    shown, _, rest = body.rpartition("\n… and ")
    every = 2 * 2000 + 1  # a hint for each, and their sum
    assert shown.count("\n    ") + int(rest.split()[0]) == every
