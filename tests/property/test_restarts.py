"""What `diff` says of restarts is what Helm does to the pod templates, for a change of every value of the schema."""

from __future__ import annotations

import copy
import functools
import json
import random
import re
from typing import Any

import pytest
import yaml

from overlays.cli.pipeline import prepare
from overlays.core.diff.restarts import restarts, templates
from overlays.core.diff.state import State
from overlays.io.source import Sources
from overlays.io.values import Inputs
from overlays.model.difference import Kind, Restart
from tests.property.test_every_value import CHANGES, put
from tests.support.helm import HELM4, ROOT, template_values

CI = sorted((ROOT / "chart" / "ci").glob("*-values.yaml"))
WORKLOADS = ("repo-cache", "api-rs")
AGENT = "agent-overlays.io/agent"


def on_a_claim(change: dict[str, Any]) -> dict[str, Any]:
    return {"repoCache": {"storage": {"type": "persistentVolumeClaim", **change}}}


# Beyond one value at a time: what stands in two places, what one value hides, what comes to the same.
MORE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "compat to explicit": (
        {"toolServer": {"extraSources": [{"repo": "acme/one"}]}},
        {"overlays": {"sources": [{"repo": "paradigmxyz/centaur"}, {"repo": "acme/one"}]}},
    ),
    "two sources swapped": (
        {"overlays": {"sources": [{"repo": "a/a"}, {"repo": "b/b"}]}},
        {"overlays": {"sources": [{"repo": "b/b"}, {"repo": "a/a"}]}},
    ),
    "a disabled source": (
        {"overlays": {"sources": [{"repo": "a/a"}]}},
        {"overlays": {"sources": [{"repo": "a/a"}, {"repo": "b/b", "enabled": False}]}},
    ),
    "no source at all": ({}, {"toolServer": {"enabled": False}}),
    "a repository beside no source": (
        {"toolServer": {"enabled": False}},
        {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["z/z"]}},
    ),
    "a pin of what is not cached": ({}, {"repoCache": {"repositoryRefs": {"x/y": "v1"}}}),
    "a pin that says what the source says": (
        {"overlays": {"sources": [{"repo": "a/a", "ref": "main"}]}},
        {"overlays": {"sources": [{"repo": "a/a", "ref": "main"}]}, "repoCache": {"repositoryRefs": {"a/a": "main"}}},
    ),
    "a hostPath to a claim": ({}, on_a_claim({"persistentVolumeClaim": {"create": True}})),
    "a claim to another": (
        on_a_claim({"persistentVolumeClaim": {"create": True}}),
        on_a_claim({"persistentVolumeClaim": {"existingClaim": "shared"}}),
    ),
    "the claim that is the default": (
        on_a_claim({"persistentVolumeClaim": {"create": True}}),
        on_a_claim({"persistentVolumeClaim": {"existingClaim": "agent-overlays-repo-cache"}}),
    ),
    "the user that is the default": ({}, {"repoCache": {"podSecurityContext": {"runAsUser": 0}}}),
    "the group that follows the user": (
        {"repoCache": {"podSecurityContext": {"runAsUser": 5}}},
        {"repoCache": {"podSecurityContext": {"runAsUser": 5, "fsGroup": 5}}},
    ),
    "a group of its own": (
        {"repoCache": {"podSecurityContext": {"runAsUser": 5}}},
        {"repoCache": {"podSecurityContext": {"runAsUser": 5, "runAsGroup": 7}}},
    ),
    "a null in the API's security context": ({}, {"apiRs": {"podSecurityContext": {"runAsUser": None}}}),
    "a null in the API's resources": ({}, {"apiRs": {"resources": {"limits": None}}}),
    "an image that is the fallback": ({}, {"repoCache": {"image": {"repository": "centaur-agent", "tag": "latest"}}}),
    "the fallback behind an image": (
        {"repoCache": {"image": {"repository": "cache", "tag": "1", "pullPolicy": "Never"}}},
        {
            "repoCache": {"image": {"repository": "cache", "tag": "1", "pullPolicy": "Never"}},
            "sandbox": {"image": {"tag": "2"}},
        },
    ),
    "another inline token": (
        {"repoCache": {"githubToken": {"token": "one"}}},
        {"repoCache": {"githubToken": {"token": "two"}}},
    ),
    "a token beaten by credentials": (
        {"repoCache": {"gitCredentials": {"existingSecretName": "git", "hosts": ["GitHub.com"]}}},
        {
            "repoCache": {
                "gitCredentials": {"existingSecretName": "git", "hosts": ["GitHub.com"]},
                "githubToken": {"token": "t"},
            }
        },
    ),
    "the host that is the default": (
        {"repoCache": {"gitCredentials": {"existingSecretName": "git"}}},
        {"repoCache": {"gitCredentials": {"existingSecretName": "git", "hosts": ["github.com"]}}},
    ),
    "no user name": (
        {"repoCache": {"gitCredentials": {"existingSecretName": "git"}}},
        {"repoCache": {"gitCredentials": {"existingSecretName": "git", "username": ""}}},
    ),
    "another port of metrics that are off": (
        {"repoCache": {"metrics": {"enabled": False}}},
        {"repoCache": {"metrics": {"enabled": False, "port": 9100}}},
    ),
    "another prompt": ({"overlay": {"systemPrompt": "Be brief."}}, {"overlay": {"systemPrompt": "Be kind."}}),
    "a place for no prompt": ({}, {"overlay": {"mountPath": "/p"}}),
    "pull secrets that both have": (
        {"repoCache": {"imagePullSecrets": [{"name": "a"}]}},
        {"repoCache": {"imagePullSecrets": [{"name": "a"}]}, "apiRs": {"imagePullSecrets": [{"name": "a"}]}},
    ),
    "pull secrets of the cache, nobody waits": (
        {"apiRs": {"waitForCache": False}},
        {"apiRs": {"waitForCache": False}, "repoCache": {"imagePullSecrets": [{"name": "a"}]}},
    ),
    "pull secrets of an API that waits for nobody": (
        {"apiRs": {"waitForCache": False}},
        {"apiRs": {"waitForCache": False, "imagePullSecrets": [{"name": "a"}, {"name": "a"}]}},
    ),
    "a pull secret twice": (
        {"apiRs": {"imagePullSecrets": [{"name": "a"}]}},
        {"apiRs": {"imagePullSecrets": [{"name": "a"}, {"name": "a"}]}},
    ),
    "a variable of the sandboxes": ({}, {"sandbox": {"extraEnv": {"A": "<no value>"}}}),
    "a variable that ours replaces": ({}, {"apiRs": {"extraEnv": {"REPOS_PATH": "/var/lib/centaur/repos"}}}),
    "a new name with the same full name": (
        {"fullnameOverride": "x"},
        {"fullnameOverride": "x", "nameOverride": "another"},
    ),
    "a long name": ({"nameOverride": "n" * 70}, {"nameOverride": "n" * 69}),
    "merged": (
        {"overlays": {"sources": [{"repo": "a/a"}]}},
        {"overlays": {"sources": [{"repo": "a/a"}], "delivery": "merged"}},
    ),
    "merged without a cache": (
        {"repoCache": {"enabled": False}},
        {"repoCache": {"enabled": False}, "overlays": {"delivery": "merged"}},
    ),
    "merged without a source": (
        {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["z/z"]}},
        {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["z/z"]}, "overlays": {"delivery": "merged"}},
    ),
    "two sources swapped, merged": (
        {"overlays": {"delivery": "merged", "sources": [{"repo": "a/a"}, {"repo": "b/b"}]}},
        {"overlays": {"delivery": "merged", "sources": [{"repo": "b/b"}, {"repo": "a/a"}]}},
    ),
    "the pull secrets of the cache, which the sandbox has": (
        {"repoCache": {"imagePullSecrets": [{"name": "a"}]}},
        {"repoCache": {"imagePullSecrets": [{"name": "a"}]}, "sandbox": {"imagePullSecrets": [{"name": "a"}]}},
    ),
    "a null in the sandbox's security context": ({}, {"sandbox": {"podSecurityContext": {"runAsUser": None}}}),
    "a variable of the agent that is rendered": (
        {},
        {"sandbox": {"extraEnv": {"TOOL_DIRS": "/home/agent/workspace/tools"}}},
    ),
    "an agent more": ({"agents": [{"name": "a"}]}, {"agents": [{"name": "b", "tools": []}, {"name": "a"}]}),
    "a variable that one agent has not": (
        {"agents": [{"name": "a", "skills": []}, {"name": "b"}]},
        {"agents": [{"name": "a", "skills": []}, {"name": "b"}], "sandbox": {"mountCache": True}},
    ),
    "a surface that an agent does not use": (
        {"overlays": {"sources": [{"repo": "a/a"}]}, "agents": [{"name": "a", "tools": []}, {"name": "b"}]},
        {
            "overlays": {
                "sources": [
                    {"repo": "a/a", "toolsSubdir": "t"},
                    {"repo": "b/b", "skillsSubdir": "", "workflowsSubdir": ""},
                ]
            },
            "agents": [{"name": "a", "tools": []}, {"name": "b"}],
        },
    ),
    "what no pod depends on": (
        {"agents": [{"name": "a", "systemPrompt": True, "preload": []}]},
        {"agents": [{"name": "a", "budget": {"tokens": 5}, "mountAs": {}}]},
    ),
    "nothing": ({}, {"fullnameOverride": "agent-overlays"}),
}

