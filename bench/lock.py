"""`overlays lock --check` against one `git ls-remote` after another, on a local git HTTP server."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess

from bench.git_server import ServerProcess
from bench.pairs import Pair, compare
from bench.render import OVERLAYS
from bench.targets import Target, table
from tests.support.git_repo import GitRepo

REPOSITORIES = 100
PAIRS = {0.0: 9, 0.1: 3}
"""Seconds by which each answer is late to pairs of runs."""
MIN_SPEED = {0.0: 3.0, 0.1: 6.0}


def measure(folder: pathlib.Path) -> dict[float, Pair]:
    """Seconds of delay to the pair of medians: ours, the loop's."""
    names = [f"acme/overlay-{number:03d}" for number in range(REPOSITORIES)]
    for name in names:
        GitRepo(folder / "served" / f"{name}.git").commit({"tools/x/pyproject.toml": "", "README.md": name})
    return {delay: _measure(folder, names, delay, pairs) for delay, pairs in PAIRS.items()}


def _measure(folder: pathlib.Path, names: list[str], delay: float, pairs: int) -> Pair:
    with ServerProcess(folder / "served", delay) as server:
        urls = [f"{server.base}/{name}.git" for name in names]
        sources = [{"repo": name, "ref": "main", "cloneUrl": url} for name, url in zip(names, urls, strict=True)]
        port = int(server.base.rpartition(":")[2])
        values = folder / f"{delay}" / "values.yaml"
        values.parent.mkdir()
        values.write_text(json.dumps({"overlays": {"sources": sources}, "repoCache": {"egressPorts": [port]}}))
        subprocess.run([OVERLAYS, "lock", "-f", values], check=True, capture_output=True)
        loop = "\n".join(f"git ls-remote {shlex.quote(url)} refs/heads/main" for url in urls)
        return compare([OVERLAYS, "lock", "-f", values, "--check"], ["sh", "-ec", loop], pairs)


def targets(measured: dict[float, Pair]) -> list[Target]:
    """The promised figures."""
    found = []
    for delay, limit in MIN_SPEED.items():
        speed = 1 / measured[delay].ratio
        what = f"speed of `lock --check` of {REPOSITORIES} repositories, of the loop's, answers {_when(delay)}"
        found.append(Target(what, f"≥ {limit:.0f} ×", f"{speed:.1f} ×", speed >= limit))
    return found


def _when(delay: float) -> str:
    return f"{delay * 1000:.0f} ms late" if delay else "at once"


def report(measured: dict[float, Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays lock --check` against one `git ls-remote` after another",
        "",
        f"{REPOSITORIES} repositories on a git HTTP server on the same machine, whose CPU both sides share. Whole",
        "processes, medians of paired runs.",
        "",
        "| answers | overlays | loop | times faster |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {_when(delay)} | {pair.ours.wall:.2f} s | {pair.theirs.wall:.2f} s | {1 / pair.ratio:.1f} |"
        for delay, pair in measured.items()
    ]
    lines += ["", *table(targets(measured))]
    return "\n".join(lines) + "\n"
