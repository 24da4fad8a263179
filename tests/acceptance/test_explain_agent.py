"""`overlays explain --agent`: what an agent has, by which pattern, which source won, and who preloads it."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from overlays.schema.check import schema_text
from tests.support.checkouts import PLAIN, List, skill, tool, workflow
from tests.support.overlays import Ran

COMMIT = "1" * 40
AGENTS: tuple[Mapping[str, Any], ...] = (
    {
        "name": "reviewer",
        "skills": ["code-*", "pdf", "p?f", "ads-bd"],
        "tools": [],
        "preload": ["pdf"],
        "mountAs": {"skills": "team"},
    },
    {"name": "all"},
    {"name": "quiet", "skills": [], "systemPrompt": False},
    {"name": "by-persona", "persona": "ada"},
    {"name": "by-none", "persona": "bob"},
    {"name": "lost", "persona": "carl"},
    {"name": "long", "skills": ["x*"], "mountAs": {"skills": "team"}},
    {"name": "by-silence", "persona": "eve"},
)
PERSONAS = {
    "personas/ada.md": "---\nname: ada\nskills: [code-review]\n---\nYou are Ada.\n",
    "personas/bob.md": "---\nskills: []\n---\n",
}
LONG = "x" * 60


@pytest.fixture
def listed(tmp_path: pathlib.Path) -> List:
    sources: tuple[Mapping[str, Any], ...] = (
        {"repo": "acme/base", "ref": "main", "skillsPreload": ["pdf"]},
        {"repo": "acme/extra", "personasSubdir": "personas", "promptPath": "PROMPT.md"},
    )
    listed = List(tmp_path, *sources)
    values = {**PLAIN, "overlays": {"sources": sources}, "agents": AGENTS}
    (tmp_path / "values.yaml").write_text(json.dumps(values, indent=2) + "\n")
    listed.has("acme/base", skill("pdf"), skill("web"), skill(LONG), tool("jira"), commit=COMMIT)
    listed.has("acme/extra", skill("pdf"), skill("code-review"), workflow("triage"), PERSONAS, {"PROMPT.md": "x"})
    listed.has("acme/extra", {".agents/skills/broken/SKILL.md": ""})
    return listed


def explain(listed: List, agent: str, *arguments: str) -> Ran:
    return listed.explain("--agent", agent, *arguments)


TABLE = """\
SURFACE           NAME              DELIVERED AS      PRELOAD   SOURCE            COMMIT    BY
workflows         triage            triage            -         acme/extra        -         -
skills            code-review       team-code-review  -         acme/extra        -         'code-*'
skills            pdf               team-pdf          yes       acme/extra        -         'pdf', 'p?f'
personas          ada               ada               -         acme/extra        -         -
personas          bob               bob               -         acme/extra        -         -
prompt            acme/extra        acme/extra        -         acme/extra        -         -

SURFACE           HAS       SINCE
skills            2 of 4    agents[0].skills: 'code-*', 'pdf', 'p?f', 'ads-bd'
tools             0 of 1    agents[0].tools is []
workflows         1 of 1    there is no agents[0].workflows: it has all
personas          2 of 2    there is no agents[0].personas: it has all
prompt            1 of 1    agents[0].systemPrompt is true

