"""`overlays render skills`: what each consumer of skills is given, and what it then has."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from overlays.schema.check import schema_text
from tests.support.checkouts import PLAIN, List, write
from tests.support.helm import HELMS, ROOT, run_helm
from tests.support.overlays import Ran, overlays

COMMIT = "1" * 40
CONSUMERS = ("cao", "promptkit", "claude")


def skill(name: str, body: str = "", more: str = "", subdir: str = ".agents/skills") -> dict[str, str]:
    text = f"---\nname: {name}\ndescription: Does it.\n{more}---\n{body}"
    return {f"{subdir}/{name}/SKILL.md": text}


NESTED = skill("web", "nested in alpha\n", subdir=".agents/skills/alpha/examples")


def listed_in(folder: pathlib.Path) -> List:
    """Three sources: pdf of all of them, others of one each; a skill that holds a SKILL.md of another's name."""
    sources: tuple[Mapping[str, Any], ...] = (
        {"repo": "acme/base", "ref": "main", "skillsPreload": ["pdf"]},
        {"repo": "acme/off", "enabled": False},
        {"repo": "acme/team", "skillsSubdir": "skills"},
        {"repo": "acme/last"},
    )
    listed = List(folder, *sources)
    agents = [
        {"name": "reviewer", "skills": ["code-*", "pdf"], "mountAs": {"skills": "team"}, "preload": ["code-review"]},
        {"name": "none", "skills": []},
        {"name": "writer", "skills": ["web"]},
        {"name": "lost", "persona": "ada"},
        {"name": "idle", "skills": ["web", "wbe"]},
    ]
    (folder / "values.yaml").write_text(
        json.dumps({**PLAIN, "overlays": {"sources": sources}, "agents": agents}, indent=2) + "\n"
    )
    listed.has("acme/base", skill("pdf", "base\n"), skill("alpha", "alpha\n"), NESTED, commit=COMMIT)
    write(
        listed.has("acme/team"),
        {**skill("pdf", "team\n", subdir="skills"), **skill("code-review", "team\n", subdir="skills")},
    )
    listed.has("acme/last", skill("pdf", "last\n"), skill("web", "web\n"))
    return listed


@pytest.fixture
def listed(tmp_path: pathlib.Path) -> List:
    return listed_in(tmp_path)


def render(listed: List, consumer: str, *arguments: str) -> Ran:
    given = ("-f", "values.yaml", "--checkouts", "checkouts", "--consumer", consumer, *arguments)
    return overlays("render", "skills", *given, cwd=listed.folder)


def document(listed: List, consumer: str, *arguments: str) -> Any:
    ran = render(listed, consumer, *arguments)
    assert (ran.code, ran.stderr) == (0, b"")
    found = json.loads(ran.stdout)
    assert ran.stdout == (json.dumps(found, indent=2) + "\n").encode()
    schema = json.loads(schema_text("skills"))
    jsonschema.Draft7Validator({**schema["definitions"][consumer], "definitions": schema["definitions"]}).validate(
        found
    )
    jsonschema.Draft7Validator(schema).validate(found)
    return found


def told(name: str, source: str, path: str, **other: object) -> dict[str, object]:
    known = {"ref": "main", "commit": COMMIT} if source == "acme/base" else {"ref": "", "commit": None}
    return {"name": name, "source": source, **known, "path": path, "preload": False, "shadows": [], **other}


ALL = [
    told("alpha", "acme/base", ".agents/skills/alpha"),
    told("code-review", "acme/team", "skills/code-review"),
    told("pdf", "acme/last", ".agents/skills/pdf", shadows=["acme/base", "acme/team"]),
    told("web", "acme/last", ".agents/skills/web"),
]
REVIEWER = [
    told("team-code-review", "acme/team", "skills/code-review", preload=True),
    told("team-pdf", "acme/last", ".agents/skills/pdf", preload=True, shadows=["acme/base", "acme/team"]),
]
HERE = "/home/agent/workspace/.agents/skills"
STORE = "/home/agent/.aws/cli-agent-orchestrator/skills"
MOUNT = {"name": "overlays-workspace", "subPath": ".agents/skills", "mountPath": STORE}


@pytest.mark.parametrize(("agent", "skills"), [(None, ALL), ("reviewer", REVIEWER), ("none", [])])
def test_cao_is_given_one_directory_to_mount_as_its_store(listed: List, agent: str | None, skills: object) -> None:
    assert document(listed, "cao", *(["--agent", agent] if agent else [])) == {
        "consumer": "cao",
        "agent": agent,
        "directory": HERE,
        "store": STORE,
        "volumeMount": MOUNT,
        "extraDirs": [],
        "skills": skills,
    }


