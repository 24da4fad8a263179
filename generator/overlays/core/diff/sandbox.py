"""What stands in the sandbox pod template: the mirror of chart/templates/sandbox, as workloads.py is of the others."""

from __future__ import annotations

from typing import Final

from overlays.core.diff.state import State
from overlays.core.diff.workloads import READER, Workload, cache_image, common, name_label, over, text

_FLAGS: Final = ("workspace", "mountCache", "fallback", "follow", "runtimeClassName")


def template(state: State) -> Workload | None:
    """The PodTemplate from which others make the pods of agents; None when it is not rendered."""
    plan, own = state.plan, state.values["sandbox"]
    if not plan.has_workload:
        return None
    image = own["image"]
    secrets = [*own["imagePullSecrets"], *state.values["repoCache"]["imagePullSecrets"]]
    parts: dict[str, object] = {
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
    return Workload("PodTemplate", f"{plan.fullname}-sandbox", tuple(state.environment.agent.items()), parts)
