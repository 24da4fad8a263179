"""Compares what the generator prints with what Helm renders, wherever the same bytes must stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from overlays.cli.pipeline import Checked
from overlays.core.env import agent_variables
from overlays.core.manifest import manifest
from tests.support.helm import Rendered

DIGEST_ANNOTATION = "agent-overlays.io/digest"


class Printed(NamedTuple):
    """What the generator prints: variables by consumer in rendered order, the manifest, the variables of the agent.

    agents: the variables of each agent of the values, by name.
    """

    env: Mapping[str, Mapping[str, str]]
    manifest: str
    agent: Mapping[str, str]
    agents: Mapping[str, Mapping[str, str]]

    @property
    def digest(self) -> str:
        """The digest of the plan."""
        return self.env["api"]["OVERLAYS_DIGEST"]


def of_files(files: Mapping[str, bytes]) -> Printed:
    """From the outputs of a golden case, by the names of its files."""
    env, agent, agents = (json.loads(files.get(name, b"{}")) for name in ("env.json", "agent.json", "agents.json"))
    return Printed(env, files["manifest.json"].decode(), agent, agents)


def of_checked(checked: Checked) -> Printed:
    """From a plan in this process."""
    env = checked.environment
    consumers = {"api": env.api, "repoCache": env.repo_cache, "sandbox": env.sandbox}
    agents = {agent.name: agent_variables(checked.plan, agent) for agent in checked.plan.agents}
    return Printed(consumers, manifest(checked.plan), env.agent, agents)


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
    found = {item["metadata"]["name"]: item["template"] for item in rendered.of_kind("PodTemplate")}
    wanted: dict[str, tuple[str, Any]] = {}
    fullname = _config_map(rendered, "-env")["metadata"]["name"].removesuffix("-env")
    if printed.agent:
        entries = {entry["name"]: entry["digest"] for entry in json.loads(printed.manifest).get("agents", ())}
        wanted[f"{fullname}-sandbox"] = printed.digest, _items(printed.agent)
        for name, variables in printed.agents.items():
            wanted[f"{fullname}-agent-{name}"] = entries[name], _items(variables)
    there = {
        name: (pod["metadata"]["annotations"][DIGEST_ANNOTATION], _variables(pod["spec"]["containers"][0]))
        for name, pod in found.items()
    }
    return {"digests and variables of the agents": (wanted, there)}


def _pods(rendered: Rendered) -> list[Any]:
    workloads = [*rendered.of_kind("DaemonSet"), *rendered.of_kind("Deployment")]
    return [workload["spec"]["template"] for workload in workloads]


def _variables(container: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(entry["name"], entry["value"]) for entry in container["env"]]


def _items(variables: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(variables.items())


def _data(rendered: Rendered, suffix: str) -> dict[str, str] | None:
    found = _config_map(rendered, suffix)
    return found["data"] if found else None


def _config_map(rendered: Rendered, suffix: str) -> Any:
    found = [item for item in rendered.of_kind("ConfigMap") if item["metadata"]["name"].endswith(suffix)]
    if len(found) > 1:
        raise AssertionError(f"{len(found)} ConfigMaps end in {suffix!r}")
    return found[0] if found else None
