"""Merged delivery: every variable names the one directory of the winners, and nothing else changes."""

from __future__ import annotations

import copy
import json
import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, Object, Rendered, refuse, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
HP: Final = "/var/lib/centaur/repos"
SB: Final = "/home/agent/github"
START: Final = [
    *("python3", "-B", "-m", "overlays_node", "check"),
    *("--manifest", "/overlays/manifest/overlay-manifest.json", "--root", HP),
]
EVERYTHING: Final[list[dict[str, Any]]] = [
    {"repo": "acme/one", "ref": "v1", "visibility": "public"},
    {"repo": "acme/two", "toolsSubdir": "packages/tools", "personasSubdir": "personas", "promptPath": "prompts/a.md"},
]


def merged(*sources: dict[str, Any], **repo_cache: Any) -> dict[str, Any]:
    """Values with merged delivery of these sources."""
    return {"overlays": {"delivery": "merged", "sources": list(sources)}, "repoCache": repo_cache}


def separate(values: dict[str, Any]) -> dict[str, Any]:
    """The same values with separate delivery."""
    return {**values, "overlays": {**values["overlays"], "delivery": "separate"}}


def lists(rendered: Rendered) -> dict[str, str]:
    """What of the API's variables says where things are, the array of the sandboxes unpacked."""
    env = dict(rendered.env("api-rs"))
    for name in ("REPOS_PATH", "OVERLAYS_DIGEST", "SESSION_SANDBOX_EXTRA_ENV"):
        env.pop(name, None)
    kept = {name: value for name, value in env.items() if "RUNNER" not in name and "REPO_CACHE" not in name}
    return {**kept, **dict(rendered.sandbox())}


TOOLS: Final = {"KUBERNETES_TOOLS_REPO": "overlays/merged", "KUBERNETES_TOOLS_SUBDIR": "tools"}
DEFAULT: Final = {
    "TOOL_DIRS": f"{HP}/overlays/merged/tools",
    "WORKFLOW_DIRS": f"{HP}/overlays/merged/workflows",
    "KUBERNETES_WORKFLOW_DIRS": f"{SB}/overlays/merged/workflows",
    **TOOLS,
    "CENTAUR_SKILL_DIRS": f"{SB}/overlays/merged/skills",
}
NO_TOOLS: Final = {"toolsSubdir": "", "workflowsSubdir": "", "skillsSubdir": ""}
PUBLIC: Final = {"visibility": "public"}
BAKED: Final = {"TOOL_DIRS": "/app/tools", "WORKFLOW_DIRS": "/app/workflows"}

