"""What stands in the pod templates of the chart's workloads, as far as values decide it.

The mirror of chart/templates/repo-cache/workload.yaml and api/deployment.yaml (sandbox.py is that of sandbox/): each
part is there under the words in which a change of it is told. The chart's own version decides the rest (the runtime,
the fixed arguments), and it is the same on both sides. tests/property/test_restarts.py holds this against Helm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from overlays.core.diff.state import State
from overlays.core.naming import CHART
from overlays.core.resolve import host_of
from overlays.helm import gojson
from overlays.model.plan import Pairs

DIGEST: Final = "annotation agent-overlays.io/digest"
SELECTOR: Final = "nameOverride (also in the selector, which Kubernetes lets nobody change: delete the workload first)"

_GITHUB: Final = frozenset({"github.com", "github.com:443"})
_FLAGS: Final = ("syncIntervalSeconds", "grace", "jobs", "timeout", "fetchTimeout")
_HOOKS: Final = (
    "podLabels",
    "podAnnotations",
    "priorityClassName",
    "nodeSelector",
    "affinity",
    "tolerations",
    "resources",
    "extraInitContainers",
    "extraVolumes",
    "extraVolumeMounts",
)


class Workload(NamedTuple):
    """One workload of the chart.

    kind, name: of the object. variables: of its container, in order. parts: everything else in the pod template.
    """

    kind: str
    name: str
    variables: Pairs
    parts: Mapping[str, object]


def repo_cache(state: State) -> Workload | None:
    """The workload that keeps the cache; None when there is none."""
    plan, cache = state.plan, state.values["repoCache"]
    if not (plan.cache.enabled and plan.repositories):
        return None
    metrics = cache["metrics"]
    parts: dict[str, object] = {
        SELECTOR: name_label(state),
        **common(state, "repoCache"),
        "image pull secrets": text(cache["imagePullSecrets"]),
        "names of the objects that it uses": plan.fullname,
        "repoCache.podSecurityContext": _cache_security(cache["podSecurityContext"], plan.cache.claim),
        "image of the cache": cache_image(state),
        **{f"repoCache.{key}": int(cache[key]) for key in _FLAGS},
        "repoCache.minFree": cache["minFree"],
        "repoCache.metrics": int(metrics["port"]) if metrics["enabled"] else 0,
        "repoCache.hostPath": plan.cache.host_path,
        "repoCache.storage": plan.cache.claim,
        "credentials for Git hosts": _credentials(state),
        "repoCache.readinessProbe": {key: int(value) for key, value in cache["readinessProbe"].items()},
    }
    kind = "Deployment" if plan.cache.claim else "DaemonSet"
    return Workload(kind, f"{plan.fullname}-repo-cache", tuple(state.environment.repo_cache.items()), parts)


def api(state: State) -> Workload | None:
    """The API; None when it is off."""
    plan, own = state.plan, state.values["apiRs"]
    if not own["enabled"]:
        return None
    reads = plan.cache.enabled and bool(plan.sources)
    waits = reads and own["waitForCache"]
    image, prompt = own["image"], plan.api.prompt_dir
    secrets = [*own["imagePullSecrets"], *(state.values["repoCache"]["imagePullSecrets"] if waits else ())]
    parts: dict[str, object] = {
        SELECTOR: name_label(state),
        **common(state, "apiRs"),
        "image pull secrets": list(dict.fromkeys(map(text, secrets))) if waits else list(map(text, secrets)),
        "apiRs.podSecurityContext": over(READER, own["podSecurityContext"]),
        "apiRs.image": (f"{image['repository']}:{image['tag']}", image["pullPolicy"]),
        "the volume of the cache": (plan.cache.claim, plan.cache.host_path) if reads else (),
        "the volume of overlay.systemPrompt": (plan.fullname, prompt) if prompt else (),
        "the init container that waits for the cache": (plan.fullname, *cache_image(state)) if waits else (),
    }
    return Workload("Deployment", f"{plan.fullname}-api-rs", tuple(state.environment.api.items()), parts)


def name_label(state: State) -> str:
    """The label of all pods that names the chart."""
    return str(state.values["nameOverride"] or CHART)[:63].strip("-.")


def common(state: State, owner: str) -> dict[str, object]:
    """What every pod has. owner: the key under which its hooks stand."""
    values = state.values[owner]
    return {DIGEST: state.plan.digest, **{f"{owner}.{key}": text(values[key]) for key in _HOOKS}}


def text(value: object) -> str:
    """JSON as it is printed; "" for what is empty, which is not printed at all."""
    return gojson.dumps(value) if value else ""


def over(ours: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    """A security context: what the user says laid over the chart's own, in which a null takes a key away."""
    return gojson.dumps({**ours, **{key: value for key, value in theirs.items() if value is not None}})


def _cache_security(theirs: Mapping[str, Any], claim: str) -> str:
    if claim:
        return over({**READER, "fsGroup": 1000, "fsGroupChangePolicy": "OnRootMismatch"}, theirs)
    user, group = theirs.get("runAsUser"), theirs.get("runAsGroup")
    return over({**_ROOT, **({"fsGroup": int(group or user)} if user and _is_number(user) else {})}, theirs)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def cache_image(state: State) -> tuple[str, str]:
    """Image and pull policy of what runs the code of the cache."""
    own, other = state.values["repoCache"]["image"], state.values["sandbox"]["image"]
    repository, tag, policy = (own[key] or other[key] for key in ("repository", "tag", "pullPolicy"))
    return f"{repository}:{tag}", policy


def _credentials(state: State) -> tuple[object, ...]:
    """Names and keys of the Secrets, and who gets what is in them."""
    token, git = state.values["repoCache"]["githubToken"], state.values["repoCache"]["gitCredentials"]
    hosts: Sequence[str] = ()
    if git["existingSecretName"]:
        hosts = git["hosts"] or sorted({host_of(repository.clone_url) for repository in state.plan.repositories})
    found: list[object] = []
    beaten = _GITHUB & {host.lower() for host in hosts}
    if (token["existingSecretName"] or token["token"]) and not beaten:
        found.append(("github-token", token["existingSecretName"], token["secretKey"]))
    if git["existingSecretName"]:
        user = git["username"] or "x-access-token"
        found.append(("git-credentials", git["existingSecretName"], git["secretKey"], user, tuple(hosts)))
    return tuple(found)


_SECCOMP: Final[Mapping[str, object]] = {"seccompProfile": {"type": "RuntimeDefault"}}
_ROOT: Final[Mapping[str, object]] = {"runAsUser": 0, "runAsGroup": 0, **_SECCOMP}
READER: Final[Mapping[str, object]] = {"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True, **_SECCOMP}
