"""The cache pod: its settings, probes, resources, and the user that reads the tokens."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, Object, refuse, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
HP: Final = "/var/lib/centaur/repos"
MANIFEST: Final = "/overlays/manifest/overlay-manifest.json"
CLAIM: Final[dict[str, Any]] = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}
START: Final = ["python3", "-B", "-m", "overlays_node"]
PLACES: Final = ["--manifest", MANIFEST, "--root", HP]
SETTINGS: Final = {"--interval": "30", "--grace": "3600", "--jobs": "8", "--timeout": "120", "--fetch-timeout": "900"}


def command(settings: dict[str, str]) -> list[str]:
    return [*START, "sync", *PLACES, *(word for pair in settings.items() for word in pair)]


# The settings


@BOTH
def test_every_setting_is_a_flag(helm: pathlib.Path) -> None:
    rendered = render(helm, {})
    assert rendered.container("repo-cache")["command"] == command(
        {**SETTINGS, "--min-free": "20%", "--listen": ":9464"}
    )


@BOTH
@pytest.mark.parametrize("how", ["file", "set", "set-json"])
def test_numbers_are_written_in_full(helm: pathlib.Path, how: str) -> None:
    numbers = {"syncIntervalSeconds": 86400, "grace": 100000, "jobs": 64, "timeout": 80000, "fetchTimeout": 604800}
    flags = [part for key, value in numbers.items() for part in (f"--{how}", f"repoCache.{key}={value}")]
    port = {"metrics": {"port": 65535}}
    given = render(helm, {"repoCache": port | numbers}) if how == "file" else render(helm, {"repoCache": port}, *flags)
    assert given.container("repo-cache")["command"] == command(
        {**dict(zip(SETTINGS, map(str, numbers.values()), strict=True)), "--min-free": "20%", "--listen": ":65535"}
    )


LIMITS: Final = {
    "grace": (["1", "604800", "6e5"], ["0", "604801", "1.5", '"3600"']),
    "jobs": (["1", "64"], ["0", "65"]),
    "timeout": (["1", "86400"], ["0", "86401"]),
    "fetchTimeout": (["1", "604800"], ["0", "604801"]),
    "minFree": (["0%", "9%", "10%", "90%"], ["91%", "100%", "020%", "20", '"20"', "1.5%", '"20%\\n"', '""']),
    "metrics.port": (["1024", "65535"], ["1023", "65536", '"9464"']),
    "metrics.enabled": (["false", "off"], ["1", '"no"']),
}


@BOTH
@pytest.mark.parametrize("key", LIMITS)
def test_limits(helm: pathlib.Path, key: str) -> None:
    right, wrong = LIMITS[key]
    outer, _, inner = key.rpartition(".")
    for text in right:
        render(helm, f"repoCache: {{{outer}: {{{inner}: {text}}}}}" if outer else f"repoCache: {{{key}: {text}}}")
    for text in wrong:
        values = f"repoCache: {{{outer}: {{{inner}: {text}}}}}" if outer else f"repoCache: {{{key}: {text}}}"
        assert f"at '/repoCache/{key.replace('.', '/')}'" in refuse(helm, values)


# The cache pod


@BOTH
def test_probes_and_port(helm: pathlib.Path) -> None:
    rendered = render(helm, {"repoCache": {"metrics": {"port": 9100}}})
    container = rendered.container("repo-cache")
    assert container["ports"] == [{"name": "metrics", "containerPort": 9100, "protocol": "TCP"}]
    assert container["livenessProbe"] == {
        "httpGet": {"path": "/livez", "port": "metrics"},
        "initialDelaySeconds": 10,
        "periodSeconds": 30,
        "timeoutSeconds": 5,
        "failureThreshold": 4,
    }
    assert container["readinessProbe"] == {
        "exec": {"command": [*START, "ready", *PLACES]},
        "initialDelaySeconds": 10,
        "periodSeconds": 30,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }
    (policy,) = rendered.of_kind("NetworkPolicy")
    assert policy["spec"]["ingress"] == [{"ports": [{"protocol": "TCP", "port": 9100}]}]


@BOTH
def test_without_metrics_there_is_neither_port_nor_liveness_probe(helm: pathlib.Path) -> None:
    rendered = render(helm, {"repoCache": {"metrics": {"enabled": False}}})
    container = rendered.container("repo-cache")
    assert container["command"] == command({**SETTINGS, "--min-free": "20%"})
    assert "ports" not in container
    assert "livenessProbe" not in container
    assert "readinessProbe" in container
    (policy,) = rendered.of_kind("NetworkPolicy")
    assert policy["spec"]["ingress"] == []
    assert "Ingress" in policy["spec"]["policyTypes"]


@BOTH
@pytest.mark.parametrize("storage", [{}, CLAIM], ids=["hostPath", "claim"])
def test_the_cache_pod_ends_soon_and_has_resources(helm: pathlib.Path, storage: dict[str, Any]) -> None:
    pod = render(helm, {"repoCache": {"storage": storage}}).pod("repo-cache")
    assert pod["terminationGracePeriodSeconds"] == 10
    assert pod["containers"][0]["resources"] == {
        "limits": {"memory": "1Gi"},
        "requests": {"cpu": "50m", "memory": "128Mi"},
    }


RESOURCES: Final[dict[str, tuple[Any, Any]]] = {
    "more memory": (
        {"limits": {"memory": "4Gi"}},
        {"limits": {"memory": "4Gi"}, "requests": {"cpu": "50m", "memory": "128Mi"}},
    ),
    "no limit": ({"limits": None}, {"requests": {"cpu": "50m", "memory": "128Mi"}}),
    "null": (None, {"limits": {"memory": "1Gi"}, "requests": {"cpu": "50m", "memory": "128Mi"}}),
}


@BOTH
@pytest.mark.parametrize("name", RESOURCES)
def test_resources_are_laid_over_the_defaults(helm: pathlib.Path, name: str) -> None:
    given, expected = RESOURCES[name]
    assert render(helm, {"repoCache": {"resources": given}}).container("repo-cache")["resources"] == expected


# Who can read the token files: they belong to user 0 and to the group of fsGroup (0 without one), and have mode 0440

CONTEXTS: Final[dict[str, tuple[dict[str, Any], Any]]] = {
    "nothing said": ({}, None),
    "user": ({"runAsUser": 1234}, 1234),
    "a large user": ({"runAsUser": 1000000}, 1000000),
    "user and group": ({"runAsUser": 1234, "runAsGroup": 5678}, 5678),
    "user in group 0": ({"runAsUser": 1234, "runAsGroup": 0}, 1234),
    "an own group for files": ({"runAsUser": 1234, "runAsGroup": 5678, "fsGroup": 99}, 99),
    "nulled": ({"runAsUser": 1234, "fsGroup": None}, 1234),
    "group": ({"runAsGroup": 5678}, None),
    "user 0 in a group": ({"runAsUser": 0, "runAsGroup": 5678}, None),
    "user 0 with an own": ({"runAsUser": 0, "fsGroup": 99}, 99),
}


def reads_tokens(pod: Object) -> bool:
    """Whether the user of the pod may read the token files, by the rules of the kernel without any capability."""
    context = pod["securityContext"]
    group = context.get("fsGroup", 0)
    modes = {volume["secret"]["defaultMode"] for volume in pod["volumes"] if "secret" in volume}
    assert len(modes) == 1
    (mode,) = modes
    if context["runAsUser"] == 0:
        return bool(mode & 0o400)
    return bool(mode & (0o040 if group in {context["runAsGroup"], context.get("fsGroup")} else 0o004))


@BOTH
@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("storage", [{}, CLAIM], ids=["hostPath", "claim"])
def test_the_user_of_the_pod_can_read_the_token_files(helm: pathlib.Path, storage: dict[str, Any], name: str) -> None:
    given, group = CONTEXTS[name]
    secrets = {"githubToken": {"token": "t"}, "gitCredentials": {"existingSecretName": "git", "hosts": ["a.example"]}}
    pod = render(helm, {"repoCache": {**secrets, "storage": storage, "podSecurityContext": given}}).pod("repo-cache")
    context = pod["securityContext"]
    assert context.get("fsGroup") == ((given.get("fsGroup") or 1000) if storage else group)
    assert context["runAsUser"] == given.get("runAsUser", 1000 if storage else 0)
    assert {volume["secret"]["defaultMode"] for volume in pod["volumes"] if "secret" in volume} == {0o440}
    assert reads_tokens(pod)


@BOTH
def test_a_probe_runs_the_code_of_the_process_that_it_asks(helm: pathlib.Path) -> None:
    container = render(helm, {}).container("repo-cache")
    mounts = [mount for mount in container["volumeMounts"] if mount["mountPath"].startswith("/overlays/runtime")]
    # One mount, no subPath: the exec probe runs in this container, from its working directory.
    assert mounts == [
        {"name": "overlays-runtime", "mountPath": "/overlays/runtime/overlays_node", "readOnly": True},
    ]
    assert container["workingDir"] == "/overlays/runtime"
    assert container["command"][:4] == container["readinessProbe"]["exec"]["command"][:4] == START
