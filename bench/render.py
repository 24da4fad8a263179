"""`overlays render env --format json` against `helm template` of the chart, on the same values."""

from __future__ import annotations

import pathlib
import sys

from bench.pairs import MEGABYTE, Pair, compare
from bench.targets import Target, at_most, table

ROOT = pathlib.Path(__file__).parents[1]
OVERLAYS = pathlib.Path(sys.executable).parent / "overlays"
HELM = ROOT / ".tools" / "bin" / "helm4"
PAIRS = {10: 31, 100: 21, 1_000: 15, 3_000: 9, 10_000: 7}
"""Sources to pairs of runs."""
MAX_RATIO = {10: 1.2, 1_000: 0.5, 3_000: 0.5, 10_000: 0.5}
MAX_GROWTH = 11.0
MAX_MEMORY = 200 * MEGABYTE


def values(sources: int) -> str:
    """A list as a large team has it: the base, then overlays, a third of them with directories of their own."""
    lines = ["overlays:", "  sources:", "    - repo: paradigmxyz/centaur", "      ref: 5da358a2"]
    for number in range(1, sources):
        lines += [f"    - repo: acme/overlay-{number:05d}", "      ref: main"]
        if number % 3 == 0:
            lines += ["      toolsSubdir: packages/tools", '      workflowsSubdir: ""']
    return "\n".join(lines) + "\n"


def measure(directory: pathlib.Path) -> dict[int, Pair]:
    """Number of sources to the pair of medians: ours, Helm's."""
    measured = {}
    for sources, pairs in PAIRS.items():
        file = directory / f"{sources}.yaml"
        file.write_text(values(sources))
        measured[sources] = compare(
            [OVERLAYS, "render", "env", "--format", "json", "-f", file],
            [HELM, "template", "bench", ROOT / "chart", "-f", file],
            pairs,
        )
    return measured


def targets(measured: dict[int, Pair]) -> list[Target]:
    """The promised figures."""
    found = [
        at_most(f"`overlays` at {sources:,} sources, of Helm's time", limit, measured[sources].ratio, "{:.2f} ×")
        for sources, limit in MAX_RATIO.items()
    ]
    large, small = measured[10_000], measured[1_000]
    for name, growth in (
        ("overlays", large.ours.wall / small.ours.wall),
        ("helm template", large.theirs.wall / small.theirs.wall),
    ):
        what = f"`{name}` at 10,000 sources, of its time at 1,000"
        found.append(Target(what, f"≤ {MAX_GROWTH:.0f} ×", f"{growth:.1f} ×", growth <= MAX_GROWTH))
    memory = large.ours.memory / MEGABYTE
    return [*found, at_most("memory of `overlays` at 10,000 sources", MAX_MEMORY / MEGABYTE, memory, "{:.0f} MB")]


def report(measured: dict[int, Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays render env --format json` against `helm template`",
        "",
        "Whole processes, Helm 4, this chart, the same values file; medians of paired runs, the ratio is the median of",
        "the ratios of the pairs.",
        "",
        "| sources | overlays | Helm | ratio | overlays, peak | Helm, peak |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {sources:,} | {pair.ours.wall:.3f} s | {pair.theirs.wall:.3f} s | {pair.ratio:.2f} × "
        f"| {pair.ours.memory / MEGABYTE:.0f} MB | {pair.theirs.memory / MEGABYTE:.0f} MB |"
        for sources, pair in measured.items()
    ]
    lines += ["", *table(targets(measured))]
    start = measured[10].ours.wall
    lines += [
        "",
        f"About {start:.2f} s of every run of `overlays` is the start of Python and its libraries, whatever the list.",
        "Up to a thousand sources that is most of the run, and the ratio there moves with Helm's own speed.",
    ]
    return "\n".join(lines) + "\n"