no item of skills matches 'ads-bd'
"""


def test_the_table_of_an_agent(listed: List) -> None:
    ran = explain(listed, "reviewer")
    assert ran.stdout.decode() == TABLE
    assert ran.code == 0


def test_the_table_can_be_committed(listed: List) -> None:
    assert explain(listed, "reviewer", "-o", "reviewer.txt").code == 0
    assert explain(listed, "reviewer", "--check", "reviewer.txt").code == 0
    assert explain(listed, "all", "--check", "reviewer.txt").code == 2


HAS = "skills/pdf: reviewer has it, as team-pdf\n"
COPY = "  copy     /home/agent/workspace/.agents/skills/"
NOWHERE = "  copy     nowhere in its pods: they hold no copy of it, so nothing there can load it\n"
BY_SOURCE = "overlays.sources[0].skillsPreload"


@pytest.mark.parametrize(
    ("agent", "item", "want"),
    [
        (
            "reviewer",
            "skills/pdf",
            f"{HAS}  why      patterns 'pdf', 'p?f' of agents[0].skills\n"
            f"  preload  yes, its text is in the prompt: agents[0].preload, {BY_SOURCE}\n{COPY}team-pdf\n",
        ),
        (
            "reviewer",
            "skills/code-review",
            "skills/code-review: reviewer has it, as team-code-review\n"
            f"  why      pattern 'code-*' of agents[0].skills\n  preload  no\n{COPY}team-code-review\n",
        ),
        (
            "reviewer",
            "skills/web",
            "skills/web: reviewer does not have it\n  why      no pattern matches it: agents[0].skills: 'code-*', "
            f"'pdf', 'p?f', 'ads-bd'\n{NOWHERE}",
        ),
        (
            "reviewer",
            "tools/jira",
            f"tools/jira: reviewer does not have it\n  why      agents[0].tools is []\n{NOWHERE}",
        ),
        (
            "reviewer",
            "workflows/triage",
            "workflows/triage: reviewer has it\n  why      there is no agents[0].workflows: it has all\n",
        ),
        (
            "all",
            "skills/pdf",
            "skills/pdf: all has it\n  why      there is no agents[1].skills: it has all\n"
            f"  preload  yes, its text is in the prompt: {BY_SOURCE}\n{COPY}pdf\n",
        ),
        (
            "all",
            "skills/broken",
            f"skills/broken: all does not have it\n  why      nothing is served under the name\n{NOWHERE}",
        ),
        (
            "quiet",
            "prompt/acme/extra",
            f"prompt/acme/extra: quiet does not have it\n  why      agents[2].systemPrompt is false\n{NOWHERE}",
        ),
        (
            "by-persona",
            "skills/code-review",
            "skills/code-review: by-persona has it\n  why      pattern 'code-review' of the persona 'ada'\n"
            f"  preload  no\n{COPY}code-review\n",
        ),
        (
            "by-persona",
            "skills/pdf",
            "skills/pdf: by-persona does not have it\n  why      no pattern matches it: the persona 'ada': "
            f"'code-review'\n{NOWHERE}",
        ),
        (
            "by-none",
            "skills/pdf",
            f"skills/pdf: by-none does not have it\n  why      the persona 'bob' lists none\n{NOWHERE}",
        ),
        (
            "lost",
            "skills/pdf",
            "skills/pdf: lost does not have it\n  why      persona 'carl': no source serves one of that name; "
            f"then it has no skill at all\n{NOWHERE}",
        ),
        (
            "long",
            f"skills/{LONG}",
            f"skills/{LONG}: long does not have it\n  why      it would be delivered as 'team-{LONG}': "
            f"65 characters, 64 is the most\n{NOWHERE}",
        ),
    ],
)
def test_one_item(listed: List, agent: str, item: str, want: str) -> None:
    ran = explain(listed, agent, item)
    story = listed.explain(item)
    assert ran.stdout.decode() == f"{want}\n{story.stdout.decode()}"
    assert (ran.code, ran.stderr) == (0, story.stderr)


def test_a_source_that_has_no_copy_preloads_nothing(listed: List) -> None:
    listed.has("acme/none")
    more = '{"repo":"acme/none","skillsPreload":["pdf"]}'
    ran = explain(listed, "all", "skills/pdf", "--set-json", f"overlays.sources[2]={more}")
    assert ran.stdout.decode().splitlines()[2] == f"  preload  yes, its text is in the prompt: {BY_SOURCE}"


def test_the_name_of_the_copy_will_do(listed: List) -> None:
    assert explain(listed, "reviewer", "skills/team-pdf") == explain(listed, "reviewer", "skills/pdf")
    assert explain(listed, "all", "skills/team-pdf").code == 1


def test_an_agent_whose_persona_cannot_be_used_is_told_of(listed: List) -> None:
    lines = explain(listed, "lost").stdout.decode().splitlines()
    assert lines[-1] == "persona 'carl': no source serves one of that name"
    assert "skills            0 of 4    the persona 'carl' cannot be used" in lines


def test_a_copy_without_a_legal_name_is_told_of(listed: List) -> None:
    assert explain(listed, "long").stdout.decode().splitlines()[-1] == (
        f"skills/{LONG}: it would be delivered as 'team-{LONG}': 65 characters, 64 is the most"
    )


def test_the_json(listed: List) -> None:
    document = json.loads(explain(listed, "reviewer", "--output", "json").stdout)
    jsonschema.Draft7Validator(json.loads(schema_text("explain"))).validate(document)
    digest = document["agent"].pop("digest")
    assert document["agent"] == {"name": "reviewer", "skillsFrom": "agent", "unmatched": {"skills": ["ads-bd"]}}
    assert digest.startswith("sha256:")
    told = {f"{one['surface']}/{one['name']}": one["agent"] for one in document["items"]}
    assert told["skills/pdf"] == {
        "has": True,
        "deliveredAs": "team-pdf",
        "patterns": ["pdf", "p?f"],
        "why": "patterns 'pdf', 'p?f' of agents[0].skills",
        "preloadedBy": ["agents[0].preload", BY_SOURCE],
        "place": "/home/agent/workspace/.agents/skills/team-pdf",
    }
    assert told["tools/jira"] == {
        "has": False,
        "deliveredAs": None,
        "patterns": [],
        "why": "agents[0].tools is []",
        "preloadedBy": [],
        "place": None,
    }
    plain = json.loads(listed.explain("--output", "json").stdout)
    assert [{**one, "agent": None} for one in plain["items"]] == [{**one, "agent": None} for one in document["items"]]


@pytest.mark.parametrize("agent", [one["name"] for one in AGENTS])
def test_the_json_of_every_agent_has_the_shape(listed: List, agent: str) -> None:
    for item in ((), ("skills/pdf",)):
        document = json.loads(explain(listed, agent, "--output", "json", *item).stdout)
        jsonschema.Draft7Validator(json.loads(schema_text("explain"))).validate(document)


def test_there_is_no_such_agent(listed: List) -> None:
    ran = explain(listed, "reviwer")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "--agent: error OVL619: there is no agent 'reviwer'" in ran.told
    assert "hint: did you mean 'reviewer'?" in ran.told


def test_without_a_pod_template_no_place_is_named(listed: List) -> None:
    ran = explain(listed, "all", "--set", "repoCache.enabled=false", "skills/pdf")
    assert "copy" not in ran.stdout.decode().split("\n\n")[0]


def test_a_persona_without_a_list_is_named(listed: List) -> None:
    listed.has("acme/extra", {"personas/eve.md": "---\nname: eve\n---\nYou are Eve.\n"})
    ran = explain(listed, "by-silence", "skills/pdf")
    why = "there is no agents[7].skills, and the persona 'eve' has no list: it has all"
    assert ran.stdout.decode().startswith(f"skills/pdf: by-silence has it\n  why      {why}\n")
    assert f"    {why}\n" in explain(listed, "by-silence").stdout.decode()


def test_an_item_that_is_a_link_to_what_the_agent_does_not_get(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base")
    agents = [{"name": "one", "tools": ["git-*"], "systemPrompt": False}, {"name": "all"}]
    (tmp_path / "values.yaml").write_text(
        json.dumps({**PLAIN, "overlays": {"sources": listed.sources}, "agents": agents})
    )
    listed.has("acme/base", tool("sec"), tool("git-log"))
    (tmp_path / "checkouts/acme/base/tools/git-alias").symlink_to("sec")
    found = {
        agent: json.loads(explain(listed, agent, "--output", "json", "tools/git-alias").stdout)["items"][0]["agent"]
        for agent in ("one", "all")
    }
    why = "it is a link to what the agent does not get"
    assert (found["one"]["has"], found["one"]["patterns"], found["one"]["why"]) == (False, ["git-*"], why)
    assert found["all"]["has"] is True
    assert why in explain(listed, "one", "tools/git-alias").stdout.decode()
