"""What the pages say of a cluster, done in one."""

from __future__ import annotations

import json
import pathlib
from typing import Final

import pytest
import yaml

from tests.docs.blocks import Block, blocks, follow
from tests.support.helm import HELM4, HELMS, ROOT, helm_template, render
from tests.support.namespace import FULLNAME, Namespace

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)


def blocks_of(page: str, text: str) -> list[Block]:
    """The blocks of a page that hold that text, and are there."""
    found = [block for block in blocks((ROOT / "docs" / page).read_text()) if text in block.info + block.text]
    assert found, f"docs/{page} has no block with {text!r}"
    return found


def test_an_agent_starts_from_the_pod_template(namespace: Namespace, tmp_path: pathlib.Path) -> None:
    namespace.helm(HELM4, "install", {"sandbox": {"follow": True}})
    (block,) = blocks_of("chart.md", "kubectl get podtemplate")
    wrong = follow(block, tmp_path, ROOT / ".tools" / "bin", namespace.as_default())
    assert not wrong, wrong
    namespace.do(
        "wait", "--for=condition=Ready", "pod", "--selector=app.kubernetes.io/component=sandbox", "--timeout=2m"
    )
    (pod,) = namespace.pods("sandbox").values()
    template = namespace.get("podtemplate", f"{FULLNAME}-sandbox")["template"]
    assert pod["metadata"]["name"].startswith("agent-")
    assert pod["metadata"]["annotations"].items() >= template["metadata"]["annotations"].items()
    assert [item["name"] for item in pod["spec"]["initContainers"]] == ["overlays-install", "overlays-follow"]


@BOTH
def test_the_workloads_of_a_chart_with_ours_in_it_are_accepted(
    helm: pathlib.Path, namespace: Namespace, tmp_path: pathlib.Path
) -> None:
    for block in blocks_of("chart.md", "title=parent/"):
        follow(block, tmp_path, tmp_path)
    (copied,) = blocks_of("chart.md", "cp -R")
    assert not follow(copied, tmp_path, tmp_path)
    done = helm_template(helm, [], tmp_path / "parent", release="prod")
    assert {kind for kind, name in done.objects if name in ("agent", "nightly-review")} == {"Pod", "Job"}
    namespace.do("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=done.stdout)


def test_what_is_too_long_for_an_annotation_is_applied_on_the_server(namespace: Namespace) -> None:
    (application,) = blocks_of("gitops.md", "title=application.yaml")
    assert yaml.safe_load(application.text)["spec"]["syncPolicy"] == {"syncOptions": ["ServerSideApply=true"]}
    rendered = render(HELM4, {})
    (runtime,) = [item for item in rendered.of_kind("ConfigMap") if item.get("immutable")]
    apply = ("apply", "--dry-run=server", "--validate=strict", "-f", "-")
    refused = namespace.tries(*apply, stdin=json.dumps(runtime))
    assert "metadata.annotations: Too long: may not be more than 262144 bytes" in refused.stderr
    namespace.do(*apply, "--server-side", stdin=rendered.stdout)