CASES: dict[str, tuple[Any, Any]] = {
    **{where: (values, put(values, where, value)) for where, (values, value) in CHANGES.items()},
    **MORE,
}


def state(text: str) -> State | None:
    checked = prepare(Inputs(("v",)), "agent-overlays", Sources(given={"v": text.encode()}))
    return None if checked.has_errors else State(checked.plan, checked.environment, checked.values)


Pods = dict[str, tuple[str, str, str]]


@functools.cache
def rendered(text: str) -> Pods | None:
    """Role to kind, name and the bytes of the pod template, as Helm prints them; None for values that it refuses."""
    done = template_values(HELM4, text)
    if done.code != 0:
        return None
    found: Pods = {}
    for document in re.split(r"(?m)^---\n", done.stdout):
        if len(parts := re.split(r"(?m)^(?:  )?template:\n", document, maxsplit=1)) == 2:
            head, template = parts
            loaded = yaml.safe_load(head)
            labels = loaded["metadata"]["labels"]
            found[labels.get(AGENT) or labels["app.kubernetes.io/component"]] = (
                loaded["kind"],
                loaded["metadata"]["name"],
                template.rstrip(),
            )
    return found


def by_helm(roles: tuple[str, ...], before: Pods, after: Pods) -> list[tuple[Kind, str | None, str | None]]:
    """Kind of the change, and the objects before and after, of each of these roles whose pods are not the same."""
    found = []
    for role in roles:
        old, new = before.get(role), after.get(role)
        if old != new:
            kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
            found.append((kind, old and f"{old[0]} {old[1]}", new and f"{new[0]} {new[1]}"))
    return found


