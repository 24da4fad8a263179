from __future__ import annotations

import contextlib
import fcntl
import pathlib
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.git_http import GitServer
from tests.support.helm import ROOT
from tests.support.podman import Podman, PodmanError
from tests.support.site import PLAIN, Form, Site

BUILT = "localhost/agent-overlays:e2e"
ROOTFS = ROOT / ".tools" / "rootfs-bookworm.tar"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture(scope="session", autouse=True)
def _an_end_by_signal_cleans_up() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    """An empty podman with one image; one test run at a time."""
    if not ROOTFS.is_file():
        pytest.exit(f"{ROOTFS.relative_to(ROOT)} is missing: run `make e2e`", 1)
    with (ROOT / ".tools" / "e2e.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Podman(ROOT / ".tools" / "e2e") as running:
            try:
                running.load(ROOTFS, PLAIN, f"ENV PATH={PATH}", 'CMD ["sleep", "infinity"]')
                running.run("run", "--rm", "--network=none", PLAIN, "git", "--version")
            except PodmanError as why:
                pytest.exit(f"pods cannot be run on this machine: {why}", 1)
            yield running


@pytest.fixture(scope="session")
def built(podman: Podman) -> str:
    """The image that `make image` builds on the plain one; no network is there to build it with."""
    base = f"{PLAIN.rpartition(':')[0]}@{podman.inspect(PLAIN)['Digest']}"
    words = [f"BASE={base}", f"TAG={BUILT}", f"ENGINE={' '.join(podman.command)}"]
    done = subprocess.run(
        ["make", "--no-print-directory", "image", *words],
        cwd=ROOT,
        env=podman.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return BUILT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """A git server of the module."""
    with GitServer(tmp_path_factory.mktemp("remotes")) as running:
        yield running


@pytest.fixture
def new_site(podman: Podman, tmp_path: pathlib.Path) -> Iterator[Callable[[Form], Site]]:
    """Makes a site of a form, once in a test."""
    with contextlib.ExitStack() as stack:
        yield lambda form: stack.enter_context(contextlib.closing(Site(podman, tmp_path, form)))
