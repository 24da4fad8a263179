"""A git server and a node for every test that asks for them."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.support.git_http import GitServer
from tests.support.node import Node
from tests.support.shares import Shares


@pytest.fixture(autouse=True)
def _any_disk_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that tests start keep nothing free, unless a flag says so: this machine's disk may be nearly full."""
    monkeypatch.setenv("OVERLAYS_MIN_FREE", "0%")


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[GitServer]:
    """A git server without repositories."""
    with GitServer(tmp_path / "remotes") as running:
        yield running


@pytest.fixture
def node(tmp_path: pathlib.Path, server: GitServer, capsys: pytest.CaptureFixture[str]) -> Node:
    """A node with an empty cache."""
    return Node(tmp_path, server, capsys)


@pytest.fixture
def shares(tmp_path: pathlib.Path) -> Shares:
    """A cache without git, and an agent's directory."""
    return Shares(tmp_path)
