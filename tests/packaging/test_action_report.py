"""The report of the Action: what is in it, who is asked for the repositories with which token, and jobs without one."""

from __future__ import annotations

import pathlib

from tests.docs.hosts import publish
from tests.support.composite import Acted
from tests.support.git_http import Unauthorized
from tests.support.internet import Internet
from tests.support.jobs import CHANGED, VALUES, Jobs
from tests.support.overlays import overlays

LINK = (
    "\nMore: the report, in the artifact of [this run](https://github.com/acme/platform/actions/runs/42#artifacts).\n"
)
LOCK = """\
schemaVersion: 1
repositories:
  acme/base:
    url: "https://github.com/acme/base.git"
    ref: "v1.0.0"
    commit: "c67fbffd18a0ee202b4106fce4cd0d4d08d55c15"
"""


def report(acted: Acted) -> bytes:
    """The page; it is uploaded with the comment, and linked there."""
    file = pathlib.Path(acted.outputs["report"])
    assert [pathlib.Path(upload["path"]) for upload in acted.uploads] == [file.parent]
    assert sorted(one.name for one in file.parent.iterdir()) == ["comment.md", "overlays-report.html"]
    assert acted.summary.endswith(LINK)
    return file.read_bytes()


def without_report(acted: Acted) -> str:
    """Why there is none: in a warning, and the job goes on."""
    assert (acted.passed, acted.outputs["changed"], acted.outputs["report"]) == (True, "true", "")
    (upload,) = acted.uploads
    assert [one.name for one in pathlib.Path(upload["path"]).iterdir()] == ["comment.md"]
    (command,) = acted.commands
    assert (command.name, command.properties) == ("warning", {"title": "Overlays: there is no report"})
    _, _, body = acted.summary.partition("### Overlays: there is no report, so the repositories are not checked\n\n")
    assert body.startswith(f"    {command.text.splitlines()[0]}\n")
    return command.text


def test_a_report_is_what_the_command_makes(jobs: Jobs, hosts: Internet, tmp_path: pathlib.Path) -> None:
    pull = jobs.host.pull_request({"values.yaml": CHANGED, "overlays.lock.yaml": LOCK})
    acted = jobs.pull_request(pull, report="true", release="prod")
    checkout = jobs.host.checkout(tmp_path / "mine", pull.merge, depth=2)
    want = overlays(
        *("report", "-f", "values.yaml", "--base", pull.left, "--release", "prod", "--cache-dir", tmp_path / "cache"),
        cwd=checkout,
        env=hosts.environment,
    )
    assert want.code == 0, want.told
    assert report(acted) == want.stdout
    assert b"c67fbffd18a0" in want.stdout


def test_a_report_without_artifact_is_for_later_steps(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": CHANGED}), report="true", artifact="")
    assert pathlib.Path(acted.outputs["report"]).stat().st_size > 1000
    assert acted.uploads == []
    assert LINK not in acted.summary


def test_values_without_a_past_have_a_report_of_what_is_now(jobs: Jobs) -> None:
    jobs.host.push({"values.yaml": "overlays: 1\n"})
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": VALUES}), report="true")
    assert (acted.passed, acted.outputs["changed"]) == (True, "true")
    assert b"acme/base" in report(acted)


def test_values_that_are_not_valid_have_no_report(jobs: Jobs) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": "overlays: 1\n"}), report="true")
    assert (acted.passed, acted.outputs["report"]) == (False, "")
    assert {command.name for command in acted.commands} == {"error"}


def test_a_repository_that_cannot_be_read_is_no_fault_of_the_values(jobs: Jobs) -> None:
    gone = VALUES.replace("acme/base", "acme/none")
    text = without_report(jobs.pull_request(jobs.host.pull_request({"values.yaml": gone}), report="true"))
    assert "acme/none" in text


def test_a_token_goes_to_the_hosts_that_are_named(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    publish(tmp_path / "private")
    with Internet(tmp_path / "private", tmp_path / "tls") as internet:
        internet.server.faults["acme/base"] = Unauthorized("x-access-token", "s3cret")
        mine = jobs.on(internet.environment)
        pull = mine.host.pull_request({"values.yaml": CHANGED, "ci/.keep": ""})
        token = tmp_path / "token"
        token.write_text("s3cret\n")
        inputs = {"report": "true", "token_file": str(token)}
        assert "s3cret" not in without_report(mine.pull_request(pull, report="true"))
        assert b"acme/base" in report(mine.pull_request(pull, **inputs))
        assert b"acme/base" in report(mine.pull_request(pull, token_host="github.com\nother.example\n", **inputs))
        without_report(mine.pull_request(pull, token_host="other.example", **inputs))
