"""Names that are no UTF-8 are spelt in messages as they are on the screen."""

from __future__ import annotations

import os
import pathlib

import pytest

from overlays.model.quoted import quoted, respelt
from tests.support.worktree import Worktree


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain", "'plain'"),
        (b"it's", '"it\'s"'),
        (b"\xff\xfe", r"'\xff\xfe'"),
        (rb"\udcff", r"'\\udcff'"),
        (b"\\\xff", r"'\\\xff'"),
        ("\u202e\x1b".encode(), r"'\u202e\x1b'"),
    ],
)
def test_quoted(name: bytes, shown: str) -> None:
    assert quoted(os.fsdecode(name)) == shown


def test_what_the_node_has_quoted() -> None:
    name = os.fsdecode(b"bad\xff")
    assert respelt(f"the directory is {name!r}, not {'x'!r}") == r"the directory is 'bad\xff', not 'x'"


def test_lint_has_one_spelling(tmp_path: pathlib.Path) -> None:
    work = Worktree(tmp_path / "overlay", {os.fsdecode(b"tools/x/\xff"): "", "tools/x/pyproject.toml": ""})
    ran = work.lint(".")
    assert rb"tools/x/\xff: warning OVL540: the name '\xff': " in ran.stdout
    ran = work.lint(".", "--base", os.fsdecode(b"\xff"))
    assert rb"--base \xff: error OVL422: '\xff' is no revision: " in ran.stdout
