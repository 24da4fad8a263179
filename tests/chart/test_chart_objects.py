"""The objects: what is there when, how the pods are locked down, and what users add to them."""

from __future__ import annotations

import base64
import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import CHART, HELMS, Object, Rendered, helm_template, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
NAME: Final = "agent-overlays"
CACHE: Final = f"{NAME}-repo-cache"
API: Final = f"{NAME}-api-rs"
CLAIM: Final[dict[str, Any]] = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}
SECCOMP: Final = {"type": "RuntimeDefault"}


def keys(rendered: Rendered) -> set[str]:
    """Kind/name of every object, the hash of the runtime's name replaced by a word."""
    return {f"{kind}/{name if '-runtime-' not in name else NAME + '-runtime-HASH'}" for kind, name in rendered.objects}


ALWAYS: Final = {f"ConfigMap/{NAME}-env"}
API_OBJECTS: Final = {f"Deployment/{API}", f"Service/{API}"}
CACHE_OBJECTS: Final = {
    f"ConfigMap/{NAME}-manifest",
    f"ConfigMap/{NAME}-runtime-HASH",
    f"NetworkPolicy/{CACHE}",
    f"PodTemplate/{NAME}-sandbox",
    f"ServiceAccount/{CACHE}",
}
TEST: Final = {f"Pod/{NAME}-test"}
PRESENT: Final[dict[str, tuple[dict[str, Any], set[str]]]] = {
    "defaults": ({}, ALWAYS | API_OBJECTS | CACHE_OBJECTS | TEST | {f"DaemonSet/{CACHE}"}),
    "no api": ({"apiRs": {"enabled": False}}, ALWAYS | CACHE_OBJECTS | TEST | {f"DaemonSet/{CACHE}"}),
    "no cache": ({"repoCache": {"enabled": False, "githubToken": {"token": "t"}}}, ALWAYS | API_OBJECTS),
    "nothing to cache": ({"toolServer": {"enabled": False}}, ALWAYS | API_OBJECTS),
    "all disabled": ({"overlays": {"sources": [{"repo": "a/b", "enabled": False}]}}, ALWAYS | API_OBJECTS),
    "only further repositories": (
        {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/b"]}},
        ALWAYS | API_OBJECTS | CACHE_OBJECTS | {f"DaemonSet/{CACHE}"},
    ),
    "claim": (
        {"repoCache": {"storage": CLAIM}},
        ALWAYS | API_OBJECTS | CACHE_OBJECTS | TEST | {f"Deployment/{CACHE}", f"PersistentVolumeClaim/{CACHE}"},
    ),
    "token": (
        {"repoCache": {"githubToken": {"token": "t"}}},
        ALWAYS | API_OBJECTS | CACHE_OBJECTS | TEST | {f"DaemonSet/{CACHE}", f"Secret/{CACHE}-github-token"},
    ),
    "existing token wins": (
        {"repoCache": {"githubToken": {"token": "t", "existingSecretName": "s"}}},
        ALWAYS | API_OBJECTS | CACHE_OBJECTS | TEST | {f"DaemonSet/{CACHE}"},
    ),
    "prompt": (
        {"overlay": {"systemPrompt": "x"}, "repoCache": {"enabled": False}},
        ALWAYS | API_OBJECTS | {f"ConfigMap/{NAME}-overlay"},
    ),
}


@BOTH
@pytest.mark.parametrize("name", PRESENT)
def test_what_is_rendered_when(helm: pathlib.Path, name: str) -> None:
    values, expected = PRESENT[name]
    assert keys(render(helm, values)) == expected


NAMES: Final = {
    ("r", "", ""): "r-agent-overlays",
    ("my-agent-overlays-1", "", ""): "my-agent-overlays-1",
    ("r", "centaur", ""): "r-centaur",
    ("a-centaur", "centaur", ""): "a-centaur",
    ("r", "centaur", "prod"): "prod",
    ("r", "", "x" * 51 + "--y"): "x" * 51,
    ("r" * 53, "", ""): "r" * 52,
    ("r" * 50, "", ""): "r" * 50 + "-a",
}


@BOTH
@pytest.mark.parametrize("case", NAMES, ids=lambda case: case[0][:12])
def test_names(helm: pathlib.Path, case: tuple[str, str, str]) -> None:
    release, name, full = case
    rendered = render(helm, {"nameOverride": name, "fullnameOverride": full}, release=release)
    stem = NAMES[case]
    assert f"DaemonSet/{stem}-repo-cache" in keys(rendered)
    assert all(item["metadata"]["name"].startswith(f"{stem}-") for item in rendered.objects.values())
    for item in rendered.objects.values():
        for value in item["metadata"]["labels"].values():
            assert len(value) <= 63


def pod(rendered: Rendered, key: str) -> Object:
    kind, _, name = key.partition("/")
    spec: Object = rendered.objects[kind, name]["spec"]["template"]["spec"]
    return spec


@BOTH
def test_the_cache_pod_is_locked_down(helm: pathlib.Path) -> None:
    for values, key, context in (
        ({}, f"DaemonSet/{CACHE}", {"runAsUser": 0, "runAsGroup": 0}),
        (
            {"repoCache": {"storage": CLAIM}},
            f"Deployment/{CACHE}",
            {
                "runAsUser": 1000,
                "runAsGroup": 1000,
                "runAsNonRoot": True,
                "fsGroup": 1000,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
        ),
    ):
        spec = pod(render(helm, values), key)
        assert spec["serviceAccountName"] == CACHE
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"] == {**context, "seccompProfile": SECCOMP}
        assert spec["containers"][0]["securityContext"] == locked()


def locked() -> Object:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "seccompProfile": SECCOMP,
    }


@BOTH
def test_the_api_pod_is_locked_down(helm: pathlib.Path) -> None:
    spec = pod(render(helm, {}), f"Deployment/{API}")
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"] == {
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "runAsNonRoot": True,
        "seccompProfile": SECCOMP,
    }
    assert spec["containers"][0]["securityContext"] == locked()


