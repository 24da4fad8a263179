"""`overlays lint --base`: one bad file does not fail everybody's branch."""

from __future__ import annotations

import json
import os
import pathlib
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.support.helm import ROOT
from tests.support.overlays import Ran, overlays
from tests.support.worktree import Worktree

GOOD = "---\nname: {}\ndescription: Reads files.\n---\nRead them.\n"
BAD = "---\nname: Pdf\ndescription: Reads files.\n---\nRead them.\n"
FILES = {".agents/skills/pdf/SKILL.md": BAD, ".agents/skills/web/SKILL.md": GOOD.format("web")}


@pytest.fixture
def work(tmp_path: pathlib.Path) -> Worktree:
    return Worktree(tmp_path / "overlay", FILES)


def heads(ran: Ran) -> list[str]:
    """ "place code" of each finding, and the heading of the section."""
    lines = [line for line in ran.stdout.decode().splitlines() if line and not line.startswith(" ")]
    return [line if line.endswith("before:") else " ".join(line.split(" ")[0:3:2]) for line in lines]


OLD = [".agents/skills/pdf/SKILL.md:2:7: OVL549:"] * 2


def test_what_was_there_before_is_told_apart_and_fails_nothing(work: Worktree) -> None:
    assert work.lint(".").code == 1
    ran = work.lint(".", "--base", "HEAD")
    assert (ran.code, ran.told) == (0, "0 errors, 0 warnings; before: 2 errors, 0 warnings\n")
    assert heads(ran) == ["These were there before:", *OLD]
    assert work.lint(".", "--base", "HEAD", "--strict").code == 0


def test_what_is_new_fails(work: Worktree) -> None:
    work.write({".agents/skills/new/SKILL.md": "", "tools/x/y": ""})
    ran = work.lint(".", "--base", "HEAD")
    assert (ran.code, ran.told) == (1, "1 error, 2 warnings; before: 2 errors, 0 warnings\n")
    new = [".agents/skills/new/SKILL.md:1:1: OVL546:", "tools: OVL524:", "tools/x: OVL528:"]
    assert heads(ran) == [*new, "These were there before:", *OLD]


def test_lines_that_move_are_no_news_and_a_second_one_is(work: Worktree) -> None:
    work.write({".agents/skills/pdf/SKILL.md": BAD.replace("---\n", "---\n# moved\n\n", 1)})
    assert work.lint(".", "--base", "HEAD").code == 0
    work.write({".agents/skills/pdf/SKILL.md": BAD.replace("name: Pdf\n", "name: Pdf\nname: Pdf\n", 1)})
    ran = work.lint(".", "--base", "HEAD")
    assert ran.code == 1
    assert heads(ran) == [
        ".agents/skills/pdf/SKILL.md:3:1: OVL548:",
        ".agents/skills/pdf/SKILL.md:3:7: OVL549:",
        ".agents/skills/pdf/SKILL.md:3:7: OVL549:",
        "These were there before:",
        *OLD,
    ]


def test_all_kinds_of_findings_are_the_same_in_a_commit(work: Worktree) -> None:
    """Links that the node leaves out, submodules, modes, names: they are looked at in a tree as the node writes it."""
    work.write(
        {
            "tools/x/run": "#!/bin/sh\n",
            "tools/x/text": "x",
            "tools/x/Readme": "",
            "tools/x/README": "",
            os.fsdecode(b"tools/x/\xff\n\x1b"): "",
            "tools/x/pyproject.toml": "",
            "workflows/a.py": "WORKFLOW_NAME = f()",
            "workflows/__init__.py": "",
            "tools/g/x/pyproject.toml": "",
            "tools/x/big": b"\0" * (11 << 20),
            "elsewhere/x": "",
        }
    )
    (work.folder / "tools/x/text").chmod(0o755)
    for name, target in (
        ("a", "/x"),
        ("b", "../../../x"),
        ("c", "gone"),
        ("d", "d"),
        ("e", "a"),
        ("f", "../../elsewhere"),
    ):
        (work.folder / "tools/x" / name).symlink_to(target)
    (work.folder / "tools/all").symlink_to("../elsewhere")
    Worktree(work.folder / "tools/module", {"x": ""})
    work.write({".gitmodules": '[submodule "m"]\n\tpath = tools/module\n\turl = x\n'})
    work.git("add", ".gitmodules")
    work.commit()
    now = work.lint(".")
    assert now.told == "11 errors, 6 warnings\n", now.stdout.decode()
    then = work.lint(".", "--base", "HEAD")
    assert then.told == "0 errors, 0 warnings; before: 11 errors, 6 warnings\n"
    assert then.stdout == b"These were there before:\n" + now.stdout


