"""The schema of the lock file: the rules of the values, readable by every engine."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

SCHEMAS = pathlib.Path(__file__).parents[3] / "schemas"
SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "lock.schema.json").read_bytes())
VALUES: dict[str, Any] = json.loads((SCHEMAS / "values.schema.json").read_bytes())["definitions"]
REPOSITORIES = SCHEMA["properties"]["repositories"]
ENTRY = REPOSITORIES["additionalProperties"]


def rules(node: dict[str, Any], name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, rule in node.get("properties", {}).items():
        yield f"{name}.{key}", rule
        yield from rules(rule, f"{name}.{key}")
    for key in ("propertyNames", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield f"{name}.{key}", node[key]
            yield from rules(node[key], f"{name}.{key}")


RULES = dict(rules(SCHEMA))


def test_it_is_draft_7() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_described_and_accepts_its_examples(name: str) -> None:
    rule = RULES[name]
    assert rule["title"]
    assert rule["description"]
    assert rule["examples"]
    for example in rule["examples"]:
        jsonschema.Draft7Validator(rule).validate(example)


@pytest.mark.parametrize(
    ("rule", "of_values"),
    [
        (REPOSITORIES["propertyNames"], "repo"),
        (ENTRY["properties"]["url"], "cloneUrl"),
        (ENTRY["properties"]["ref"], "ref"),
    ],
)
def test_names_urls_and_refs_are_those_of_the_values(rule: dict[str, Any], of_values: str) -> None:
    keys = ("type", "pattern", "not")
    assert {key: rule.get(key) for key in keys} == {key: VALUES[of_values].get(key) for key in keys}