@BOTH
def test_the_users_security_context_wins_key_by_key(helm: pathlib.Path) -> None:
    localhost = {"type": "Localhost", "localhostProfile": "x.json"}
    values = {
        "repoCache": {"podSecurityContext": {"runAsUser": 2000, "seccompProfile": localhost}},
        "apiRs": {"podSecurityContext": {"runAsUser": 3000, "fsGroup": 3000}},
    }
    rendered = render(helm, values)
    assert pod(rendered, f"DaemonSet/{CACHE}")["securityContext"] == {
        "runAsUser": 2000,
        "runAsGroup": 0,
        "fsGroup": 2000,
        "seccompProfile": localhost,
    }
    assert pod(rendered, f"Deployment/{API}")["securityContext"]["fsGroup"] == 3000


@BOTH
@pytest.mark.parametrize(("ports", "expected"), [(None, [[443]]), ([], []), ([80, 8443], [[80, 8443]])])
def test_the_network_policy(helm: pathlib.Path, ports: list[int] | None, expected: list[list[int]]) -> None:
    rendered = render(helm, {} if ports is None else {"repoCache": {"egressPorts": ports}})
    spec = rendered.objects["NetworkPolicy", CACHE]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"protocol": "TCP", "port": 9464}]}]
    dns, *others = spec["egress"]
    assert dns == {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
    assert others == [{"ports": [{"protocol": "TCP", "port": port} for port in rule]} for rule in expected]
    labels = rendered.objects["DaemonSet", CACHE]["spec"]["template"]["metadata"]["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels.items()
    api = rendered.objects["Deployment", API]["spec"]["template"]["metadata"]["labels"]
    assert not spec["podSelector"]["matchLabels"].items() <= api.items()


@BOTH
def test_the_claim(helm: pathlib.Path) -> None:
    rendered = render(helm, {"repoCache": {"storage": CLAIM}})
    claim = rendered.objects["PersistentVolumeClaim", CACHE]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert claim["spec"] == {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "20Gi"}}}
    workload = rendered.objects["Deployment", CACHE]["spec"]
    assert workload["replicas"] == 1
    assert workload["strategy"] == {"type": "Recreate"}
    for key in (f"Deployment/{CACHE}", f"Deployment/{API}"):
        volumes = {item["name"]: item for item in pod(rendered, key)["volumes"]}
        assert volumes["overlays-cache"] == {
            "name": "overlays-cache",
            "persistentVolumeClaim": {"claimName": CACHE},
        }
    rendered = helm_template(helm, ["-f", str(CHART / "ci" / "claim-values.yaml")])
    assert rendered.objects["PersistentVolumeClaim", CACHE]["spec"]["storageClassName"] == "shared"
    assert rendered.env("api-rs")["REPOS_PVC"] == CACHE


