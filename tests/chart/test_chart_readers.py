"""The pods that ask the cache: the API, which waits for its set, and the pod of `helm test`."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, Object, Rendered, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
NAME: Final = "agent-overlays"
HP: Final = "/var/lib/centaur/repos"
MANIFEST: Final = "/overlays/manifest/overlay-manifest.json"
CLAIM: Final[dict[str, Any]] = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}
START: Final = ["python3", "-B", "-m", "overlays_node"]
PLACES: Final = ["--manifest", MANIFEST, "--root", HP]
SMALL: Final = {"limits": {"memory": "128Mi"}, "requests": {"cpu": "10m", "memory": "32Mi"}}
WAIT: Final = "overlays-wait-for-cache"
TEST: Final = "overlays-test"


# The API waits


def asker(name: str, image: str, words: list[str], root: str = HP) -> Object:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "Always",
        "workingDir": "/overlays/runtime",
        "command": words,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": SMALL,
        "volumeMounts": [
            {"name": "overlays-cache", "mountPath": root, "readOnly": True},
            {"name": "overlays-manifest", "mountPath": "/overlays/manifest", "readOnly": True},
            {"name": "overlays-runtime", "mountPath": "/overlays/runtime/overlays_node", "readOnly": True},
        ],
    }


WAITING: Final = [*START, "ready", *PLACES, "--any-pod", "--wait", "300"]


@BOTH
@pytest.mark.parametrize("storage", [{}, CLAIM], ids=["hostPath", "claim"])
def test_the_api_waits_for_its_set(helm: pathlib.Path, storage: dict[str, Any]) -> None:
    rendered = render(helm, {"repoCache": {"storage": storage, "image": {"tag": "7"}}})
    pod = rendered.pod("api-rs")
    assert pod["initContainers"] == [asker(WAIT, "centaur-agent:7", WAITING)]
    assert pod["securityContext"]["runAsUser"] == 1000
    assert {volume["name"] for volume in pod["volumes"]} == {
        *("overlays-tmp", "overlays-cache", "overlays-manifest", "overlays-runtime")
    }


@BOTH
def test_the_wait_comes_before_the_users_init_containers(helm: pathlib.Path) -> None:
    mine = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]
    pod = render(helm, {"apiRs": {"extraInitContainers": mine}}).pod("api-rs")
    assert [item["name"] for item in pod["initContainers"]] == [WAIT, "a", "b"]


@BOTH
def test_the_wait_can_pull_the_image_of_the_cache(helm: pathlib.Path) -> None:
    values: dict[str, Any] = {
        "repoCache": {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]},
        "apiRs": {"imagePullSecrets": [{"name": "b"}, {"name": "c"}]},
    }
    rendered = render(helm, values)
    assert rendered.pod("api-rs")["imagePullSecrets"] == [{"name": "b"}, {"name": "c"}, {"name": "a"}]
    assert rendered.pod(TEST)["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
    values["apiRs"]["waitForCache"] = False
    assert render(helm, values).pod("api-rs")["imagePullSecrets"] == [{"name": "b"}, {"name": "c"}]


NOTHING_TO_WAIT_FOR: Final[dict[str, dict[str, Any]]] = {
    "not wanted": {"apiRs": {"waitForCache": False}},
    "no cache": {"repoCache": {"enabled": False}},
    "an empty plan": {"toolServer": {"enabled": False}},
    "only further repositories": {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/b"]}},
}


@BOTH
@pytest.mark.parametrize("name", NOTHING_TO_WAIT_FOR)
def test_the_api_waits_for_nothing(helm: pathlib.Path, name: str) -> None:
    pod = render(helm, NOTHING_TO_WAIT_FOR[name]).pod("api-rs")
    assert "initContainers" not in pod
    assert {"overlays-manifest", "overlays-runtime"} & {volume["name"] for volume in pod["volumes"]} == set()


@BOTH
def test_a_null_waits(helm: pathlib.Path) -> None:
    assert render(helm, "apiRs: {waitForCache: null}").pod("api-rs")["initContainers"]


# helm test


@BOTH
def test_the_test_pod(helm: pathlib.Path) -> None:
    where = {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"x": 1000000}},
    }
    rendered = render(helm, {"repoCache": {**where, "priorityClassName": "high", "hostPath": "/srv/x"}})
    item = rendered.objects["Pod", f"{NAME}-test"]
    assert item["metadata"]["annotations"] == {
        "helm.sh/hook": "test",
        "helm.sh/hook-delete-policy": "before-hook-creation",
    }
    (runtime,) = [name for kind, name in rendered.objects if "-runtime-" in name]
    words = [*START, "check", "--manifest", MANIFEST, "--root", "/srv/x"]
    assert item["spec"] == {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **where,
        "containers": [asker(TEST, "centaur-agent:latest", words, "/srv/x")],
        "volumes": [
            {"name": "overlays-cache", "hostPath": {"path": "/srv/x", "type": "DirectoryOrCreate"}},
            {"name": "overlays-manifest", "configMap": {"name": f"{NAME}-manifest"}},
            {"name": "overlays-runtime", "configMap": {"name": runtime}},
        ],
    }
    for selector in selectors(rendered):
        assert not selector.items() <= item["metadata"]["labels"].items()


def selectors(rendered: Rendered) -> list[dict[str, str]]:
    """The labels by which workloads, the Service and the NetworkPolicy find pods."""
    found = []
    for item in rendered.objects.values():
        spec = item.get("spec", {})
        for selector in (spec.get("selector"), spec.get("podSelector")):
            if selector:
                found.append(selector.get("matchLabels", selector))
    assert len(found) == 4
    return found


@BOTH
def test_the_test_pod_reads_as_the_api_does(helm: pathlib.Path) -> None:
    values = {"apiRs": {"podSecurityContext": {"runAsUser": 3000}}, "repoCache": {"storage": CLAIM}}
    rendered = render(helm, values)
    assert rendered.pod(TEST)["securityContext"] == rendered.pod("api-rs")["securityContext"]
    assert rendered.pod(TEST)["securityContext"]["runAsUser"] == 3000
    assert rendered.pod(TEST)["volumes"][0] == {
        "name": "overlays-cache",
        "persistentVolumeClaim": {"claimName": f"{NAME}-repo-cache"},
    }


FULL: Final = {
    "repo": "a/b",
    "toolsSubdir": "t",
    "workflowsSubdir": "w/x",
    "skillsSubdir": "s",
    "personasSubdir": "p",
    "promptPath": "p.md",
}
PATHS: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "defaults": ({}, []),
    "all": ({"overlays": {"sources": [FULL]}}, ["a/b/t", "a/b/w/x", "a/b/s", "a/b/p", "a/b/p.md"]),
    "the text of a default": (
        {"overlays": {"sources": [{"repo": "a/b", "toolsSubdir": "tools", "skillsSubdir": ".agents/skills"}]}},
        [],
    ),
    "a default of another surface": (
        {"overlays": {"sources": [{"repo": "a/b", "toolsSubdir": "workflows", "personasSubdir": "tools"}]}},
        ["a/b/workflows", "a/b/tools"],
    ),
    "off": ({"overlays": {"sources": [{"repo": "a/b", "toolsSubdir": "", "promptPath": ""}]}}, []),
    "disabled": ({"overlays": {"sources": [{**FULL, "enabled": False}, {"repo": "c/d"}]}}, []),
    "twice": (
        {
            "overlays": {
                "sources": [
                    {"repo": "a/b", "toolsSubdir": "x", "skillsSubdir": "x"},
                    {"repo": "c/d", "toolsSubdir": "x"},
                    {"repo": "a/b", "toolsSubdir": "x", "skillsSubdir": "y"},
                ]
            }
        },
        ["a/b/x", "c/d/x", "a/b/y"],
    ),
    "compat": (
        {
            "toolServer": {
                "repo": "a/b",
                "subdir": "t",
                "extraSources": [
                    {"repo": "c/d", "subdir": "", "workflowsSubdir": "w"},
                    {"repo": "e/f", "subdir": "tools", "skillsSubdir": "s"},
                ],
            }
        },
        ["a/b/t", "c/d/w", "e/f/s"],
    ),
    "odd text": ({"overlays": {"sources": [{"repo": "a/b", "toolsSubdir": "a'\"é<b>%d"}]}}, ["a/b/a'\"é<b>%d"]),
}


@BOTH
@pytest.mark.parametrize("name", PATHS)
def test_what_the_test_pod_insists_on(helm: pathlib.Path, name: str) -> None:
    values, expected = PATHS[name]
    assert render(helm, values).container(TEST)["command"] == [*START, "check", *PLACES, *expected]


@BOTH
@pytest.mark.parametrize("name", [name for name in NOTHING_TO_WAIT_FOR if name != "not wanted"])
def test_nothing_to_test(helm: pathlib.Path, name: str) -> None:
    assert render(helm, NOTHING_TO_WAIT_FOR[name]).of_kind("Pod") == []


# Pod Security


@BOTH
def test_on_a_claim_every_pod_is_restricted_and_on_a_host_path_none_is_even_baseline(helm: pathlib.Path) -> None:
    secrets = {"githubToken": {"token": "t"}}
    pods = list(render(helm, {"repoCache": {**secrets, "storage": CLAIM}, "overlay": {"systemPrompt": "x"}}).pods())
    assert len(pods) == 4
    for pod in pods:
        context = pod["securityContext"]
        assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        kinds = {kind for volume in pod["volumes"] for kind in volume} - {"name"}
        assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
    for pod in render(helm, {}).pods():
        assert [volume["name"] for volume in pod["volumes"] if "hostPath" in volume] == ["overlays-cache"]


# One code


@BOTH
@pytest.mark.parametrize("storage", [{}, CLAIM], ids=["hostPath", "claim"])
def test_all_that_run_the_runtime_run_the_same_immutable_one(helm: pathlib.Path, storage: dict[str, Any]) -> None:
    rendered = render(helm, {"repoCache": {"storage": storage}})
    (name,) = [item["metadata"]["name"] for item in rendered.of_kind("ConfigMap") if item.get("immutable")]
    running = [rendered.pod(container) for container in ("repo-cache", WAIT, TEST, "overlays-install")]
    for pod in running:
        assert [volume["configMap"] for volume in pod["volumes"] if volume["name"] == "overlays-runtime"] == [
            {"name": name}
        ]
