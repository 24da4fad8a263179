"""Every value of the schema matters: for some input, changing it alone changes what is rendered (invariant 6)."""

from __future__ import annotations

import copy
import functools
import json
import re
from typing import Any, Final

import pytest

from tests.support.helm import HELM3, HELM4, template_values
from tests.support.values_schema import SCHEMA, properties

WITHOUT_EFFECT: Final = {
    "toolServer.port",
    "overlays.sources[].overrides",
    "overlays.catalogInstruction",
    "agents[].budget",
    "agents[].budget.tokens",
    "agents[].budget.warnTokens",
}
"""Nothing is rendered from these: the first is accepted for old files, the others are for commands of `overlays`."""
FOR_A_PARENT: Final = {"global", "enabled"}
"""Legal because a parent chart sets them; no part of the product's values."""

SOURCE: Final = {"overlays": {"sources": [{"repo": "acme/one"}]}}
EXTRA: Final = {"toolServer": {"extraSources": [{"repo": "acme/one"}]}}
LISTED: Final = {"repoCache": {"repositories": [{"repo": "z/z"}]}}
NO_CACHE: Final = {"repoCache": {"enabled": False}, "toolServer": {"githubToken": {"existingSecretName": "gh"}}}
CLAIM: Final[dict[str, Any]] = {
    "repoCache": {"storage": {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}}
}
AGENT: Final[dict[str, Any]] = {"agents": [{"name": "one"}]}
BUDGET: Final[dict[str, Any]] = {"agents": [{"name": "one", "budget": {"tokens": 9, "warnTokens": 1}}]}
CREDENTIALS: Final[dict[str, Any]] = {"repoCache": {"gitCredentials": {"existingSecretName": "git"}}}
HOOKS: Final = {
    "extraVolumes": [{"name": "a", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "a", "mountPath": "/a"}],
    "extraInitContainers": [{"name": "a"}],
}
Change = tuple[dict[str, Any], Any]

COMMON: Final[dict[str, Change]] = {
    "nodeSelector": ({}, {"a": "b"}),
    "tolerations": ({}, [{"operator": "Exists"}]),
    "affinity": ({}, {"podAffinity": {}}),
    "resources": ({}, {"limits": {"cpu": "1"}}),
    "podSecurityContext": ({}, {"fsGroup": 7}),
    "extraEnv": ({}, {"A": "x"}),
    "podAnnotations": ({}, {"a": "b"}),
    "podLabels": ({}, {"a": "b"}),
    "imagePullSecrets": ({}, [{"name": "pull"}]),
    "priorityClassName": ({}, "high"),
    **{name: ({}, value) for name, value in HOOKS.items()},
    "extraVolumes[].name": (HOOKS, "b"),
    "extraVolumeMounts[].name": (HOOKS, "b"),
    "extraVolumeMounts[].mountPath": (HOOKS, "/b"),
    "extraInitContainers[].name": (HOOKS, "b"),
    "image": ({}, {"tag": "9"}),
    "image.repository": ({}, "another"),
    "image.tag": ({}, "9"),
    "image.pullPolicy": ({}, "Never"),
}

