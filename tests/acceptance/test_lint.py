"""`overlays lint DIR`: an overlay author's own CI."""

from __future__ import annotations

import json
import os
import pathlib
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.support.helm import ROOT
from tests.support.overlays import overlays
from tests.support.processor import spent
from tests.support.worktree import Worktree

SKILL = "---\nname: {}\ndescription: Reads files.\n---\nRead them.\n"
GOOD = {".agents/skills/pdf/SKILL.md": SKILL.format("pdf"), "tools/query/pyproject.toml": ""}
FORMATS = ("text", "json", "github", "sarif", "junit")


@pytest.fixture
def work(tmp_path: pathlib.Path) -> Worktree:
    return Worktree(tmp_path / "overlay", GOOD)


def test_a_good_repository(work: Worktree) -> None:
    assert work.lint(".") == (0, b"", b"0 errors, 0 warnings\n")


def test_findings_are_the_result(work: Worktree) -> None:
    work.write({".agents/skills/pdf/SKILL.md": "---\nname: Pdf\n---\nx\n", "workflows/lib.py": ""})
    ran = work.lint(".")
    assert (ran.code, ran.told) == (1, "3 errors, 1 warning\n")
    assert ran.stdout.decode() == (
        ".agents/skills/pdf/SKILL.md:2:1: error OVL550: description is missing: every skill has a name and a "
        "description\n"
        "  hint: write a line `description: …`\n"
        ".agents/skills/pdf/SKILL.md:2:7: error OVL549: name is 'Pdf': lower-case ASCII letters, digits and single "
        "hyphens between them are allowed\n"
        "  hint: choose another name, for the directory too\n"
        ".agents/skills/pdf/SKILL.md:2:7: error OVL549: name is 'Pdf', the directory is 'pdf': both are the same, "
        "letter by letter\n"
        "  hint: rename one of them\n"
        "workflows: warning OVL524: the directory of the workflows offers nothing: a workflow is a Python file with "
        "WORKFLOW_NAME\n"
        "  hint: add one, or remove the directory\n"
    )


def test_strict_fails_on_warnings(work: Worktree) -> None:
    work.write({"tools/query/run": "#!/bin/sh\n"})
    assert work.lint(".").code == 0
    assert work.lint(".", "--strict").code == 1


