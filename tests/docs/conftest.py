"""What the pages speak of: a node, and Git hosts with overlay repositories."""

from collections.abc import Iterator

import pytest

from tests.docs.hosts import publish
from tests.node.conftest import node, server
from tests.support.internet import Internet

__all__ = ["hosts", "node", "server"]


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    """github.com and git.example.com with the repositories that pages name. Nothing in them changes."""
    folder = tmp_path_factory.mktemp("hosts")
    publish(folder / "served")
    with Internet(folder / "served", folder / "tls") as internet:
        yield internet
