"""What the templates refuse, beyond the schema: all of it in one message, always in the same order."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import CHART, HELMS, refuse, render, run_helm

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
CLAIM: Final = {"storage": {"type": "persistentVolumeClaim"}}


def sources(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"overlays": {"sources": list(entries)}}


REFUSED: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "no base repository": (
        {"toolServer": {"repo": ""}},
        ["toolServer.repo (owner/name) must be set when toolServer.enabled=true"],
    ),
    "two refs": (
        sources({"repo": "a/b", "ref": "x"}, {"repo": "c/d"}, {"repo": "a/b", "ref": "y"}),
        ['overlays.sources[2]: a/b has ref "y", but overlays.sources[0] has "x"'],
    ),
    "a ref and none": (
        sources({"repo": "a/b"}, {"repo": "a/b", "ref": "y"}),
        ['overlays.sources[1]: a/b has ref "y", but overlays.sources[0] has ""'],
    ),
    "two refs that a pin would hide": (
        {**sources({"repo": "a/b"}, {"repo": "a/b", "ref": "y"}), "repoCache": {"repositoryRefs": {"a/b": "z"}}},
        ["overlays.sources[1]: a/b has ref"],
    ),
    "two refs in compat mode": (
        {"toolServer": {"repo": "a/b", "ref": "x", "extraSources": [{"repo": "c/d"}, {"repo": "a/b"}]}},
        ['toolServer.extraSources[1]: a/b has ref "", but toolServer has "x"'],
    ),
    "two entries": (
        {"repoCache": {"repositories": [{"repo": "a/b", "ref": "x"}, "a/b", {"repo": "a/b"}]}},
        ['repoCache.repositories[2]: a/b has ref "", but repoCache.repositories[0] has "x"'],
    ),
    "two URLs": (
        sources({"repo": "a/b", "cloneUrl": "https://x.example/1"}, {"repo": "a/b", "cloneUrl": "https://x.example/2"}),
        ['overlays.sources[1].cloneUrl: a/b is cloned from "https://x.example/2"', '"https://x.example/1"'],
    ),
    "an entry's URL and a source's": (
        {
            "repoCache": {"repositories": [{"repo": "a/b", "cloneUrl": "https://x.example/1"}]},
            **sources({"repo": "a/b", "cloneUrl": "https://x.example/2"}),
        },
        ["overlays.sources[0].cloneUrl: a/b", "repoCache.repositories[0].cloneUrl"],
    ),
    "no claim": ({"repoCache": CLAIM}, ["repoCache.storage.persistentVolumeClaim: set existingClaim, or create: true"]),
    "credentials for whom": (
        {
            "repoCache": {"gitCredentials": {"existingSecretName": "s"}},
            **sources({"repo": "a/b"}, {"repo": "c/d", "cloneUrl": "https://git.example.com:8443/x"}),
        },
        ["repoCache.gitCredentials.hosts", "2: git.example.com:8443, github.com"],
    ),
    "credentials for whom, cache off": (
        {
            "repoCache": {"enabled": False, "gitCredentials": {"existingSecretName": "s"}},
            **sources({"repo": "a/b"}, {"repo": "c/d", "cloneUrl": "https://git.example.com/x"}),
        },
        ["repoCache.gitCredentials.hosts", "2: git.example.com, github.com"],
    ),
    "everything at once": (
        {
            "repoCache": {
                **CLAIM,
                "repositories": [{"repo": "a/b", "ref": "x"}, {"repo": "a/b", "ref": "y"}],
            },
            "apiRs": {"extraEnv": {"SESSION_SANDBOX_EXTRA_ENV": ""}},
            **sources({"repo": "a/b", "ref": "x"}, {"repo": "a/b", "ref": "y"}),
        },
        [
            "repoCache.repositories[1]: a/b",
            "\noverlays.sources[1]: a/b",
            "\nrepoCache.storage.persistentVolumeClaim:",
            "\napiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV:",
        ],
    ),
}


@BOTH
@pytest.mark.parametrize("name", REFUSED)
def test_refused(helm: pathlib.Path, name: str) -> None:
    values, texts = REFUSED[name]
    message = refuse(helm, values)
    places = [message.find(text) for text in texts]
    assert -1 not in places, message
    assert places == sorted(places), message
    assert refuse(helm, values) == message


ACCEPTED: Final[dict[str, dict[str, Any]]] = {
    "one repository, two subdirs": sources(
        {"repo": "a/b", "ref": "x"}, {"repo": "a/b", "ref": "x", "toolsSubdir": "t"}
    ),
    "a disabled entry may disagree": sources(
        {"repo": "a/b", "ref": "x"}, {"repo": "a/b", "ref": "y", "enabled": False, "cloneUrl": "https://x.example/1"}
    ),
    "no base repository, but a list": {**sources({"repo": "a/b"}), "toolServer": {"repo": ""}},
    "no base repository, tool server off": {"toolServer": {"repo": "", "enabled": False}},
    "no claim, cache off": {"repoCache": {**CLAIM, "enabled": False}},
    "hosts are named": {
        "repoCache": {"gitCredentials": {"existingSecretName": "s", "hosts": ["git.example.com"]}},
        **sources({"repo": "a/b"}, {"repo": "c/d", "cloneUrl": "https://git.example.com/x"}),
    },
    "several hosts without credentials": sources(
        {"repo": "a/b"}, {"repo": "c/d", "cloneUrl": "https://git.example.com/x"}
    ),
    "an entry's ref beats a source's": {
        "repoCache": {"repositories": [{"repo": "a/b", "ref": "x"}]},
        **sources({"repo": "a/b", "ref": "y"}),
    },
}


@BOTH
@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(helm: pathlib.Path, name: str) -> None:
    assert render(helm, ACCEPTED[name]).config()["OVERLAYS_DIGEST"].startswith("sha256:")


@BOTH
def test_lint_survives_what_rendering_refuses(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("toolServer: {repo: ''}\nrepoCache: {storage: {type: persistentVolumeClaim}}\n")
    linted = run_helm(helm, ["lint", str(CHART), "-f", str(values)])
    assert "nil pointer" not in linted.stdout + linted.stderr
    assert "can't evaluate" not in linted.stdout + linted.stderr


NULLED: Final = (
    "overlays: null",
    "toolServer: null",
    "repoCache: null",
    "sandbox: null",
    "apiRs: null",
    "overlay: null",
    "nameOverride: null\nfullnameOverride: null",
    "overlays: null\ntoolServer: null\nrepoCache: null\nsandbox: null\napiRs: null\noverlay: null\n"
    "nameOverride: null\nfullnameOverride: null",
    "overlays: {sources: null}",
    "overlays: {}",
    "toolServer: {enabled: null, repo: null, ref: null, subdir: null, port: null, extraSources: null}",
    "toolServer: {runnerImage: null, githubToken: null}",
    "toolServer: {runnerImage: {repository: null, tag: null, pullPolicy: null}}",
    "repoCache: {enabled: null, hostPath: null, repositories: null, repositoryRefs: null, syncIntervalSeconds: null}",
    "repoCache: {image: null, githubToken: null, gitCredentials: null, egressPorts: null, readinessProbe: null}",
    "repoCache: {image: {tag: null}, githubToken: {token: null}, readinessProbe: {periodSeconds: null}}",
    "repoCache: {nodeSelector: null, tolerations: null, affinity: null, resources: null, updateStrategy: null}",
    "repoCache: {extraEnv: null, podAnnotations: null, podLabels: null, imagePullSecrets: null, storage: null}",
    "repoCache: {priorityClassName: null, extraVolumes: null, extraVolumeMounts: null, extraInitContainers: null}",
    "repoCache: {podSecurityContext: null, storage: {type: null, persistentVolumeClaim: null}}",
    "repoCache: {podSecurityContext: {runAsUser: null}}",
    "sandbox: {image: null, reposPath: null, extraEnv: null}",
    "sandbox: {image: {repository: null, tag: null, pullPolicy: null}}",
    "apiRs: {enabled: null, image: null, extraEnv: null, service: null, resources: null, podSecurityContext: null}",
    "apiRs: {nodeSelector: null, tolerations: null, affinity: null, podAnnotations: null, podLabels: null}",
    "apiRs: {service: {type: null, port: null}, imagePullSecrets: null, extraVolumes: null, extraVolumeMounts: null}",
    "overlay: {mountPath: null, systemPrompt: null}",
)


@BOTH
@pytest.mark.parametrize("number", range(len(NULLED)))
def test_null_means_the_default(helm: pathlib.Path, number: int) -> None:
    assert render(helm, NULLED[number]).objects == render(helm, {}).objects
