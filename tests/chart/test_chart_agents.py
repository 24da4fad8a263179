"""The pod templates of agents: one for each, with its own digest, and no way to the cache."""

from __future__ import annotations

import copy
import hashlib
import json
import pathlib
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.support.helm import HELMS, Object, Rendered, refuse, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
NAME: Final = "agent-overlays"
W: Final = "/home/agent/workspace"
SOURCES: Final[list[Object]] = [
    {"repo": "acme/base", "promptPath": "p.md", "personasSubdir": "personas", "skillsPreload": ["house-style"]},
    {"repo": "acme/skills", "ref": "v2", "toolsSubdir": "", "workflowsSubdir": ""},
]
LISTED: Final[list[Object]] = [
    {
        "repo": "acme/base",
        "tools": "tools",
        "workflows": "workflows",
        "skills": ".agents/skills",
        "personas": "personas",
        "prompt": "p.md",
        "skillsPreload": ["house-style"],
    },
    {"repo": "acme/skills", "ref": "v2", "skills": ".agents/skills"},
]
"""The sources as the manifest has them."""


def values(*agents: Object, **more: Any) -> Object:
    return {"overlays": {"sources": SOURCES}, "agents": list(agents), **more}


def digests(rendered: Rendered) -> dict[str, str]:
    """Agent to the digest on its pod template."""
    found = {item["metadata"]["name"]: item["template"]["metadata"] for item in rendered.of_kind("PodTemplate")}
    return {
        name.removeprefix(f"{NAME}-agent-"): metadata["annotations"]["agent-overlays.io/digest"]
        for name, metadata in found.items()
        if name != f"{NAME}-sandbox"
    }


def digest(agent: Object, sources: list[Object]) -> str:
    document = {"agent": agent, "plan": {"schemaVersion": 1, "sources": sources}}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@BOTH
def test_the_template_is_that_of_the_sandbox_for_one_agent_and_without_the_cache(helm: pathlib.Path) -> None:
    hooks = {
        "mountCache": True,
        "follow": True,
        "podLabels": {"team": "agents"},
        "extraVolumes": [{"name": "state", "hostPath": {"path": "/var/lib/state"}}],
        "extraVolumeMounts": [{"name": "state", "mountPath": "/state"}],
    }
    rendered = render(helm, values({"name": "reviewer", "tools": [], "skills": ["code-*"]}, sandbox=hooks))
    wanted = copy.deepcopy(rendered.objects["PodTemplate", f"{NAME}-sandbox"])
    made = rendered.objects["PodTemplate", f"{NAME}-agent-reviewer"]
    kubernetes_validate.validate(made, "1.31", strict=True)
    wanted["metadata"]["name"] = f"{NAME}-agent-reviewer"
    for metadata in (wanted["metadata"], wanted["template"]["metadata"]):
        metadata["labels"]["app.kubernetes.io/component"] = "agent"
        metadata["labels"]["agent-overlays.io/agent"] = "reviewer"
    own = digest({"name": "reviewer", "skills": ["code-*"], "tools": []}, without("tools"))
    wanted["template"]["metadata"]["annotations"]["agent-overlays.io/digest"] = own
    spec = wanted["template"]["spec"]
    for container in spec["initContainers"]:
        at = container["command"].index("none") + 1
        container["command"][at:at] = ["--agent", "reviewer"]
    (agent,) = spec["containers"]
    agent["volumeMounts"] = [one for one in agent["volumeMounts"] if one["name"] != "overlays-cache"]
    agent["env"] = [one for one in agent["env"] if one["name"] != "TOOL_DIRS"]
    assert agent["env"][-1]["name"] == "OVERLAYS_DIGEST"
    agent["env"][-1]["value"] = own
    assert made == wanted


def without(*surfaces: str) -> list[Object]:
    """The sources as the manifest has them, without these keys; without those that serve nothing then."""
    left = [{key: value for key, value in one.items() if key not in surfaces} for one in LISTED]
    return [one for one in left if {"tools", "workflows", "skills", "personas", "prompt"} & one.keys()]