@pytest.mark.parametrize(("agent", "skills"), [(None, ALL), ("reviewer", REVIEWER), ("none", [])])
def test_claude_is_given_a_project_directory(listed: List, agent: str | None, skills: object) -> None:
    assert document(listed, "claude", *(["--agent", agent] if agent else [])) == {
        "consumer": "claude",
        "agent": agent,
        "project": "/home/agent/workspace",
        "directory": "/home/agent/workspace/.claude/skills",
        "link": "../.agents/skills",
        "skills": skills,
    }


def test_promptkit_is_given_the_sources_from_the_last_to_the_first(listed: List) -> None:
    assert document(listed, "promptkit")["skills"] == [
        {"path": f"{HERE}/pdf"},
        {"path": f"{HERE}/web"},
        {"path": f"{HERE}/code-review"},
        {"path": f"{HERE}/alpha"},
    ]
    assert document(listed, "promptkit", "--agent", "reviewer")["skills"] == [
        {"path": f"{HERE}/team-pdf", "preload": True},
        {"path": f"{HERE}/team-code-review", "preload": True},
    ]
    assert document(listed, "promptkit", "--agent", "none")["skills"] == []


def promptkit(pack: Any) -> dict[str, str]:
    """What PromptKit registers: each SKILL.md below each directory, by its front-matter name; the first stays."""
    found: dict[str, str] = {}
    for entry in pack["skills"]:
        assert entry.keys() <= {"path", "preload"}
        for file in sorted(walk(pathlib.Path(entry["path"]))):
            text = file.read_text()
            name = re.search(r"^name: (.*)$", text, re.MULTILINE)
            assert name
            found.setdefault(name[1], text.rpartition("---\n")[2].strip())
    return found


def walk(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    assert not folder.is_symlink()  # behind a linked root it finds nothing
    yield from folder.rglob("SKILL.md")


def test_promptkit_then_has_the_winners(listed: List) -> None:
    directory = listed.folder / "merged"
    for one in document(listed, "cao", "--directory", str(directory))["skills"]:
        shutil.copytree(listed.checkouts / one["source"] / one["path"], directory / one["name"])
    pack = document(listed, "promptkit", "--directory", str(directory))
    assert promptkit(pack) == {"pdf": "last", "web": "web", "code-review": "team", "alpha": "alpha"}
    pack["skills"].reverse()
    assert promptkit(pack)["web"] == "nested in alpha"


def test_the_mount_of_cao_is_one_that_the_chart_takes(listed: List) -> None:
    mount = document(listed, "cao", "--agent", "reviewer")["volumeMount"]
    values = json.loads((listed.folder / "values.yaml").read_text())
    values["sandbox"] = {"extraVolumeMounts": [mount]}
    file = listed.folder / "with-mount.yaml"
    file.write_text(json.dumps(values))
    assert overlays("validate", "--strict", "-f", file).told == "0 errors, 0 warnings\n"
    for helm in HELMS:
        out = run_helm(helm, ["template", "prod", str(ROOT / "chart"), "-f", str(file)]).stdout
        assert json.dumps(mount, sort_keys=True, separators=(",", ":")) in out


def test_a_directory_of_ones_own(listed: List) -> None:
    given = document(listed, "cao", "--directory", "/srv/skills")
    assert (given["directory"], "volumeMount" in given) == ("/srv/skills", False)
    assert document(listed, "promptkit", "--directory", "/srv/skills")["skills"][0] == {"path": "/srv/skills/pdf"}
    given = document(listed, "claude", "--directory", "/srv/app/.claude/skills")
    assert (given["project"], given["directory"], given["link"]) == ("/srv/app", "/srv/app/.claude/skills", None)
    given = document(listed, "claude", "--directory", "/srv/app/.agents/skills")
    assert (given["project"], given["directory"]) == ("/srv/app", "/srv/app/.claude/skills")
    assert given["link"] == "../.agents/skills"


@pytest.mark.parametrize(
    ("consumer", "directory"),
    [
        *(
            ("cao", path)
            for path in ("skills", "./skills", "/", "/a/", "/a//b", "/a/../b", "/a/.", "/a b", "/a\n", "~")
        ),
        ("claude", "/srv/skills"),
        ("claude", "/.agents/skills/x"),
    ],
)
def test_a_directory_that_is_none(listed: List, consumer: str, directory: str) -> None:
    ran = render(listed, consumer, "--directory", directory)
    assert (ran.code, ran.stdout) == (64, b"")
    assert "--directory: " in ran.told


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_broken_override_is_an_error_and_no_older_copy_comes_back(listed: List, consumer: str) -> None:
    listed.has("acme/last", {".agents/skills/pdf/SKILL.md": "no front matter"})
    ran = render(listed, consumer)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "values.yaml:23:17: error OVL507: nothing is served as 'skills/pdf': acme/last: .agents/skills/pdf: SKILL.md "
        "does not begin with a line ---; no older copy takes its place\n"
        "  hint: mend the copy, or remove it from its repository\n"
    )
    assert render(listed, consumer, "--agent", "reviewer") == ran


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_broken_skill_that_an_agent_does_not_have_stops_nothing(listed: List, consumer: str) -> None:
    listed.has("acme/last", {".agents/skills/pdf/SKILL.md": "no front matter"})
    assert "web" in json.dumps(document(listed, consumer, "--agent", "writer"))


