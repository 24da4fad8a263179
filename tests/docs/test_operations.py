"""Every command of docs/operations.md does what the page says, on a node that runs."""

from __future__ import annotations

from typing import Final

import yaml

from tests.docs.blocks import blocks
from tests.docs.stage import stage
from tests.support.helm import ROOT
from tests.support.node import Node

PAGE: Final = (ROOT / "docs" / "operations.md").read_text()


def test_an_operator_sees_what_the_page_says(node: Node) -> None:
    with stage(node) as there:
        for block in blocks(PAGE):
            wrong = there.follow(block)
            assert not wrong, f"docs/operations.md:{block.line}: {wrong}"


def test_rules_are_yaml_with_an_expression_each() -> None:
    (text,) = (block.text for block in blocks(PAGE) if block.info == "yaml")
    (group,) = yaml.safe_load(text)["groups"]
    assert len(group["rules"]) > 5
    for rule in group["rules"]:
        assert {"alert", "expr", "for"} <= set(rule)
        assert "overlays_" in rule["expr"]  # docs/node.md's test knows the names


def test_pin_of_the_page_is_the_commit_before_the_last(node: Node) -> None:
    (text,) = (block.text for block in blocks(PAGE) if block.info == "yaml title=pin.yaml")
    with stage(node):
        pins = yaml.safe_load(text)["repoCache"]["repositoryRefs"]
        assert pins == {"acme/extra": node.repos["acme/extra"].git("rev-parse", "v2~1")}
