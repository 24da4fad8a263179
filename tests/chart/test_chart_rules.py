"""The contract's rules about repetition, refs, visibility, URLs, personas, prompts and migration."""

from __future__ import annotations

import copy
import json
import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, Object, Rendered, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
HP: Final = "/var/lib/centaur/repos"
SB: Final = "/home/agent/github"


def sources(*entries: dict[str, Any], **repo_cache: Any) -> dict[str, Any]:
    return {"overlays": {"sources": list(entries)}, "repoCache": repo_cache}


def manifest(rendered: Rendered) -> Object:
    found: Object = json.loads(rendered.config("-manifest")["overlay-manifest.json"])
    return found


@BOTH
def test_a_repeated_path_stands_once_at_its_last_place(helm: pathlib.Path) -> None:
    rendered = render(
        helm,
        sources({"repo": "a/b", "workflowsSubdir": "w"}, {"repo": "c/d"}, {"repo": "a/b", "skillsSubdir": "s"}),
    )
    env = rendered.env("api-rs")
    assert env["TOOL_DIRS"] == f"{HP}/c/d/tools:{HP}/a/b/tools"
    assert env["WORKFLOW_DIRS"] == f"{HP}/a/b/w:{HP}/c/d/workflows:{HP}/a/b/workflows"
    assert env["KUBERNETES_TOOLS_REPO"] == "c/d"
    assert env["KUBERNETES_TOOLS_EXTRA_SOURCES"] == '[{"repo":"a/b","subdir":"tools"}]'
    assert rendered.sandbox() == [("CENTAUR_SKILL_DIRS", f"{SB}/a/b/.agents/skills:{SB}/c/d/.agents/skills:{SB}/a/b/s")]
    assert [source["repo"] for source in manifest(rendered)["sources"]] == ["a/b", "c/d", "a/b"]
    assert rendered.env("repo-cache")["REPOSITORIES"] == "a/b c/d"


@BOTH
def test_two_subdirs_of_one_repository_are_two_tool_sources(helm: pathlib.Path) -> None:
    env = render(helm, sources({"repo": "a/b", "ref": "x"}, {"repo": "a/b", "ref": "x", "toolsSubdir": "t"})).env(
        "api-rs"
    )
    assert env["TOOL_DIRS"] == f"{HP}/a/b/tools:{HP}/a/b/t"
    assert env["KUBERNETES_TOOLS_EXTRA_SOURCES"] == '[{"ref":"x","repo":"a/b","subdir":"t"}]'
    assert env["WORKFLOW_DIRS"] == f"{HP}/a/b/workflows"


@BOTH
def test_pin_beats_entry_beats_source(helm: pathlib.Path) -> None:
    rendered = render(
        helm,
        sources(
            *({"repo": f"a/{name}", "ref": "source"} for name in ("pin", "unpinned", "entry", "empty", "source")),
            {"repo": "a/none"},
            repositories=[
                "a/source",
                {"repo": "a/pin", "ref": "entry"},
                {"repo": "a/entry", "ref": "entry"},
                {"repo": "a/empty"},
                {"repo": "z/z", "ref": "entry"},
            ],
            repositoryRefs={"a/unpinned": "", "a/pin": "pin", "Z/gone": "pin"},
        ),
    )
    assert rendered.env("repo-cache")["REPOSITORY_REFS"] == (
        "Z/gone=pin a/pin=pin a/unpinned= a/entry=entry z/z=entry a/empty=source a/source=source"
    )
    effective = {item["repo"]: item.get("ref") for item in manifest(rendered)["repositories"]}
    assert [*effective.items()] == [
        ("a/source", "source"),
        ("a/pin", "pin"),
        ("a/entry", "entry"),
        ("a/empty", "source"),
        ("z/z", "entry"),
        ("a/unpinned", None),
        ("a/none", None),
    ]
    assert {item["repo"]: item.get("ref") for item in manifest(rendered)["sources"]}.items() <= effective.items()
    declared = json.loads(rendered.env("api-rs")["KUBERNETES_TOOLS_EXTRA_SOURCES"])
    assert {item.get("ref") for item in declared} == {"source", None}
    assert rendered.env("api-rs")["KUBERNETES_TOOLS_REF"] == "source"


@BOTH
def test_private_wins_and_nothing_stated_renders_nothing(helm: pathlib.Path) -> None:
    silent = render(helm, sources({"repo": "a/b"}, {"repo": "c/d"}))
    text = json.dumps([*silent.env("api-rs").items(), *silent.env("repo-cache").items()])
    assert "VISIBILIT" not in text
    assert "PUBLIC" not in text
    assert "visibility" not in text
    assert {item["visibility"] for item in manifest(silent)["repositories"]} == {"private"}
    rendered = render(
        helm,
        sources(
            {"repo": "a/silent"},
            {"repo": "a/open", "visibility": "public"},
            {"repo": "a/both", "visibility": "public"},
            {"repo": "a/entry", "skillsSubdir": ""},
            repositories=[{"repo": "a/both", "visibility": "private"}, {"repo": "a/entry", "visibility": "public"}],
        ),
    )
    assert rendered.env("repo-cache")["REPOSITORY_VISIBILITIES"] == (
        "a/both=private a/entry=public a/silent=private a/open=public"
    )
    env = rendered.env("api-rs")
    assert env["KUBERNETES_TOOLS_VISIBILITY"] == "private"
    assert env["KUBERNETES_TOOLS_EXTRA_SOURCES"] == (
        '[{"repo":"a/open","subdir":"tools","visibility":"public"},'
        '{"repo":"a/both","subdir":"tools","visibility":"private"},'
        '{"repo":"a/entry","subdir":"tools","visibility":"public"}]'
    )
    assert env["KUBERNETES_PUBLIC_TOOL_DIRS"] == f"{HP}/a/open/tools:{HP}/a/entry/tools"
    assert rendered.sandbox()[1] == ("CENTAUR_PUBLIC_SKILL_DIRS", f"{SB}/a/open/.agents/skills")
    stated = {item["repo"]: item.get("visibility") for item in manifest(rendered)["sources"]}
    assert stated == {"a/silent": None, "a/open": "public", "a/both": "private", "a/entry": "public"}


