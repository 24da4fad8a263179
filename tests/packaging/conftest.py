"""The Action, installed once."""

from __future__ import annotations

import pathlib

import pytest

from tests.docs.conftest import hosts
from tests.support.composite import Acted, Runner
from tests.support.helm import ROOT
from tests.support.internet import Internet
from tests.support.jobs import Jobs

__all__ = ["hosts"]


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Acted:
    """What the first step of the Action did."""
    folder = tmp_path_factory.mktemp("install")
    acted = Runner(folder, folder).act(ROOT, {}, upto="install")
    assert acted.passed, acted.log
    return acted


@pytest.fixture
def jobs(tmp_path: pathlib.Path, install: Acted, hosts: Internet) -> Jobs:
    return Jobs(tmp_path, install.steps["install"], hosts.environment)
