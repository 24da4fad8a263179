"""The table of codes and the code agree."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator

from overlays.model.codes import CODES, GROUPS
from overlays.model.finding import Severity

PACKAGE = pathlib.Path(__file__).parents[3] / "generator" / "overlays"


def used() -> Iterator[str]:
    """Every text constant in the program that is a code; docstrings are longer than that."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.is_relative_to(PACKAGE / "model" / "codes"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value[:3] == "OVL":
                yield node.value


def test_every_code_that_is_used_stands_in_the_table_and_the_other_way_round() -> None:
    assert sorted(set(used())) == list(CODES)


def test_the_table_is_well_formed() -> None:
    for code, entry in CODES.items():
        assert code[3] in GROUPS
        assert entry.title.strip() == entry.title != ""
        assert not entry.title[0].isupper()
        assert not entry.title.endswith(".")
        assert entry.explanation.endswith(".")
        assert entry.severity in Severity
