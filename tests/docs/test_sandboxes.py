"""docs/sandboxes.md: the pod that needs no chart does what the page says, and an installation that fails says so."""

from __future__ import annotations

import fnmatch
import pathlib
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml

from tests.docs.blocks import blocks, commands
from tests.support.helm import CHART, HELM4, ROOT, helm_template
from tests.support.installs import Agent
from tests.support.internet import Internet
from tests.support.node import Node
from tests.support.overlays import overlays
from tests.support.program import run

PAGE: Final = (ROOT / "docs" / "sandboxes.md").read_text()
ONE: Final = "acme/one"
OTHER: Final = "acme/other"


def titled(name: str) -> str:
    (text,) = [block.text for block in blocks(PAGE) if block.info.endswith(f"title={name}")]
    return text


def pod() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(titled("agent.yaml"))["spec"]
    return found


def test_the_containers_of_the_pod_leave_the_workspace_of_the_page(hosts: Internet, tmp_path: pathlib.Path) -> None:
    values, manifest = tmp_path / "values.yaml", tmp_path / "overlays" / "overlay-manifest.json"
    values.write_text(titled("values.yaml"))
    manifest.parent.mkdir()
    made = overlays("render", "manifest", "-f", values, "-o", manifest)
    assert made.code == 0, made.told
    mounts = {"/overlays": manifest.parent, "/cache": tmp_path / "cache", "/home/agent": tmp_path}
    for container in pod()["initContainers"]:
        assert {mount["mountPath"] for mount in container["volumeMounts"]} <= {*mounts, "/home/agent/workspace", "/tmp"}
        args = container["args"]
        for there, here in mounts.items():
            args = [f"{here}{word.removeprefix(there)}" if word.startswith(there) else word for word in args]
        done = run(*args, HOME=str(tmp_path), **hosts.environment)
        assert done.returncode == 0, done.stderr
    listed = next(text for block in blocks(PAGE) for command, text in console(block) if command.startswith("find "))
    left = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "workspace").rglob("*") if is_file(path))
    assert "".join(f"{path}\n" for path in left) == listed


@pytest.mark.parametrize(("release", "ended"), [("prod", True), ("staging", False)])
def test_the_command_that_ends_agents_ends_those_of_one_release(
    release: str, ended: bool, tmp_path: pathlib.Path
) -> None:
    (selector,) = re.findall(r"`kubectl delete pod --selector\s+([^`]+)`", PAGE)
    done = helm_template(HELM4, [], CHART, release=release)
    (template,) = done.of_kind("PodTemplate")
    wanted = dict(one.split("=") for one in selector.split(","))
    assert (template["template"]["metadata"]["labels"].items() >= wanted.items()) is ended


def console(block: Any) -> list[tuple[str, str]]:
    return list(commands(block.text)) if block.info == "console" else []


def is_file(path: pathlib.Path) -> bool:
    return path.is_symlink() or path.is_file()


def test_the_pod_has_the_variables_of_the_list(tmp_path: pathlib.Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(titled("values.yaml"))
    rendered = overlays("render", "env", "-f", values, "--for", "agent", "--format", "kubernetes")
    want = [entry for entry in yaml.safe_load(rendered.stdout)["env"] if entry["name"] != "OVERLAYS_DIGEST"]
    assert pod()["containers"][0]["env"] == want


def no_cache(node: Node) -> None:
    node.want(ONE)


def behind(node: Node) -> None:
    node.repo(ONE, {"x": "1"})
    node.want(ONE)
    node.sync()
    node.want(ONE, OTHER)


def bad_ref(node: Node) -> None:
    behind(node)
    node.repo(OTHER, {"x": "1"})
    node.want(ONE, f"{OTHER}@v9")
    node.sync()


def incomplete(node: Node) -> None:
    node.repo(ONE, {"x": "1"})
    node.want(ONE, OTHER)
    node.sync()


def no_manifest(node: Node) -> None:
    """It is not mounted."""


SCENES: Final[dict[str, tuple[Callable[[Node], None], str]]] = {
    "no complete set of this manifest: there is no set in … yet; missing: …; no sync has run here": (no_cache, ""),
    "no complete set of this manifest: the current set … was made from another manifest; missing: … (waiting)": (
        behind,
        "",
    ),
    "no complete set of this manifest: the current set … was made from another manifest; missing: … "
    "(ref '…' does not exist: …)": (bad_ref, ""),
    "no complete set of this manifest: the current set … is incomplete; missing: … (…)": (incomplete, ""),
    "…: cannot be read: No such file or directory": (no_manifest, ""),
    "…: is inside the cache …": (incomplete, "root/workspace"),
}


def reasons() -> list[str]:
    table = PAGE.split("<!-- reasons -->\n")[1].split("\n\n")[0].splitlines()
    return [line.split(" | ")[0].strip("| `") for line in table[2:]]


def test_every_reason_of_the_page_has_a_scene() -> None:
    assert reasons() == [*SCENES]


@pytest.mark.parametrize("reason", SCENES)
def test_reason_is_what_the_page_says(reason: str, node: Node) -> None:
    scene, dest = SCENES[reason]
    scene(node)
    agent = Agent(node)
    agent.dest = node.folder / dest if dest else agent.dest
    assert agent.install() == 1
    (said,) = agent.reasons()
    assert fnmatch.fnmatchcase(said, reason.replace("…", "*")), said