def test_several_directories_and_their_names(work: Worktree, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other"
    (other / "tools/x").mkdir(parents=True)
    (other / "tools/x/y").symlink_to("/z")
    (other / "tools/x/pyproject.toml").touch()
    ran = overlays("lint", "./overlay/", "other", str(other), "none", cwd=tmp_path)
    assert ran.code == 1
    assert [line.split(" ")[0] for line in ran.stdout.decode().splitlines() if line[0] != " "] == [
        f"{other}/tools/x/y:",
        "none:",
        "other/tools/x/y:",
    ]


def test_where_the_surfaces_are_can_be_said(work: Worktree) -> None:
    work.write({"s/a/SKILL.md": "", "t/x": "", "w/a.py": "WORKFLOW_NAME = f()", "p/Ada.MD": "", "flows/x": ""})
    places = ("--tools-subdir", "t", "--workflows-subdir", "w", "--personas-subdir", "p", "--prompt-path", "PROMPT.md")
    ran = work.lint(".", *places, "--skills-subdir", "s")
    codes = [line.split(" ")[0] + line.split(" ")[2] for line in ran.stdout.decode().splitlines() if line[0] != " "]
    assert codes == [
        "PROMPT.md:OVL522:",
        "p:OVL524:",
        "p/Ada.MD:OVL528:",
        "s/a/SKILL.md:1:1:OVL546:",
        "t:OVL524:",
        "w:OVL524:",
        "w/a.py:1:1:OVL531:",
    ]


def test_a_surface_that_is_off_is_not_looked_at(work: Worktree) -> None:
    work.write({"tools/bad/x": "", "workflows/__init__.py": ""})
    assert work.lint(".", "--tools-subdir", "", "--workflows-subdir", "").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "overlays: name directories, or values with -f"),
        ([".", "-f", "values.yaml"], "overlays: DIR and -f exclude each other"),
        ([".", "--set", "a=b"], "overlays: DIR and -f exclude each other"),
        ([""], "overlays: DIR needs the name of a directory"),
        ([".", "--base", ""], "overlays: --base needs a revision"),
        ([".", "--checkouts", "x"], "overlays: --checkouts goes with -f"),
        (["-f", "v.yaml", "--skills-subdir", "s"], "overlays: --skills-subdir goes with DIR"),
        ([".", "--skills-subdir", "../s"], "overlays: Invalid value for '--skills-subdir': '../s' is no relative path"),
        ([".", "--tools-subdir", "/s"], "overlays: Invalid value for '--tools-subdir': '/s' is no relative path"),
        ([".", "--tools-subdir", "-s"], "overlays: Invalid value for '--tools-subdir': '-s' is no relative path"),
        ([".", "--tools-subdir", "a\nb"], "overlays: Invalid value for '--tools-subdir': 'a\\nb' is no relative path"),
        ([".", "--output", "xml"], "overlays: Invalid value for '--output': 'xml' is not one of"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, tmp_path: pathlib.Path) -> None:
    ran = overlays("lint", *arguments, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith(message), ran.told


@pytest.mark.parametrize(("kind", "code"), [("missing", "OVL521"), ("a file", "OVL521"), ("empty", "OVL523")])
def test_a_directory_that_is_none(kind: str, code: str, tmp_path: pathlib.Path) -> None:
    if kind == "a file":
        (tmp_path / "x").touch()
    elif kind == "empty":
        (tmp_path / "x").mkdir()
    ran = overlays("lint", "x", cwd=tmp_path)
    assert ran.code == 1
    assert ran.stdout.startswith(f"x: error {code}: ".encode())


def test_what_git_ignores_is_nobodys_business(work: Worktree) -> None:
    work.write({".gitignore": ".venv/\n*.tmp\n", "tools/new/pyproject.toml": "", "tools/new/x.tmp": "#!/bin/sh\n"})
    for place in ("tools/query/.venv/bin", "tools/new/.venv/bin"):
        (work.folder / place).mkdir(parents=True)
        (work.folder / place / "python").symlink_to("/usr/bin/python3")
    assert work.lint(".").stdout == b""
    assert overlays("lint", "overlay", cwd=work.folder.parent).stdout == b""
    (work.folder / ".gitignore").unlink()
    assert work.lint(".").stdout.count(b"an absolute link") == 2


def test_a_program_that_a_repository_names_is_not_run(work: Worktree, tmp_path: pathlib.Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.editor", "diff.external", "filter.x.smudge", "filter.x.clean"):
        work.git("config", key, str(program))
    work.git("config", "core.hooksPath", str(tmp_path))
    (tmp_path / "post-checkout").symlink_to(program)
    work.write({".gitattributes": "* filter=x\n"})
    assert work.lint(".", "--base", "HEAD").code == 0
    assert not (tmp_path / "ran").exists()


# Hostile content

HOSTILE = os.fsdecode(b"a\n::error::x\x1b[2J%0A<x>&\"'](x)|`\xff")


@pytest.fixture
def hostile(tmp_path: pathlib.Path) -> pathlib.Path:
    """A repository whose names and texts are made to act where they are shown."""
    folder = tmp_path / "overlay"
    for place in ("tools/query", f".agents/skills/{HOSTILE}", f"tools/{HOSTILE}", f"tools/g/{HOSTILE}"):
        (folder / place).mkdir(parents=True)
        (folder / place / "pyproject.toml").touch()
    (folder / "tools/query" / HOSTILE).symlink_to(HOSTILE)
    (folder / "tools/query/\u202ereversed").write_text("#!x")
    skill = (
        '---\nname: "\\e[2J\\n::set-output name=x::y"\n"](x)\\e[1m<a>": 1\nmetadata:\n  "\\e": "\\e"\n---\n::error::x\n'
    )
    (folder / ".agents/skills" / HOSTILE / "SKILL.md").write_text(skill)
    (folder / "workflows").mkdir()
    (folder / "workflows" / f"{HOSTILE}.py").write_text("WORKFLOW_NAME = '\x1b[2J'")
    os.mkfifo(folder / "workflows" / "pipe.py")
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_and_texts_do_not_act(name: str, hostile: pathlib.Path) -> None:
    ran = overlays("lint", "overlay", "--output", name, cwd=hostile.parent)
    assert ran.code == 1
    text = ran.stdout.decode()  # it is UTF-8
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Traceback" not in ran.told
    if name == "github":
        assert all(line.startswith(("::error file=", "::warning file=")) for line in text.splitlines())
    elif name == "text":
        assert all(line.startswith(("overlay/", "  hint: ")) for line in text.splitlines())
    elif name == "json":
        schema = json.loads((ROOT / "schemas/findings.schema.json").read_bytes())
        document = json.loads(text)
        jsonschema.validate(document, schema)
        assert len(document["findings"]) > 10
        for one in document["findings"]:
            assert "\n" not in one["what"] + one["why"] + one["hint"]
    elif name == "junit":
        assert len(list(ElementTree.fromstring(text).iter("failure"))) > 5
    else:
        (run,) = json.loads(text)["runs"]
        uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
        assert all(uri.isascii() and not set(uri) & set("\n <>\"'`|\\^[]&") for uri in uris)
        assert not any("](" in one["message"]["text"] for one in run["results"])


def test_a_hundred_thousand_files(work: Worktree) -> None:
    for folder in range(100):
        base = work.folder / f"tools/query/{folder}"
        base.mkdir()
        for number in range(1000):
            os.close(os.open(f"{base}/{number}", os.O_CREAT | os.O_WRONLY, 0o644))
    before = spent()
    ran = work.lint(".")
    assert (ran.code, ran.stdout) == (0, b"")
    assert spent() - before < 60


def test_every_format_is_the_same_whatever_the_surroundings(work: Worktree, tmp_path: pathlib.Path) -> None:
    work.write({"tools/é/x": "#!", "tools/É/x": "", ".agents/skills/ä/SKILL.md": SKILL.format("ä")})
    for name in FORMATS:
        want = work.lint(".", "--output", name)
        for env in ({"LC_ALL": "C", "PYTHONHASHSEED": "1"}, {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}):
            assert work.lint(".", "--output", name, env=env) == want


def test_validate_has_the_same_formats(tmp_path: pathlib.Path) -> None:
    (tmp_path / "v.yaml").write_text("overlays: {source: []}\n")
    ran = overlays("validate", "-f", "v.yaml", "--output", "sarif", cwd=tmp_path)
    (run,) = json.loads(ran.stdout)["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("OVL111", "error")]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 12}
    ran = overlays("validate", "-f", "v.yaml", "--output", "junit", cwd=tmp_path)
    assert [one.get("type") for one in ElementTree.fromstring(ran.stdout).iter("failure")] == ["OVL111"]
    assert (ran.code, ran.told) == (1, "1 error, 0 warnings\n")
