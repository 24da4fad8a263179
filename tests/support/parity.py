"""Compares what the generator prints with what Helm renders, wherever the same bytes must stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from overlays.cli.pipeline import Checked
from overlays.core.manifest import manifest
from tests.support.helm import Rendered

DIGEST_ANNOTATION = "agent-overlays.io/digest"


class Printed(NamedTuple):
    """What the generator prints: variables by consumer in rendered order, the manifest, the variables of the agent."""

    env: Mapping[str, Mapping[str, str]]
    manifest: str
    agent: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest of the plan."""
        return self.env["api"]["OVERLAYS_DIGEST"]


def of_files(env_json: bytes, manifest_json: bytes, agent_json: bytes) -> Printed:
    """From the outputs of `render env`, `render manifest` and `render env --for agent`."""
    return Printed(json.loads(env_json), manifest_json.decode(), json.loads(agent_json))


def of_checked(checked: Checked) -> Printed:
    """From a plan in this process."""
    env = checked.environment
    consumers = {"api": env.api, "repoCache": env.repo_cache, "sandbox": env.sandbox}
    return Printed(consumers, manifest(checked.plan), env.agent)


def differences(printed: Printed, rendered: Rendered) -> dict[str, tuple[Any, Any]]:
    """Place -> (the generator's, Helm's) for everything that must be equal and is not. Order of variables counts."""
    pairs = {
        **_workloads(printed, rendered),
        "ConfigMap of variables": (_items(printed.env["api"]), _items(_data(rendered, "-env") or {})),
        "sandbox": (_items(printed.env["sandbox"]), rendered.sandbox()),
        **_pod_template(printed, rendered),
    }
    cached = bool(printed.env["repoCache"])
    manifests = {"overlay-manifest.json": printed.manifest} if cached else None
    pairs["ConfigMap of the manifest"] = (manifests, _data(rendered, "-manifest"))
    return {place: (ours, theirs) for place, (ours, theirs) in pairs.items() if ours != theirs}


def _workloads(printed: Printed, rendered: Rendered) -> dict[str, tuple[Any, Any]]:
    found = {
        container["name"]: (container, pod["metadata"]["annotations"][DIGEST_ANNOTATION])
        for pod in _pods(rendered)
        for container in pod["spec"]["containers"]
    }
    pairs: dict[str, tuple[Any, Any]] = {}
    for name, (container, digest) in found.items():
        consumer = {"api-rs": "api", "repo-cache": "repoCache"}[name]
        pairs[f"variables of {name}"] = (_items(printed.env[consumer]), _variables(container))
        pairs[f"digest of {name}"] = (printed.digest, digest)
    pairs["whether the cache is rendered"] = (bool(printed.env["repoCache"]), "repo-cache" in found)
    pairs["whether the API's Service is"] = ("api-rs" in found, bool(rendered.of_kind("Service")))
    return pairs


def _pod_template(printed: Printed, rendered: Rendered) -> dict[str, tuple[Any, Any]]:
    found = [item["template"] for item in rendered.of_kind("PodTemplate")]
    agents = [pod["spec"]["containers"][0] for pod in found]
    return {
        "variables of the agent": ([_items(printed.agent)] if printed.agent else [], list(map(_variables, agents))),
        "digest of the agent": (
            [printed.digest] if printed.agent else [],
            [pod["metadata"]["annotations"][DIGEST_ANNOTATION] for pod in found],
        ),
    }


def _pods(rendered: Rendered) -> list[Any]:
    workloads = [*rendered.of_kind("DaemonSet"), *rendered.of_kind("Deployment")]
    return [workload["spec"]["template"] for workload in workloads]


def _variables(container: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(entry["name"], entry["value"]) for entry in container["env"]]


def _items(variables: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(variables.items())


def _data(rendered: Rendered, suffix: str) -> dict[str, str] | None:
    found = [item for item in rendered.of_kind("ConfigMap") if item["metadata"]["name"].endswith(suffix)]
    if len(found) > 1:
        raise AssertionError(f"{len(found)} ConfigMaps end in {suffix!r}")
    return found[0]["data"] if found else None
