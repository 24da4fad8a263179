"""`overlays lint --profile all` of many skills, against a plain reading of all their files."""

from __future__ import annotations

import pathlib
import sys
from typing import Final

from bench.pairs import MEGABYTE, Pair, compare
from bench.render import OVERLAYS
from bench.targets import Target, at_most, table

SIZES: Final = {500: 11, 5_000: 7}
"""Skills to pairs of runs."""
MAX_SECONDS: Final = 3.0

READ: Final = """
import os, sys
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        with open(os.path.join(folder, name), "rb") as file:
            file.read().decode()
"""
"""What theirs does: every file below the directory, read and decoded once."""

BODY: Final = "Take the file, look at it, and say what is in it.\n" * 40
SCRIPT: Final = '#!/bin/sh\nset -eu\ncat "$1"\n'


def prepare(directory: pathlib.Path, skills: int) -> pathlib.Path:
    """Write an overlay repository with so many good skills, three files each; gives its path."""
    root = directory / f"{skills}"
    for number in range(skills):
        name = f"skill-{number:05d}"
        folder = root / ".agents" / "skills" / name
        for inner in ("references", "scripts"):
            (folder / inner).mkdir(parents=True)
        front = f"name: {name}\ndescription: Does thing number {number} with a file. Use it when a task names one.\n"
        front += 'license: MIT\nmetadata:\n  author: acme\n  version: "1.0"\n'
        (folder / "SKILL.md").write_text(f"---\n{front}---\n\nSee [more](references/more.md).\n\n{BODY}")
        (folder / "references" / "more.md").write_text(BODY)
        (folder / "scripts" / "run.sh").write_text(SCRIPT)
        (folder / "scripts" / "run.sh").chmod(0o755)
    return root


def measure(directory: pathlib.Path) -> dict[int, Pair]:
    """Number of skills to the pair of medians: ours, theirs."""
    read = directory / "read.py"
    read.write_text(READ)
    measured = {}
    for skills, pairs in SIZES.items():
        root = prepare(directory, skills)
        ours: list[str | pathlib.Path] = [OVERLAYS, "lint", root, "--profile", "all"]
        measured[skills] = compare(ours, [sys.executable, read, root], pairs)
    return measured


def targets(measured: dict[int, Pair]) -> list[Target]:
    """The promised figures."""
    most = max(measured)
    return [
        at_most(f"`overlays lint --profile all` of {most:,} skills", MAX_SECONDS, measured[most].ours.wall, "{:.2f} s")
    ]


def report(measured: dict[int, Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays lint --profile all` against reading the files",
        "",
        "Good skills of three files each: `SKILL.md` of 2 kB, a reference, a script. The other side is a loop",
        "in Python that reads and decodes every file once. Whole processes, warm file cache; medians of paired runs,",
        "the ratio is the median of the ratios of the pairs.",
        "",
        "| skills | lint | reading | ratio | lint, peak |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {skills:,} | {pair.ours.wall:.3f} s | {pair.theirs.wall:.3f} s | {pair.ratio:.1f} × "
        f"| {pair.ours.memory / MEGABYTE:.0f} MB |"
        for skills, pair in measured.items()
    ]
    return "\n".join([*lines, "", *table(targets(measured))]) + "\n"
