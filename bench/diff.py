"""`overlays diff OLD NEW` against `overlays render env` of one of the two files, which it has to read both."""

from __future__ import annotations

import pathlib
import random

from bench.pairs import Pair, compare
from bench.render import OVERLAYS, values
from bench.targets import at_most, table

SOURCES = 1_000
LARGE = 10_000
PAIRS = {SOURCES: 21, LARGE: 7}
MAX_RATIO = 2.0
START = "    - repo:"


def changed(text: str, *, shuffled: bool) -> str:
    """The list as a pull request leaves it: a ref, a directory, a place, one source less, one more; or all places."""
    head, *entries = text.split(START)
    entries[5] = entries[5].replace("ref: main", "ref: next")
    entries[7] = entries[7].rstrip("\n") + "\n      skillsSubdir: packages/skills\n"
    entries.insert(len(entries) // 2, entries.pop(20))
    entries[-1] = " acme/new\n"
    if shuffled:
        random.Random(1).shuffle(entries)
    return head + "".join(START + entry for entry in entries)


def measure(directory: pathlib.Path) -> dict[tuple[int, str], Pair]:
    """(sources, what changed) to the pair of medians: diff, render env."""
    measured = {}
    for sources, pairs in PAIRS.items():
        old = directory / f"{sources}.yaml"
        old.write_text(values(sources))
        for what, shuffled in (("a handful", False), ("all places", True)):
            new = directory / f"{sources}-{shuffled}.yaml"
            new.write_text(changed(old.read_text(), shuffled=shuffled))
            measured[sources, what] = compare(
                [OVERLAYS, "diff", old, new], [OVERLAYS, "render", "env", "-f", new], pairs
            )
    return measured


def report(measured: dict[tuple[int, str], Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays diff OLD NEW` against `overlays render env -f NEW`",
        "",
        "Whole processes; `diff` reads, checks and resolves two files of that many sources, `render env` one of them.",
        "Medians of paired runs, the ratio is the median of the ratios of the pairs.",
        "",
        "| sources | changed | diff | render env | ratio |",
        "| ---: | --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {sources:,} | {what} | {pair.ours.wall:.3f} s | {pair.theirs.wall:.3f} s | {pair.ratio:.2f} × |"
        for (sources, what), pair in measured.items()
    ]
    ratio = measured[SOURCES, "a handful"].ratio
    target = at_most(
        f"`diff` of two files of {SOURCES:,} sources, of `render env` of one", MAX_RATIO, ratio, "{:.2f} ×"
    )
    return "\n".join([*lines, "", *table([target])]) + "\n"
