"""The variables of a plan: what the contract's examples do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from overlays.cli.pipeline import chart_defaults
from overlays.core.env import Environment, environment
from overlays.core.resolve import resolve
from overlays.helm.merge import coalesce


def env_of(user: dict[str, Any], release: str = "agent-overlays") -> Environment:
    resolved = resolve(coalesce(user, chart_defaults()), user, release)
    return environment(resolved.plan)


def sources(*entries: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"overlays": {"sources": list(entries)}, **rest}


def test_a_directory_that_would_stand_twice_stands_at_its_last_place() -> None:
    env = env_of(sources({"repo": "a/a"}, {"repo": "b/b"}, {"repo": "a/a", "workflowsSubdir": "flows"})).api
    root = "/var/lib/centaur/repos"
    assert env["TOOL_DIRS"] == f"{root}/b/b/tools:{root}/a/a/tools"
    assert env["WORKFLOW_DIRS"] == f"{root}/a/a/workflows:{root}/b/b/workflows:{root}/a/a/flows"
    assert env["KUBERNETES_TOOLS_REPO"] == "b/b"
    assert json.loads(env["KUBERNETES_TOOLS_EXTRA_SOURCES"]) == [{"repo": "a/a", "subdir": "tools"}]


def test_without_workflows_sandboxes_get_their_baked_directory() -> None:
    env = env_of(sources({"repo": "a/a", "workflowsSubdir": ""})).api
    assert env["KUBERNETES_WORKFLOW_DIRS"] == "/opt/centaur/workflows"
    assert env["WORKFLOW_DIRS"] == "/app/workflows"


def test_private_wins_and_public_parts_are_named() -> None:
    env = env_of(
        sources(
            {"repo": "a/a", "visibility": "public"},
            {"repo": "b/b"},
            {"repo": "c/c", "visibility": "public"},
            repoCache={"repositories": [{"repo": "c/c", "visibility": "private"}]},
        )
    )
    assert env.repo_cache["REPOSITORY_VISIBILITIES"] == "c/c=private a/a=public b/b=private"
    assert env.api["KUBERNETES_PUBLIC_TOOL_DIRS"] == "/var/lib/centaur/repos/a/a/tools"
    assert env.api["KUBERNETES_TOOLS_VISIBILITY"] == "public"
    assert env.sandbox["CENTAUR_PUBLIC_SKILL_DIRS"] == "/home/agent/github/a/a/.agents/skills"


def test_refs_stand_in_the_order_pins_entries_sources() -> None:
    env = env_of(
        sources(
            {"repo": "s/one", "ref": "x"},
            {"repo": "l/string", "ref": "from-source"},
            {"repo": "p/blocked", "ref": "lost"},
            repoCache={
                "repositories": ["l/string", {"repo": "l/object", "ref": "o"}],
                "repositoryRefs": {"p/blocked": "", "Z/z": "pin"},
            },
        )
    )
    assert env.repo_cache["REPOSITORIES"] == "l/string l/object s/one p/blocked"
    assert env.repo_cache["REPOSITORY_REFS"] == "Z/z=pin p/blocked= l/object=o s/one=x l/string=from-source"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1000000.0, "1000000"), (1.5, "1.5"), (-0.0, "-0"), (0.0, "0"), (1e-7, "1e-07"), (1234567.5, "1.2345675e+06")],
)
def test_numbers_become_the_text_that_helm_prints(value: float, text: str) -> None:
    assert env_of({"sandbox": {"extraEnv": {"N": value}}}).sandbox["N"] == text


def test_the_users_array_is_merged_by_name() -> None:
    array = '[{"name":"NEW","value":"1"},{"name":"CENTAUR_SKILL_DIRS","value":"/x"},{"name":"A","value":"\\ud800"}]'
    env = env_of({"sandbox": {"extraEnv": {"A": "old"}}, "apiRs": {"extraEnv": {"SESSION_SANDBOX_EXTRA_ENV": array}}})
    assert list(env.sandbox.items()) == [("CENTAUR_SKILL_DIRS", "/x"), ("A", "\ufffd"), ("NEW", "1")]
    assert list(env.api)[4:6] == ["SESSION_SANDBOX_EXTRA_ENV", "KUBERNETES_TOOLS_REPO"]


def test_a_users_variable_takes_the_place_of_a_rendered_one() -> None:
    env = env_of({"apiRs": {"extraEnv": {"WORKFLOW_DIRS": "/x", "B": "2", "A": "1"}}})
    assert list(env.api)[:2] == ["TOOL_DIRS", "WORKFLOW_DIRS"]
    assert list(env.api)[-3:] == ["OVERLAYS_DIGEST", "A", "B"]
    assert env.api["WORKFLOW_DIRS"] == "/x"
    assert env.replaced_api == ("WORKFLOW_DIRS",)


@pytest.mark.parametrize(
    ("release", "user", "claim"),
    [
        ("prod", {}, "prod-agent-overlays-repo-cache"),
        ("my-agent-overlays", {}, "my-agent-overlays-repo-cache"),
        ("prod", {"nameOverride": "centaur"}, "prod-centaur-repo-cache"),
        ("prod", {"fullnameOverride": "x" * 51 + "-y"}, "x" * 51 + "-repo-cache"),
    ],
)
def test_the_created_claim_has_the_full_name(release: str, user: dict[str, Any], claim: str) -> None:
    storage = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}
    env = env_of({**user, "repoCache": {"storage": storage}}, release).api
    assert (env["REPOS_PVC"], env["KUBERNETES_TOOLS_REPO_CACHE_PVC"]) == (claim, claim)