def secrets(rendered: Rendered) -> dict[str, tuple[str, str]]:
    """Mount path in the cache container -> Secret and key, which is there under the name "token"."""
    spec = pod(rendered, f"DaemonSet/{CACHE}")
    volumes = {item["name"]: item["secret"] for item in spec["volumes"] if "secret" in item}
    found = {}
    for mount in spec["containers"][0]["volumeMounts"]:
        if mount["name"] in volumes:
            secret = volumes[mount["name"]]
            assert secret["items"] == [{"key": secret["items"][0]["key"], "path": "token"}]
            assert secret["defaultMode"] == 0o440
            assert mount["readOnly"] is True
            found[mount["mountPath"]] = (secret["secretName"], secret["items"][0]["key"])
    return found


def flags(rendered: Rendered) -> list[str]:
    command: list[str] = rendered.container("repo-cache")["command"]
    return command[command.index("--listen") + 2 :]


@BOTH
def test_github_token(helm: pathlib.Path) -> None:
    rendered = render(helm, {"repoCache": {"githubToken": {"token": "päss$(X)", "secretKey": "gh"}}})
    secret = rendered.objects["Secret", f"{CACHE}-github-token"]
    assert {name: base64.b64decode(value).decode() for name, value in secret["data"].items()} == {"gh": "päss$(X)"}
    assert secrets(rendered) == {"/overlays/github-token": (f"{CACHE}-github-token", "gh")}
    assert flags(rendered) == ["--github-token-file", "/overlays/github-token/token"]


@BOTH
def test_git_credentials(helm: pathlib.Path) -> None:
    git = {"existingSecretName": "git", "username": "a$(b)$$c <no value>"}
    both = {"gitCredentials": git, "githubToken": {"existingSecretName": "gh"}}
    elsewhere = {"cloneUrl": "https://git.example.com/x"}
    expected = ["--git-username=a$$(b)$$$$c <no value>", "--git-token-file", "/overlays/git-credentials/token"]
    rendered = render(helm, {"repoCache": both})
    assert flags(rendered) == [*expected, "--git-token-host", "github.com"]
    assert secrets(rendered) == {"/overlays/git-credentials": ("git", "token")}
    rendered = render(helm, {"repoCache": both, "toolServer": elsewhere})
    assert flags(rendered)[-2:] == ["--git-token-host", "git.example.com"]
    assert flags(rendered)[:2] == ["--github-token-file", "/overlays/github-token/token"]
    assert secrets(rendered) == {
        "/overlays/git-credentials": ("git", "token"),
        "/overlays/github-token": ("gh", "token"),
    }
    git["hosts"] = ["a.example", "b.example:8443"]  # type: ignore[assignment]
    rendered = render(helm, {"repoCache": both})
    assert flags(rendered)[-4:] == ["--git-token-host", "a.example", "--git-token-host", "b.example:8443"]


@BOTH
def test_mounts(helm: pathlib.Path) -> None:
    rendered = render(helm, {"overlay": {"systemPrompt": "x"}, "repoCache": {"hostPath": "/srv/repos"}})
    (runtime,) = [name for kind, name in rendered.objects if "-runtime-" in name]
    assert rendered.container("repo-cache")["volumeMounts"] == [
        {"name": "overlays-cache", "mountPath": "/srv/repos"},
        {"name": "overlays-manifest", "mountPath": "/overlays/manifest", "readOnly": True},
        {"name": "overlays-runtime", "mountPath": "/overlays/runtime/overlays_node", "readOnly": True},
        {"name": "overlays-tmp", "mountPath": "/tmp"},
    ]
    assert rendered.container("api-rs")["volumeMounts"] == [
        {"name": "overlays-tmp", "mountPath": "/tmp"},
        {"name": "overlays-cache", "mountPath": "/srv/repos", "readOnly": True},
        {"name": "overlays-prompt", "mountPath": "/app/overlay/org", "readOnly": True},
    ]
    assert pod(rendered, f"Deployment/{API}")["volumes"] == [
        {"name": "overlays-tmp", "emptyDir": {}},
        {"name": "overlays-cache", "hostPath": {"path": "/srv/repos", "type": "DirectoryOrCreate"}},
        {"name": "overlays-prompt", "configMap": {"name": f"{NAME}-overlay"}},
        {"name": "overlays-manifest", "configMap": {"name": f"{NAME}-manifest"}},
        {"name": "overlays-runtime", "configMap": {"name": runtime}},
    ]


