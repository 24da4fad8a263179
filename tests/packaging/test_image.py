"""`make image` before it builds anything: what it asks for. Real builds are in tests/e2e."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from tests.support.helm import ROOT

DIGEST = "sha256:" + "0" * 64


def make_image(folder: pathlib.Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make image` with nothing on PATH but what the recipe itself needs."""
    for name in ("bash", "sh", "env", "dirname", "sed", "make"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    words = [f"{name}={value}" for name, value in variables.items()]
    return subprocess.run(
        [folder / "make", "image", *words],
        cwd=ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "base",
    [
        "",
        "debian",
        "debian:12",
        "debian@sha256:0",
        f"debian@{DIGEST}0",
        f"debian@{DIGEST.upper()}",
        f"@{DIGEST}",
        f"--pull@{DIGEST}",
        f"debian 12@{DIGEST}",
        DIGEST,
    ],
)
def test_a_base_without_digest_is_refused(tmp_path: pathlib.Path, base: str) -> None:
    done = make_image(tmp_path, BASE=base)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == (
        "make: BASE must name an image with its digest, name@sha256:… (64 hex digits), so that every build takes the"
        f" same one; it is '{base}'"
    )


def test_an_engine_is_needed(tmp_path: pathlib.Path) -> None:
    done = make_image(tmp_path, BASE=f"debian:12@{DIGEST}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == ("make: an image needs podman or docker on PATH, or ENGINE=… to name one")
