"""A Kubernetes cluster on 127.0.0.1: etcd, API server, controllers, scheduler, and nodes on which nothing runs.

    with Cluster(folder) as cluster:              # the folder takes data, keys, the kubeconfig and the logs
        cluster.kubectl("get", "nodes")

The nodes are those of kwok: their pods become ready without a container, and those that are not to be restarted end
well. Every process is gone after the `with` block, and when the test run is killed.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, TypeVar

import yaml

from tests.support.helm import ROOT, Object, yaml_of

BIN: Final = ROOT / ".tools" / "bin"
STAGES: Final = pathlib.Path(__file__).with_name("cluster_stages.yaml")
NODES: Final = 50
PATIENCE: Final = 120.0  # seconds that anything may take; a cluster on a busy machine is slow
PAUSE: Final = 0.1
KEY: Final = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"]

T = TypeVar("T")


class ClusterMissingError(Exception):
    """A program of the cluster is not there; the tests need it and never skip."""


def until(what: str, look: Callable[[], T]) -> T:
    """What `look` gives as soon as it is something. Raises AssertionError: it gives nothing for too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {PATIENCE:.0f} s there is still not: {what}"
        time.sleep(PAUSE)


class Cluster:
    """A cluster that runs within `with`. `environment`: for kubectl and Helm, and nothing else."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(folder / "home" / "kube-cache"),
        }
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._stack = contextlib.ExitStack()

    def kubectl(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl, to its end."""
        return subprocess.run(
            [BIN / "kubectl", *args], input=stdin, capture_output=True, text=True, check=False, env=self.environment
        )

    def do(self, *args: str, stdin: str | None = None) -> str:
        """Run kubectl: its standard output. Raises AssertionError: it fails."""
        done = self.kubectl(*args, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(args)}:\n{done.stderr}"
        return done.stdout

    def __enter__(self) -> Cluster:
        with self._stack:
            self._stack.callback(self._stop)
            self._keys()
            self._start()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        etcd, peer, api = (self._stack.enter_context(reserved_port()) for _ in range(3))
        self._run("etcd", *etcd_flags(self.folder, etcd, peer))
        self._write_kubeconfig(api)
        self._run("kube-apiserver", *api_flags(self.folder, etcd, api))
        until("the API server is ready", lambda: self._alive() and not self.kubectl("get", "--raw=/readyz").returncode)
        config = f"--kubeconfig={self.kubeconfig}"
        quiet = ("--authentication-skip-lookup=true", "--leader-elect=false", "--secure-port=0")
        keys = (f"--service-account-private-key-file={self.folder}/sa.key", f"--root-ca-file={self.folder}/tls.crt")
        self._run("kube-controller-manager", config, *quiet, *keys)
        self._run("kube-scheduler", config, *quiet)
        kwok = ("--manage-all-nodes=true", "--node-lease-duration-seconds=40", f"--config={STAGES}")
        self._run("kwok", config, *kwok)
        self.do("create", "-f", "-", stdin=yaml_of({"apiVersion": "v1", "kind": "List", "items": nodes()}))
        until("all nodes are ready", lambda: self._alive() and self._nodes_are_ready())

    def _nodes_are_ready(self) -> bool:
        ready = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {.spec.taints} {end}'
        return self.kubectl("get", "nodes", f"-o=jsonpath={ready}").stdout.split() == ["True"] * NODES

    def _alive(self) -> bool:
        """Always true. Raises AssertionError: a process of the cluster has ended, with the end of what it said."""
        for name, process in self._running:
            log = (self.folder / f"{name}.log").read_text(errors="replace")
            assert process.poll() is None, f"{name} has ended with {process.returncode}:\n{log[-4000:]}"
        return True

    def _run(self, name: str, *flags: str) -> None:
        if not (BIN / name).exists():
            raise ClusterMissingError(f".tools/bin/{name} is missing: run `make kube`")
        with (self.folder / f"{name}.log").open("wb") as log:
            # setpriv: the process ends with this one, however that ends.
            command = ["setpriv", "--pdeathsig", "KILL", str(BIN / name), *flags]
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=self.folder
            )
        self._running.append((name, process))

    def _stop(self) -> None:
        for _, process in reversed(self._running):
            process.kill()
            process.wait()

    def _keys(self) -> None:
        (self.folder / "home").mkdir()
        run = {"check": True, "capture_output": True, "cwd": self.folder}
        for name in ("sa", "tls"):
            subprocess.run([*KEY, "-out", f"{name}.key"], **run)  # type: ignore[call-overload]
        request = [
            "openssl",
            "req",
            "-x509",
            "-key",
            "tls.key",
            "-days",
            "2",
            "-out",
            "tls.crt",
            "-subj",
            "/CN=127.0.0.1",
        ]
        subprocess.run([*request, "-addext", "subjectAltName=IP:127.0.0.1"], **run)  # type: ignore[call-overload]

    def _write_kubeconfig(self, port: int) -> None:
        """And the token in it, in files that nobody else reads: no token is in a command line."""
        token = secrets.token_hex(16)
        private(self.folder / "tokens.csv", f"{token},admin,admin,system:masters\n")
        here = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(self.folder / "tls.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": here}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
        }
        private(self.kubeconfig, yaml.safe_dump(config))


def private(file: pathlib.Path, text: str) -> None:
    """Write a file that only its owner may read."""
    file.touch(0o600)
    file.write_text(text)


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A free port that stays ours: it is bound within `with`, so only a listener that shares it on purpose gets it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        yield port


def etcd_flags(folder: pathlib.Path, port: int, peer: int) -> list[str]:
    here, others = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={others}",
        f"--initial-advertise-peer-urls={others}",
        f"--initial-cluster=default={others}",
        "--socket-reuse-port",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def api_flags(folder: pathlib.Path, etcd: int, port: int) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--permit-port-sharing",
        f"--tls-cert-file={folder}/tls.crt",
        f"--tls-private-key-file={folder}/tls.key",
        f"--cert-dir={folder}/certs",
        f"--service-account-issuer=https://127.0.0.1:{port}",
        f"--service-account-key-file={folder}/sa.key",
        f"--service-account-signing-key-file={folder}/sa.key",
        f"--token-auth-file={folder}/tokens.csv",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/16",
        "--endpoint-reconciler-type=none",
        "--enable-priority-and-fairness=false",
    ]


def nodes() -> list[Object]:
    """The nodes: as much room as anybody asks for."""
    room = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "500"}
    status = {"allocatable": room, "capacity": room}
    names = [f"node-{number:02}" for number in range(NODES)]
    labels = {"kubernetes.io/os": "linux"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {**labels, "kubernetes.io/hostname": name}},
        }
        | {"status": status}
        for name in names
    ]
