"""What `overlays.delivery: merged` costs a pass of the node's cache, against the same pass without it."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from bench.git_server import ServerProcess
from bench.pairs import MEGABYTE, environment
from bench.targets import Target, at_most, table
from tests.support.git_repo import Files, GitRepo

ITEMS = (1_250, 2_500, 5_000, 10_000)
PROMISED = 5_000
"""Of these, the number that a figure was promised for."""
SOURCES = 10
FILES = 5
"""Of each item; 0.2 to 2 kB each."""
TWICE = 5
"""Every item of so many is in an earlier source too, where it loses."""
ROUNDS = 5
BEYOND = 3.0
"""Seconds that a first pass may take longer than without."""
SEPARATE, MERGED = "separate", "merged"
PASSES = ("first pass", "nothing changed", "one source changed")


PROGRAM = """
import os, re, sys
from overlays_node.__main__ import main
status = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], sum(os.times()[:4]))
sys.exit(status)
"""


class Pass(NamedTuple):
    """Wall time and CPU time in seconds, of the process and all git that it starts; its own peak memory in bytes."""

    wall: float
    cpu: float
    memory: int


class Compared(NamedTuple):
    """Medians of pairs of passes: without, with, and of the differences of both times in seconds."""

    separate: Pass
    merged: Pass
    wall: float
    cpu: float


def measure(folder: pathlib.Path) -> dict[int, dict[str, Compared]]:
    """The figures by number of items and name of the pass."""
    return {items: _measured(folder / f"{items}", items) for items in ITEMS}


def _measured(folder: pathlib.Path, items: int) -> dict[str, Compared]:
    repos = prepare(folder / "served", items)
    found: dict[str, list[tuple[Pass, Pass]]] = {name: [] for name in PASSES}
    with ServerProcess(folder / "served") as server:
        for delivery in (SEPARATE, MERGED):
            _manifest(folder / f"{delivery}.json", delivery, [*repos], server)
        for _ in range(ROUNDS + 1):
            shutil.rmtree(folder / "roots", ignore_errors=True)
            for name in PASSES:
                if name == PASSES[2]:
                    repos["acme/overlay-3"].commit({"tools/tool-3/pyproject.toml": os.urandom(20).hex()})
                found[name].append((_pass(folder, SEPARATE), _pass(folder, MERGED)))
            count = json.loads((folder / "roots/merged/.status.json").read_bytes())["merged"]["overlays/merged"][
                "items"
            ]
            if count != items:
                raise RuntimeError(f"{count} items are merged, not {items}")
    shutil.rmtree(folder)
    return {name: _compare(pairs[1:]) for name, pairs in found.items()}


def _pass(folder: pathlib.Path, delivery: str) -> Pass:
    os.sync()  # what was written before costs nobody anything
    command = [sys.executable, "-c", PROGRAM, "sync", "--once", "--min-free", "0%"]
    command += ["--manifest", str(folder / f"{delivery}.json"), "--root", str(folder / "roots" / delivery)]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    memory, cpu = done.stdout.split()
    return Pass(wall, float(cpu), int(memory) * 1024)


def _compare(pairs: Sequence[tuple[Pass, Pass]]) -> Compared:
    return Compared(
        _median([one for one, _ in pairs]),
        _median([one for _, one in pairs]),
        statistics.median(merged.wall - separate.wall for separate, merged in pairs),
        statistics.median(merged.cpu - separate.cpu for separate, merged in pairs),
    )


def _median(passes: Sequence[Pass]) -> Pass:
    wall, cpu, memory = (statistics.median(values) for values in zip(*passes, strict=True))
    return Pass(wall, cpu, int(memory))


def prepare(served: pathlib.Path, items: int) -> dict[str, GitRepo]:
    """Repositories with so many names between them: half of them tools, half skills."""
    trees: list[dict[str, str]] = [{} for _ in range(SOURCES)]
    for number in range(items):
        trees[number % SOURCES] |= _item(number, number % SOURCES)
        if number % TWICE == 0 and number % SOURCES:
            trees[number % SOURCES - 1] |= _item(number, number % SOURCES - 1)
    repos = {}
    for number, tree in enumerate(trees):
        repos[f"acme/overlay-{number}"] = one = GitRepo(served / f"acme/overlay-{number}.git")
        files: Files = {**tree, "README.md": f"{number}\n"}
        one.commit(files)
        subprocess.run(["git", f"--git-dir={one.path}", "repack", "-a", "-d", "-q"], check=True)
    return repos


def _item(number: int, source: int) -> dict[str, str]:
    place = f"tools/tool-{number}" if number % 2 else f".agents/skills/skill-{number}"
    first = "pyproject.toml" if number % 2 else "SKILL.md"
    text = f"---\nname: skill-{number}\ndescription: Does it.\n---\n{source}\n"
    more = {f"{place}/part/{one}.py": f"{source} {number} {one}\n" * (20 * one) for one in range(1, FILES)}
    return {f"{place}/{first}": text, **more}


def _manifest(path: pathlib.Path, delivery: str, repos: Sequence[str], server: ServerProcess) -> None:
    document = {
        **({"delivery": delivery} if delivery == MERGED else {}),
        "schemaVersion": 1,
        "repositories": [{"repo": repo, "cloneUrl": f"{server.base}/{repo}.git"} for repo in repos],
        "sources": [{"repo": repo, "tools": "tools", "skills": ".agents/skills"} for repo in repos],
    }
    path.write_text(json.dumps(document))


def targets(measured: dict[int, dict[str, Compared]]) -> list[Target]:
    """The promised figures."""
    small, large = ITEMS[0], ITEMS[-1]
    first = {items: passes[PASSES[0]] for items, passes in measured.items()}
    ratio = first[large].cpu / first[small].cpu / (large / small)
    return [
        at_most(f"{PROMISED:,} items: beyond a first pass without it", BEYOND, first[PROMISED].wall, "{:.2f} s"),
        at_most(f"{large:,} items: of {large // small} × the CPU beyond it of {small:,}", 1.5, ratio, "{:.2f} ×"),
        at_most(f"memory with {PROMISED:,} items", 60, first[PROMISED].merged.memory / MEGABYTE, "{:.0f} MB"),
    ]


def report(measured: dict[int, dict[str, Compared]]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays_node sync` with merged delivery against without",
        "",
        f"Items of {FILES} files, {SOURCES} sources on a git HTTP server on the same machine, every {TWICE}th item in",
        f"two of them. Whole processes (`sync --once`), medians of {ROUNDS} pairs. Most of what a pass does is done by",
        "the file system: a hard link for each file, each directory once more. CPU is that of the process and all git",
        "processes that it starts.",
        "",
        "| items | pass | separate | merged | beyond it | its CPU | memory, separate | memory, merged |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {items:,} | {name} | {one.separate.wall:.2f} s | {one.merged.wall:.2f} s | {one.wall:.2f} s "
            f"| {one.cpu:.2f} s | {one.separate.memory / MEGABYTE:.0f} MB | {one.merged.memory / MEGABYTE:.0f} MB |"
            for items, passes in measured.items()
            for name, one in passes.items()
        ),
    ]
    return "\n\n".join("\n".join(part) for part in (lines, table(targets(measured)))) + "\n"
