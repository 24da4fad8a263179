"""The built distribution: complete, usable outside the repository, and true about what it needs."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from tests.support.helm import HELMS, ROOT, helm_template

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VALUES: Final = """\
overlays:
  sources:
    - repo: acme/agent-tools
      ref: main
    - repo: acme/extra
      workflowsSubdir: ""
repoCache:
  syncIntervalSeconds: 60
"""


def run(command: Sequence[str | pathlib.Path], cwd: pathlib.Path) -> str:
    """Standard output of a command that must succeed, with no PYTHON* variable set."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A directory with the sdist, and the wheel that was built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT], cwd=out)
    return out


@pytest.fixture(scope="module")
def wheel(built: pathlib.Path) -> pathlib.Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The bin directory of a new virtual environment: the wheel, and the dependencies that the tests run with."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=True, symlinks=True)
    packages = pathlib.Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = home / "bin" / "python"
    run([python, "-m", "pip", "install", "--no-deps", "--quiet", wheel], cwd=home)
    return home / "bin"


def files_of(folder: pathlib.Path) -> Mapping[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_wheel_carries_chart_and_schemas(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for part in ("chart", "schemas"):
            prefix = f"overlays/_data/{part}/"
            found = {
                name.removeprefix(prefix): archive.read(name) for name in archive.namelist() if name.startswith(prefix)
            }
            assert found == files_of(ROOT / part)


def test_the_wheel_holds_nothing_else(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {re.sub(r"-[0-9.]+\.dist-info$", ".dist-info", name) for name in tops} == {
        "overlays",
        "overlays_node",
        "agent_overlays.dist-info",
    }


def test_the_sdist_holds_what_builds_the_wheel_and_the_licence(built: pathlib.Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "chart", "generator", "schemas"} <= tops
    assert not tops & {".venv", ".tools", "tests", "golden", "requirements"}


def test_the_program_runs_outside_the_repository(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    where = "import overlays, overlays_node; print(overlays.__file__, overlays_node.__file__)"
    for file in run([installed / "python", "-c", where], cwd=tmp_path).split():
        assert pathlib.Path(file).is_relative_to(installed.parent)
    values = tmp_path / "values.yaml"
    values.write_text(VALUES)
    command = ["render", "env", "-f", "values.yaml"]
    here = run([sys.executable, "-m", "overlays", *command], cwd=tmp_path)
    assert run([installed / "overlays", *command], cwd=tmp_path) == here
    assert '"SYNC_INTERVAL_SECONDS": "60"' in here


@pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
def test_helm_takes_the_chart_of_the_installed_program(
    helm: pathlib.Path, installed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    chart = pathlib.Path(run([installed / "overlays", "chart-path"], cwd=tmp_path).removesuffix("\n"))
    assert chart.is_relative_to(installed.parent)
    got = helm_template(helm, ["-f", "-"], chart, stdin=VALUES)
    want = helm_template(helm, ["-f", "-"], stdin=VALUES)
    assert (got.code, got.stderr) == (0, "")
    assert got.stdout == want.stdout


def test_the_lower_bounds_are_honest(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Exactly the oldest version of each dependency that the project says it takes."""
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    oldest = [re.sub(r"^([A-Za-z0-9-]+)>=([0-9.]+)(;.*)?$", r"\1==\2\3", bound) for bound in bounds]
    assert all("==" in pin for pin in oldest), bounds
    home = tmp_path / "venv"
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    run([python, "-m", "pip", "install", "--quiet", wheel, *oldest], cwd=tmp_path)
    values, broken = tmp_path / "values.yaml", tmp_path / "broken.yaml"
    values.write_text(VALUES)
    broken.write_text(BROKEN)
    for command in (
        ["--help"],
        ["render", "env", "--help"],
        ["render", "env", "-f", "values.yaml"],
        ["render", "env", "-f", "values.yaml", "--format", "kubernetes"],
        ["render", "values", "-f", "values.yaml"],
        ["render", "manifest", "-f", "values.yaml"],
        ["validate", "-f", "values.yaml", "--output", "json"],
    ):
        got = run([python, "-m", "overlays", *command], cwd=tmp_path)
        assert got == run([sys.executable, "-m", "overlays", *command], cwd=tmp_path)
    for command in (["validate", "-f", "broken.yaml"], ["render"], ["render", "env", "--format", "xml"]):
        assert answer(python, command, tmp_path) == answer(sys.executable, command, tmp_path)


def answer(python: pathlib.Path | str, command: Sequence[str], cwd: pathlib.Path) -> tuple[int, str]:
    """Exit status and standard output."""
    done = subprocess.run([python, "-m", "overlays", *command], cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


# One mistake for each kind of rule in the schema: each is worded from another kind of error of the validator.
BROKEN: Final = """\
overlays:
  sources:
    - repo: acme/one
      reff: main
      ref: 12
      toolsSubdir: ../up
      visibility: pubic
    - ref: main
repoCache:
  syncIntervalSeconds: 0
  egressPorts: []
  extraEnv: {"a-b": text}
  hostPath: null
"""
