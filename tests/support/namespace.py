"""One namespace of a cluster: its objects, its releases, and all that happened to its pods."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import subprocess
from collections.abc import Generator, Iterable, Mapping
from typing import Any, Final

from tests.support.cluster import BIN, Cluster, until
from tests.support.helm import CHART, Object, yaml_of

RELEASE: Final = "prod"
FULLNAME: Final = "prod-agent-overlays"
CACHE: Final = f"{FULLNAME}-repo-cache"
API: Final = f"{FULLNAME}-api-rs"
END: Final = "end-of-the-story"
EVENTS: Final = ("event/", "event.events.k8s.io/")  # what happened, which goes after an hour


class Namespace:
    """Commands of kubectl and Helm in one namespace. All but `tries` raise AssertionError when the command fails."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name

    def create(self) -> None:
        """Make it, with the service account that pods without a name for one have."""
        self.cluster.do("create", "namespace", self.name)
        until("a default service account", lambda: not self.tries("get", "serviceaccount", "default").returncode)

    def enforce(self, level: str) -> None:
        """Let it accept pods of that level of Pod Security alone."""
        self.cluster.do("label", "namespace", self.name, f"pod-security.kubernetes.io/enforce={level}")

    def tries(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """`kubectl ARGS`, which may fail."""
        return self.cluster.kubectl(f"--namespace={self.name}", *args, stdin=stdin)

    def do(self, *args: str, stdin: str | None = None) -> str:
        """`kubectl ARGS`: its standard output."""
        return self.cluster.do(f"--namespace={self.name}", *args, stdin=stdin)

    def create_objects(self, *objects: Object) -> None:
        """Make these."""
        self.do("create", "-f", "-", stdin="---\n".join(yaml_of(item) + "\n" for item in objects))

    def tries_to_create(self, item: Object) -> str:
        """What the API server says against an object; "" when it would make it. Nothing is made."""
        return self.tries("create", "--dry-run=server", "-f", "-", stdin=yaml_of(item)).stderr

    def get(self, kind: str, name: str) -> Object:
        """One object."""
        found: Object = json.loads(self.do("get", kind, name, "--output=json"))
        return found

    def pods(self, component: str) -> dict[str, Object]:
        """The pods of a component of the release, by UID; those that are about to go left out."""
        return pods_of(self.all("pods"), component)

    def all(self, *kinds: str) -> list[Object]:
        """Every object of these kinds."""
        listed: list[Object] = json.loads(self.do("get", ",".join(kinds), "--output=json"))["items"]
        return listed

    def everything(self) -> set[str]:
        """kind/name of every object of every namespaced type, but for events."""
        kinds = self.cluster.do("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
        names = self.do("get", ",".join(sorted(kinds)), "--output=name", "--ignore-not-found").split()
        return {name for name in names if not name.startswith(EVENTS)}

    def as_default(self) -> dict[str, str]:
        """The environment of someone whose commands mean this namespace when they name none."""
        kubeconfig = self.cluster.folder / f"kubeconfig-{self.name}"
        shutil.copy(self.cluster.kubeconfig, kubeconfig)
        environment = {**self.cluster.environment, "KUBECONFIG": str(kubeconfig)}
        command = [str(BIN / "kubectl"), "config", "set-context", "--current", f"--namespace={self.name}"]
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return environment

    def helm(
        self, helm: pathlib.Path, command: str, values: Mapping[str, Any], *args: str, chart: pathlib.Path = CHART
    ) -> str:
        """`helm install|upgrade prod CHART --wait` with these values: its standard output."""
        words = [command, RELEASE, str(chart), "--values=-", "--wait", "--timeout=2m", *args]
        return self.run_helm(helm, *words, stdin=yaml_of(values) + "\n")

    def run_helm(self, helm: pathlib.Path, *args: str, stdin: str = "") -> str:
        """`helm ARGS`: its standard output."""
        done = subprocess.run(
            [helm, f"--namespace={self.name}", *args],
            input=stdin, capture_output=True, text=True, check=False, env=self.cluster.environment,
        )  # fmt: skip
        assert done.returncode == 0, f"{helm.name} {' '.join(args)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def now(self) -> str:
        """The version of the pods of this moment: where a story begins."""
        listed = json.loads(self.do("get", "--raw", f"/api/v1/namespaces/{self.name}/pods?limit=1"))
        return str(listed["metadata"]["resourceVersion"])

    def story(self, since: str) -> list[Object]:
        """Every event of the pods since that version, in order: the API server has kept them. Can be told once."""
        gate = [{"name": "example.com/never"}]
        self.create_objects(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": END}}
            | {"spec": {"schedulingGates": gate, "containers": [{"name": "none", "image": "none"}]}}
        )
        with contextlib.closing(self._watch(since)) as events:
            told: list[Object] = []
            for event in events:
                assert event["type"] in ("ADDED", "MODIFIED", "DELETED"), event
                if event["object"]["metadata"]["name"] == END:
                    return told
                told.append(event)
        raise AssertionError(f"the story breaks off after {len(told)} events")

    def _watch(self, since: str) -> Generator[Object, None, None]:
        path = f"/api/v1/namespaces/{self.name}/pods?watch=1&resourceVersion={since}"
        command = [str(BIN / "kubectl"), "get", "--raw", path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=self.cluster.environment) as kubectl:
            assert kubectl.stdout is not None
            try:
                yield from map(json.loads, kubectl.stdout)
            finally:
                kubectl.kill()


def component_of(item: Object) -> str:
    """The component of the chart that an object belongs to; "" of others."""
    return str(item["metadata"].get("labels", {}).get("app.kubernetes.io/component", ""))


def pods_of(objects: Iterable[Object], component: str) -> dict[str, Object]:
    """The pods of a component among the objects, by UID; those that are about to go left out."""
    pods = (item for item in objects if item["kind"] == "Pod" and component_of(item) == component)
    return {pod["metadata"]["uid"]: pod for pod in pods if "deletionTimestamp" not in pod["metadata"]}


def pod_of(template: Object, name: str) -> Object:
    """A Pod from the pod template of a workload or of a PodTemplate."""
    metadata = {**template.get("metadata", {}), "name": name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def claim(class_name: str) -> Object:
    """Values of repoCache: a claim that the chart creates, of that storage class."""
    created = {"create": True, "storageClassName": class_name, "size": "1Gi"}
    return {"storage": {"type": "persistentVolumeClaim", "persistentVolumeClaim": created}}


def volume(class_name: str) -> Object:
    """A volume for it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": class_name},
        "spec": {
            "storageClassName": class_name,
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "1Gi"},
            "nfs": {"server": "nfs.example.com", "path": "/"},
        },
    }
