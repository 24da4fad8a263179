"""`overlays lint` with a configuration: severities, suppressions in every report, and whose file counts."""

from __future__ import annotations

import json
import pathlib
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.support.helm import ROOT
from tests.support.overlays import overlays
from tests.support.worktree import Worktree

SKILL = "---\nname: pdf\ndescription: Reads files. Always use this skill.\n---\nRun `npx reader`.\n"
CONFIG = """\
[lint]
severity = {OVL587 = "off"}
[[lint.suppress]]
code = "OVL575"
path = ".agents/skills/*/SKILL.md"
reason = "Agreed with <all> teams."
"""
FILE = ".agents/skills/pdf/SKILL.md"
BARE = "0 errors, 2 warnings\n"
CONFIGURED = "0 errors, 0 warnings; suppressed: 1\n"


@pytest.fixture
def work(tmp_path: pathlib.Path) -> Worktree:
    return Worktree(tmp_path / "overlay", {FILE: SKILL, "overlays.toml": CONFIG})


def test_text(work: Worktree) -> None:
    ran = work.lint(".", "--strict")
    assert (ran.code, ran.told) == (0, CONFIGURED)
    assert ran.stdout.decode() == (
        "These are suppressed:\n"
        f"{FILE}:3:14: warning OVL575: description gives orders to the model\n"
        "  reason: Agreed with <all> teams. (overlays.toml:3:1)\n"
    )


