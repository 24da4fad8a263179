"""The image of the Dockerfile, built by podman on a base that is here, without a network."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from tests.support.helm import ROOT
from tests.support.podman import Podman
from tests.support.site import PLAIN

HOME = "usr/local/lib/agent-overlays"
PYTHON = "usr/local/lib/python3.11/dist-packages"
OF_PODMAN = ("etc/hosts ", "etc/hostname ", "etc/resolv.conf ", "etc/mtab ")  # written for each container
MODULES = {path.name for path in (ROOT / "chart" / "node" / "overlays_node").glob("*.py")}


def run(podman: Podman, image: str, *words: str, entrypoint: str = "", user: str = "") -> str:
    """What a container of the image prints; it has no network and a read-only root."""
    options = [*(["--entrypoint", entrypoint] if entrypoint else []), *(["--user", user] if user else [])]
    return podman.run("run", "--rm", "--network=none", "--read-only", *options, image, *words).decode()


def test_it_runs_the_runtime_as_a_user_without_name(podman: Podman, built: str) -> None:
    config = podman.inspect(built)["Config"]
    assert config["User"] == "1000:1000"
    assert config["Entrypoint"] == ["python3", "-B", "-m", "overlays_node"]
    assert run(podman, built).startswith("usage: overlays_node ")
    assert run(podman, built, "-u", entrypoint="id") == "1000\n"


def test_the_labels_say_what_it_is_and_on_what(podman: Podman, built: str) -> None:
    labels = podman.inspect(built)["Config"]["Labels"]
    ours = {name.removeprefix("org.opencontainers.image."): text for name, text in labels.items()}
    assert ours["title"] == "agent-overlays"
    assert ours["licenses"] == "Apache-2.0"
    assert f'__version__ = "{ours["version"]}"' in (ROOT / "generator" / "overlays" / "__init__.py").read_text()
    assert ours["base.name"] == f"localhost/plain@{podman.inspect(PLAIN)['Digest']}"


@pytest.mark.parametrize("option", ["-B", "-I", "-E"])
@pytest.mark.parametrize("user", ["0:0", "1000:1000", "12345:6789"])
def test_the_package_is_found_from_any_directory_by_any_user(
    podman: Podman, built: str, option: str, user: str
) -> None:
    script = f"cd /tmp && python3 {option} -c 'import overlays_node; print(overlays_node.__file__)'"
    assert run(podman, built, "-c", script, entrypoint="sh", user=user) == f"/{HOME}/overlays_node/__init__.py\n"


def files(podman: Podman, image: str) -> set[str]:
    """All paths of the image, with sizes and times of files."""
    words = ["-c", "find / -xdev -type d -printf '%P\\n' -o -printf '%P %s %T@\\n'"]
    found = run(podman, image, *words, entrypoint="sh", user="0:0").splitlines()
    return {line for line in found if not line.startswith(("proc", "sys", "dev", "run", *OF_PODMAN))}


def test_nothing_but_the_runtime_is_added_to_the_base(podman: Podman, built: str) -> None:
    before, after = files(podman, PLAIN), files(podman, built)
    assert before - after == set()
    assert {line.split()[0] for line in after - before} == {
        HOME,
        f"{HOME}/LICENSE",
        f"{HOME}/overlays_node",
        *(f"{HOME}/overlays_node/{name}" for name in MODULES),
        f"{PYTHON}/agent-overlays.pth",
    }


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> pathlib.Path:
    """What the build takes of the repository, readable by nobody but its owner."""
    for path in ("Dockerfile", ".dockerignore", "LICENSE", ".ci/image", "generator/overlays/__init__.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    shutil.copytree(ROOT / "chart" / "node", tmp_path / "chart" / "node")
    for each in tmp_path.rglob("*"):
        each.chmod(each.stat().st_mode & 0o700)
    return tmp_path


def build(podman: Podman, checkout: pathlib.Path, base: str) -> subprocess.CompletedProcess[str]:
    words = [str(checkout / ".ci" / "image"), base, "localhost/other:1", " ".join(podman.command)]
    return subprocess.run(words, env=podman.environment, capture_output=True, text=True, check=False)


def test_a_checkout_with_narrow_modes_gives_a_readable_package(podman: Podman, checkout: pathlib.Path) -> None:
    done = build(podman, checkout, f"localhost/plain@{podman.inspect(PLAIN)['Digest']}")
    assert done.returncode == 0, done.stderr
    assert run(podman, "localhost/other:1", user="12345").startswith("usage: overlays_node ")


def built_on(podman: Podman, checkout: pathlib.Path, *changes: str) -> subprocess.CompletedProcess[str]:
    """A build on the plain image without apt-get and with these commands run."""
    recipe = "\n".join([f"FROM {PLAIN}", "RUN rm /usr/bin/apt-get", *(f"RUN {command}" for command in changes)])
    podman.run("build", "--tag=localhost/bare:1", "-", stdin=recipe.encode())
    return build(podman, checkout, f"localhost/bare@{podman.inspect('localhost/bare:1')['Digest']}")


NO_CERTIFICATES = "rm -r /etc/ssl/certs"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["rm /usr/bin/git"], "this base lacks git, and has no apt-get to install it\n"),
        ([NO_CERTIFICATES], "this base lacks ca-certificates, and has no apt-get to install it\n"),
        ([NO_CERTIFICATES, "mkdir /etc/ssl/certs"], "this base lacks ca-certificates, and has no apt-get"),
        (
            ["printf '#!/bin/sh\\necho git version 2.29.10\\n' >/usr/bin/git"],
            "this base has git 2.29, and 2.30 is the oldest that will do\n",
        ),
    ],
    ids=["git", "certificates", "empty", "old git"],
)
def test_a_base_that_will_not_do_is_refused(
    podman: Podman, checkout: pathlib.Path, changes: list[str], words: str
) -> None:
    done = built_on(podman, checkout, *changes)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr


@pytest.mark.parametrize(
    "place",
    ["/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/certs/0123abcd.0"],
)
def test_certificates_may_be_where_a_distribution_keeps_them(
    podman: Podman, checkout: pathlib.Path, place: str
) -> None:
    away = f"mkdir -p {pathlib.PurePath(place).parent} && mv /bundle {place}"
    done = built_on(podman, checkout, f"mv /etc/ssl/certs/ca-certificates.crt /bundle; {NO_CERTIFICATES}; {away}")
    assert done.returncode == 0, done.stderr
