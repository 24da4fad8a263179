"""An upgrade restarts what it has to, node after node, and nothing else."""

from __future__ import annotations

import json
import pathlib
import shutil
from collections.abc import Sequence
from typing import Any, Final

import pytest
import yaml

from tests.support.cluster import NODES
from tests.support.helm import CHART, HELMS, Object
from tests.support.namespace import (
    API,
    CACHE,
    FULLNAME,
    RELEASE,
    Namespace,
    claim,
    component_of,
    pod_of,
    pods_of,
    volume,
)

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
AT_MOST: Final = 13  # a quarter of 50 is 12.5, which Kubernetes rounds up
Values = dict[str, Any]
# On few nodes, for tests that look at what happens to any pod.
FEW: Final[Values] = {"nodeSelector": {"kubernetes.io/hostname": "node-00"}}  # of repoCache


def values(*repos: str, **more: Any) -> Values:
    return {"toolServer": {"enabled": False}, "overlays": {"sources": [{"repo": repo} for repo in repos]}, **more}


def is_available(pod: Object) -> bool:
    conditions = {item["type"]: item["status"] for item in pod.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def availability(before: Sequence[Object], story: Sequence[Object], of: str) -> list[int]:
    """On how many nodes a pod of that component was available: at first, and after each event of the story."""
    known = {pod["metadata"]["uid"]: pod for pod in before}
    counts = []
    for event in [None, *story]:
        if event is not None and component_of(event["object"]) == of:
            known[event["object"]["metadata"]["uid"]] = (
                event["object"] if event["type"] != "DELETED" else {"metadata": {}}
            )
        counts.append(len({pod["spec"]["nodeName"] for pod in known.values() if is_available(pod)}))
    return counts


@BOTH
def test_a_new_list_is_rolled_out_a_quarter_of_the_nodes_at_a_time(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.helm(helm, "install", values("acme/base"))
    caches, apis = namespace.pods("repo-cache"), namespace.pods("api-rs")
    assert len(caches) == NODES
    since = namespace.now()
    namespace.helm(helm, "upgrade", values("acme/base", "acme/extra"))
    namespace.do("rollout", "status", f"daemonset/{CACHE}", "--timeout=2m")
    story = namespace.story(since)
    after = namespace.pods("repo-cache")
    assert not after.keys() & caches.keys()
    assert {pod["spec"]["nodeName"] for pod in after.values()} == {f"node-{number:02}" for number in range(NODES)}
    counts = availability(list(caches.values()), story, "repo-cache")
    assert (counts[0], counts[-1]) == (NODES, NODES)
    assert 1 < NODES - min(counts) <= AT_MOST
    assert min(availability(list(apis.values()), story, "api-rs")) == 1


COMPONENTS: Final = {"cache": "repo-cache", "api": "api-rs", "sandbox": "sandbox"}


def state(namespace: Namespace) -> Object:
    """What a restart of anything would change."""
    objects = namespace.all("daemonsets", "deployments", "podtemplates", "pods")
    (template,) = [item["template"] for item in objects if item["kind"] == "PodTemplate"]
    workloads = {
        component_of(item): item["metadata"]["generation"] for item in objects if "template" in item.get("spec", ())
    }
    return {
        "pods": {name: sorted(pods_of(objects, component)) for name, component in COMPONENTS.items()},
        "generations": {name: workloads[component] for name, component in COMPONENTS.items() if component in workloads},
        "template": template,
    }


def sandbox(namespace: Namespace) -> None:
    """Start a sandbox from the pod template."""
    template = namespace.get("podtemplate", f"{FULLNAME}-sandbox")["template"]
    namespace.create_objects(pod_of(template, "sandbox-1"))
    namespace.do("wait", "--for=condition=Ready", "pod/sandbox-1", "--timeout=2m")


@BOTH
def test_an_upgrade_that_changes_nothing_restarts_nothing(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.helm(helm, "install", values("acme/base", "acme/extra"))
    sandbox(namespace)
    before, since = state(namespace), namespace.now()
    assert [len(pods) for pods in before["pods"].values()] == [NODES, 1, 1]
    namespace.helm(helm, "upgrade", values("acme/base", "acme/extra"))
    assert state(namespace) == before
    assert namespace.story(since) == []


@BOTH
def test_a_new_version_of_the_chart_alone_restarts_nothing(
    helm: pathlib.Path, namespace: Namespace, tmp_path: pathlib.Path
) -> None:
    newer = pathlib.Path(shutil.copytree(CHART, tmp_path / "agent-overlays"))
    about = yaml.safe_load((newer / "Chart.yaml").read_text())
    (newer / "Chart.yaml").write_text(json.dumps({**about, "version": "99.0.0"}))
    namespace.helm(helm, "install", values("acme/base"))
    sandbox(namespace)
    before, since = state(namespace), namespace.now()
    namespace.helm(helm, "upgrade", values("acme/base"), chart=newer)
    labels = namespace.get("daemonset", CACHE)["metadata"]["labels"]
    assert labels["helm.sh/chart"] == "agent-overlays-99.0.0"
    assert state(namespace) == before
    assert namespace.story(since) == []


LISTED: Final = {"repo": "acme/base"}
# What is added to the values of before, in this order, and which workloads get new pods by that.
RESTARTS: Final[tuple[tuple[Values, set[str]], ...]] = (
    ({"overlays": {"sources": [LISTED, {"repo": "acme/extra"}]}}, {"cache", "api"}),
    ({"overlays": {"sources": [LISTED, {"repo": "acme/extra", "overrides": ["tools/a"]}]}}, set()),
    ({"overlays": {"delivery": "merged", "sources": [LISTED, {"repo": "acme/extra"}]}}, {"api"}),
    ({"apiRs": {"extraEnv": {"LOG": "debug"}}}, {"api"}),
    ({"apiRs": {"extraEnv": {"LOG": "debug"}, "service": {"port": 81}}}, set()),
    ({"repoCache": {**FEW, "syncIntervalSeconds": 60}}, {"cache"}),
    ({"repoCache": {**FEW, "syncIntervalSeconds": 60, "egressPorts": [443, 8443]}}, set()),
    ({"sandbox": {"wait": 1, "podLabels": {"a": "b"}}}, set()),
)


@BOTH
def test_what_restarts(helm: pathlib.Path, namespace: Namespace) -> None:
    given = values("acme/base", repoCache=FEW)
    namespace.helm(helm, "install", given)
    before = state(namespace)
    for change, expected in RESTARTS:
        given = {**given, **change}
        namespace.helm(helm, "upgrade", given)
        for workload in (f"daemonset/{CACHE}", f"deployment/{API}"):
            namespace.do("rollout", "status", workload, "--timeout=2m")
        after = state(namespace)
        assert set(differing(before["generations"], after["generations"])) == expected, change
        assert set(differing(before["pods"], after["pods"])) == expected, change
        before = after


def differing(one: Object, other: Object) -> list[str]:
    return [key for key in one if one[key] != other[key]]


@BOTH
def test_a_rollback_brings_back_what_was(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.helm(helm, "install", values("acme/base", repoCache=FEW))
    first = namespace.get("daemonset", CACHE)["spec"], namespace.get("configmap", f"{FULLNAME}-manifest")["data"]
    namespace.helm(helm, "upgrade", values("acme/extra", repoCache=FEW))
    second = namespace.get("daemonset", CACHE)["spec"], namespace.get("configmap", f"{FULLNAME}-manifest")["data"]
    pods = namespace.pods("repo-cache")
    assert first[0] != second[0]
    assert first[1] != second[1]
    namespace.run_helm(helm, "rollback", RELEASE, "1", "--wait", "--timeout=2m")
    namespace.do("rollout", "status", f"daemonset/{CACHE}", "--timeout=2m")
    assert (
        namespace.get("daemonset", CACHE)["spec"],
        namespace.get("configmap", f"{FULLNAME}-manifest")["data"],
    ) == first
    assert not namespace.pods("repo-cache").keys() & pods.keys()


@BOTH
def test_on_a_claim_there_is_one_writer_at_a_time(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.create_objects(volume(namespace.name))
    on_claim = claim(namespace.name)
    namespace.helm(helm, "install", values("acme/base", repoCache=on_claim))
    before, since = namespace.pods("repo-cache"), namespace.now()
    assert namespace.get("deployment", CACHE)["spec"]["strategy"] == {"type": "Recreate"}
    namespace.helm(helm, "upgrade", values("acme/base", "acme/extra", repoCache=on_claim))
    alive, most = set(before), 1
    for event in namespace.story(since):
        if component_of(event["object"]) == "repo-cache":
            uid = event["object"]["metadata"]["uid"]
            alive = alive - {uid} if event["type"] == "DELETED" else alive | {uid}
            most = max(most, len(alive))
    assert (most, len(alive)) == (1, 1)
    assert not alive & before.keys()
