"""The pod template of sandboxes: an agent on its own copy of what the cache serves."""

from __future__ import annotations

import copy
import pathlib
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.support.helm import HELMS, Object, Rendered, helm_template, refuse, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
NAME: Final = "agent-overlays"
KEY: Final = ("PodTemplate", f"{NAME}-sandbox")
HP: Final = "/var/lib/centaur/repos"
W: Final = "/home/agent/workspace"
DIGEST: Final = "sha256:0082f8e613d23a7401f7842413fecd6ff8df6ff03b1990d67c6e3326d10e95e2"
SECCOMP: Final = {"type": "RuntimeDefault"}
CLAIM: Final[dict[str, Any]] = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"existingClaim": "repos"}}
SELECTED: Final = {
    "app.kubernetes.io/name": NAME,
    "app.kubernetes.io/instance": NAME,
    "app.kubernetes.io/component": "sandbox",
}
SECURITY: Final = {
    "runAsUser": 1000,
    "runAsGroup": 1000,
    "runAsNonRoot": True,
    "fsGroup": 1000,
    "seccompProfile": SECCOMP,
}


def install(*flags: str, name: str = "overlays-install", root: str = HP, dest: str = W, wait: str = "300") -> Object:
    """An init container with these flags after --wait; --fallback none without any."""
    return {
        "name": name,
        "image": "centaur-agent:latest",
        "imagePullPolicy": "Always",
        "workingDir": "/overlays/runtime",
        "command": [
            *("python3", "-B", "-m", "overlays_node", "install"),
            *("--manifest", "/overlays/manifest/overlay-manifest.json", "--root", root),
            *("--dest", dest, "--wait", wait, *(flags or ("--fallback", "none"))),
        ],
        "securityContext": {**LOCKED, "readOnlyRootFilesystem": True},
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "10m", "memory": "32Mi"}},
        "volumeMounts": [
            {"name": "overlays-cache", "mountPath": root, "readOnly": True},
            {"name": "overlays-manifest", "mountPath": "/overlays/manifest", "readOnly": True},
            {"name": "overlays-runtime", "mountPath": "/overlays/runtime/overlays_node", "readOnly": True},
            {"name": "overlays-workspace", "mountPath": dest},
        ],
    }


LOCKED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": SECCOMP,
}


def variables(**values: str) -> list[Object]:
    return [{"name": name, "value": value} for name, value in values.items()]


def volumes(rendered: Rendered, cache: Object) -> list[Object]:
    """The chart's own volumes around that of the cache."""
    (runtime,) = [name for kind, name in rendered.objects if kind == "ConfigMap" and "-runtime-" in name]
    return [
        {"name": "overlays-workspace", "emptyDir": {}},
        {"name": "overlays-cache", **cache},
        {"name": "overlays-manifest", "configMap": {"name": f"{NAME}-manifest"}},
        {"name": "overlays-runtime", "configMap": {"name": runtime}},
    ]


def template(rendered: Rendered) -> Object:
    found: Object = rendered.objects[KEY]["template"]
    return found


def agent(rendered: Rendered) -> Object:
    """The spec of the pod's one container."""
    (found,) = template(rendered)["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def host_path(path: str = HP) -> Object:
    return {"hostPath": {"path": path, "type": "DirectoryOrCreate"}}


@BOTH
def test_the_whole_template(helm: pathlib.Path) -> None:
    rendered = render(helm, {})
    item = copy.deepcopy(rendered.objects[KEY])
    chart = item["metadata"]["labels"].pop("helm.sh/chart")
    assert chart.startswith("agent-overlays-")
    assert item == {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": f"{NAME}-sandbox", "labels": {**SELECTED, "app.kubernetes.io/managed-by": "Helm"}},
        "template": {
            "metadata": {"labels": SELECTED, "annotations": {"agent-overlays.io/digest": DIGEST}},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": SECURITY,
                "initContainers": [install()],
                "containers": [
                    {
                        "name": "agent",
                        "image": "centaur-agent:latest",
                        "imagePullPolicy": "Always",
                        "workingDir": W,
                        "env": variables(
                            TOOL_DIRS=f"{W}/tools",
                            WORKFLOW_DIRS=f"{W}/workflows",
                            CENTAUR_SKILL_DIRS=f"{W}/.agents/skills",
                            OVERLAYS_DIGEST=DIGEST,
                        ),
                        "securityContext": LOCKED,
                        "volumeMounts": [{"name": "overlays-workspace", "mountPath": W}],
                    }
                ],
                "volumes": volumes(rendered, host_path()),
            },
        },
    }


