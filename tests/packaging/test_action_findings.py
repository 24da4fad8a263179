"""What the Action finds in the repositories of a list: where it is told, and when it fails the job."""

from __future__ import annotations

import pathlib
from typing import Final

import pytest

from overlays.core.shadowing import FAIL_ON
from tests.packaging.told import comment, results
from tests.support.composite import Acted
from tests.support.git_repo import Files, GitRepo
from tests.support.internet import Internet
from tests.support.jobs import VALUES, Jobs
from tests.support.overlays import overlays

DECLARED: Final = VALUES + "    - repo: acme/team-overlay\n      overrides: [skills/pdf]\n"
UNDECLARED: Final = DECLARED.replace("skills/pdf", "skills/none")
UNSPOKEN: Final = VALUES + "    - repo: acme/team-overlay\n"
SHADOWS: Final = "'skills/pdf' of 'acme/team-overlay' shadows that of 'acme/base@main'"
STALE: Final = "the override 'skills/none' shadows nothing"


def job(jobs: Jobs, values: str, **inputs: str) -> Acted:
    """A job of a pull request that makes the values these."""
    pull = jobs.host.pull_request({"values.yaml": values})
    return jobs.pull_request(pull, **{"report": "true", **inputs})


def found(acted: Acted) -> list[tuple[str, str, str]]:
    """(level, code, place) of the annotations; each is in the comment, too, and there is a report."""
    body = comment(acted)
    assert pathlib.Path(acted.outputs["report"]).stat().st_size > 1000
    for one in acted.commands:
        message, hint = one.text.split("\n")
        assert f" {one.name} {one.properties['title']}: {message}\n      {hint}\n" in body
    return [
        (one.name, one.properties["title"], ":".join(one.properties[name] for name in ("file", "line", "col")))
        for one in acted.commands
    ]


def test_undeclared_shadowing_fails_the_job(jobs: Jobs) -> None:
    acted = job(jobs, UNDECLARED)
    assert results(acted) == (False, "true", "1")
    assert found(acted) == [("error", "OVL505", "values.yaml:7:13"), ("warning", "OVL508", "values.yaml:8:19")]
    assert [one.text.split(": ")[0] for one in acted.commands] == [SHADOWS, STALE]
    assert "### Overlays: what is in the repositories\n" in acted.summary
    assert acted.uploads


def test_declared_shadowing_is_not_spoken_of(jobs: Jobs) -> None:
    acted = job(jobs, DECLARED)
    assert results(acted) == (True, "true", "2")
    assert found(acted) == []
    assert "### Overlays: what is in the repositories\n" not in acted.summary


@pytest.mark.parametrize(("strict", "want"), [("false", (True, "true", "2")), ("true", (False, "true", "1"))])
def test_what_does_not_fail_is_told_and_fails_with_strict(jobs: Jobs, strict: str, want: tuple[bool, str, str]) -> None:
    acted = job(jobs, UNDECLARED, fail_on="", strict=strict)
    assert results(acted) == want
    assert [(level, code) for level, code, _ in found(acted)] == [("warning", "OVL505"), ("warning", "OVL508")]


def test_what_fails_can_be_chosen(jobs: Jobs) -> None:
    acted = job(jobs, UNSPOKEN, fail_on="invalid\r\nshadowing\n")
    assert results(acted) == (False, "true", "1")
    assert found(acted) == [("error", "OVL506", "values.yaml:7:13")]
    assert results(job(jobs, UNSPOKEN)) == (True, "true", "2")


def test_every_choice_of_the_command_is_one_of_the_action(jobs: Jobs) -> None:
    assert results(job(jobs, DECLARED, fail_on="\n".join(FAIL_ON))) == (True, "true", "2")


def test_without_a_report_nothing_is_looked_into(jobs: Jobs) -> None:
    acted = job(jobs, UNDECLARED, report="false")
    assert results(acted) == (True, "true", "2")
    assert acted.commands == []


def test_it_fails_by_default_when_explain_does(jobs: Jobs, hosts: Internet, tmp_path: pathlib.Path) -> None:
    for values in (UNDECLARED, DECLARED, UNSPOKEN):
        (tmp_path / "values.yaml").write_text(values)
        words = ("explain", "-f", "values.yaml", "--cache-dir", str(tmp_path / "cache"))
        ran = overlays(*words, cwd=tmp_path, env=hosts.environment)
        assert (ran.code == 0) == job(jobs, values).passed, ran.told


def test_what_validate_tells_is_told_once(jobs: Jobs) -> None:
    acted = job(jobs, UNDECLARED.replace("toolServer:\n  enabled: false\n", "toolServer:\n  repo: acme/base\n"))
    assert len(acted.commands) == len({one.text for one in acted.commands}) > 2
    assert not acted.passed
    _, _, body = comment(acted).partition("### Overlays: what is in the repositories\n\n")
    assert {line.split(" ")[6] for line in body.splitlines() if " OVL" in line} == {"OVL505:", "OVL508:"}


HOSTILE: Final = "%0A::error::x, ##[add-path]x ::add-path::x @team <b> ``` 1:2: error OVL505: \x1b[31m $(touch x)"


def test_names_in_repositories_are_names(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    item: Files = {f".agents/skills/{HOSTILE}/SKILL.md": "---\nname: x\ndescription: x\n---\n\nx\n"}
    for name in ("base", "team-overlay"):
        GitRepo(tmp_path / "served" / "acme" / f"{name}.git").commit(item)
    with Internet(tmp_path / "served", tmp_path / "tls") as internet:
        acted = job(jobs.on(internet.environment), UNDECLARED)
    assert not acted.passed
    assert {one.name for one in acted.commands} <= {"error", "warning"}
    (told,) = (one.text for one in acted.commands if one.properties["title"] == "OVL505")
    name = HOSTILE.replace("\x1b", "\\x1b")
    assert told.startswith(f"'skills/{name}' of 'acme/team-overlay' shadows that of 'acme/base@main': ")
    assert "\x1b" not in acted.log + acted.summary
    _, _, body = comment(acted).partition("### Overlays: what is in the repositories\n\n")
    section = body.split("\nMore: the report")[0]
    assert all(line.startswith("    ") for line in section.splitlines() if line)
    assert acted.path == []


def test_findings_that_are_too_many_for_a_comment(jobs: Jobs, tmp_path: pathlib.Path) -> None:
    many: Files = {f"tools/{'x' * 100}-{number}/pyproject.toml": '[project]\nname = "x"\n' for number in range(400)}
    for name in ("base", "team-overlay"):
        GitRepo(tmp_path / "served" / "acme" / f"{name}.git").commit(many)
    with Internet(tmp_path / "served", tmp_path / "tls") as internet:
        long = "".join(f"    - {{repo: acme/base-{number}, enabled: false}}\n" for number in range(20))
        acted = job(jobs.on(internet.environment), UNDECLARED + long)
    assert sum(one.properties["title"] == "OVL505" for one in acted.commands) == 400
    assert "\n… and " in comment(acted)
    assert "\nMore: the report" in acted.summary
