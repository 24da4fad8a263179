from __future__ import annotations

import pathlib

import pytest

from tests.support.helm import parent_chart


@pytest.fixture(scope="session")
def parent(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The chart in parent/, with ours in its charts/."""
    return parent_chart(tmp_path_factory.mktemp("charts"))
