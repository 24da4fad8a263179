"""`overlays lint --profile` and `--portability`: what readers of skills mind."""

from __future__ import annotations

import json
import pathlib

import jsonschema
import pytest

from tests.support.checkouts import List
from tests.support.helm import ROOT
from tests.support.overlays import overlays
from tests.support.worktree import Worktree

SKILLS = ".agents/skills"
FILES = {
    f"{SKILLS}/good/SKILL.md": "---\nname: good\ndescription: Does it.\n---\nDo it.\n",
    f"{SKILLS}/pdf/SKILL.md": "---\nname: pdf\ndescription: Reads.\nallowed-tools: Read\n---\nDo it.\n",
    f"{SKILLS}/scan/SKILL.md": "---\nname: scan\ndescription: use it: now\n---\nDo it.\n",
}
TABLE = """\
SKILL  SPEC  CAO   PROMPTKIT  CLAUDE
good   ok    ok    ok         ok
pdf    ok    ok    fatal      ?
scan   skip  skip  fatal      mangle

pdf
  .agents/skills/pdf/SKILL.md:4:16: OVL561: allowed-tools is a text (promptkit fatal, claude ?)

scan
  .agents/skills/scan/SKILL.md:3:20: OVL547: mapping values are not allowed in this context (spec skip, cao skip, \
promptkit fatal, claude mangle)
"""


@pytest.fixture
def work(tmp_path: pathlib.Path) -> Worktree:
    return Worktree(tmp_path / "overlay", FILES)


def test_the_table(work: Worktree) -> None:
    ran = work.lint(".", "--portability")
    assert (ran.code, ran.told) == (1, "3 skills, lost or wrong: spec 1, cao 1, promptkit 2, claude 1\n")
    assert ran.stdout.decode() == TABLE


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--strict",), 0),
        (("--profile", "cao"), 0),
        (("--profile", "claude"), 0),
        (("--profile", "promptkit"), 1),
        (("--profile", "cao", "--profile", "promptkit"), 1),
        (("--profile", "all"), 1),
    ],
)
def test_profiles_decide_how_it_ends(work: Worktree, arguments: tuple[str, ...], code: int) -> None:
    (work.folder / f"{SKILLS}/scan/SKILL.md").unlink()
    (work.folder / f"{SKILLS}/scan").rmdir()
    ran = work.lint(".", *arguments)
    assert (ran.code, ran.stdout.count(b"error OVL561")) == (code, code)
    assert work.lint(".", "--portability", *arguments).code == code


def test_the_finding_says_who_minds(work: Worktree) -> None:
    ran = work.lint(".", "--profile", "promptkit")
    assert ran.stdout.decode().startswith(
        ".agents/skills/pdf/SKILL.md:4:16: error OVL561: allowed-tools is a text: that is the specification's form, "
        "but some readers take only a list; PromptKit refuses all skills of all sources\n"
        "  hint: leave it out of a skill that is meant for all readers\n"
    )


def test_a_warning_fails_a_strict_run(work: Worktree) -> None:
    (work.folder / SKILLS / "pdf" / "SKILL.md").write_text("---\nname: pdf\ndescription: a # b\n---\nDo it.\n")
    (work.folder / SKILLS / "scan" / "SKILL.md").write_text("---\nname: scan\ndescription: Scans.\n---\nDo it.\n")
    assert work.lint(".", "--portability").code == 0
    assert work.lint(".", "--portability", "--strict").code == 1


def test_what_a_reader_minded_before_fails_nothing(work: Worktree) -> None:
    (work.folder / SKILLS / "scan" / "SKILL.md").write_text("---\nname: scan\ndescription: Scans.\n---\nDo it.\n")
    ran = work.lint(".", "--profile", "promptkit", "--base", "HEAD")
    assert (ran.code, ran.told) == (0, "0 errors, 0 warnings; before: 1 error, 0 warnings\n")
    work.write({f"{SKILLS}/new/SKILL.md": "---\nname: new\ndescription: New.\nallowed-tools: Read\n---\nDo it.\n"})
    ran = work.lint(".", "--profile", "promptkit", "--base", "HEAD")
    assert (ran.code, ran.told) == (1, "1 error, 0 warnings; before: 1 error, 0 warnings\n")


def test_json_has_its_schema(work: Worktree) -> None:
    ran = work.lint(".", "--portability", "--output", "json")
    document = json.loads(ran.stdout)
    jsonschema.validate(document, json.loads((ROOT / "schemas/portability.schema.json").read_bytes()))
    assert ran.code == 1
    assert [(one["name"], list(one["outcomes"].values())) for one in document["skills"]] == [
        ("good", ["ok", "ok", "ok", "ok"]),
        ("pdf", ["ok", "ok", "fatal", "unknown"]),
        ("scan", ["skip", "skip", "fatal", "mangle"]),
    ]
    finding = document["skills"][1]["findings"][0]
    assert (finding["code"], finding["line"], finding["outcomes"]["promptkit"]) == ("OVL561", 4, "fatal")