# what an agent is in the values -> what the manifest has of it, and the sources on which its pods depend
AGENTS: Final[dict[str, tuple[Object, Object, list[Object]]]] = {
    "everything": ({"budget": {"tokens": 9}, "mountAs": {}, "preload": [], "systemPrompt": True}, {}, LISTED),
    "no tools": ({"tools": []}, {"tools": []}, without("tools")),
    "no skills": ({"skills": []}, {"skills": []}, without("skills", "skillsPreload")),
    "no prompt": ({"systemPrompt": False}, {"systemPrompt": False}, without("prompt", "skillsPreload")),
    "skills alone": (
        {"tools": [], "workflows": [], "personas": [], "skills": ["<a>&\u2028é", "b"]},
        {"tools": [], "workflows": [], "personas": [], "skills": ["<a>&\u2028é", "b"]},
        without("tools", "workflows", "personas"),
    ),
    "nothing": (
        {"tools": [], "workflows": [], "personas": [], "skills": [], "systemPrompt": False},
        {"tools": [], "workflows": [], "personas": [], "skills": [], "systemPrompt": False},
        [],
    ),
    "named": (
        {"persona": "reviewer", "personas": ["rev*"], "preload": ["pdf"], "mountAs": {"skills": "team"}},
        {"persona": "reviewer", "personas": ["rev*"], "preload": ["pdf"], "mountAs": {"skills": "team"}},
        LISTED,
    ),
}


@BOTH
def test_digest_and_manifest_of_each(helm: pathlib.Path) -> None:
    given = [{"name": f"a{at}", **entry} for at, (entry, _, _) in enumerate(AGENTS.values())]
    rendered = render(helm, values(*given))
    wanted = [{"name": f"a{at}", **entry} for at, (_, entry, _) in enumerate(AGENTS.values())]
    found = {
        entry["name"]: digest(entry, sources) for entry, (_, _, sources) in zip(wanted, AGENTS.values(), strict=True)
    }
    assert digests(rendered) == found
    manifest = json.loads(rendered.objects["ConfigMap", f"{NAME}-manifest"]["data"]["overlay-manifest.json"])
    assert manifest["agents"] == [{**entry, "digest": found[entry["name"]]} for entry in wanted]
    assert manifest["sources"] == LISTED
    alone = render(helm, {}).objects["ConfigMap", f"{NAME}-manifest"]["data"]["overlay-manifest.json"]
    assert "agents" not in json.loads(alone)


TWO: Final = ({"name": "skills", "tools": [], "workflows": [], "personas": [], "systemPrompt": False}, {"name": "all"})
# a change of the values -> the agents of TWO whose digests it changes
UNRELATED: Final[dict[str, tuple[dict[str, Any], set[str]]]] = {
    "a tool source more": (
        {"overlays": {"sources": [*SOURCES, {"repo": "a/b", "skillsSubdir": "", "workflowsSubdir": ""}]}},
        {"all"},
    ),
    "a skill source more": ({"overlays": {"sources": [*SOURCES, {"repo": "a/b"}]}}, {"skills", "all"}),
    "another place of tools": (
        {"overlays": {"sources": [{**SOURCES[0], "toolsSubdir": "t"}, SOURCES[1]]}},
        {"all"},
    ),
    "another ref": ({"overlays": {"sources": [SOURCES[0], {**SOURCES[1], "ref": "v3"}]}}, {"skills", "all"}),
    "another preload of a source": (
        {"overlays": {"sources": [{**SOURCES[0], "skillsPreload": ["x"]}, SOURCES[1]]}},
        {"all"},
    ),
    "a cached repository more": ({"repoCache": {"repositories": ["z/z"]}}, set()),
    "an agent more": ({"agents": [{"name": "other"}, *TWO]}, set()),
    "another budget": ({"agents": [TWO[0], {**TWO[1], "budget": {"tokens": 1}}]}, set()),
    "another list": ({"agents": [{**TWO[0], "skills": ["a"]}, TWO[1]]}, {"skills"}),
}


@BOTH
@pytest.mark.parametrize("name", UNRELATED)
def test_a_change_restarts_the_agents_that_it_concerns(helm: pathlib.Path, name: str) -> None:
    changes, concerned = UNRELATED[name]
    before, after = digests(render(helm, values(*TWO))), digests(render(helm, {**values(*TWO), **changes}))
    assert {one for one in before if before[one] != after[one]} == concerned


@BOTH
def test_what_an_agent_cannot_get_has_no_variable(helm: pathlib.Path) -> None:
    given = values(
        {"name": "nothing", "skills": [], "tools": [], "workflows": [], "personas": [], "systemPrompt": False},
        {"name": "preloads", "tools": [], "workflows": [], "personas": [], "preload": ["pdf"]},
    )
    given["overlays"] = {"sources": [{"repo": "acme/skills"}]}
    rendered = render(helm, given)
    found = {
        item["metadata"]["name"]: {
            one["name"]: one["value"] for one in item["template"]["spec"]["containers"][0]["env"]
        }
        for item in rendered.of_kind("PodTemplate")
    }
    assert [*found[f"{NAME}-agent-nothing"]] == ["OVERLAYS_DIGEST"]
    preloads = found[f"{NAME}-agent-preloads"]
    assert preloads.pop("OVERLAYS_DIGEST").startswith("sha256:")
    assert preloads == {
        "CENTAUR_SKILL_DIRS": f"{W}/.agents/skills",
        "CENTAUR_PROMPT_PATHS": f"{W}/SYSTEM_PROMPT.md",
    }


