"""podman with a storage of its own: images, pods of Kubernetes documents, and what is seen inside their containers.

What podman 4 (Debian 12) does not do as a kubelet does, and what is done about it:

- Of the kinds it plays only pods, claims and ConfigMaps: `pod_of` makes a pod of a template.
- It refuses annotations of more than 63 bytes: `pod_of` leaves annotations out. Nothing in a pod reads them.
- It refuses `ports` without a network of its own: a caller leaves them out (`ports=False`).
- It starts an init container that has ended anew while the pod's policy says so: pods with init containers get
  `restartPolicy: Never`. It knows no init container that goes on running.
- A volume is known by its name alone, be it of a ConfigMap or an emptyDir: no two pods that run at once may mean
  different things by a name. A claim that is there must not be made again: `playing` leaves it out.
"""

from __future__ import annotations

import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple

from tests.support.helm import Object

PATIENCE: Final = 120  # seconds for one command; none takes a tenth of it
CLAIM: Final = "PersistentVolumeClaim"
CONFIGURATION: Final = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
log_driver = "k8s-file"
netns = "none"
pids_limit = 0
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


class PodmanError(Exception):
    """A command failed; the text is what it said."""


class Entry(NamedTuple):
    """One file of a container: `text` is the content of a file, the target of a link, and "" of a directory."""

    kind: str  # "file", "link" or "folder"
    mode: int
    user: int
    text: str


class Podman:
    """The podman of one folder, in which nothing is left when the `with` block ends."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._configuration = folder / "containers.conf"
        places = {"root": "storage", "runroot": "run", "tmpdir": "tmp"}
        self.command: Final = ("podman", *(f"--{option}={folder / name}" for option, name in places.items()))

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the command uses this folder and no configuration of the machine's."""
        return {**os.environ, "CONTAINERS_CONF": str(self._configuration)}

    def __enter__(self) -> Podman:
        self._clear()
        self.folder.mkdir(parents=True)
        self._configuration.write_text(CONFIGURATION)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def _clear(self) -> None:
        """Remove what this folder holds, also what a run left that was killed."""
        if self._configuration.exists():
            self.attempt("pod", "rm", "--force", "--time=0", "--all")
            self.attempt("rm", "--force", "--time=0", "--all")
        subprocess.run(["umount", self.folder / "storage" / "overlay"], check=False, stderr=subprocess.DEVNULL)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    # Commands

    def start(self, *words: str | pathlib.Path, **pipes: Any) -> subprocess.Popen[bytes]:
        """A command that goes on."""
        return subprocess.Popen([*self.command, *words], env=self.environment, **pipes)

    def attempt(self, *words: str | pathlib.Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """A command to its end, whatever that is."""
        return subprocess.run(
            [*self.command, *words],
            input=stdin,
            capture_output=True,
            check=False,
            env=self.environment,
            timeout=PATIENCE,
        )

    def run(self, *words: str | pathlib.Path, stdin: bytes | None = None) -> bytes:
        """What a command prints. Raises PodmanError."""
        done = self.attempt(*words, stdin=stdin)
        if done.returncode != 0:
            raise PodmanError(f"podman {words[0]} exited with {done.returncode}: {done.stderr.decode().strip()}")
        return done.stdout

    def load(self, rootfs: pathlib.Path, image: str, *changes: str) -> str:
        """Make an image of a file system; its digest."""
        self.run("import", "--quiet", *(f"--change={change}" for change in changes), rootfs, image)
        return str(self.inspect(image)["Digest"])

    def inspect(self, what: str) -> dict[str, Any]:
        """What podman knows of a container or an image."""
        found: dict[str, Any] = json.loads(self.run("inspect", what))[0]
        return found

    # Pods

    def play(self, objects: Sequence[Object]) -> None:
        """Start the one pod among these objects; it has a network only with `hostNetwork`.

        Raises PodmanError: it did not start, say since an init container failed. An init container that has ended is
        kept: its log, and how it ran.
        """
        words, document = self.playing(objects)
        self.run(*words, stdin=document)

    def playing(self, objects: Sequence[Object]) -> tuple[tuple[str, ...], bytes]:
        """The words of the command that `play` runs, and its standard input."""
        volumes = self.run("volume", "ls", "--quiet").decode().split()
        new = [item for item in objects if item["kind"] != CLAIM or item["metadata"]["name"] not in volumes]
        words = ["kube", "play", "--annotation=io.podman.annotations.init.container.type=always"]
        if not any(item["kind"] == "Pod" and item["spec"].get("hostNetwork") for item in objects):
            words.append("--network=none")
        return (*words, "-"), "\n---\n".join(map(json.dumps, new)).encode()

    def remove(self, pod: str, *, volumes: Iterable[str] = ()) -> None:
        """End a pod, if it is there, and remove these volumes."""
        self.run("pod", "rm", "--force", "--ignore", "--time=0", pod)
        for volume in volumes:
            self.attempt("volume", "rm", volume)

    def exec(self, container: str, *words: str) -> str:
        """What a command in a container prints. Raises PodmanError."""
        return self.run("exec", container, *words).decode()

    def events(self, container: str) -> list[dict[str, Any]]:
        """The log of a container that writes one JSON object a line."""
        return [json.loads(line) for line in self.logs(container).splitlines()]

    def logs(self, container: str) -> str:
        """What a container has written."""
        done = self.attempt("logs", container)
        return (done.stdout + done.stderr).decode()

    def files(self, container: str, folder: str) -> dict[str, Entry]:
        """All that is below a folder, as the container sees it, by path relative to the folder."""
        data = self.run("exec", container, "tar", "--create", f"--directory={folder}", ".")
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            found = {member.name.removeprefix("./"): _entry(archive, member) for member in archive}
        return {path: entry for path, entry in found.items() if path != "."}


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    if member.isdir():
        return Entry("folder", member.mode, member.uid, "")
    if member.issym():
        return Entry("link", member.mode, member.uid, member.linkname)
    content = archive.extractfile(member)
    assert content is not None, f"{member.name}: neither file, nor directory, nor symbolic link"
    return Entry("file", member.mode, member.uid, content.read().decode())


def pod_of(template: Object, name: str, *, ports: bool = True, **additions: Any) -> Object:
    """The pod of a template, with these additions to its spec; `ports=False`: without its ports."""
    spec = {**template["spec"], **additions}
    if spec.get("initContainers"):
        spec["restartPolicy"] = "Never"
    if not ports:
        spec["containers"] = [{**each, "ports": []} for each in spec["containers"]]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def named(objects: Sequence[Object], pod: Object) -> list[Object]:
    """Those of the objects that the pod's volumes name: ConfigMaps and claims."""
    wanted = {
        (kind, volume[field][key])
        for volume in pod["spec"]["volumes"]
        for field, key, kind in (
            ("configMap", "name", "ConfigMap"),
            ("persistentVolumeClaim", "claimName", CLAIM),
        )
        if field in volume
    }
    return [item for item in objects if (item["kind"], item["metadata"]["name"]) in wanted]