@BOTH
def test_one_clone_url_counts_for_all_entries(helm: pathlib.Path) -> None:
    url = "https://git.example.com/~x/a%20b.git"
    listed = sources({"repo": "z/z", "cloneUrl": "http://h.example"}, {"repo": "a/b"}, {"repo": "a/b", "cloneUrl": url})
    rendered = render(helm, listed)
    assert rendered.env("repo-cache")["REPOSITORY_CLONE_URLS"] == f'{{"a/b":"{url}","z/z":"http://h.example"}}'
    assert [item.get("cloneUrl") for item in manifest(rendered)["sources"]] == ["http://h.example", url, url]
    assert "REPOSITORY_CLONE_URLS" not in render(helm, sources({"repo": "a/b"})).env("repo-cache")


@BOTH
def test_personas_and_prompts_are_delivered(helm: pathlib.Path) -> None:
    listed = sources(
        {"repo": "a/b", "personasSubdir": "p", "promptPath": "docs/A.md", "skillsSubdir": ""},
        {"repo": "c/d", "personasSubdir": "q", "skillsSubdir": "", "promptPath": ""},
    )
    assert render(helm, listed).sandbox() == [
        ("CENTAUR_PERSONA_DIRS", f"{SB}/a/b/p:{SB}/c/d/q"),
        ("CENTAUR_PROMPT_PATHS", f"{SB}/a/b/docs/A.md"),
    ]
    listed["repoCache"] = {"enabled": False}
    assert render(helm, listed).sandbox() == []


@BOTH
def test_no_workflows_means_the_baked_ones(helm: pathlib.Path) -> None:
    env = render(helm, sources({"repo": "a/b", "workflowsSubdir": ""})).env("api-rs")
    assert (env["WORKFLOW_DIRS"], env["KUBERNETES_WORKFLOW_DIRS"]) == ("/app/workflows", "/opt/centaur/workflows")


@BOTH
def test_no_tools_means_no_tool_variables(helm: pathlib.Path) -> None:
    env = render(helm, sources({"repo": "a/b", "toolsSubdir": ""})).env("api-rs")
    assert env["TOOL_DIRS"] == "/app/tools"
    assert [name for name in env if name.startswith("KUBERNETES_TOOLS_")] == []


@BOTH
def test_the_claim_is_named_where_the_cache_is_on(helm: pathlib.Path) -> None:
    storage = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"existingClaim": "shared"}}
    values: dict[str, Any] = {"repoCache": {"storage": storage}, "sandbox": {"reposPath": "/else"}}
    env = render(helm, values).env("api-rs")
    assert (env["REPOS_PATH"], env["REPOS_PVC"]) == ("/else", "shared")
    values["repoCache"]["enabled"] = False
    env = render(helm, values).env("api-rs")
    assert env["REPOS_PATH"] == "/else"
    assert "REPOS_PVC" not in env


COMPAT: Final[dict[str, Any]] = {
    "toolServer": {
        "repo": "a/base",
        "ref": "v1",
        "subdir": "t",
        "visibility": "public",
        "cloneUrl": "https://git.example.com/base",
        "extraSources": [
            {"repo": "a/one", "ref": "dev", "subdir": "", "workflowsSubdir": "w", "skillsSubdir": "s"},
            {"repo": "a/two", "visibility": "private", "cloneUrl": "https://git.example.com/two"},
        ],
    }
}
EXPLICIT: Final = sources(
    {
        "repo": "a/base",
        "ref": "v1",
        "toolsSubdir": "t",
        "visibility": "public",
        "cloneUrl": "https://git.example.com/base",
    },
    {"repo": "a/off", "enabled": False, "ref": "x", "visibility": "public"},
    {"repo": "a/one", "ref": "dev", "workflowsSubdir": "w", "skillsSubdir": "s"},
    {"repo": "a/two", "visibility": "private", "cloneUrl": "https://git.example.com/two"},
)


@BOTH
def test_migrating_and_disabling_change_no_object(helm: pathlib.Path) -> None:
    compat = render(helm, COMPAT).objects
    assert render(helm, EXPLICIT).objects == compat
    deleted = copy.deepcopy(EXPLICIT)
    del deleted["overlays"]["sources"][1]
    assert render(helm, deleted).objects == compat


@BOTH
def test_the_tool_server_does_nothing_next_to_a_list(helm: pathlib.Path) -> None:
    listed = sources({"repo": "a/b"})
    both = {**listed, "toolServer": {"enabled": False, "repo": "c/d", "ref": "x", "visibility": "public", "port": 1}}
    assert render(helm, both).objects == render(helm, listed).objects