@BOTH
def test_they_are_there_with_the_cache(helm: pathlib.Path) -> None:
    rendered = render(helm, {**values({"name": "a"}), "repoCache": {"enabled": False}})
    assert rendered.of_kind("PodTemplate") == []


LONG: Final = "n" * 63


@BOTH
def test_a_name_is_never_cut(helm: pathlib.Path) -> None:
    rendered = render(helm, values({"name": LONG}), release="r" * 53)
    made = rendered.objects["PodTemplate", f"{'r' * 52}-agent-{LONG}"]
    assert made["template"]["metadata"]["labels"]["agent-overlays.io/agent"] == LONG
    kubernetes_validate.validate(made, "1.31", strict=True)


# values besides the sources -> what both Helms say
REFUSED: Final[dict[str, tuple[Object, str]]] = {
    "too long": ({"agents": [{"name": "n" * 64}]}, "at '/agents/0/name'"),
    "no label": ({"agents": [{"name": "a.b"}]}, "at '/agents/0/name'"),
    "ends in a hyphen": ({"agents": [{"name": "a-"}]}, "at '/agents/0/name'"),
    "no name": ({"agents": [{"skills": []}]}, "missing property 'name'"),
    "misspelt": ({"agents": [{"name": "a", "skils": []}]}, "additional properties 'skils' not allowed"),
    "misspelt within": ({"agents": [{"name": "a", "mountAs": {"skill": "x"}}]}, "additional properties 'skill'"),
    "null": ({"agents": [{"name": "a", "skills": None}]}, "at '/agents/0/skills'"),
    "bare string": ({"agents": [{"name": "a", "skills": "pdf"}]}, "at '/agents/0/skills'"),
    "no budget": ({"agents": [{"name": "a", "budget": {}}]}, "at '/agents/0/budget'"),
    "twice": ({"agents": [{"name": "a"}, {"name": "a"}]}, "agents[1].name: the agent a is already at agents[0]"),
    "preload of none": (
        {"agents": [{"name": "a", "skills": [], "preload": ["pdf"]}]},
        'agents[0].preload[0]: "pdf" is not among the agent\'s skills',
    ),
    "preload without prompt": (
        {"agents": [{"name": "a", "preload": ["pdf"], "systemPrompt": False}]},
        "agents[0].preload: preloaded skills are a part of the prompt, and systemPrompt is false",
    ),
    "persona of none": (
        {"agents": [{"name": "a", "persona": "p", "personas": []}]},
        'agents[0].persona: "p" is not among the agent\'s personas',
    ),
    "mounted": (
        {"agents": [{"name": "a"}], "sandbox": {"extraVolumeMounts": [{"name": "overlays-cache", "mountPath": "/c"}]}},
        "sandbox.extraVolumeMounts[0].name: with agents no container of theirs may see the cache",
    ),
    "label": ({"sandbox": {"podLabels": {"agent-overlays.io/agent": "x"}}}, "agent-overlays.io/agent"),
    **{
        f"hostPath {path}": (
            {"agents": [{"name": "a"}], "sandbox": {"extraVolumes": [{"name": "v", "hostPath": {"path": path}}]}},
            'sandbox.extraVolumes[0]: the volume "v" holds the cache',
        )
        for path in (
            "/",
            "/var/lib/centaur",
            "/var//lib/./centaur/repos/",
            "/var/lib/.",
            "/var/lib/x/../centaur",
            "/var/lib/centaur/repos/acme/one",
        )
    },
    "claim": (
        {
            "agents": [{"name": "a"}],
            "repoCache": {
                "storage": {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"existingClaim": "repos"}}
            },
            "sandbox": {"extraVolumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "repos"}}]},
        },
        'sandbox.extraVolumes[0]: the volume "v" holds the cache',
    ),
}


@BOTH
@pytest.mark.parametrize("name", REFUSED)
def test_refused(helm: pathlib.Path, name: str) -> None:
    given, told = REFUSED[name]
    assert told in refuse(helm, given)


@BOTH
@pytest.mark.parametrize("path", ["/var/lib/centaur/repos-2", "/var/lib/centaurs", "/srv"])
def test_other_directories_are_no_business_of_ours(helm: pathlib.Path, path: str) -> None:
    volume = {"name": "v", "hostPath": {"path": path}}
    rendered = render(helm, values({"name": "a"}, sandbox={"extraVolumes": [volume]}))
    spec = rendered.objects["PodTemplate", f"{NAME}-agent-a"]["template"]["spec"]
    assert spec["volumes"][-1] == volume
