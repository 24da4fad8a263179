"""What an agent must not have while nobody knows yet what it may have: the skills that a persona would grant."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.support.installs import skill, stamps
from tests.support.shares import Shares

SKILLS = {f".agents/skills/{name}/SKILL.md": skill(name) for name in ("pdf", "secret")}
PERSONA = "persona 'p': the set lacks acme/team, which may have another one; it gets no skill"
REASON = "until the set is there, nobody knows which skills its persona allows"


@pytest.fixture
def shares(tmp_path: pathlib.Path) -> Shares:
    found = Shares(tmp_path)
    found.source(
        "acme/base",
        {
            **SKILLS,
            ".agents/skills/lib.md": "x",
            "tools/lib.py": "x",
            "personas/p.md": '---\nskills: ["*"]\n---\n',
            "personas/q.md": '---\nskills: ["*"]\n---\n',
            "PROMPT.md": "Be kind.",
        },
    )
    found.source("acme/team", {"personas/p.md": "---\nskills: [pdf]\n---\n"})
    return found


def wait_as(shares: Shares, agent: dict[str, object]) -> None:
    """Run for an agent before its set is there."""
    shares.agents = [agent]
    shares.publish(current=False)
    assert shares.install("--agent", str(agent["name"])) == 1


@pytest.mark.parametrize("fresh", [False, True])
def test_a_persona_that_a_lacking_source_may_replace_grants_no_skill(shares: Shares, fresh: bool) -> None:
    shares.agents = [{"name": "a", "persona": "p"}]
    shares.publish()
    if not fresh:
        assert shares.install("--agent", "a") == 0
        assert shares.skills() == ["pdf"]
    shares.agents = [{"name": "a", "persona": "p", "tools": []}]
    shares.publish(lacking=["acme/team"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.skills() == []
    assert PERSONA in shares.reasons()


@pytest.mark.parametrize(
    "agent",
    [
        {"name": "a", "persona": "p", "skills": ["pdf", "secret"]},
        {"name": "a"},
    ],
)
def test_a_list_of_its_own_does_not_wait_for_a_persona(shares: Shares, agent: dict[str, object]) -> None:
    shares.agents = [agent]
    shares.publish(lacking=["acme/team"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert {"pdf", "secret"} <= {*shares.skills()}


def test_a_lacking_source_that_is_earlier_or_has_no_personas_does_not_matter(shares: Shares) -> None:
    shares.source("acme/first", SKILLS)
    shares.source("acme/last", SKILLS, personas=None)
    shares.sources = [shares.sources[2], *shares.sources[:2], shares.sources[3]]
    shares.agents = [{"name": "a", "persona": "p"}]
    shares.publish(lacking=["acme/first", "acme/last"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.skills() == ["pdf"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"name": "a"}, {"name": "a", "persona": "p"}),
        ({"name": "a", "skills": ["*"], "persona": "p"}, {"name": "a", "persona": "p"}),
        ({"name": "a", "persona": "q"}, {"name": "a", "persona": "p"}),
        ({"name": "b", "persona": "p"}, {"name": "a", "persona": "p"}),
        ({"name": "b", "skills": ["pdf"]}, {"name": "a", "persona": "p"}),
        (None, {"name": "a", "persona": "p"}),
    ],
)
def test_nobody_has_skills_while_its_persona_is_not_known(
    shares: Shares, before: dict[str, object] | None, now: dict[str, object]
) -> None:
    shares.agents = [] if before is None else [{**before, "preload": ["pdf"]}]
    shares.publish()
    assert shares.install(*(() if before is None else ("--agent", str(before["name"])))) == 0
    assert "pdf" in shares.skills()
    wait_as(shares, {**now, "preload": ["pdf"]})
    assert shares.names() == [
        ".claude/skills",
        *([] if before else ["SYSTEM_PROMPT.md"]),
        "personas/p.md",
        "personas/q.md",
        "tools/lib.py",
    ]
    assert shares.named("skills-withdrawn") == [{"agent": "a", "persona": "p", "reason": REASON}]
    record = shares.record()
    assert (record["agent"], record["persona"], record["complete"]) == ("a", "p", False)
    there = stamps(shares.dest)
    assert shares.install("--agent", "a") == 1
    assert (stamps(shares.dest), shares.named("skills-withdrawn")) == (there, [])
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert (shares.skills(), shares.record()["persona"], shares.record()["complete"]) == (["pdf"], "p", True)


def test_the_skills_of_the_same_persona_stay(shares: Shares) -> None:
    shares.agents = [{"name": "a", "persona": "p", "preload": ["pdf"]}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    there = shares.tree()
    wait_as(shares, {"name": "a", "persona": "p", "preload": ["pdf"], "workflows": []})
    assert shares.tree() == there
    assert shares.named("skills-withdrawn") == []


def test_what_a_killed_run_has_put_in_place_may_be_of_another_list(shares: Shares) -> None:
    shares.agents = [{"name": "a", "persona": "p"}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    record = (shares.dest / "installed.json").read_bytes()
    shares.agents = [{"name": "a"}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    folder = shares.dest / ".tmp" / "overlays-install"
    folder.mkdir(parents=True)
    places = (".agents/skills/secret", ".agents/skills/lib.md")
    (folder / "journal").write_text("".join(f'["item", "{place}"]\n' for place in places))
    (shares.dest / "installed.json").write_bytes(record)
    wait_as(shares, {"name": "a", "persona": "p"})
    assert shares.skills() == []


def test_the_record_says_for_whom_the_directory_was_cut_down(shares: Shares) -> None:
    shares.agents = [{"name": "a", "preload": ["pdf"]}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    wait_as(shares, {"name": "b", "skills": ["pdf"]})
    record = shares.record()
    assert (record["agent"], record["persona"], record["complete"]) == ("b", None, False)
    assert shares.skills() == ["pdf"]
    parts = [
        (one["kind"], one["name"], one["preload"]) for one in record["items"] if one["kind"] in ("skills", "prompt")
    ]
    assert parts == [("skills", "pdf", True), ("prompt", "acme/base", False), ("prompt", "pdf", True)]
    wait_as(shares, {"name": "b", "skills": ["pdf"], "systemPrompt": False})
    assert [one["preload"] for one in shares.record()["items"] if one["kind"] == "skills"] == [False]


def test_a_record_without_the_persona_counts_as_another_one(shares: Shares) -> None:
    shares.agents = [{"name": "a", "persona": "p"}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    record = shares.record()
    del record["persona"]
    (shares.dest / "installed.json").write_text(json.dumps(record))
    wait_as(shares, {"name": "a", "persona": "p", "tools": []})
    assert shares.skills() == []


def test_a_broken_persona_is_no_error_for_who_has_a_list(shares: Shares) -> None:
    shares.agents = [{"name": "a", "persona": "nobody", "skills": ["pdf"]}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert (shares.skills(), shares.reasons(), shares.record()["skipped"]) == (["pdf"], [], [])
    why = "persona 'nobody': no source serves one of that name"
    assert shares.named("persona-without-effect") == [{"agent": "a", "reason": why}]
    assert shares.record()["persona"] is None