# property -> (values without it, what it is set to)
CHANGES: Final[dict[str, Change]] = {
    "overlays": ({}, SOURCE["overlays"]),
    "overlays.delivery": ({}, "merged"),
    "overlays.sources": ({}, SOURCE["overlays"]["sources"]),
    "overlays.sources[].repo": (SOURCE, "acme/two"),
    "overlays.sources[].ref": (SOURCE, "dev"),
    "overlays.sources[].enabled": (SOURCE, False),
    "overlays.sources[].toolsSubdir": (SOURCE, ""),
    "overlays.sources[].workflowsSubdir": (SOURCE, ""),
    "overlays.sources[].skillsSubdir": (SOURCE, ""),
    "overlays.sources[].personasSubdir": (SOURCE, "p"),
    "overlays.sources[].promptPath": (SOURCE, "p.md"),
    "overlays.sources[].cloneUrl": (SOURCE, "https://git.example.com/x"),
    "overlays.sources[].visibility": (SOURCE, "private"),
    "overlays.sources[].overrides": (SOURCE, ["skills/pdf"]),
    "overlays.sources[].skillsPreload": ({**SOURCE, **AGENT}, ["pdf"]),
    "overlays.catalogInstruction": ({}, "Read them."),
    "agents": ({}, AGENT["agents"]),
    "agents[].name": (AGENT, "other"),
    "agents[].skills": (AGENT, []),
    "agents[].tools": (AGENT, []),
    "agents[].workflows": (AGENT, ["nightly"]),
    "agents[].personas": (AGENT, ["r*"]),
    "agents[].persona": (AGENT, "reviewer"),
    "agents[].preload": (AGENT, ["pdf"]),
    "agents[].systemPrompt": (AGENT, False),
    "agents[].mountAs": (AGENT, {"skills": "team"}),
    "agents[].mountAs.skills": (AGENT, "team"),
    "agents[].budget": (AGENT, {"tokens": 9}),
    "agents[].budget.tokens": (BUDGET, 10),
    "agents[].budget.warnTokens": (BUDGET, 2),
    "toolServer": ({}, {"enabled": False}),
    "toolServer.enabled": ({}, False),
    "toolServer.repo": ({}, "acme/base"),
    "toolServer.ref": ({}, "dev"),
    "toolServer.subdir": ({}, "src"),
    "toolServer.port": ({}, 9999),
    "toolServer.extraSources": ({}, EXTRA["toolServer"]["extraSources"]),
    "toolServer.extraSources[].repo": (EXTRA, "acme/two"),
    "toolServer.extraSources[].ref": (EXTRA, "dev"),
    "toolServer.extraSources[].subdir": (EXTRA, "src"),
    "toolServer.extraSources[].workflowsSubdir": (EXTRA, "w"),
    "toolServer.extraSources[].skillsSubdir": (EXTRA, "s"),
    "toolServer.extraSources[].visibility": (EXTRA, "public"),
    "toolServer.extraSources[].cloneUrl": (EXTRA, "https://git.example.com/x"),
    "toolServer.visibility": ({}, "public"),
    "toolServer.cloneUrl": ({}, "https://git.example.com/x"),
    "toolServer.runnerImage": ({}, {"tag": "9"}),
    "toolServer.runnerImage.repository": ({}, "runner"),
    "toolServer.runnerImage.tag": ({}, "9"),
    "toolServer.runnerImage.pullPolicy": ({}, "Never"),
    "toolServer.githubToken": ({"repoCache": {"enabled": False}}, {"existingSecretName": "gh"}),
    "toolServer.githubToken.existingSecretName": ({"repoCache": {"enabled": False}}, "gh"),
    "toolServer.githubToken.secretKey": (NO_CACHE, "pat"),
    "repoCache": ({}, {"enabled": False}),
    "repoCache.enabled": ({}, False),
    "repoCache.hostPath": ({}, "/data"),
    "repoCache.repositories": ({}, ["z/z"]),
    "repoCache.repositories[].repo": (LISTED, "z/y"),
    "repoCache.repositories[].ref": (LISTED, "dev"),
    "repoCache.repositories[].cloneUrl": (LISTED, "https://git.example.com/x"),
    "repoCache.repositories[].visibility": (LISTED, "public"),
    "repoCache.repositoryRefs": ({}, {"a/b": "dev"}),
    "repoCache.syncIntervalSeconds": ({}, 60),
    "repoCache.grace": ({}, 60),
    "repoCache.jobs": ({}, 1),
    "repoCache.timeout": ({}, 60),
    "repoCache.fetchTimeout": ({}, 60),
    "repoCache.minFree": ({}, "0%"),
    "repoCache.metrics": ({}, {"port": 9100}),
    "repoCache.metrics.enabled": ({}, False),
    "repoCache.metrics.port": ({}, 9100),
    "repoCache.githubToken": ({}, {"token": "t"}),
    "repoCache.githubToken.existingSecretName": ({}, "gh"),
    "repoCache.githubToken.token": ({}, "t"),
    "repoCache.githubToken.secretKey": ({"repoCache": {"githubToken": {"token": "t"}}}, "pat"),
    "repoCache.gitCredentials": ({}, CREDENTIALS["repoCache"]["gitCredentials"]),
    "repoCache.gitCredentials.existingSecretName": ({}, "git"),
    "repoCache.gitCredentials.username": (CREDENTIALS, "bot"),
    "repoCache.gitCredentials.secretKey": (CREDENTIALS, "pat"),
    "repoCache.gitCredentials.hosts": (CREDENTIALS, ["git.example.com"]),
    "repoCache.egressPorts": ({}, [8443]),
    "repoCache.readinessProbe": ({}, {"periodSeconds": 31}),
    "repoCache.readinessProbe.initialDelaySeconds": ({}, 11),
    "repoCache.readinessProbe.periodSeconds": ({}, 31),
    "repoCache.readinessProbe.timeoutSeconds": ({}, 6),
    "repoCache.readinessProbe.failureThreshold": ({}, 4),
    "repoCache.updateStrategy": ({}, {"type": "OnDelete"}),
    "repoCache.storage": ({}, CLAIM["repoCache"]["storage"]),
    "repoCache.storage.type": (
        {"repoCache": {"storage": {"persistentVolumeClaim": {"create": True}}}},
        "persistentVolumeClaim",
    ),
    "repoCache.storage.persistentVolumeClaim": (
        {"repoCache": {"storage": {"type": "persistentVolumeClaim"}}},
        {"create": True},
    ),
    "repoCache.storage.persistentVolumeClaim.existingClaim": (CLAIM, "shared"),
    "repoCache.storage.persistentVolumeClaim.create": (
        {"repoCache": {"storage": {"type": "persistentVolumeClaim"}}},
        True,
    ),
    "repoCache.storage.persistentVolumeClaim.accessModes": (CLAIM, ["ReadWriteOnce"]),
    "repoCache.storage.persistentVolumeClaim.storageClassName": (CLAIM, "fast"),
    "repoCache.storage.persistentVolumeClaim.size": (CLAIM, "1Ti"),
    "sandbox": ({}, {"reposPath": "/r"}),
    "sandbox.workspace": ({}, "/w"),
    "sandbox.mountCache": ({}, True),
    "sandbox.fallback": ({}, "previous"),
    "sandbox.wait": ({}, 0),
    "sandbox.follow": ({}, True),
    "sandbox.runtimeClassName": ({}, "gvisor"),
    "sandbox.reposPath": ({}, "/r"),
    "sandbox.extraEnv": ({}, {"A": "x"}),
    "apiRs": ({}, {"enabled": False}),
    "apiRs.enabled": ({}, False),
    "apiRs.waitForCache": ({}, False),
    "apiRs.service": ({}, {"port": 80}),
    "apiRs.service.type": ({}, "NodePort"),
    "apiRs.service.port": ({}, 80),
    "overlay": ({}, {"systemPrompt": "Be brief."}),
    "overlay.mountPath": ({"overlay": {"systemPrompt": "Be brief."}}, "/p"),
    "overlay.systemPrompt": ({}, "Be brief."),
    "nameOverride": ({}, "another"),
    "fullnameOverride": ({}, "another"),
    **{
        f"{owner}.{name}": ({owner: context} if context else {}, value)
        for owner in ("repoCache", "apiRs", "sandbox")
        for name, (context, value) in COMMON.items()
    },
}


