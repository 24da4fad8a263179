"""The values schema: complete, honest, and readable by every engine."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

SCHEMA: dict[str, Any] = json.loads((pathlib.Path(__file__).parents[3] / "schemas" / "values.schema.json").read_bytes())

# Absence means something that no value says, or the key is required.
WITHOUT_DEFAULT = {
    "overlays.sources[].repo",
    "overlays.sources[].cloneUrl",
    "overlays.sources[].visibility",
    "overlays.sources[].overrides",
    *(f"agents[].{key}" for key in ("name", "skills", "tools", "workflows", "personas", "persona", "mountAs.skills")),
    *("agents[].budget", "agents[].budget.tokens", "agents[].budget.warnTokens"),
    "toolServer.cloneUrl",
    "toolServer.visibility",
    "toolServer.extraSources[].repo",
    "toolServer.extraSources[].cloneUrl",
    "toolServer.extraSources[].visibility",
    "repoCache.repositories[].repo",
    "repoCache.repositories[].cloneUrl",
    "repoCache.repositories[].visibility",
    *(
        f"{owner}.{key}"
        for owner in ("repoCache", "apiRs", "sandbox")
        for key in (
            "extraVolumes[].name",
            "extraVolumeMounts[].name",
            "extraVolumeMounts[].mountPath",
            "extraInitContainers[].name",
        )
    ),
}


def properties(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in schema.get("properties", {}).items():
        name = f"{prefix}{key}"
        yield name, value
        yield from properties(value, f"{name}.")
        yield from properties(value.get("items", {}), f"{name}[].")


PROPERTIES = dict(properties(SCHEMA))


def validator(schema: dict[str, Any]) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator({**schema, "definitions": SCHEMA["definitions"]})


def test_it_is_draft_7_and_needs_no_network() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert all(ref.startswith("#/definitions/") for ref in re.findall(r'"\$ref": "([^"]*)"', json.dumps(SCHEMA)))


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_is_described(name: str) -> None:
    rule = PROPERTIES[name]
    assert rule["title"]
    assert rule["description"]
    assert rule["examples"]
    assert ("default" in rule) != (name in WITHOUT_DEFAULT)


@pytest.mark.parametrize("name", PROPERTIES)
def test_defaults_and_examples_are_accepted(name: str) -> None:
    rule = PROPERTIES[name]
    for value in [*rule["examples"], *([rule["default"]] if "default" in rule else [])]:
        validator(rule).validate(value)


@pytest.mark.parametrize("name", SCHEMA["definitions"])
def test_every_definition_is_used_described_and_shown(name: str) -> None:
    rule = SCHEMA["definitions"][name]
    assert rule["title"]
    assert rule["description"]
    assert f'"#/definitions/{name}"' in json.dumps(SCHEMA)
    for value in rule["examples"]:
        validator(rule).validate(value)


def patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            else:
                yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


@pytest.mark.parametrize("pattern", sorted(set(patterns(SCHEMA))))
def test_patterns_mean_the_same_to_every_engine(pattern: str) -> None:
    re.compile(pattern)
    assert not re.search(r"\(\?", pattern), "Go's engine has no look-around"
    assert not re.search(r"\\[dwsDWSbB]", pattern), "classes differ between engines"


@pytest.mark.parametrize("code", [0x00, 0x20, 0x7F, 0xA0, 0x1680, 0x2000, 0x200F, 0x2028, 0x202F, 0x205F, 0x206F])
@pytest.mark.parametrize("name", ["ref", "subdir"])
def test_control_and_white_space_are_refused(name: str, code: int) -> None:
    assert not validator(SCHEMA["definitions"][name]).is_valid(f"a{chr(code)}b")


@pytest.mark.parametrize("code", [0x21, 0xA1, 0x167F, 0x1FFF, 0x2010, 0x2030, 0x2070, 0x3001, 0xFEFE, 0xFFEF, 0x10000])
@pytest.mark.parametrize("name", ["ref", "subdir"])
def test_what_stands_beside_them_is_not(name: str, code: int) -> None:
    assert validator(SCHEMA["definitions"][name]).is_valid(f"a{chr(code)}b")