@BOTH
@pytest.mark.parametrize("workload", [f"DaemonSet/{CACHE}", f"Deployment/{API}"])
def test_hooks_come_after_the_charts_own(helm: pathlib.Path, workload: str) -> None:
    odd = {"a9": "1", "a10": "y", "a1b": "12:34", "z": "<no value>"}
    hooks: dict[str, Any] = {
        "podAnnotations": {**odd, "on": "off"},
        "podLabels": {"team": "on", "a10": "y"},
        "imagePullSecrets": [{"name": "r1"}, {"name": "r2"}],
        "priorityClassName": "high",
        "extraVolumes": [{"name": "v", "configMap": {"name": "<no value>", "defaultMode": 420}}],
        "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}],
        "extraInitContainers": [{"name": "i", "image": "i:1", "env": [{"name": "N", "value": "1000000"}]}],
        "nodeSelector": odd,
        "tolerations": [{"operator": "Exists", "tolerationSeconds": 1000000}],
        "affinity": {"nodeAffinity": {"x": odd}},
        "resources": {"limits": {"cpu": 2, "memory": "4Gi"}, "requests": {"cpu": 1, "memory": "1Gi"}},
    }
    rendered = render(helm, {"repoCache": hooks, "apiRs": hooks})
    kind, _, name = workload.partition("/")
    template = rendered.objects[kind, name]["spec"]["template"]
    assert hooks["podAnnotations"].items() <= template["metadata"]["annotations"].items()
    assert hooks["podLabels"].items() <= template["metadata"]["labels"].items()
    spec = template["spec"]
    own = [] if workload.startswith("DaemonSet") else ["overlays-wait-for-cache"]
    assert [item["name"] for item in spec["initContainers"]] == [*own, "i"]
    assert spec["initContainers"][-1] == hooks["extraInitContainers"][0]
    assert spec["volumes"][-1] == hooks["extraVolumes"][0]
    assert spec["containers"][0]["volumeMounts"][-1] == hooks["extraVolumeMounts"][0]
    assert spec["containers"][0]["resources"] == hooks["resources"]
    for key in ("imagePullSecrets", "priorityClassName", "nodeSelector", "tolerations", "affinity"):
        assert spec[key] == hooks[key]


@BOTH
def test_images_fall_back_field_by_field(helm: pathlib.Path) -> None:
    values = {
        "sandbox": {"image": {"repository": "s", "tag": "1", "pullPolicy": "Never"}},
        "repoCache": {"image": {"tag": "2"}},
        "toolServer": {"runnerImage": {"repository": "r", "pullPolicy": "IfNotPresent"}},
        "apiRs": {"image": {"tag": "v3"}},
    }
    rendered = render(helm, values)
    cache, api = rendered.container("repo-cache"), rendered.container("api-rs")
    assert (cache["image"], cache["imagePullPolicy"]) == ("s:2", "Never")
    assert (api["image"], api["imagePullPolicy"]) == ("centaur-api-rs:v3", "Always")
    env = rendered.env("api-rs")
    assert env["KUBERNETES_TOOLS_RUNNER_IMAGE"] == "r:1"
    assert env["KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY"] == "IfNotPresent"


@BOTH
def test_the_service_reaches_the_api(helm: pathlib.Path) -> None:
    rendered = render(helm, {"apiRs": {"service": {"type": "LoadBalancer", "port": 80}}})
    service = rendered.objects["Service", API]["spec"]
    assert service["type"] == "LoadBalancer"
    assert service["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    assert rendered.container("api-rs")["ports"] == [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    template = rendered.objects["Deployment", API]["spec"]["template"]
    assert service["selector"].items() <= template["metadata"]["labels"].items()


@BOTH
def test_what_a_chart_upgrade_changes_is_not_in_the_pods(helm: pathlib.Path) -> None:
    for item in render(helm, {}).objects.values():
        labels = item.get("spec", {}).get("template", {}).get("metadata", {}).get("labels", {})
        assert "helm.sh/chart" not in labels