def test_the_sources_of_a_list(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/z", "acme/a")
    for repo in ("acme/z", "acme/a"):
        listed.has(repo, {name: FILES[name] for name in list(FILES)[:2]})
    arguments = ("lint", "-f", "values.yaml", "--checkouts", "checkouts", "--portability")
    ran = overlays(*arguments, cwd=tmp_path)
    assert ran.stdout.decode() == (
        "SKILL  SOURCE  SPEC  CAO  PROMPTKIT  CLAUDE\n"
        "good   acme/a  ok    ok   ok         ok\n"
        "good   acme/z  ok    ok   ok         ok\n"
        "pdf    acme/a  ok    ok   fatal      ?\n"
        "pdf    acme/z  ok    ok   fatal      ?\n"
        "\n"
        "pdf of acme/a\n"
        "  checkouts/acme/a/.agents/skills/pdf/SKILL.md:4:16: OVL561: allowed-tools is a text "
        "(promptkit fatal, claude ?)\n"
        "\n"
        "pdf of acme/z\n"
        "  checkouts/acme/z/.agents/skills/pdf/SKILL.md:4:16: OVL561: allowed-tools is a text "
        "(promptkit fatal, claude ?)\n"
    )
    assert (ran.code, ran.told) == (0, "4 skills, lost or wrong: spec 0, cao 0, promptkit 2, claude 0\n")
    document = json.loads(overlays(*arguments, "--output", "json", cwd=tmp_path).stdout)
    jsonschema.validate(document, json.loads((ROOT / "schemas/portability.schema.json").read_bytes()))
    assert [one["source"] for one in document["skills"]] == ["acme/a", "acme/z", "acme/a", "acme/z"]


def test_a_list_with_errors_is_told_as_always(tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text("overlays: {sources: [{repo: a}]}\n")
    ran = overlays("lint", "-f", "values.yaml", "--portability", cwd=tmp_path)
    assert (ran.code, ran.told) == (1, "1 error, 1 warning\n")
    assert b"error OVL115" in ran.stdout


def test_no_skill_no_table(tmp_path: pathlib.Path) -> None:
    (tmp_path / "x").mkdir()
    ran = overlays("lint", "x", "--portability", cwd=tmp_path)
    assert (ran.code, ran.stdout, ran.told) == (0, b"", "0 skills\n")


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("none",), "OVL521"),
        ((".", "none"), "OVL521"),
        ((".", "--skills-subdir", "none"), "OVL522"),
        (("modules",), "OVL536"),
    ],
)
def test_what_cannot_be_looked_at_is_told_as_always(
    work: Worktree, arguments: tuple[str, ...], code: str, output: str
) -> None:
    work.write({f"modules/{SKILLS}/inner/.git": "gitdir: x\n"})
    for name in ("pdf", "scan"):
        (work.folder / SKILLS / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Reads.\n---\nDo it.\n")
    plain = work.lint(*arguments, "--output", output)
    ran = work.lint(*arguments, "--output", output, "--portability")
    assert (plain.code, ran.code) == (1, 1)
    told = [line for line in plain.stdout.decode().splitlines() if code in line]
    assert told
    assert [line for line in ran.stdout.decode().splitlines() if "OVL" in line] == told
    assert ran.told == "1 error, 0 warnings\n"


def test_the_same_bytes_whatever_the_hash_seed_and_the_locale(work: Worktree) -> None:
    outputs = {
        work.lint(".", "--profile", "all", *more, env={"PYTHONHASHSEED": seed, "LC_ALL": locale}).stdout
        for more in ((), ("--portability",))
        for seed, locale in (("0", "C"), ("7", "C.UTF-8"))
    }
    assert len(outputs) == 2


def test_names_of_hostile_directories_are_shown_safely(work: Worktree) -> None:
    work.write({f"{SKILLS}/a\x1b[2Jb/SKILL.md": "", f"{SKILLS}/x\ny/SKILL.md": ""})
    out = work.lint(".", "--portability").stdout
    assert b"\x1b" not in out
    assert b"a\\x1b[2Jb" in out
    assert b"x\\ny" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--profile", "codex"), "overlays: Invalid value for '--profile': 'codex' is not one of"),
        (("--portability", "--output", "sarif"), "overlays: --portability is text or json, not sarif"),
        (("--portability", "--base", "HEAD"), "overlays: --portability says how skills are now: leave --base out"),
    ],
)
def test_wrong_usage(work: Worktree, arguments: tuple[str, ...], message: str) -> None:
    ran = work.lint(".", *arguments)
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith(message)
