"""What `lint` and `validate` say of agents once it is known what the sources have."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.agents import Agents, skill, three
from tests.support.checkouts import write


@pytest.mark.parametrize("command", ["validate", "lint"])
@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (
            {"skills": ["pdf", "ads-bd"]},
            "error OVL602: the pattern 'ads-bd' of the agent 'one' matches no skill: nothing of what is served has such"
            " a name\n  hint: did you mean 'ads-db'?\n",
        ),
        ({"tools": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no tool: "),
        ({"workflows": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no workflow: "),
        ({"personas": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no persona: "),
        ({"skills": ["broken"]}, "matches no skill: nothing is served under that name: acme/base@main: "),
        (
            {"preload": ["pfd"]},
            "error OVL605: the preloaded skill 'pfd' is nowhere: no source serves a skill of that name\n",
        ),
        ({"preload": ["broken"]}, "error OVL605: the preloaded skill 'broken' is nowhere: nothing is served under "),
        ({"persona": "ada"}, "error OVL607: the persona of the agent 'one' cannot be used: persona 'ada': no source "),
        (
            {"mountAs": {"skills": "m" * 60}},
            "error OVL610: the skill 'ads-db' cannot be delivered to the agent 'one': ",
        ),
    ],
    ids=range(9),
)
def test_what_agents_lack(tmp_path: pathlib.Path, command: str, agent: dict[str, Any], told: str) -> None:
    listed = three(tmp_path, {"name": "one", **agent})
    listed.has({".agents/skills/broken/SKILL.md": "x\n"})
    ran = listed.run(command=command)
    assert ran.code == 1
    found = [line for line in ran.stdout.decode().splitlines(keepends=True) if "OVL6" in line]
    assert told.partition("\n")[0] in ran.stdout.decode()
    assert told in ran.stdout.decode()
    assert all(line.startswith("values.yaml:") for line in found)


def test_the_place_is_that_of_the_pattern(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "nothing"]})
    lines = (tmp_path / "values.yaml").read_text().splitlines()
    row = next(at for at, line in enumerate(lines, start=1) if '"nothing"' in line)
    column = lines[row - 1].index('"nothing"') + 1
    assert listed.run(command="validate").stdout.decode().startswith(f"values.yaml:{row}:{column}: error OVL602: ")


@pytest.mark.parametrize("command", ["validate", "lint", "catalog"])
@pytest.mark.parametrize(
    ("agent", "persona", "told"),
    [
        ({"persona": "ada"}, "---\ntitle: Ada\n---\n", True),
        ({"persona": "ada"}, "You are Ada.\n", True),
        ({"persona": "ada", "skills": ["pdf"]}, "You are Ada.\n", False),
        ({"persona": "ada"}, "---\nskills: []\n---\n", False),
        ({}, "You are Ada.\n", False),
    ],
    ids=["no key", "no front matter", "a list of its own", "an empty list", "no persona"],
)
def test_a_persona_without_a_list(
    tmp_path: pathlib.Path, agent: Mapping[str, Any], persona: str, told: bool, command: str
) -> None:
    sources = [{"repo": "acme/base", "ref": "main", "personasSubdir": "personas"}]
    listed = Agents(tmp_path, {"name": "one", **agent}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."), {"personas/ada.md": persona})
    ran = listed.run(*(["--agent", "one"] if command == "catalog" else []), command=command)
    words = (
        "values.yaml:17:18: warning OVL616: the persona 'ada' of the agent 'one' lists no skills: its front matter has "
        "no key skills, and without a list the agent has all skills\n"
        "  hint: list them there, or here; skills: ['*'] says that it is meant\n"
    )
    assert (words in (ran.stderr if command == "catalog" else ran.stdout).decode()) is told
    assert ("OVL616" in ran.told + ran.stdout.decode()) is told


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_a_source_that_preloads_what_it_has_not(tmp_path: pathlib.Path, command: str) -> None:
    sources = [{"repo": "acme/base"}, {"repo": "acme/team", "skillsPreload": ["pdf", "web"]}]
    listed = Agents(tmp_path, {"name": "one"}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."))
    listed.has(skill("web", "Reads pages."), repo="acme/team")
    ran = listed.run(command=command)
    assert ran.code == 1
    assert "error OVL611: 'acme/team' has no skill 'pdf': a source preloads skills of its own\n" in ran.stdout.decode()
    assert ran.stdout.decode().count("OVL611") == 1


def test_without_findings_all_is_well(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "*-db"], "preload": ["pdf"], "budget": {"tokens": 400}})
    ran = listed.run(command="validate")
    assert (ran.code, ran.stdout, ran.told) == (0, b"", "0 errors, 0 warnings\n")


def test_validate_with_checkouts_that_lack_a_source(tmp_path: pathlib.Path) -> None:
    ran = Agents(tmp_path, {"name": "one"}).run(command="validate")
    assert ran.code == 1
    assert "OVL501" in ran.stdout.decode()


@pytest.mark.parametrize("command", ["validate", "lint", "catalog"])
def test_an_item_that_is_a_link_to_what_the_agent_does_not_get(tmp_path: pathlib.Path, command: str) -> None:
    listed = Agents(tmp_path, {"name": "one", "tools": ["git-*"], "skills": ["pdf"], "personas": []})
    listed.has(skill("pdf", "Reads PDF files."), {"tools/sec/pyproject.toml": "", "tools/git-log/pyproject.toml": ""})
    (tmp_path / "checkouts/acme/base/tools/git-alias").symlink_to("sec")
    (tmp_path / "checkouts/acme/base/tools/git-same").symlink_to("git-log")
    ran = listed.run(*(["--agent", "one"] if command == "catalog" else []), command=command)
    assert ran.code == 0
    told = (ran.stderr if command == "catalog" else ran.stdout).decode()
    assert [line for line in told.splitlines() if "OVL6" in line] == [
        "values.yaml:15:15: warning OVL617: 'tools/git-alias' is not delivered to the agent 'one': 'tools/git-alias' "
        "of acme/base@main is a link to what the agent's lists keep away, or is behind one"
    ]


def test_a_skill_that_is_a_link_to_what_the_agent_does_not_get_is_in_no_catalog(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path, {"name": "one", "tools": [], "preload": ["pdf"]}, {"name": "two"})
    listed.has(skill("web", "Reads pages."))
    write(tmp_path / "checkouts/acme/base/tools/pdf", {"pyproject.toml": "", "SKILL.md": "---\nname: pdf\n---\n"})
    (tmp_path / "checkouts/acme/base/.agents/skills/pdf").symlink_to("../../tools/pdf")
    seen = {one["name"]: [skill["name"] for skill in one["skills"]] for one in listed.document()["agents"]}
    assert seen == {"one": ["web"], "two": ["pdf", "web"]}
