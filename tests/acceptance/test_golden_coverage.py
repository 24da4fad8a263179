"""The golden cases set every value that the schema knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from tests.support import golden
from tests.support.values_schema import SCHEMA, choices, properties

CASES: Final = 60
"""How many cases there are at least."""


def said(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every place in a values file, as "a.b[].c", with what stands there."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield f"{where}.{key}".lstrip("."), below
            yield from said(below, f"{where}.{key}")
    elif isinstance(value, list):
        for below in value:
            yield from said(below, f"{where}[]")


def accepted() -> dict[str, set[str]]:
    """Place -> texts that stand there in some values file of a case that is accepted."""
    found: dict[str, set[str]] = {}
    for case in golden.cases():
        if (case / "code").read_bytes() == b"0\n":
            text = (case / "values.yaml").read_bytes().decode("utf-8-sig")
            for where, value in said(yaml.load(text, Loader=yaml.CBaseLoader)):
                found.setdefault(where.removeprefix("."), set()).add(str(value))
    return found


def test_enough_cases() -> None:
    assert len(golden.cases()) >= CASES


def test_every_property_of_the_schema_is_set_by_some_case() -> None:
    found = accepted()
    assert [where for where, _ in properties(SCHEMA) if where not in found] == []


def test_every_choice_of_the_schema_is_taken_by_some_case() -> None:
    found = accepted()
    missing = {
        where: sorted({*choices(rule)} - found.get(where, set()))
        for where, rule in properties(SCHEMA)
        if {*choices(rule)} - found.get(where, set())
    }
    assert missing == {}