def test_an_agent_whose_persona_cannot_be_used_is_given_nothing(listed: List) -> None:
    ran = render(listed, "cao", "--agent", "lost")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "error OVL607: the persona of the agent 'lost' cannot be used" in ran.told


def test_a_pattern_that_matches_nothing_is_told_as_it_is_at_run_time(listed: List) -> None:
    ran = render(listed, "promptkit", "--agent", "idle")
    assert json.loads(ran.stdout) == {"skills": [{"path": f"{HERE}/web"}]}
    assert (ran.code, ran.told) == (0, "Skill-catalog filter matched no installed skill for pattern(s): 'wbe'\n")


def test_without_a_cache_there_is_no_directory(listed: List) -> None:
    arguments = ("--set", "repoCache.enabled=false,agents=null")
    ran = render(listed, "cao", *arguments)
    assert (ran.code, ran.stdout) == (1, b"")
    assert "error OVL632: no pod has a directory of skills" in ran.told
    ran = render(listed, "cao", *arguments, "--directory", "/srv/skills")
    assert (ran.code, json.loads(ran.stdout)["directory"]) == (0, "/srv/skills")


def test_a_committed_file_is_compared(listed: List) -> None:
    assert render(listed, "promptkit", "-o", "pack.json").code == 0
    assert render(listed, "promptkit", "--check", "pack.json").code == 0
    listed.has("acme/last", skill("newer"))
    ran = render(listed, "promptkit", "--check", "pack.json")
    assert ran.code == 2
    assert f'+      "path": "{HERE}/newer"\n'.encode() in ran.stderr


MINDED = {
    "a text": "allowed-tools: Read Grep\n",
    "no YAML": "other: [\n",
    "a key twice": "description: It does.\n",
    "not looked at": f"license: {'x' * 70_000}\n",
}


@pytest.mark.parametrize("name", MINDED)
def test_one_skill_that_promptkit_refuses_is_an_error(listed: List, name: str) -> None:
    listed.has("acme/last", skill("web", more=MINDED[name]))
    ran = render(listed, "promptkit", "--agent", "writer")
    assert (ran.code, ran.stdout) == (1, b"")
    assert (
        "values.yaml:23:17: error OVL624: PromptKit refuses every skill because of 'web' of 'acme/last': " in ran.told
    )
    assert ran.told.count("error") == 1
    assert render(listed, "promptkit", "--agent", "reviewer").code == 0


def test_the_deviation_is_told_with_its_place(listed: List) -> None:
    listed.has("acme/last", skill("web", more="allowed-tools: Read Grep\n"))
    ran = render(listed, "promptkit")
    assert ran.told == (
        "values.yaml:23:17: error OVL624: PromptKit refuses every skill because of 'web' of 'acme/last': "
        "'.agents/skills/web/SKILL.md:4': allowed-tools is a text: that is the specification's form, but some readers "
        "take only a list\n  hint: leave it out of a skill that is meant for all readers\n"
    )
    assert render(listed, "cao").code == 0


def test_promptkit_also_finds_what_lies_deeper(listed: List) -> None:
    listed.has("acme/last", {".agents/skills/web/a/b/SKILL.md": "---\nname: b\n---\n"})
    ran = render(listed, "promptkit")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "because of 'web' of 'acme/last': '.agents/skills/web/a/b/SKILL.md:2': description is missing" in ran.told


def test_nobody_waits_for_a_pipe_deeper_in_a_skill(listed: List) -> None:
    root = listed.has("acme/last", {".agents/skills/web/a/x": ""})
    os.mkfifo(root / ".agents" / "skills" / "web" / "a" / "SKILL.md")
    assert render(listed, "promptkit").code == 0


@pytest.mark.parametrize("consumer", ["cao", "claude"])
def test_front_matter_that_nobody_can_read_is_an_error(listed: List, consumer: str) -> None:
    listed.has("acme/last", skill("pdf", more="license: a: b\n"))
    ran = render(listed, consumer, "--agent", "reviewer")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "values.yaml:23:17: error OVL625: the skill 'pdf' of 'acme/last' cannot be read: "
        "'.agents/skills/pdf/SKILL.md:4': mapping values are not allowed in this context: the front matter is not YAML "
        "that every reader takes\n  hint: quote a value that holds ': ', and check the indentation\n"
    )
    assert render(listed, consumer, "--agent", "writer").code == 0


def test_what_only_the_reader_of_cao_refuses_is_an_error_too(listed: List) -> None:
    listed.has("acme/last", skill("web", more="license: 2024-13-45\n"))
    ran = render(listed, "cao", "--agent", "writer")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "error OVL625: the skill 'web' of 'acme/last' cannot be read: '.agents/skills/web/SKILL.md" in ran.told