def check(before: str, after: str) -> tuple[Restart, ...]:
    old, new = rendered(before), rendered(after)
    states = state(before), state(after)
    assert [one is None for one in states] == [one is None for one in (old, new)]
    if old is None or new is None or states[0] is None or states[1] is None:
        return ()
    pod_templates = tuple(role for role in {**old, **new} if role not in WORKLOADS)
    for roles, of in ((pod_templates, templates), (WORKLOADS, restarts)):
        found = of(states[0], states[1])
        assert {(one.kind, one.before, one.after) for one in found} == {*by_helm(roles, old, new)}
        assert all(one.reasons for one in found if one.kind is Kind.CHANGED)
        back = of(states[1], states[0])
        assert {(one.before, one.after) for one in back} == {(one.after, one.before) for one in found}
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_change_restarts_what_helm_changes(name: str) -> None:
    before, after = CASES[name]
    check(json.dumps(before), json.dumps(after))


def over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(base)
    for key, value in changes.items():
        below = merged.get(key)
        merged[key] = over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


@pytest.mark.parametrize("where", sorted(CHANGES))
def test_also_over_values_that_set_everything(where: str) -> None:
    base = yaml.safe_load((ROOT / "chart" / "ci" / "explicit-values.yaml").read_bytes())
    context, value = CHANGES[where]
    before = over(base, context)
    check(json.dumps(before), json.dumps(put(before, where, value)))


@pytest.mark.parametrize("seed", range(40))
def test_between_values_with_several_changes_each(seed: int) -> None:
    chance = random.Random(seed)
    sides = []
    for _ in range(2):
        values: dict[str, Any] = {}
        for where in chance.sample(sorted(CHANGES), 6):
            context, value = CHANGES[where]
            values = put(over(values, context), where, value)
        sides.append(json.dumps(values))
    check(*sides)


@pytest.mark.parametrize("one", CI, ids=lambda path: path.stem)
@pytest.mark.parametrize("other", CI, ids=lambda path: path.stem)
def test_between_the_values_of_the_chart(one: Any, other: Any) -> None:
    found = check(one.read_text(), other.read_text())
    assert bool(found) == (one != other)
