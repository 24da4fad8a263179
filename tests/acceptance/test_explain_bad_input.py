"""`overlays explain` on checkouts that are missing, unreadable, endless or hostile."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from tests.support.checkouts import List, skill, tool, workflow, write
from tests.support.overlays import overlays


def test_all_missing_repositories_are_told_in_one_run(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/here", "acme/b", {"repo": "acme/c", "enabled": False})
    listed.has("acme/here", skill("pdf"))
    (tmp_path / "checkouts/acme/b").write_text("a file")
    ran = listed.explain()
    hint = "  hint: check the repository out there, name another directory, or leave --checkouts out to fetch it\n"
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "values.yaml:8:17: error OVL501: there is no checkout of 'acme/a': 'checkouts/acme/a': no such file or "
        f"directory\n{hint}"
        "values.yaml:14:17: error OVL501: there is no checkout of 'acme/b': 'checkouts/acme/b': not a directory\n"
        f"{hint}"
    )


@pytest.mark.parametrize("directory", ["nowhere", "values.yaml", "loop", "x" * 300, "\x1b[2J"])
def test_a_directory_that_is_none(tmp_path: pathlib.Path, directory: str) -> None:
    List(tmp_path, "acme/a", "acme/b")
    (tmp_path / "loop").symlink_to("loop")
    ran = overlays("explain", "-f", "values.yaml", "--checkouts", directory, cwd=tmp_path)
    assert (ran.code, ran.told.count("error OVL501"), "\x1b" in ran.told) == (1, 1, False)
    assert ran.told.startswith("--checkouts: error OVL501: there is no directory '")


def test_links_at_the_place_of_a_repository(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    write(tmp_path / "elsewhere", skill("pdf"))
    (tmp_path / "checkouts/acme").mkdir(parents=True)
    (tmp_path / "checkouts/acme/a").symlink_to("../../elsewhere")
    (tmp_path / "checkouts/acme/b").symlink_to("../../elsewhere")
    assert listed.winners() == {"skills/pdf": ("acme/b", [])}


def as_nobody(listed: List, *arguments: str) -> tuple[int, str]:
    """Exit status and words of a run that permissions count for, whoever runs the tests."""
    command = [sys.executable, "-m", "overlays", "explain", "-f", "values.yaml", "--checkouts", "checkouts", *arguments]
    if os.getuid() == 0:
        # What lets root pass by permissions is given up; the files still belong to this user.
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--", *command]
    done = subprocess.run(command, cwd=listed.folder, capture_output=True, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (".agents/skills/pdf/SKILL.md", "'.agents/skills/pdf/SKILL.md': permission denied"),
        (".agents/skills/pdf", "'.agents/skills/pdf/SKILL.md': permission denied"),
        (".agents/skills", "'.agents/skills': permission denied"),
        (".agents", "'.agents/skills': permission denied"),
        ("workflows/one.py", "'workflows/one.py': permission denied"),
        ("workflows", "'workflows': permission denied"),
        ("tools/jira", "'tools/jira/pyproject.toml': permission denied"),
        (".", "permission denied"),
    ],
)
def test_what_may_not_be_read(tmp_path: pathlib.Path, path: str, told: str) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    for repo in ("acme/a", "acme/b"):
        root = listed.has(repo, skill("pdf"), workflow("daily"), tool("jira"))
        (root / path).chmod(0)
    code, words = as_nobody(listed)
    for repo in ("acme/a", "acme/b"):
        (listed.checkouts / repo / path).chmod(0o700)
    assert code == 1
    assert words.count("error OVL502: the files of 'acme/") == 2
    assert told in words


def test_a_path_that_is_too_long_is_to_be_shortened(tmp_path: pathlib.Path) -> None:
    """Below one name more than the system takes in one go; made step by step."""
    listed = List(tmp_path, "acme/a")
    base = listed.has("acme/a", skill("pdf"), tool("jira")) / "tools/jira"
    (base.parent.parent / "workflows").mkdir()
    for folder in (base, base.parent.parent / "workflows"):
        script = "import os\nfor _ in range(20):\n    os.mkdir('n' * 250)\n    os.chdir('n' * 250)"
        subprocess.run([sys.executable, "-c", script], check=True, cwd=folder)
    for ran in (listed.explain(), overlays("lint", "checkouts/acme/a", cwd=tmp_path)):
        lines = (ran.told + ran.stdout.decode()).splitlines()
        found = [at for at, line in enumerate(lines) if "file name too long" in line]
        assert found
        assert {lines[at + 1] for at in found} == {"  hint: shorten the path"}


def test_odd_things_where_files_are_read(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/a", "promptPath": "PROMPT.md", "personasSubdir": "personas"})
    root = listed.has("acme/a", skill("good"), {"tools/x": "", "workflows/x": "", "personas/x": ""})
    skills = root / ".agents/skills"
    for name in ("dir", "dangling", "loop", "out", "pipe", "up"):
        (skills / name).mkdir()
    (skills / "dir/SKILL.md").mkdir()
    (skills / "dangling/SKILL.md").symlink_to("nowhere")
    (skills / "loop/SKILL.md").symlink_to("SKILL.md")
    (skills / "out/SKILL.md").symlink_to("/etc/passwd")
    (skills / "up/SKILL.md").symlink_to("..")
    for pipe in ("skills/pipe/SKILL.md", "tools/p", "workflows/p.py", "personas/p.md"):
        os.mkfifo(skills / "pipe/SKILL.md" if pipe.startswith("skills") else root / pipe)
    os.mkfifo(root / "PROMPT.md")
    (root / "tools/around").symlink_to("..")
    (root / "workflows/around").symlink_to(".")
    (root / "workflows/long").symlink_to("x" * 4000)
    ran = listed.explain("--output", "json", "--fail-on", "invalid")
    items = {one["name"]: one["served"] for one in json.loads(ran.stdout)["items"]}
    assert items == {"good": True, **dict.fromkeys(("dir", "dangling", "loop", "out", "pipe", "up"), False)}
    assert (ran.code, "Traceback" in ran.told) == (1, False)


def test_hostile_names(tmp_path: pathlib.Path) -> None:
    names = (b"new\nline", b"\x1b]0;title\x07", "\u202eright".encode(), b"\xff\xfe", b"::error::x", b"| a | b |")
    listed = List(tmp_path, {"repo": "acme/a", "personasSubdir": "personas"}, {"repo": "acme/b", "personasSubdir": "p"})
    (tmp_path / "checkouts/acme/a/personas").mkdir(parents=True)
    (tmp_path / "checkouts/acme/b/p").mkdir(parents=True)
    for name in names:
        (tmp_path / "checkouts/acme/a/personas" / os.fsdecode(name + b".md")).touch()
        (tmp_path / "checkouts/acme/b/p" / os.fsdecode(name + b".md")).touch()
        (tmp_path / "checkouts/acme/b/p" / os.fsdecode(b"." + name)).symlink_to("nowhere")
    ran = listed.explain("--fail-on", "shadowing", "-o", "winners.txt")
    text = (tmp_path / "winners.txt").read_text()
    table, _, consumers = text.partition("\n\n")
    assert len(table.splitlines()) == 1 + len(names)
    assert consumers == f"Consumers agree about all {len(names)} shadowed items (overlays.delivery: separate).\n"
    shown = ("new\\nline", "\\x1b]0;title\\x07", "\\u202eright", "\\xff\\xfe", "::error::x", "| a | b |")
    assert {line.split("  ")[1].strip() for line in table.splitlines()[1:]} == {*shown}
    told = ran.told.replace("\n", "")
    assert told.isprintable()
    assert ran.told.count("error OVL506") == ran.told.count("warning OVL510") == len(names)
    assert listed.explain("--check", "winners.txt").code == 0
    document = json.loads(listed.explain("--output", "json").stdout)
    assert {os.fsencode(one["name"]) for one in document["items"]} == {*names}
    for name in names:
        ran = listed.explain(os.fsdecode(b"personas/" + name), "--diff")
        assert (ran.code, ran.stdout.decode().replace("\n", "").isprintable()) == (0, True)


def test_a_hundred_thousand_files(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a")
    root = listed.has("acme/a", tool("jira"))
    for folder in ("tools/lib", "tools/jira/lib", "workflows/data"):
        (root / folder).mkdir(parents=True)
        script = 'cd "$1" && seq 33333 | xargs touch'
        subprocess.run(["sh", "-c", script, "sh", str(root / folder)], check=True)
    ran = listed.explain()
    shutil.rmtree(root)
    assert (ran.code, ran.told) == (0, "")
    assert ran.stdout.decode().splitlines()[1:] == ["tools     jira      acme/a    -         tools/jira        -"]


def test_a_large_workflow_a_large_skill_and_a_large_prompt(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/a", "promptPath": "PROMPT.md"})
    listed.has(
        "acme/a",
        {"PROMPT.md": "x" * ((1 << 20) + 1)},
        {".agents/skills/pdf/SKILL.md": "---\nname: pdf\n---\n" + "x" * (1 << 20)},
        {"workflows/one.py": 'WORKFLOW_NAME = "one"\n' + "#" * (1 << 20)},
    )
    ran = listed.explain()
    assert "acme/a: .agents/skills/pdf: SKILL.md is larger than 1 MiB" in ran.told
    assert "warning OVL511: 'workflows/one.py' of 'acme/a' is passed over: is larger than 1 MiB" in ran.told
    large = "OVL507: nothing is served as 'prompt/acme/a': acme/a: PROMPT.md: the prompt is larger than 1 MiB"
    assert f"warning {large}" in ran.told
    assert f"error {large}" in listed.explain("--fail-on", "invalid").told


@pytest.mark.parametrize("delivery", ["separate", "merged"])
def test_a_name_twice_in_one_source_says_what_readers_of_it_do(tmp_path: pathlib.Path, delivery: str) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", {f"workflows/{name}.py": 'WORKFLOW_NAME = "one"' for name in "ab"})
    ran = listed.explain("--set", f"overlays.delivery={delivery}")
    assert "OVL510: 'workflows/b.py' of 'acme/a' is broken and not served: 'one' is there already, at a.py" in ran.told
    assert ("consumers load no workflow at all" in ran.told) is (delivery == "separate")


def test_a_subdir_that_leads_out_of_the_repository(tmp_path: pathlib.Path) -> None:
    write(tmp_path / "elsewhere", {"a/pyproject.toml": ""})
    listed = List(tmp_path, {"repo": "acme/a", "toolsSubdir": "out"}, {"repo": "acme/a", "toolsSubdir": "out/a"})
    (listed.has("acme/a") / "out").symlink_to("../../../elsewhere")
    ran = listed.explain()
    assert ran.stdout == b"SURFACE   NAME      SOURCE    COMMIT    PATH      SHADOWED\n"
    assert ran.told.count("warning OVL511") == 2


def test_many_copies(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, *(f"acme/r{at}" for at in range(300)))
    for at in range(300):
        listed.has(f"acme/r{at}", skill("pdf"), {"tools/README.md": ""})
    ((_, shadowed),) = listed.winners().values()
    assert shadowed == [f"acme/r{at}" for at in range(299)]


def test_a_name_has_one_spelling_on_a_line(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base")
    name = os.fsdecode(b"bad\xff\xfe")
    listed.has("acme/base", {f".agents/skills/{name}/SKILL.md": "---\nname: other\ndescription: x\n---\n"})
    ran = listed.explain()
    assert "udc" not in ran.told
    assert r"SKILL.md has the name 'other', its directory is 'bad\xff\xfe'" in ran.told
