"""Options of the test run."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.support import interpreters
from tests.support.rounds import Rounds

pytest.register_assert_rewrite("tests.support.chaos", "tests.support.chaos_loop")

NORMAL_EXAMPLES = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples",
        type=int,
        default=NORMAL_EXAMPLES,
        help=f"examples of each property test (default {NORMAL_EXAMPLES}, the same ones each time; others are random)",
    )
    parser.addoption("--long", action="store_true", help="the long forms: more rounds, and the tests marked `long` too")


def pytest_configure(config: pytest.Config) -> None:
    for ignored in (signal.SIGINT, signal.SIGHUP):  # by background jobs and under nohup: not by what tests start
        if signal.getsignal(ignored) is signal.SIG_IGN:
            signal.signal(ignored, lambda *_: None)
    examples = config.getoption("--examples")
    settings.register_profile(
        "run",
        max_examples=examples,
        derandomize=examples == NORMAL_EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> Rounds:
    """Chooses the number of rounds: `rounds(short=40, long=200)`."""
    long_form = bool(pytestconfig.getoption("--long"))
    return lambda *, short, long: long if long_form else short


def pytest_report_header() -> str:
    missing = interpreters.missing()
    told = f"; not on this machine, so not tested: {', '.join(missing)}" if missing else ""
    return f"interpreters: {', '.join(interpreters.found())}{told}"
