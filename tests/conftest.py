"""Options of the test run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.support import interpreters

NORMAL_EXAMPLES = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples",
        type=int,
        default=NORMAL_EXAMPLES,
        help=f"examples of each property test (default {NORMAL_EXAMPLES}, the same ones each time; others are random)",
    )


def pytest_configure(config: pytest.Config) -> None:
    examples = config.getoption("--examples")
    settings.register_profile(
        "run",
        max_examples=examples,
        derandomize=examples == NORMAL_EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("run")


def pytest_report_header() -> str:
    missing = interpreters.missing()
    told = f"; not on this machine, so not tested: {', '.join(missing)}" if missing else ""
    return f"interpreters: {', '.join(interpreters.found())}{told}"
