"""Agents in the manifest: what is written is what holds, and what cannot be understood grants nothing."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from overlays_node import sets
from overlays_node.agents import Agent
from overlays_node.checks import ManifestError
from overlays_node.config import Manifest, Repository, Source, parse_manifest
from overlays_node.sets import Member, OverlaySet, publish
from overlays_node.store import Resolved
from overlays_node.volume import Volume


def manifest(*agents: Any, **source: Any) -> Manifest:
    document = {
        "schemaVersion": 1,
        "repositories": [],
        "sources": [{"repo": "acme/one", "skills": "s", **source}],
        **({"agents": list(agents)} if agents else {}),
    }
    return parse_manifest(json.dumps(document).encode())


def test_an_agent() -> None:
    entry = {
        "name": "reviewer",
        "digest": "sha256:0",
        "skills": ["code-*", "pdf"],
        "tools": [],
        "workflows": None,
        "persona": "kind",
        "preload": ["pdf"],
        "mountAs": {"skills": "team"},
        "systemPrompt": False,
    }
    assert manifest(entry).agents == (
        Agent(
            "reviewer",
            "sha256:0",
            {"tools": (), "workflows": None, "skills": ("code-*", "pdf"), "personas": None},
            "kind",
            ("pdf",),
            {"skills": "team"},
            False,
        ),
    )


def test_what_is_absent_is_everything() -> None:
    assert manifest({"name": "a"}).agents == (Agent("a"),)
    assert Agent("a").allowed == dict.fromkeys(("tools", "workflows", "skills", "personas"))
    assert Agent("a").system_prompt is True
    assert manifest().agents == ()


def test_their_order_is_that_of_the_manifest() -> None:
    assert [one.name for one in manifest({"name": "b"}, {"name": "a"}).agents] == ["b", "a"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"skils": []}, "agents[0].skils: an agent has no such key"),
        ({"Skills": []}, "agents[0].Skills: an agent has no such key"),
        ({"prompt": []}, "agents[0].prompt: an agent has no such key"),
        ({"skills": "pdf"}, "agents[0].skills: 'pdf' is not a list of texts"),
        ({"skills": {}}, "agents[0].skills: {} is not a list of texts"),
        ({"tools": [1]}, "agents[0].tools: [1] is not a list of texts"),
        ({"workflows": [None]}, "agents[0].workflows: [None] is not a list of texts"),
        ({"personas": False}, "agents[0].personas: False is not a list of texts"),
        ({"preload": "pdf"}, "agents[0].preload: 'pdf' is not a list of texts"),
        ({"persona": []}, "agents[0].persona: [] is not text"),
        ({"digest": 1}, "agents[0].digest: 1 is not text"),
        ({"systemPrompt": "false"}, "agents[0].systemPrompt: 'false' is neither true nor false"),
        ({"systemPrompt": None}, "agents[0].systemPrompt: None is neither true nor false"),
        ({"mountAs": "team"}, "agents[0].mountAs: 'team' is not an object"),
        ({"mountAs": {"tools": "team"}}, "agents[0].mountAs.tools: only skills can be mounted under another name"),
        ({"mountAs": {"skills": "a/b"}}, "agents[0].mountAs.skills: 'a/b' is not a legal name"),
        ({"mountAs": {"skills": "../x"}}, "agents[0].mountAs.skills: '../x' is not a legal name"),
        ({"mountAs": {"skills": ""}}, "agents[0].mountAs.skills: '' is not a legal name"),
        ({"mountAs": {"skills": "a" * 65}}, f"agents[0].mountAs.skills: {'a' * 65!r} is not a legal name"),
        ({"mountAs": {"skills": "a\n"}}, "agents[0].mountAs.skills: 'a\\n' is not a legal name"),
        ({"name": "A"}, "agents[0].name: 'A' is not the name of an agent"),
        ({"name": "a" * 64}, f"agents[0].name: {'a' * 64!r} is not the name of an agent"),
        ({"name": "a-"}, "agents[0].name: 'a-' is not the name of an agent"),
        ({"name": "a\n"}, "agents[0].name: 'a\\n' is not the name of an agent"),
        ({"name": None}, "agents[0].name: None is not the name of an agent"),
    ],
)
def test_what_cannot_be_understood_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest({"name": "a", **changes})
    assert str(caught.value) == reason


@pytest.mark.parametrize("name", ["a", "a-b", "0", "a" * 63])
def test_names_of_agents(name: str) -> None:
    assert manifest({"name": name}).agents[0].name == name


def test_two_agents_of_one_name_are_refused() -> None:
    with pytest.raises(ManifestError, match="agents: 'a' is there twice"):
        manifest({"name": "a"}, {"name": "b"}, {"name": "a"})


@pytest.mark.parametrize("agents", [{}, "a", None, ["a"]])
def test_agents_are_a_list_of_objects(agents: object) -> None:
    document = {"schemaVersion": 1, "repositories": [], "sources": [], "agents": agents}
    with pytest.raises(ManifestError, match="agents"):
        parse_manifest(json.dumps(document).encode())


def test_what_a_source_preloads_is_in_the_manifest_and_in_the_set(tmp_path: pathlib.Path) -> None:
    sources = manifest(skillsPreload=["pdf", "x"]).sources
    assert sources == (Source("acme/one", (("skills", "s"),), ("pdf", "x")),)
    with pytest.raises(ManifestError, match=r"sources\[0\].skillsPreload: 'pdf' is not a list of texts"):
        manifest(skillsPreload="pdf")
    volume = Volume(tmp_path)
    volume.create()
    member = Member(Repository("acme/one", "https://git.example/acme/one.git"), Resolved("1" * 40, "branch"))
    (volume.trees / member.tree).mkdir(parents=True)
    publish(volume, OverlaySet("sha256:0", True, (member,), sources=sources))
    shown = sets.current(volume)
    assert shown is not None
    assert shown.sources == sources
