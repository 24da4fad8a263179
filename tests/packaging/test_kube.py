"""The script that puts the programs of a cluster into .tools/bin: what it takes, and what it says when it cannot."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

import pytest

from tests.support.helm import ROOT

VERSIONS: Final = dict(re.findall(r"^(KUBERNETES|KWOK) := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
(ETCD,) = re.findall(
    r"^\tgo\.etcd\.io/etcd/server/v3 v(\S+)", (ROOT / ".ci/kubernetes/go.mod").read_text(), re.MULTILINE
)
SAYS: Final = {
    "etcd": f"etcd Version: {ETCD}",
    "kube-apiserver": f"Kubernetes v{VERSIONS['KUBERNETES']}",
    "kube-controller-manager": f"Kubernetes v{VERSIONS['KUBERNETES']}",
    "kube-scheduler": f"Kubernetes v{VERSIONS['KUBERNETES']}",
    "kubectl": f"Client Version: v{VERSIONS['KUBERNETES']}",
    "kwok": f"kwok version v{VERSIONS['KWOK']} go1.26.0 (linux/amd64)",
}
NEEDED: Final = (
    "bash",
    "cut",
    "dirname",
    "flock",
    "head",
    "ln",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sed",
    "grep",
    "dpkg-query",
)


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> pathlib.Path:
    """A checkout without .tools, and beside it a PATH with the usual commands, but without Go."""
    shutil.copytree(ROOT / ".ci", tmp_path / "checkout" / ".ci")
    (tmp_path / "path").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        if found is not None:
            (tmp_path / "path" / name).symlink_to(found)
    return tmp_path / "checkout"


def make(checkout: pathlib.Path, programs: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the script where these programs are on PATH, each with what it says of its version."""
    path = checkout.parent / "path"
    for name, version in programs.items():
        (path / name).write_text(f"#!/bin/sh\necho '{version}'\n")
        (path / name).chmod(0o755)
    command = [checkout / ".ci" / "kube", VERSIONS["KUBERNETES"], VERSIONS["KWOK"]]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={"PATH": str(path)})


def test_programs_of_exactly_these_versions_are_taken_from_path(checkout: pathlib.Path) -> None:
    for _ in range(2):
        done = make(checkout, SAYS)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    links = {link.name: link.readlink() for link in (checkout / ".tools" / "bin").iterdir()}
    assert links == {name: checkout.parent / "path" / name for name in SAYS}


IN_VAIN: Final = "cannot be had: install Go, or put exactly"
KUBERNETES: Final = f"of Kubernetes {VERSIONS['KUBERNETES']} (etcd: {ETCD}) {IN_VAIN} these versions on PATH"
OTHERS: Final = {**SAYS, "kubectl": SAYS["kubectl"] + "-dispatcher", "etcd": "etcd Version: 3.4.23"}


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, f"etcd kube-apiserver kube-controller-manager kube-scheduler kubectl {KUBERNETES}"),
        (OTHERS, f"etcd kubectl {KUBERNETES}"),
        ({**SAYS, "kwok": "kwok version v0.7.0"}, f"kwok {VERSIONS['KWOK']} {IN_VAIN} this version on PATH"),
    ],
    ids=["nothing is there", "other versions", "another kwok"],
)
def test_without_go_it_says_what_is_missing(checkout: pathlib.Path, there: dict[str, str], said: str) -> None:
    done = make(checkout, there)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"make: {said}\n")


def test_the_module_is_of_the_version_of_the_makefile(checkout: pathlib.Path) -> None:
    command = [checkout / ".ci" / "kube", "1.0.0", VERSIONS["KWOK"]]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "make: .ci/kubernetes/go.mod names another Kubernetes than 1.0.0\n")