# name -> (values, variables)
LISTS: Final[dict[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "compat": ({"overlays": {"delivery": "merged"}}, DEFAULT),
    "everything": (
        merged(*EVERYTHING),
        {
            **DEFAULT,
            "KUBERNETES_TOOLS_VISIBILITY": "private",
            "KUBERNETES_PUBLIC_TOOL_DIRS": f"{HP}/overlays/merged-public/tools",
            "CENTAUR_PUBLIC_SKILL_DIRS": f"{SB}/overlays/merged-public/skills",
            "CENTAUR_PERSONA_DIRS": f"{SB}/overlays/merged/personas",
            "CENTAUR_PROMPT_PATHS": f"{SB}/overlays/merged/SYSTEM_PROMPT.md",
        },
    ),
    "surfaces that no source has": (
        merged({"repo": "acme/one", **NO_TOOLS, "promptPath": "p.md"}),
        {
            **BAKED,
            "KUBERNETES_WORKFLOW_DIRS": "/opt/centaur/workflows",
            "CENTAUR_PROMPT_PATHS": f"{SB}/overlays/merged/SYSTEM_PROMPT.md",
        },
    ),
    "a public source without what another has": (
        merged({"repo": "acme/one", **NO_TOOLS, **PUBLIC}, {"repo": "acme/two"}),
        {**DEFAULT, "KUBERNETES_TOOLS_VISIBILITY": "private"},
    ),
    "all public, one of them as a further repository": (
        merged({"repo": "a/b", **PUBLIC}, {"repo": "c/d"}, repositories=[{"repo": "c/d", **PUBLIC}]),
        {
            **DEFAULT,
            "KUBERNETES_TOOLS_VISIBILITY": "public",
            "KUBERNETES_PUBLIC_TOOL_DIRS": f"{HP}/overlays/merged-public/tools",
            "CENTAUR_PUBLIC_SKILL_DIRS": f"{SB}/overlays/merged-public/skills",
        },
    ),
    "a visibility of no source": (
        merged({"repo": "a/b"}, repositories=[{"repo": "c/d", **PUBLIC}]),
        {**DEFAULT, "KUBERNETES_TOOLS_VISIBILITY": "private"},
    ),
    "no source": (merged({"repo": "a/b", "enabled": False}), BAKED),
}


@BOTH
@pytest.mark.parametrize("name", LISTS)
def test_variables(helm: pathlib.Path, name: str) -> None:
    values, expected = LISTS[name]
    assert lists(render(helm, values)) == expected


@BOTH
def test_the_path_of_the_cache_is_the_users(helm: pathlib.Path) -> None:
    env = render(helm, merged(*EVERYTHING, hostPath="/srv/x")).env("api-rs")
    assert env["TOOL_DIRS"] == "/srv/x/overlays/merged/tools"
    assert env["KUBERNETES_PUBLIC_TOOL_DIRS"] == "/srv/x/overlays/merged-public/tools"
    assert env["KUBERNETES_TOOLS_REPO_CACHE_PATH"] == "/srv/x"


@BOTH
def test_without_a_cache_all_is_as_with_separate(helm: pathlib.Path) -> None:
    values = merged(*EVERYTHING, enabled=False)
    assert render(helm, values).objects == render(helm, separate(values)).objects


def without(rendered: Rendered, *keys: tuple[str, str]) -> dict[tuple[str, str], Object]:
    return {key: item for key, item in rendered.objects.items() if key not in keys}


@BOTH
def test_it_changes_the_variables_the_manifest_and_the_test_and_nothing_else(helm: pathlib.Path) -> None:
    values = merged(*EVERYTHING)
    one, other = render(helm, values), render(helm, separate(values))
    changed = (
        ("ConfigMap", "agent-overlays-env"),
        ("ConfigMap", "agent-overlays-manifest"),
        ("Deployment", "agent-overlays-api-rs"),
        ("Pod", "agent-overlays-test"),
    )
    assert without(one, *changed) == without(other, *changed)
    api = [copy.deepcopy(rendered.objects["Deployment", "agent-overlays-api-rs"]) for rendered in (one, other)]
    for item in api:
        del item["spec"]["template"]["spec"]["containers"][0]["env"]
    assert api[0] == api[1]
    texts = [rendered.config("-manifest")["overlay-manifest.json"] for rendered in (one, other)]
    assert texts[0] == texts[1].replace("{\n", '{\n  "delivery": "merged",\n', 1)
    assert one.env("api-rs")["OVERLAYS_DIGEST"] == json.loads(texts[1])["digest"]


@BOTH
def test_helm_test_insists_on_the_merged_repositories(helm: pathlib.Path) -> None:
    named = ["acme/two/packages/tools", "acme/two/personas", "acme/two/prompts/a.md"]
    test = render(helm, merged(*EVERYTHING)).container("overlays-test")
    assert test["command"] == [*START, "overlays/merged", "overlays/merged-public", *named]
    test = render(helm, merged({"repo": "a/b"})).container("overlays-test")
    assert test["command"] == [*START, "overlays/merged"]


TAKEN: Final = (
    'has the owner "overlays", and overlays.delivery is merged: the cache keeps the merged directories under that owner'
)


@BOTH
def test_the_owner_overlays_is_taken(helm: pathlib.Path) -> None:
    values = merged(
        {"repo": "overlays/one"},
        {"repo": "overlays/two", "enabled": False},
        {"repo": "Overlays/three"},
        {"repo": "overlays/merged"},
        repositories=["overlays/four", {"repo": "overlays/five", "ref": "v1"}, "acme/overlays"],
    )
    lines = [line for line in refuse(helm, values).splitlines() if TAKEN in line]
    assert [line.rpartition("): ")[2] for line in lines] == [
        f"repoCache.repositories[0]: overlays/four {TAKEN}",
        f"repoCache.repositories[1].repo: overlays/five {TAKEN}",
        f"overlays.sources[0].repo: overlays/one {TAKEN}",
        f"overlays.sources[3].repo: overlays/merged {TAKEN}",
    ]
    assert render(helm, separate(values)).env("api-rs")["KUBERNETES_TOOLS_REPO"] == "overlays/one"


@BOTH
def test_the_owner_overlays_is_taken_in_compat_mode_and_without_a_cache(helm: pathlib.Path) -> None:
    values = {
        "overlays": {"delivery": "merged"},
        "toolServer": {"repo": "overlays/x", "extraSources": [{"repo": "a/b"}, {"repo": "overlays/y"}]},
        "repoCache": {"enabled": False},
    }
    message = refuse(helm, values)
    assert f"toolServer.repo: overlays/x {TAKEN}" in message
    assert f"toolServer.extraSources[1].repo: overlays/y {TAKEN}" in message
    assert "extraSources[0]" not in message
