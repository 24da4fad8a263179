"""Takes out of two states of one object what is told elsewhere: variables by meaning, and noise in one line for all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from overlays.core.diff.compare import compare_variables
from overlays.core.streams.pods import container_pairs, name_of, plain_text, pod_template, variables
from overlays.core.streams.text import same
from overlays.model.difference import Variables
from overlays.model.stream import KubeObject

DIGEST: Final = "digest of the plan"
RUNTIME_ANNOTATION: Final = "agent-overlays.io/runtime"

_DIGEST_VARIABLE: Final = "OVERLAYS_DIGEST"
_DIGEST_ANNOTATION: Final = "agent-overlays.io/digest"
_MANIFEST: Final = "overlay-manifest.json"
_MANIFEST_DIGEST: Final = '"digest": "(sha256:[0-9a-f]{64})"'
_LABELS: Final = frozenset(
    {"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "chart", "heritage"}
)
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

Texts: TypeAlias = tuple[dict[str, str], dict[str, str]]
"""Variables of the old and of the new state."""

CONTRACT: Final = frozenset(
    {
        "REPOSITORIES",
        "REPOSITORY_REFS",
        "SYNC_INTERVAL_SECONDS",
        "GIT_TERMINAL_PROMPT",
        "REPOSITORY_VISIBILITIES",
        "REPOSITORY_CLONE_URLS",
        "TOOL_DIRS",
        "WORKFLOW_DIRS",
        "KUBERNETES_WORKFLOW_DIRS",
        "REPOS_PATH",
        "REPOS_PVC",
        "CENTAUR_OVERLAY_DIR",
        "CENTAUR_SKILL_DIRS",
        "CENTAUR_PUBLIC_SKILL_DIRS",
        "CENTAUR_PERSONA_DIRS",
        "CENTAUR_PROMPT_PATHS",
        "SESSION_SANDBOX_EXTRA_ENV",
        "KUBERNETES_TOOLS_REPO",
        "KUBERNETES_TOOLS_REF",
        "KUBERNETES_TOOLS_SUBDIR",
        "KUBERNETES_TOOLS_VISIBILITY",
        "KUBERNETES_TOOLS_EXTRA_SOURCES",
        "KUBERNETES_TOOLS_REPO_CACHE_PATH",
        "KUBERNETES_TOOLS_REPO_CACHE_PVC",
        "KUBERNETES_TOOLS_RUNNER_IMAGE",
        "KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY",
        "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET",
        "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY",
        "KUBERNETES_PUBLIC_TOOL_DIRS",
        _DIGEST_VARIABLE,
    }
)
"""The variables of the contract (2.2, 2.3)."""


class Noise(NamedTuple):
    """Something known to change with every version: told once for all objects. before, after: None where it is not."""

    what: str
    before: str | None
    after: str | None


class Rest(NamedTuple):
    """Two states of an object without what is told elsewhere."""

    before: Any
    after: Any
    variables: tuple[Variables, ...]
    noise: tuple[Noise, ...]


def fold(old: KubeObject, new: KubeObject, runtimes: Mapping[str, str]) -> Rest:
    """runtimes: names of the ConfigMaps of the node's runtime to the one word that stands for them all."""
    before, after = _copy(old.value), _copy(new.value)
    told: dict[str, Texts] = {}
    for one, other in container_pairs(before, after):
        told[f"{label(new)}, container {other['name']}"] = _take_env(one, other)
    if new.identity.kind == "ConfigMap":
        if _is_environment(before) and _is_environment(after):
            told[label(new)] = _take_data(before["data"], after["data"])
    elif new.identity.kind == "Secret":
        _hide(before, after)
    noise = list(_digests(told.values()))
    noise += _noise(_take_marks(before, runtimes), _take_marks(after, runtimes))
    if isinstance(_manifest(before), str) and isinstance(_manifest(after), str):
        told[label(new)] = {_MANIFEST: before["data"].pop(_MANIFEST)}, {_MANIFEST: after["data"].pop(_MANIFEST)}
    changes = ((consumer, compare_variables(*texts)) for consumer, texts in told.items())
    found = tuple(Variables(consumer, changed) for consumer, changed in changes if changed)
    return Rest(before, after, found, tuple(dict.fromkeys(noise)))


def label(item: KubeObject) -> str:
    """An object as people name it: "Deployment/api", "prod/Deployment/api" with a name space."""
    space = f"{item.identity.namespace}/" if item.identity.namespace else ""
    return f"{space}{item.identity.kind}/{item.identity.name}"


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


# ---- variables -------------------------------------------------------------------------------------------------------


