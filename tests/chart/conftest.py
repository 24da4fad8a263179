from __future__ import annotations

import pathlib
import shutil

import pytest

from tests.support.helm import CHART


@pytest.fixture(scope="session")
def parent(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The chart in parent/, with ours in its charts/."""
    where = tmp_path_factory.mktemp("charts") / "parent"
    shutil.copytree(pathlib.Path(__file__).parent / "parent", where)
    shutil.copytree(CHART, where / "charts" / CHART.name.replace("chart", "agent-overlays"))
    return where
