"""The runtime that the chart carries is the one in chart/node, byte for byte, and starts with the rendered commands."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any, Final

import pytest

from tests.support.helm import CHART, HELMS, Rendered, helm_template, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
RUNTIME: Final = CHART / "node" / "overlays_node"


def runtime(rendered: Rendered) -> dict[str, Any]:
    (found,) = [item for item in rendered.of_kind("ConfigMap") if "-runtime-" in item["metadata"]["name"]]
    return found


@BOTH
def test_the_files_are_carried_unchanged(helm: pathlib.Path) -> None:
    carried = runtime(render(helm, {}))
    assert carried["immutable"] is True
    assert carried["data"] == {path.name: path.read_bytes().decode() for path in sorted(RUNTIME.glob("*.py"))}


@BOTH
def test_new_code_is_a_new_object_and_restarts_the_cache(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    before = helm_template(helm, [], chart)
    (chart / "node" / "overlays_node" / "new.py").write_text('TEXT = "<no value>\\t\\u00e9"\n')
    after = helm_template(helm, [], chart)
    names = [runtime(rendered)["metadata"]["name"] for rendered in (before, after)]
    assert len(set(names)) == 2
    assert runtime(after)["data"]["new.py"] == 'TEXT = "<no value>\\t\\u00e9"\n'
    templates = [rendered.of_kind("DaemonSet")[0]["spec"]["template"] for rendered in (before, after)]
    digests = [template["metadata"]["annotations"]["agent-overlays.io/runtime"] for template in templates]
    for name, digest, template in zip(names, digests, templates, strict=True):
        assert name == f"agent-overlays-runtime-{digest[:10]}"
        assert {"name": "overlays-runtime", "configMap": {"name": name}} in template["spec"]["volumes"]


def start(command: list[str], runtime_directory: pathlib.Path, places: dict[str, pathlib.Path]) -> tuple[int, str]:
    """Run a rendered command from the carried files, with the container's paths replaced by ours."""
    words = [str(places.get(word, word)) for word in command]
    words[0] = sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, cwd=runtime_directory, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


@BOTH
def test_the_rendered_commands_start(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    rendered = render(helm, {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/a"]}})
    package = tmp_path / "runtime" / "overlays_node"
    package.mkdir(parents=True)
    for name, text in runtime(rendered)["data"].items():
        (package / name).write_text(text)
    manifest = tmp_path / "overlay-manifest.json"
    manifest.write_text(rendered.config("-manifest")["overlay-manifest.json"])
    root = tmp_path / "root"
    root.mkdir()
    places = {"/overlays/manifest/overlay-manifest.json": manifest, "/var/lib/centaur/repos": root}
    container = rendered.container("repo-cache")
    assert container["workingDir"] == "/overlays/runtime"
    ready = container["readinessProbe"]["exec"]["command"]
    code, text = start(ready, package.parent, places)
    assert (code, text.splitlines()[0].split(":")[0]) == (1, "not ready"), text
    command = container["command"]
    assert command[:5] == ["python3", "-B", "-m", "overlays_node", "sync"]
    code, text = start([*command[:5], "--help"], package.parent, places)
    assert code == 0
    flags = {word.split("=")[0] for word in full_command(helm) if word.startswith("--")}
    assert {flag for flag in flags if flag not in text} == set()
    assert not list(package.glob("__pycache__"))


def full_command(helm: pathlib.Path) -> list[str]:
    rendered = helm_template(helm, ["-f", str(CHART / "ci" / "explicit-values.yaml")])
    command: list[str] = rendered.container("repo-cache")["command"]
    return command
