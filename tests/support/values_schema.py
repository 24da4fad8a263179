"""Walks the schema of the values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.support.helm import ROOT

SCHEMA: Final[dict[str, Any]] = json.loads((ROOT / "schemas" / "values.schema.json").read_bytes())


def properties(rule: dict[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property at any depth, as "a.b[].c", with its rule. Kubernetes' own objects are leaves."""
    for name, below in rule.get("properties", {}).items():
        yield f"{where}.{name}".lstrip("."), below
        yield from properties(below, f"{where}.{name}")
    for key in ("items", "oneOf", "anyOf", "allOf"):
        found = rule.get(key, [])
        for below in found if isinstance(found, list) else [found]:
            yield from properties(below, f"{where}[]" if key == "items" else where)
    if "$ref" in rule:
        yield from properties(SCHEMA["definitions"][rule["$ref"].rpartition("/")[2]], where)


def choices(rule: dict[str, Any]) -> list[Any]:
    """What a property can only be one of."""
    rules = [rule, *(SCHEMA["definitions"][below["$ref"].rpartition("/")[2]] for below in rule.get("allOf", []))]
    if any(each.get("type") == "boolean" for each in rules):
        return ["true", "false"]
    return [choice for each in rules for choice in each.get("enum", [])]
