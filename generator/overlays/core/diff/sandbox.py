"""What stands in the pod templates of agents: the mirror of chart/templates/{sandbox,agents}, as workloads.py is."""

from __future__ import annotations

from typing import Final

from overlays.core.diff.state import State
from overlays.core.diff.workloads import DIGEST, READER, Workload, cache_image, common, name_label, over, text
from overlays.core.env import agent_variables

_FLAGS: Final = ("workspace", "fallback", "follow", "runtimeClassName")


def template(state: State) -> Workload | None:
    """That of the pods that get everything; None when it is not rendered."""
    plan = state.plan
    if not plan.has_workload:
        return None
    parts = {**_parts(state), "sandbox.mountCache": state.values["sandbox"]["mountCache"]}
    return Workload("PodTemplate", f"{plan.fullname}-sandbox", tuple(state.environment.agent.items()), parts)


def of_agent(name: str, state: State) -> Workload | None:
    """That of an agent of the values; None when it is not rendered."""
    plan = state.plan
    agent = next((agent for agent in plan.agents if agent.name == name), None)
    if agent is None or not plan.has_workload:
        return None
    parts = {**_parts(state), DIGEST: agent.digest}
    return Workload("PodTemplate", f"{plan.fullname}-agent-{name}", tuple(agent_variables(plan, agent).items()), parts)


def _parts(state: State) -> dict[str, object]:
    plan, own = state.plan, state.values["sandbox"]
    image = own["image"]
    secrets = [*own["imagePullSecrets"], *state.values["repoCache"]["imagePullSecrets"]]
    return {
        "nameOverride": name_label(state),
        **common(state, "sandbox"),
        "image pull secrets": list(dict.fromkeys(map(text, secrets))),
        "names of the objects that it uses": plan.fullname,
        "sandbox.podSecurityContext": over({**READER, "fsGroup": 1000}, own["podSecurityContext"]),
        "image of the cache": cache_image(state),
        "sandbox.image": (f"{image['repository']}:{image['tag']}", image["pullPolicy"]),
        **{f"sandbox.{key}": own[key] for key in _FLAGS},
        "sandbox.wait": int(own["wait"]),
        "repoCache.hostPath": plan.cache.host_path,
        "repoCache.storage": plan.cache.claim,
    }