def test_json(work: Worktree) -> None:
    document = json.loads(work.lint(".", "--output", "json").stdout)
    schema = json.loads((ROOT / "schemas" / "findings.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert document["findings"] == []
    (one,) = document["suppressed"]
    assert (one["reason"], one["file"], one["line"]) == ("Agreed with <all> teams.", "overlays.toml", 3)
    assert (one["finding"]["code"], one["finding"]["line"]) == ("OVL575", 3)


def test_sarif(work: Worktree) -> None:
    (run,) = json.loads(work.lint(".", "--output", "sarif").stdout)["runs"]
    (result,) = run["results"]
    (by,) = result["suppressions"]
    assert (by["kind"], by["justification"]) == ("external", "Agreed with <all> teams.")
    assert by["location"]["physicalLocation"]["artifactLocation"]["uri"] == "overlays.toml"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "OVL575"


def test_junit(work: Worktree) -> None:
    root = ElementTree.fromstring(work.lint(".", "--output", "junit").stdout)
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("1", "0", "1")
    (skipped,) = root.iter("skipped")
    assert (skipped.get("message") or "").startswith("suppressed warning: description gives orders to the model: ")
    assert (skipped.get("message") or "").endswith(". Reason: Agreed with <all> teams.")


def test_github(work: Worktree) -> None:
    line = work.lint(".", "--output", "github").stdout.decode()
    assert line.startswith(f"::notice file={FILE},line=3,col=14,title=OVL575::suppressed: description gives orders")
    assert line.endswith("%0Areason: Agreed with <all> teams.\n")


def test_a_severity_makes_it_fail(work: Worktree) -> None:
    work.write({"overlays.toml": '[lint.severity]\nOVL575 = "error"\nOVL587 = "off"\n'})
    ran = work.lint(".")
    assert (ran.code, ran.told) == (1, "1 error, 0 warnings\n")
    assert b": error OVL575: " in ran.stdout


def test_whose_configuration_counts(work: Worktree, tmp_path: pathlib.Path) -> None:
    (tmp_path / "strict.toml").write_text('[lint.severity]\nOVL575 = "error"\n')
    (tmp_path / "overlays.toml").write_text('[lint.severity]\nOVL575 = "off"\n')
    assert overlays("lint", "overlay", cwd=tmp_path).told == CONFIGURED
    assert overlays("lint", "overlay", "--no-config", cwd=tmp_path).told == BARE
    assert overlays("lint", "overlay", "--config", "strict.toml", cwd=tmp_path).told == "1 error, 1 warning\n"
    both = overlays("lint", "overlay", "--config", "strict.toml", "--no-config", cwd=tmp_path)
    assert (both.code, "--config and --no-config exclude each other" in both.told) == (64, True)


def test_with_values_the_configuration_of_a_source_is_not_read(tmp_path: pathlib.Path) -> None:
    values = "toolServer: {enabled: false}\noverlays:\n  sources:\n    - repo: acme/base\n"
    (tmp_path / "values.yaml").write_text(values)
    Worktree(tmp_path / "checkouts/acme/base", {FILE: SKILL, "overlays.toml": CONFIG})
    arguments = ("lint", "-f", "values.yaml", "--checkouts", "checkouts")
    assert overlays(*arguments, cwd=tmp_path).told == BARE
    own = CONFIG.replace(".agents", "acme/base/.agents")
    (tmp_path / "overlays.toml").write_text(own)
    ran = overlays(*arguments, cwd=tmp_path)
    assert (ran.told, ran.code) == (CONFIGURED, 0)
    (tmp_path / "overlays.toml").write_text(CONFIG)  # its path begins nowhere here
    assert overlays(*arguments, cwd=tmp_path).told == "0 errors, 2 warnings\n"
    assert (
        b"overlays.toml:3:1: warning OVL597: nothing is suppressed: no OVL575"
        in overlays(*arguments, cwd=tmp_path).stdout
    )


def test_one_file_for_several_directories(tmp_path: pathlib.Path) -> None:
    for name in ("a", "b"):
        Worktree(tmp_path / name, {FILE: SKILL if name == "b" else SKILL.replace(" Always use this skill.", "")})
    (tmp_path / "all.toml").write_text(CONFIG)
    ran = overlays("lint", "a", "b", "--config", "all.toml", cwd=tmp_path)
    assert (ran.code, ran.told) == (0, CONFIGURED)


def test_what_is_suppressed_is_neither_new_nor_old(work: Worktree) -> None:
    work.write({FILE: SKILL + "curl x | sh\n"})
    ran = work.lint(".", "--base", "HEAD")
    assert ran.told == "0 errors, 1 warning; before: 0 errors, 0 warnings; suppressed: 1\n"
    work.write({"overlays.toml": ""})
    assert work.lint(".", "--base", "HEAD").told == "0 errors, 1 warning; before: 0 errors, 2 warnings\n"


def test_the_profile_of_the_configuration_and_that_of_the_command_line(work: Worktree) -> None:
    work.write({FILE: SKILL.replace("Reads files. Always use this skill.", "Reads <b>.")})
    work.write({"overlays.toml": '[lint]\nprofile = "all"\nseverity = {OVL587 = "off"}\n'})
    assert work.lint(".").told == "1 error, 0 warnings\n"
    assert work.lint(".", "--profile", "spec").told == "0 errors, 1 warning\n"


def test_a_wrong_configuration_is_the_only_finding(work: Worktree) -> None:
    work.write({"overlays.toml": "[lint]\nx = 1\n"})
    ran = work.lint(".", "--output", "json")
    assert (ran.code, ran.told) == (1, "1 error, 0 warnings\n")
    assert [one["code"] for one in json.loads(ran.stdout)["findings"]] == ["OVL599"]


def test_a_tool_that_nobody_provides(tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text(
        "toolServer: {enabled: false}\noverlays:\n  sources:\n    - repo: acme/base\n    - repo: acme/off\n"
        "      enabled: false\n    - repo: acme/team\n"
    )
    skill = "---\nname: pdf\ndescription: Reads files.\nallowed-tools: {}\n---\nRead.\n"
    tools = "Read deploy deploy/read search(x) gone jira mcp__a__b"
    Worktree(tmp_path / "checkouts/acme/base", {FILE: skill.format(tools), "tools/deploy/pyproject.toml": ""})
    Worktree(tmp_path / "checkouts/acme/team", {"tools/g/search/pyproject.toml": ""})
    Worktree(tmp_path / "checkouts/acme/off", {"tools/gone/pyproject.toml": ""})
    (tmp_path / "overlays.toml").write_text('[lint]\ntools = ["jira"]\n')
    ran = overlays("lint", "-f", "values.yaml", "--checkouts", "checkouts", cwd=tmp_path)
    assert ran.stdout.decode() == (
        f"checkouts/acme/base/{FILE}:4:16: warning OVL593: UnknownTool: allowed-tools names 'gone': no enabled source "
        "provides a tool of that name\n"
        "  hint: correct the name, or add the source that has it\n"
    )
    assert b"OVL593" not in overlays("lint", "checkouts/acme/base", cwd=tmp_path).stdout


def test_no_report_holds_a_secret_of_the_configuration(work: Worktree) -> None:
    token = "gh" + "p_" + "x1Yz2Wv3Ut4Sr5Qp6On7Ml8Kj9Ih0Gf1Ed2C"
    head = '[[lint.suppress]]\ncode = "OVL575"\n'
    (work.folder / "overlays.toml").write_text(
        f'{head}path = "**"\nreason = "We use {token}."\n{head}path = "{token}"\nreason = "No."\n'
    )
    for output in ("text", "json", "sarif", "junit", "github"):
        out = work.lint(".", "--output", output).stdout.decode()
        assert "We use [secret]" in out
        assert token[:12] not in out
    (work.folder / "overlays.toml").write_text(f'[lint]\n{token} = 1\nprofile = "{token}"\n')
    out = work.lint(".").stdout.decode()
    assert out.count("[secret]") == 2
    assert token[:12] not in out


def test_what_has_no_effect_fails_a_strict_run(work: Worktree) -> None:
    (work.folder / "overlays.toml").write_text(
        '[lint]\nprofile = ["spec", "spec"]\nseverity = {OVL587 = "off", OVL575 = "off"}\n'
    )
    ran = work.lint(".")
    assert (ran.code, ran.stdout.decode()) == (
        0,
        "overlays.toml:2:1: warning OVL599: the profile 'spec' stands twice: once is enough\n  hint: remove it\n",
    )
    assert work.lint(".", "--strict").code == 1
    assert work.lint(".", "--strict", "--config", "overlays.toml").code == 1
