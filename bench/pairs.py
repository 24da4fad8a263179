"""Paired runs of whole processes: noise of the machine hits both sides of a pair alike, so ratios can be compared."""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple

MEGABYTE = 1 << 20


class Run(NamedTuple):
    """One process: wall time in seconds, peak memory in bytes."""

    wall: float
    memory: int


class Pair(NamedTuple):
    """Medians of both sides, and the median of the ratios of the pairs."""

    ours: Run
    theirs: Run
    ratio: float


def run(command: Sequence[str | pathlib.Path]) -> Run:
    """Run a command with its output thrown away. Raises CalledProcessError when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command])
    return Run(wall, usage.ru_maxrss * 1024)


def environment() -> dict[str, str]:
    """Ours without what makes Python compile its modules anew in each run: no user has that set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def compare(ours: Sequence[str | pathlib.Path], theirs: Sequence[str | pathlib.Path], pairs: int) -> Pair:
    """Run both commands in turn, after one run each that warms the caches and does not count."""
    run(ours), run(theirs)
    measured = [(run(ours), run(theirs)) for _ in range(pairs)]
    return Pair(
        _median([pair[0] for pair in measured]),
        _median([pair[1] for pair in measured]),
        statistics.median(mine.wall / other.wall for mine, other in measured),
    )


def _median(runs: Sequence[Run]) -> Run:
    return Run(statistics.median(item.wall for item in runs), int(statistics.median(item.memory for item in runs)))