def _take_env(one: dict[str, Any], other: dict[str, Any]) -> Texts:
    """Take the variables of the contract out of two containers; those that come from elsewhere stay in both."""
    before, after = variables(one), variables(other)
    names = {
        name
        for name in CONTRACT
        if all(plain_text(entries[name]) is not None for entries in (before, after) if name in entries)
    }
    for container in (one, other):
        if isinstance(container.get("env"), list):
            left = [item for item in container["env"] if name_of(item) not in names]
            container["env"] = left
            if not left:
                del container["env"]
    texts = [{name: str(plain_text(item)) for name, item in part.items() if name in names} for part in (before, after)]
    return texts[0], texts[1]


def _is_environment(value: Mapping[str, Any]) -> bool:
    data = value.get("data")
    name = value["metadata"].get("name")
    return isinstance(data, dict) and str(name).endswith("-env") and "TOOL_DIRS" in data


def _take_data(one: dict[str, Any], other: dict[str, Any]) -> Texts:
    """Take the variables of the contract out of the data of two ConfigMaps."""
    return _take_texts(one), _take_texts(other)


def _take_texts(data: dict[str, Any]) -> dict[str, str]:
    return {name: data.pop(name) for name in list(data) if name in CONTRACT and isinstance(data[name], str)}


def _digests(told: Any) -> Iterator[Noise]:
    for before, after in told:
        digests = before.pop(_DIGEST_VARIABLE, None), after.pop(_DIGEST_VARIABLE, None)
        if digests[0] != digests[1]:
            yield Noise(DIGEST, *digests)


# ---- labels, annotations, the runtime, the manifest ------------------------------------------------------------------


def _take_marks(value: dict[str, Any], runtimes: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Take the noise out of an object. (where, what) to its text."""
    found: dict[tuple[str, str], str] = {}
    template = pod_template(value)
    for where, part in (("pods", template), ("object", value)):
        metadata = part.get("metadata") if part else None
        if isinstance(metadata, dict):
            _take_from(metadata, "labels", _LABELS.__contains__, where, found)
            _take_from(metadata, "annotations", _is_known_annotation, where, found)
    if runtimes:
        found.pop(("pods", f"annotation {RUNTIME_ANNOTATION}"), None)  # it says the same as the name
    if template and isinstance(template["spec"].get("volumes"), list):
        template["spec"]["volumes"] = _renamed(template["spec"]["volumes"], runtimes)
    manifest = _manifest(value)
    digest = re.search(_MANIFEST_DIGEST, manifest) if isinstance(manifest, str) else None
    if digest:
        found["object", DIGEST] = digest[1]
        value["data"][_MANIFEST] = str(manifest).replace(digest[1], "…")
    return found


def _manifest(value: Mapping[str, Any]) -> Any:
    """The text of the manifest that a ConfigMap holds."""
    data = value.get("data")
    return data.get(_MANIFEST) if isinstance(data, dict) and value["kind"] == "ConfigMap" else None


def _is_known_annotation(name: str) -> bool:
    return name.startswith("checksum") or name in (_DIGEST_ANNOTATION, RUNTIME_ANNOTATION)


def _take_from(metadata: dict[str, Any], key: str, known: Any, where: str, found: dict[tuple[str, str], str]) -> None:
    held = metadata.get(key)
    if not isinstance(held, dict):
        return
    for name in [name for name in held if known(name) and isinstance(held[name], str)]:
        what = DIGEST if name == _DIGEST_ANNOTATION else f"{key.removesuffix('s')} {name}"
        found[where, what] = held.pop(name)
    if not held:
        del metadata[key]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _noise(before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str]) -> Iterator[Noise]:
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield Noise(key[1], before.get(key), after.get(key))


# ---- secrets ---------------------------------------------------------------------------------------------------------


def _hide(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Put words in the place of what two states of a Secret hold."""
    for one, other, key in _holders(before, after):
        old, new = one.get(key), other.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            one[key] = dict.fromkeys(old, "(hidden)")
            changed = {name for name in new if name in old and not same(old[name], new[name])}
            other[key] = {name: "(hidden, changed)" if name in changed else "(hidden)" for name in new}
            continue
        for holder, value in ((one, old), (other, new)):
            if key in holder:
                holder[key] = dict.fromkeys(value, "(hidden)") if isinstance(value, dict) else "(hidden)"


def _holders(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    yield before, after, "data"
    yield before, after, "stringData"
    annotations = [item["metadata"].get("annotations") for item in (before, after)]
    one, other = (item if isinstance(item, dict) else {} for item in annotations)
    yield one, other, _LAST_APPLIED
