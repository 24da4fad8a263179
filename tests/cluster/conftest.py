from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.support.cluster import Cluster
from tests.support.namespace import Namespace


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def namespace(cluster: Cluster, numbers: Iterator[int]) -> Iterator[Namespace]:
    """A namespace of its own; what is in it goes afterwards, while the next test runs."""
    made = Namespace(cluster, f"test-{next(numbers)}")
    made.create()
    yield made
    cluster.do("delete", "namespace", made.name, "--wait=false")
