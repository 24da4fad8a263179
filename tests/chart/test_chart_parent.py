"""A chart that has ours as a dependency calls the public templates and gets what our own objects get."""

from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any, Final

import pytest
import yaml

from tests.support.helm import HELMS, helm_template, refuse, render, run_helm

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)


def own_values(parent: pathlib.Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((parent / "values.yaml").read_text())["agent-overlays"]
    return values


@BOTH
def test_public_templates(helm: pathlib.Path, parent: pathlib.Path) -> None:
    rendered = helm_template(helm, [], parent)
    assert rendered.code == 0, rendered.stderr
    values = own_values(parent)
    values["apiRs"]["enabled"] = True
    ours = render(helm, values)
    api = ours.container("api-rs")
    assert rendered.container("own-api")["env"] == api["env"]
    assert rendered.container("own-cache")["env"] == ours.container("repo-cache")["env"]
    assert rendered.container("own-sandbox")["env"] == [
        {"name": name, "value": value} for name, value in ours.sandbox()
    ]
    assert rendered.container("own-api")["volumeMounts"] == api["volumeMounts"][1:]
    assert rendered.container("own-sandbox")["volumeMounts"] == [
        {"name": "overlays-cache", "mountPath": "/home/agent/github", "readOnly": True}
    ]
    own = rendered.objects["Deployment", "agent-overlays-own-api"]["spec"]["template"]
    deployment = ours.objects["Deployment", "agent-overlays-api-rs"]["spec"]["template"]
    assert own["spec"]["volumes"] == [deployment["spec"]["volumes"][1]]
    assert own["metadata"]["annotations"] == deployment["metadata"]["annotations"]
    manifest = rendered.objects["ConfigMap", "own-manifest"]["data"]["manifest.json"]
    assert manifest == rendered.config("-overlays-manifest")["overlay-manifest.json"]
    assert json.loads(manifest)["digest"] == rendered.env("own-api")["OVERLAYS_DIGEST"]
    assert rendered.config("-env") == rendered.env("own-api")


@BOTH
def test_the_subchart_may_be_nulled_and_the_release_named_otherwise(helm: pathlib.Path, parent: pathlib.Path) -> None:
    rendered = render(
        helm, {"agent-overlays": {"overlays": None, "apiRs": None}, "global": {"x": 1}}, chart=parent, release="prod"
    )
    assert ("Deployment", "prod-agent-overlays-api-rs") in rendered.objects


@BOTH
def test_the_parents_own_context_is_refused(helm: pathlib.Path, parent: pathlib.Path) -> None:
    message = refuse(helm, {"wrongContext": True}, chart=parent)
    assert 'in a parent chart, (index .Subcharts "agent-overlays")' in message


@BOTH
def test_an_alias_and_a_condition(helm: pathlib.Path, parent: pathlib.Path, tmp_path: pathlib.Path) -> None:
    chart = tmp_path / "parent"
    shutil.copytree(parent, chart)
    shutil.rmtree(chart / "templates")
    dependency = {"name": "agent-overlays", "version": "0.1.0", "condition": "team.enabled", "alias": "team"}
    (chart / "Chart.yaml").write_text(
        json.dumps({"apiVersion": "v2", "name": "parent", "version": "0.0.1", "dependencies": [dependency]})
    )
    (chart / "values.yaml").write_text("team: {enabled: true}\n")
    assert ("ConfigMap", "agent-overlays-team-env") in helm_template(helm, [], chart).objects
    assert helm_template(helm, ["--set", "team.enabled=false"], chart).objects == {}


@BOTH
def test_lint(helm: pathlib.Path, parent: pathlib.Path) -> None:
    linted = run_helm(helm, ["lint", "--strict", str(parent)])
    assert linted.code == 0, linted.stdout
