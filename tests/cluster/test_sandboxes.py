"""The commands of docs/sandboxes.md that need a cluster, in one."""

from __future__ import annotations

import json
import pathlib
from typing import Final

import yaml

from tests.docs.blocks import blocks, follow
from tests.support.helm import HELM4, ROOT, Object
from tests.support.namespace import FULLNAME, Namespace

PAGE: Final = (ROOT / "docs" / "sandboxes.md").read_text()


def test_agents_start_as_the_page_says(namespace: Namespace, tmp_path: pathlib.Path) -> None:
    titled = {block.info.partition("title=")[2]: block.text for block in blocks(PAGE) if "title=" in block.info}
    namespace.helm(HELM4, "install", yaml.safe_load(titled["values.yaml"]))
    (tmp_path / "overlay-manifest.json").write_text("{}\n")
    environment = namespace.as_default()
    for block in blocks(PAGE):
        if "title=" in block.info or "kubectl " in block.text:
            wrong = follow(block, tmp_path, ROOT / ".tools" / "bin", environment)
            assert not wrong, f"docs/sandboxes.md:{block.line}: {wrong}"
    template = namespace.get("podtemplate", f"{FULLNAME}-sandbox")["template"]
    (job,) = listed(namespace, "jobs")
    assert job["metadata"]["name"].startswith("review-")
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["Review the changes of today."]
    pods = {pod["metadata"]["name"]: pod for pod in listed(namespace, "pods")}
    (other,) = [pod for pod in pods.values() if pod["metadata"].get("generateName") == "agent-"]
    assert other["spec"]["containers"][0]["args"] == ["--task", "triage"]
    for pod in (pods["agent-1"], other, job["spec"]["template"]):
        assert pod["metadata"]["annotations"].items() >= template["metadata"]["annotations"].items()
        assert [item["name"] for item in pod["spec"]["initContainers"]] == ["overlays-install"]
    assert [item["name"] for item in pods["agent"]["spec"]["initContainers"]] == ["overlays-sync", "overlays-install"]


def listed(namespace: Namespace, kind: str) -> list[Object]:
    found: list[Object] = json.loads(namespace.do("get", kind, "--output=json"))["items"]
    return found


def test_the_pod_that_needs_no_chart_is_accepted_where_others_are_not(namespace: Namespace) -> None:
    namespace.enforce("restricted")
    (agent,) = [block.text for block in blocks(PAGE) if block.info.endswith("title=agent.yaml")]
    assert namespace.tries_to_create(yaml.safe_load(agent)) == ""
