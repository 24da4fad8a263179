"""The pod that docs/sandboxes.md shows for those who do without the chart."""

from __future__ import annotations

import contextlib
import json
import pathlib

import yaml

from tests.docs.blocks import blocks
from tests.e2e import content
from tests.support.git_http import GitServer
from tests.support.helm import ROOT, Object
from tests.support.overlays import overlays
from tests.support.podman import Podman, pod_of
from tests.support.site import PLAIN, Form, Site


def page_pod() -> Object:
    [text] = [
        block.text
        for block in blocks((ROOT / "docs" / "sandboxes.md").read_text())
        if block.info == "yaml title=agent.yaml"
    ]
    pod: Object = yaml.safe_load(text)
    return pod


def test_the_pod_of_the_page_fetches_and_installs(
    podman: Podman, built: str, server: GitServer, tmp_path: pathlib.Path
) -> None:
    sources = [content.source(server, name) for name in content.make(server)]
    (tmp_path / "values.yaml").write_text(json.dumps({"overlays": {"sources": sources}}))
    manifest = overlays("render", "manifest", "-f", "values.yaml", cwd=tmp_path).stdout.decode()
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "overlay-manifest"},
        "data": {"overlay-manifest.json": manifest},
    }
    page = page_pod()
    podman.run("tag", built, page["spec"]["initContainers"][0]["image"])
    podman.run("tag", PLAIN, page["spec"]["containers"][0]["image"])
    with contextlib.closing(Site(podman, tmp_path, Form())):
        podman.play([config, pod_of(page, "agent", hostNetwork=True)])
        found = podman.files("agent-agent", "/home/agent/workspace")
        del found[content.RECORD]
        assert found == content.entries(content.WON)