@BOTH
def test_follow_adds_a_sidecar_that_runs_the_same(helm: pathlib.Path) -> None:
    values: Object = {"sandbox": {"follow": True, "fallback": "incomplete", "wait": 1000000 // 50}}
    spec = template(render(helm, values))["spec"]
    flags = ("--fallback", "incomplete")
    sidecar = install(*flags, "--follow", name="overlays-follow", wait="20000")
    assert spec["initContainers"] == [install(*flags, wait="20000"), {**sidecar, "restartPolicy": "Always"}]
    values["sandbox"]["follow"] = False
    assert {**spec, "initContainers": spec["initContainers"][:1]} == template(render(helm, values))["spec"]


@BOTH
def test_places(helm: pathlib.Path) -> None:
    values = {
        "repoCache": {"hostPath": "/srv/x"},
        "sandbox": {"workspace": "/agent", "mountCache": True},
        "overlays": {"sources": [{"repo": "a/b", "personasSubdir": "p", "promptPath": "p.md", "workflowsSubdir": ""}]},
    }
    rendered = render(helm, values)
    assert template(rendered)["spec"]["initContainers"] == [install(root="/srv/x", dest="/agent")]
    assert template(rendered)["spec"]["volumes"] == volumes(rendered, host_path("/srv/x"))
    container = agent(rendered)
    assert container["workingDir"] == "/agent"
    assert container["volumeMounts"] == [
        {"name": "overlays-workspace", "mountPath": "/agent"},
        {"name": "overlays-cache", "mountPath": "/home/agent/github", "readOnly": True},
    ]
    assert rendered.env("agent") == {
        "TOOL_DIRS": "/agent/tools",
        "CENTAUR_SKILL_DIRS": "/agent/.agents/skills",
        "CENTAUR_PERSONA_DIRS": "/agent/personas",
        "CENTAUR_PROMPT_PATHS": "/agent/SYSTEM_PROMPT.md",
        "OVERLAYS_DIGEST": rendered.env("api-rs")["OVERLAYS_DIGEST"],
    }


@BOTH
def test_a_claim_is_read_only_as_a_whole(helm: pathlib.Path) -> None:
    rendered = render(helm, {"repoCache": {"storage": CLAIM}})
    claim = {"persistentVolumeClaim": {"claimName": "repos", "readOnly": True}}
    assert template(rendered)["spec"]["volumes"] == volumes(rendered, claim)
    assert template(rendered)["spec"]["initContainers"] == [install()]


@BOTH
def test_variables_of_the_user_take_the_place_of_rendered_ones(helm: pathlib.Path) -> None:
    array = '[{"name":"NEW","value":"n"},{"name":"CENTAUR_SKILL_DIRS","value":""},{"name":"TOOL_DIRS","value":"$(X)"}]'
    values = {
        "sandbox": {
            "extraEnv": {"WORKFLOW_DIRS": "/w", "TOOL_DIRS": "lost", "Z": 1000000, "A": True, "B": "<no value>"}
        },
        "apiRs": {"extraEnv": {"SESSION_SANDBOX_EXTRA_ENV": array}},
    }
    rendered = render(helm, values)
    assert agent(rendered)["env"] == variables(
        TOOL_DIRS="$(X)",
        WORKFLOW_DIRS="/w",
        CENTAUR_SKILL_DIRS="",
        OVERLAYS_DIGEST=DIGEST,
        A="true",
        B="<no value>",
        Z="1000000",
        NEW="n",
    )


@BOTH
@pytest.mark.parametrize("delivery", ["separate", "merged"])
def test_the_delivery_of_the_cache_does_not_matter(helm: pathlib.Path, delivery: str) -> None:
    rendered = render(helm, {"overlays": {"delivery": delivery}})
    assert rendered.objects[KEY] == render(helm, {}).objects[KEY]


@BOTH
def test_it_is_there_with_the_cache(helm: pathlib.Path) -> None:
    only_listed = {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/b"]}}
    rendered = render(helm, only_listed)
    assert list(rendered.env("agent")) == ["OVERLAYS_DIGEST"]
    for values in ({"repoCache": {"enabled": False}}, {"toolServer": {"enabled": False}}):
        assert render(helm, values).of_kind("PodTemplate") == []


ODD: Final = {"a9": "1", "a10": "y", "a1b": "12:34", "on": "off", "z": "<no value>"}
HOOKS: Final[dict[str, Any]] = {
    "podAnnotations": ODD,
    "podLabels": {"team": "on", "a10": "y"},
    "imagePullSecrets": [{"name": "r1"}, {"name": "r2"}],
    "priorityClassName": "<no value>",
    "extraVolumes": [{"name": "v", "configMap": {"name": "x\u0085y", "defaultMode": 420}}],
    "extraVolumeMounts": [{"name": "v", "mountPath": "/tmp"}, {"name": "overlays-cache", "mountPath": "/cache"}],
    "extraInitContainers": [{"name": "i", "image": "i:1", "env": [{"name": "N", "value": "$(X)<no value>"}]}],
    "nodeSelector": ODD,
    "tolerations": [{"operator": "Exists", "tolerationSeconds": 1000000}],
    "affinity": {"nodeAffinity": {"x": ODD}},
    "resources": {"limits": {"cpu": 2, "memory": "4Gi"}, "requests": None},
    "runtimeClassName": "gvisor",
    "podSecurityContext": {"runAsUser": 2000, "fsGroup": 2000, "runAsNonRoot": None, "supplementalGroups": [5]},
}


@BOTH
def test_hooks(helm: pathlib.Path) -> None:
    cache = {"imagePullSecrets": [{"name": "r2"}, {"name": "r3"}]}
    rendered = render(helm, {"sandbox": {**HOOKS, "follow": True}, "repoCache": cache})
    made = template(rendered)
    spec = made["spec"]
    assert made["metadata"] == {
        "labels": {**SELECTED, **HOOKS["podLabels"]},
        "annotations": {"agent-overlays.io/digest": DIGEST, **ODD},
    }
    assert spec["imagePullSecrets"] == [{"name": "r1"}, {"name": "r2"}, {"name": "r3"}]
    for key in ("priorityClassName", "nodeSelector", "tolerations", "affinity", "runtimeClassName"):
        assert spec[key] == HOOKS[key]
    assert spec["securityContext"] == {**SECURITY, "runAsUser": 2000, "fsGroup": 2000, "supplementalGroups": [5]}
    names = [item["name"] for item in spec["initContainers"]]
    assert names == ["overlays-install", "overlays-follow", "i"]
    assert spec["initContainers"][2:] == HOOKS["extraInitContainers"]
    assert agent(rendered)["volumeMounts"][1:] == HOOKS["extraVolumeMounts"]
    assert agent(rendered)["resources"] == HOOKS["resources"]
    assert spec["volumes"] == [*volumes(rendered, host_path()), *HOOKS["extraVolumes"]]
    others = {"repoCache": cache}
    mine = {key: item for key, item in rendered.objects.items() if key != KEY}
    assert mine == {key: item for key, item in render(helm, others).objects.items() if key != KEY}


@BOTH
def test_images(helm: pathlib.Path) -> None:
    image = {"repository": "s", "tag": "1", "pullPolicy": "Never"}
    rendered = render(helm, {"sandbox": {"image": image}, "repoCache": {"image": {"repository": "c", "tag": "2"}}})
    found = [rendered.container(name) for name in ("agent", "overlays-install")]
    assert [(item["image"], item["imagePullPolicy"]) for item in found] == [("s:1", "Never"), ("c:2", "Never")]


@BOTH
def test_nulls_are_the_defaults(helm: pathlib.Path) -> None:
    nulls = dict.fromkeys([*HOOKS, "workspace", "mountCache", "fallback", "wait", "follow", "image", "extraEnv"])
    for values in ({"sandbox": nulls}, {"sandbox": None}, {"overlays": {"delivery": None}}):
        assert render(helm, values).objects[KEY] == render(helm, {}).objects[KEY]


@BOTH
def test_a_long_name_is_cut(helm: pathlib.Path) -> None:
    assert ("PodTemplate", "r" * 52 + "-sandbox") in render(helm, {}, release="r" * 53).objects


# name -> (sandbox values, what of them Helm names)
RESERVED: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "volume": ({"extraVolumes": [{"name": "overlays-workspace"}]}, "at '/sandbox/extraVolumes/0/name'"),
    "agent": ({"extraInitContainers": [{"name": "agent"}]}, "at '/sandbox/extraInitContainers/0/name'"),
    "install": ({"extraInitContainers": [{"name": "overlays-install"}]}, "at '/sandbox/extraInitContainers/0/name'"),
    "follow": ({"extraInitContainers": [{"name": "overlays-follow"}]}, "at '/sandbox/extraInitContainers/0/name'"),
    "cache": (
        {"extraVolumeMounts": [{"name": "x", "mountPath": "//home/agent/github/"}]},
        "at '/sandbox/extraVolumeMounts/0/mountPath'",
    ),
    "ours": (
        {"extraVolumeMounts": [{"name": "x", "mountPath": "/overlays"}]},
        "at '/sandbox/extraVolumeMounts/0/mountPath'",
    ),
    "label": (
        {"podLabels": {"app.kubernetes.io/component": "x"}},
        "invalid propertyName 'app.kubernetes.io/component'",
    ),
    "annotation": (
        {"podAnnotations": {"agent-overlays.io/digest": "x"}},
        "invalid propertyName 'agent-overlays.io/digest'",
    ),
    "workspace in the cache": ({"workspace": "/home/agent/github/x"}, "at '/sandbox/workspace'"),
    "workspace of ours": ({"workspace": "/overlays/x"}, "at '/sandbox/workspace'"),
    "workspace with a variable": ({"workspace": "/$(HOME)"}, "at '/sandbox/workspace'"),
}


@BOTH
@pytest.mark.parametrize("name", RESERVED)
def test_what_is_the_charts_own_is_refused(helm: pathlib.Path, name: str) -> None:
    values, told = RESERVED[name]
    assert told in refuse(helm, {"sandbox": values})


# The public templates


@BOTH
@pytest.mark.parametrize("storage", [None, CLAIM], ids=["hostPath", "claim"])
def test_a_parent_builds_its_own_workload_from_the_four_templates(
    helm: pathlib.Path, parent: pathlib.Path, storage: dict[str, Any] | None
) -> None:
    values = {"agent-overlays": {"sandbox": {**HOOKS, "mountCache": True}, "repoCache": {"storage": storage}}}
    rendered = render(helm, values, chart=parent)
    own = rendered.objects["Job", "own-agent"]["spec"]["template"]
    ours = template(rendered)
    assert own["metadata"]["annotations"]["agent-overlays.io/digest"] == rendered.env("agent")["OVERLAYS_DIGEST"]
    assert own["spec"]["initContainers"] == ours["spec"]["initContainers"][:1]
    assert own["spec"]["volumes"] == ours["spec"]["volumes"][:4]
    container = own["spec"]["containers"][0]
    assert container["env"] == agent(rendered)["env"]
    assert ("ACME_REGION", "eu") in rendered.env("own-agent").items()
    assert container["volumeMounts"] == agent(rendered)["volumeMounts"][:2]
    assert {item["name"] for item in container["volumeMounts"]} == {"overlays-workspace", "overlays-cache"}


@BOTH
def test_without_a_cache_the_four_templates_print_nothing(helm: pathlib.Path, parent: pathlib.Path) -> None:
    rendered = helm_template(helm, ["--set", "agent-overlays.repoCache.enabled=false"], parent)
    spec = rendered.objects["Job", "own-agent"]["spec"]["template"]["spec"]
    found = [
        spec["initContainers"],
        spec["volumes"],
        spec["containers"][0]["env"],
        spec["containers"][0]["volumeMounts"],
    ]
    assert found == [None] * 4


@BOTH
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_parents_workload_is_valid_in_kubernetes(helm: pathlib.Path, parent: pathlib.Path) -> None:
    rendered = helm_template(helm, ["--set", "agent-overlays.sandbox.follow=true"], parent)
    for key in (KEY, ("Job", "own-agent")):
        kubernetes_validate.validate(copy.deepcopy(rendered.objects[key]), "1.29", strict=True)