def test_nothing_is_checked_out_and_nothing_runs(work: Worktree, tmp_path: pathlib.Path) -> None:
    work.write({".gitattributes": "SKILL.md text eol=crlf filter=x export-ignore ident\n"})
    work.commit()
    before = {path: path.stat().st_mtime_ns for path in work.folder.rglob("*") if path.is_file()}
    status = work.git("status", "--porcelain")
    work.git("config", "filter.x.smudge", f"touch {tmp_path}/ran; cat")
    before[work.folder / ".git/config"] = (work.folder / ".git/config").stat().st_mtime_ns
    assert work.lint(".", "--base", "HEAD").code == 0
    after = {path: path.stat().st_mtime_ns for path in work.folder.rglob("*") if path.is_file()}
    assert (after.keys(), work.git("status", "--porcelain")) == (before.keys(), status)
    assert not (tmp_path / "ran").exists()


def test_temporary_files_are_removed(work: Worktree, tmp_path: pathlib.Path) -> None:
    (tmp_path / "tmp").mkdir()
    assert work.lint(".", "--base", "HEAD", env={"TMPDIR": str(tmp_path / "tmp")}).code == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_directory_inside_a_repository(tmp_path: pathlib.Path) -> None:
    inside = {f"packages/over lay/{path}": text for path, text in FILES.items()}
    work = Worktree(tmp_path / "mono", {**inside, "README": ""})
    (work.folder / "packages/over lay/tools/x").mkdir(parents=True)
    (work.folder / "packages/over lay/tools/x/pyproject.toml").touch()
    (work.folder / "packages/over lay/tools/x/out").symlink_to("../../../../README")
    ran = work.lint("packages/over lay", "--base", "HEAD")
    assert (ran.code, ran.told) == (1, "1 error, 0 warnings; before: 2 errors, 0 warnings\n")
    work.commit()
    assert work.lint("packages/over lay", "--base", "HEAD").code == 0
    assert overlays("lint", ".", "--base", "HEAD", cwd=work.folder / "packages/over lay").code == 0
    assert overlays("lint", work.folder / "packages/over lay", "--base", "HEAD", cwd=tmp_path).code == 0


def test_a_directory_that_was_not_there_is_all_new(work: Worktree) -> None:
    first = work.git("rev-parse", "HEAD")
    work.write({"sub/.agents/skills/pdf/SKILL.md": BAD})
    ran = work.lint("sub", "--base", first)
    assert (ran.code, ran.told) == (1, "2 errors, 0 warnings; before: 0 errors, 0 warnings\n")


def test_a_linked_worktree_and_a_tag(work: Worktree, tmp_path: pathlib.Path) -> None:
    work.git("tag", "-a", "-m", "x", "v1")
    work.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD")
    ran = overlays("lint", "linked", "--base", "v1", cwd=tmp_path)
    assert (ran.code, ran.told) == (0, "0 errors, 0 warnings; before: 2 errors, 0 warnings\n")


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("-x", "error OVL422: '-x' is no revision"),
        ("--upload-pack=x", "error OVL422: '--upload-pack=x' is no revision"),
        ("nope", "error OVL422: there is no commit 'nope'"),
        ("0" * 40, f"error OVL422: there is no commit '{'0' * 40}'"),
        ("HEAD:.agents", "error OVL422: there is no commit 'HEAD:.agents'"),
        ("a\nb", "error OVL422: 'a\\nb' is no revision"),
    ],
)
def test_a_revision_that_is_none(work: Worktree, revision: str, words: str) -> None:
    ran = work.lint(".", f"--base={revision}")
    assert ran.code == 1
    assert words in ran.stdout.decode()


def test_a_directory_in_no_repository(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tools/x").mkdir(parents=True)
    (tmp_path / "tools/x/pyproject.toml").touch()
    ran = overlays("lint", ".", "--base", "HEAD", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert ran.code == 1
    assert b" error OVL421: " in ran.stdout


def test_every_format_tells_apart(work: Worktree) -> None:
    work.write({"tools/x/y": "", "tools/z/pyproject.toml": ""})
    told = {
        name: work.lint(".", "--base", "HEAD", "--output", name).stdout.decode()
        for name in ("json", "github", "sarif", "junit")
    }
    document = json.loads(told["json"])
    jsonschema.validate(document, json.loads((ROOT / "schemas/findings.schema.json").read_bytes()))
    assert [one["code"] for one in document["findings"]] == ["OVL528"]
    assert [one["code"] for one in document["existing"]] == ["OVL549", "OVL549"]
    assert [line.split(" ")[0] for line in told["github"].splitlines()] == ["::warning", "::notice", "::notice"]
    (run,) = json.loads(told["sarif"])["runs"]
    assert [one["baselineState"] for one in run["results"]] == ["new", "unchanged", "unchanged"]
    skipped = [str(one.get("message")) for one in ElementTree.fromstring(told["junit"]).iter("skipped")]
    assert [one.split(":")[0] for one in skipped] == ["warning", "existing error", "existing error"]


def test_without_a_base_json_says_nothing_of_it(work: Worktree) -> None:
    assert set(json.loads(work.lint(".", "--output", "json").stdout)) == {"schemaVersion", "findings"}
