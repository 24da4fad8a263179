"""values.yaml, the schema, the templates' own defaults and the values files of ci/ say the same."""

from __future__ import annotations

import copy
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from tests.support.helm import CHART, HELM4, HELMS, ROOT, Rendered, helm_template, render, run_helm

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
CI: Final = sorted((CHART / "ci").glob("*-values.yaml"))
SCHEMA: Final[dict[str, Any]] = json.loads((CHART / "values.schema.json").read_text())
VALUES: Final[dict[str, Any]] = yaml.safe_load((CHART / "values.yaml").read_text())
METADATA: Final[dict[str, Any]] = yaml.safe_load((CHART / "Chart.yaml").read_text())
VERSIONS: Final[list[str]] = METADATA["annotations"]["agent-overlays.io/kubernetes"].split(" - ")
ABSENT: Final = {"toolServer.visibility", "toolServer.cloneUrl", "global", "enabled"}


def properties(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of the schema by its path; [] stands for the items of a list."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{prefix}{name}", inner
        yield from properties(inner, f"{prefix}{name}.")
        yield from properties(inner.get("items", {}), f"{prefix}{name}[].")


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """Every path that a values file sets."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{prefix}{name}"
            yield from paths(inner, f"{prefix}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{prefix.removesuffix('.')}[].")


def test_schema_is_the_checked_copy() -> None:
    assert (CHART / "values.schema.json").read_bytes() == (ROOT / "schemas" / "values.schema.json").read_bytes()


def test_every_default_is_the_schemas() -> None:
    leaves = {path: inner for path, inner in properties(SCHEMA) if "[]" not in path and not inner.get("properties")}
    found = {}
    for path in leaves:
        value: Any = VALUES
        for name in path.split("."):
            value = value.get(name, ...) if isinstance(value, dict) else ...
        if value is not ...:
            found[path] = value
    assert set(leaves) - set(found) == ABSENT
    assert found == {path: leaves[path]["default"] for path in found}
    assert set(paths(VALUES)) <= {path for path, _ in properties(SCHEMA)} | {
        path for path in paths(VALUES) if path.startswith(("repoCache.resources.", "repoCache.updateStrategy."))
    }
    assert None not in found.values()


def test_the_templates_have_the_same_defaults() -> None:
    text = (CHART / "templates" / "_overlays.tpl").read_text()
    defaults = re.search(r'\{\{- define "overlays.defaults" -\}\}\n(.*?)\n\{\{- end -\}\}', text, re.DOTALL)
    assert defaults is not None
    assert yaml.safe_load(defaults[1]) == VALUES


def test_every_value_has_a_description() -> None:
    missing = []
    comment = False
    described = 99  # how far an object is indented that has a description, which is also that of all in it
    for line in (CHART / "values.yaml").read_text().splitlines():
        key = re.match(r"( *)([A-Za-z]+):(.*)", line)
        if line.lstrip().startswith("#"):
            comment = comment or line.lstrip().startswith("# -- ")
        elif key:
            described = 99 if len(key[1]) <= described else described
            if comment:
                described = len(key[1])
            elif key[3].strip() and described == 99:
                missing.append(line)
            comment = False
    assert missing == []


def test_every_property_is_set_in_some_ci_file() -> None:
    covered = {path for case in CI for path in paths(yaml.safe_load(case.read_text()))}
    assert {path for path, _ in properties(SCHEMA)} - covered == set()


@BOTH
@pytest.mark.parametrize("case", [None, *CI], ids=lambda case: case.name if case else "defaults")
def test_lint_is_clean(helm: pathlib.Path, case: pathlib.Path | None) -> None:
    linted = run_helm(helm, ["lint", "--strict", str(CHART), *(["-f", str(case)] if case else [])])
    assert linted.code == 0, linted.stdout
    assert "[WARNING]" not in linted.stdout


def rendered_cases(helm: pathlib.Path) -> Iterator[tuple[str, Rendered]]:
    yield "defaults", helm_template(helm)
    for case in CI:
        yield case.name, helm_template(helm, ["-f", str(case)], release="r" * 53)


@BOTH
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_object_is_valid_in_kubernetes(helm: pathlib.Path, version: str) -> None:
    for name, rendered in rendered_cases(helm):
        assert rendered.code == 0, rendered.stderr
        assert rendered.objects, name
        for item in rendered.objects.values():
            kubernetes_validate.validate(copy.deepcopy(item), version, strict=True)


def test_an_unknown_field_is_not_valid() -> None:
    item = render(HELM4, {}).of_kind("DaemonSet")[0]
    item["spec"]["template"]["spec"]["enableServicelinks"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(item, VERSIONS[0], strict=True)


def test_no_template_uses_what_changes_between_renderings() -> None:
    for template in sorted((CHART / "templates").rglob("*.*")):
        code = "\n".join(re.findall(r"\{\{(?!- ?/\*).*?\}\}", template.read_text(), re.DOTALL))
        for word in ("lookup", "now", "randAlpha", "randAlphaNum", "uuidv4", "genCA", "htmlDate", "toYaml", "squote"):
            assert not re.search(rf"(?<![.\"$\w]){word}\b(?!\")", code), f"{word} in {template.name}"


@pytest.mark.parametrize("template", sorted((CHART / "templates").rglob("*.tpl")), ids=lambda template: template.name)
def test_the_manual_of_a_template_file_lists_its_templates(template: pathlib.Path) -> None:
    text = template.read_text()
    index = text.partition("## Index")[2].partition("*/")[0].split()
    assert index == re.findall(r'\{\{- define "([^"]+)"', text)
    for name in index:
        assert re.search(rf"\{{\{{- /\*\s+{re.escape(name)}[ (]", text), f"{name} has no contract comment"
