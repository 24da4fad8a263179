"""One release of the chart as pods: a cache, and now and then the API or a sandbox, with what is seen inside them."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.support.helm import HELM4, Object, Rendered, render
from tests.support.podman import PATIENCE, Entry, Podman, named, pod_of

PLAIN: Final = "localhost/plain:1"  # python3, git and a command that waits: an agent that does nothing
START: Final = ("python3", "-B", "-m", "overlays_node")


@dataclass(frozen=True)
class Form:
    """What differs between sites: where the cache is (on a claim it runs as user 1000), its image, and who renders."""

    claim: bool = False
    delivery: str = "separate"
    image: str = PLAIN
    helm: pathlib.Path = HELM4


class Site:
    """The pods of a release; one site at a time, since volumes of podman are known by their names alone."""

    def __init__(self, podman: Podman, folder: pathlib.Path, form: Form) -> None:
        self.podman = podman
        self.form = form
        self.host_path = "/var/lib/centaur/repos" if form.claim else str(folder / "cache")
        self.rendered: Rendered

    def close(self) -> None:
        """End all pods, and forget what they kept."""
        self.podman.run("pod", "rm", "--force", "--time=0", "--all")
        self.podman.run("volume", "rm", "--force", "--all")

    def render(
        self, sources: Sequence[Mapping[str, Any]], agents: Sequence[Mapping[str, Any]] = (), **sandbox: Any
    ) -> None:
        """Let Helm render the chart; pods that are started from now on are of that."""
        values = {**self._values(sources, sandbox), "agents": [*agents]}
        self.rendered = render(self.form.helm, values, release="e2e")

    def _values(self, sources: Sequence[Mapping[str, Any]], sandbox: Mapping[str, Any]) -> Object:
        storage: Object = {"type": "hostPath"}
        if self.form.claim:
            storage = {"type": "persistentVolumeClaim", "persistentVolumeClaim": {"create": True}}
        return {
            "overlays": {"delivery": self.form.delivery, "sources": sources},
            "repoCache": {
                "hostPath": self.host_path,
                "image": image(self.form.image),
                "metrics": {"enabled": False},  # a port, which podman refuses in the network of the host
                "minFree": "0%",
                "storage": storage,
                "syncIntervalSeconds": 1,
            },
            "sandbox": {"image": image(PLAIN), **sandbox},
            "apiRs": {"image": image(PLAIN)},
        }

    # The cache

    def start_cache(self) -> None:
        """Start the pod of the cache in place of the one before, with nothing added but the network of this machine."""
        *others, pod = self._pod("cache", hostNetwork=True)
        maps = [item["metadata"]["name"] for item in others if item["kind"] == "ConfigMap"]
        self.podman.remove("cache", volumes=maps)
        self.podman.play([*others, pod])

    def probe(self) -> subprocess.CompletedProcess[bytes]:
        """Ask the cache as the kubelet would: by the command of the readiness probe."""
        return self.in_cache(*self.rendered.container("repo-cache")["readinessProbe"]["exec"]["command"])

    def in_cache(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """A command in the container of the cache, to its end."""
        return self.podman.attempt("exec", "cache-repo-cache", *words)

    def wait_until_ready(self) -> None:
        """Wait for the readiness probe."""
        self._wait(lambda: self._runs("cache-repo-cache") and self.probe().returncode == 0)

    def wait_for(self, event: str) -> None:
        """Wait until the cache has logged that event."""
        self._wait(
            lambda: self._runs("cache-repo-cache") and event in [each["event"] for each in self.cache_log()],
        )

    def wait_until_served(self, repo: str, commit: str) -> None:
        """Wait until the cache serves that commit."""
        self._wait(lambda: self.status()["repositories"][repo]["commit"] == commit)

    def wait_until_created(self, container: str) -> None:
        """Wait until a container is there, started or not."""
        self._wait(lambda: self.podman.attempt("container", "exists", container).returncode == 0)

    def wait_until_sandbox(self, has: Callable[[dict[str, Entry]], bool]) -> None:
        """Wait until that is true of what the agent sees."""
        self._wait(lambda: has(self.workspace()))

    def _runs(self, container: str) -> bool:
        assert self.podman.inspect(container)["State"]["Running"], self.podman.logs(container)
        return True

    def _wait(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, self.podman.run("ps", "--all").decode()

    def status(self) -> dict[str, Any]:
        """What the cache says of itself."""
        found: dict[str, Any] = json.loads(self.in_cache(*START, "status", "--root", self.host_path, "--json").stdout)
        return found

    def cache_log(self) -> list[dict[str, Any]]:
        """The log of the cache."""
        return self.podman.events("cache-repo-cache")

    # A sandbox: one at a time

    def start_sandbox(self) -> None:
        """Start a pod of the PodTemplate in place of the one before. Raises PodmanError: the install failed."""
        self.podman.remove("sandbox")
        self.podman.play(self._pod("sandbox"))

    def start_sandbox_that_follows(self) -> None:
        """Start a pod whose second init container, which goes on running, is an ordinary one: podman knows no other."""
        self.podman.remove("sandbox")
        *others, pod = self._pod("sandbox")
        install, follow = pod["spec"]["initContainers"]
        assert follow["restartPolicy"] == "Always"
        pod["spec"]["initContainers"] = [install]
        pod["spec"]["containers"].append({key: value for key, value in follow.items() if key != "restartPolicy"})
        self.podman.play([*others, pod])

    def start_agent(self, name: str) -> None:
        """Start the pod of an agent of the values, beside all others. Raises PodmanError: the install failed."""
        *others, pod = self._pod(name)
        self.podman.remove(name)
        self.podman.play([*others, of_its_own(pod)])

    def agent(self, *words: str) -> str:
        """What a command in the agent's container prints. Raises PodmanError."""
        return self.podman.exec("sandbox-agent", *words)

    def workspace(self) -> dict[str, Entry]:
        """All that the agent sees in its working directory."""
        return self.podman.files("sandbox-agent", self.agent("pwd").strip())

    def install_log(self) -> list[dict[str, Any]]:
        """The log of the init container that installs."""
        return self.podman.events("sandbox-overlays-install")

    # Any pod

    @contextlib.contextmanager
    def starting(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command that starts a pod, which ends when its init containers have, or with the `with` block."""
        words, document = self.podman.playing(self._pod(name))
        with self.podman.start(*words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as command:
            assert command.stdin is not None
            command.stdin.write(document)
            command.stdin.close()
            try:
                yield command
            finally:
                command.kill()

    def _pod(self, name: str, **additions: Any) -> list[Object]:
        """The objects that make a pod: what its volumes name, and last the pod."""
        pod = pod_of(self._template(name), name, ports=name != "api", **additions)
        every = list(self.rendered.objects.values())
        return [*named(every, pod), pod]

    def _template(self, name: str) -> Object:
        if name == "sandbox":
            return dict(self.rendered.objects["PodTemplate", "e2e-agent-overlays-sandbox"]["template"])
        components = {"cache": "repo-cache", "api": "api-rs"}
        if name not in components:
            return dict(self.rendered.objects["PodTemplate", f"e2e-agent-overlays-agent-{name}"]["template"])
        component = components[name]
        workloads = [*self.rendered.of_kind("DaemonSet"), *self.rendered.of_kind("Deployment")]
        [found] = [item for item in workloads if item["metadata"]["name"].endswith(component)]
        return dict(found["spec"]["template"])


def of_its_own(pod: Object) -> Object:
    """The pod with names of its own for its empty directories, which podman would share between pods."""
    shared = {volume["name"] for volume in pod["spec"]["volumes"] if "emptyDir" in volume}

    def renamed(one: Object) -> Object:
        return {**one, "name": f"{pod['metadata']['name']}-{one['name']}"} if one["name"] in shared else one

    spec = {**pod["spec"], "volumes": [renamed(volume) for volume in pod["spec"]["volumes"]]}
    for kind in ("initContainers", "containers"):
        spec[kind] = [{**each, "volumeMounts": [*map(renamed, each["volumeMounts"])]} for each in spec[kind]]
    return {**pod, "spec": spec}


def image(name: str) -> Object:
    """An image that is here, as values."""
    repository, _, tag = name.rpartition(":")
    return {"repository": repository, "tag": tag, "pullPolicy": "Never"}