def put(values: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    """A copy of the values in which that property, of the first entry of each list, has this value."""
    changed = copy.deepcopy(values)
    *path, last = [part for part in re.split(r"\.|(\[\])", where) if part]
    node: Any = changed
    for part in path:
        node = node[0] if part == "[]" else node.setdefault(part, {})
    node[last] = value
    return changed


@functools.cache
def rendered(text: str) -> str | None:
    """The stream of Helm 4; None when it refuses the values, as it does without a claim: that differs too."""
    done = template_values(HELM4, text)
    return done.stdout if done.code == 0 else None


def test_every_property_of_the_schema_has_a_change() -> None:
    assert {*CHANGES} | FOR_A_PARENT == {where for where, _ in properties(SCHEMA)}


@pytest.mark.parametrize("where", sorted(CHANGES.keys() - WITHOUT_EFFECT))
def test_a_change_of_this_value_alone_changes_what_is_rendered(where: str) -> None:
    values, value = CHANGES[where]
    after = rendered(json.dumps(put(values, where, value)))
    assert after is not None
    assert after != rendered(json.dumps(values))


@pytest.mark.parametrize("where", sorted(WITHOUT_EFFECT))
def test_what_is_said_to_do_nothing_does_nothing(where: str) -> None:
    values, value = CHANGES[where]
    for helm in (HELM3, HELM4):
        one, other = (template_values(helm, given) for given in (values, put(values, where, value)))
        assert (one.code, one.stdout) == (0, other.stdout)
