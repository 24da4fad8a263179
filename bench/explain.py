"""`overlays explain` against `overlays render env` plus a plain reading of the files that decide who wins."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Mapping

from bench.pairs import MEGABYTE, Pair, compare
from bench.render import OVERLAYS
from bench.targets import Target, at_most, table

SIZES = {10: 21, 100: 15, 1_000: 11}
"""Sources to pairs of runs."""
ITEMS = 20
"""Of each source: ten skills, six tools, four workflows."""
MAX_RATIO = 2.0

READ = """
import os, sys
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if name in ("SKILL.md", "pyproject.toml") or name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                file.read()
"""
"""What theirs does after `render env`: every SKILL.md, pyproject.toml and *.py below the checkouts, read once."""


def files(source: int) -> Mapping[str, str]:
    """Path -> text of one checkout. Every fifth item has a name that other sources use too."""
    found: dict[str, str] = {"README.md": "# An overlay\n"}
    for item in range(ITEMS):
        name = f"common-{(source * 7 + item) % 997}" if item % 5 == 0 else f"item-{source}-{item}"
        if item < 10:
            found[f".agents/skills/{name}/SKILL.md"] = f"---\nname: {name}\ndescription: Does it.\n---\n" + BODY
            found[f".agents/skills/{name}/references/more.md"] = BODY
        elif item < 16:
            found[f"tools/{name}/pyproject.toml"] = f'[project]\nname = "{name}"\n'
            found[f"tools/{name}/src/main.py"] = "print()\n"
        else:
            found[f"workflows/{name}.py"] = f'"""One."""\n\nWORKFLOW_NAME = "{name}"\n\n' + CODE
    return found


BODY = "Take the file, look at it, and say what is in it.\n" * 40
CODE = 'def run(inputs: dict) -> dict:\n    """Do it."""\n    return {**inputs, "done": True}\n\n\n' * 20


def prepare(directory: pathlib.Path, sources: int) -> tuple[pathlib.Path, pathlib.Path]:
    """Write the values and the checkouts; gives both paths."""
    checkouts = directory / f"{sources}"
    lines = ["overlays:", "  sources:"]
    for source in range(sources):
        repo = f"acme/overlay-{source:05d}"
        lines += [f"    - repo: {repo}", "      ref: main"]
        for path, text in files(source).items():
            file = checkouts / repo / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        git = checkouts / repo / ".git"
        git.mkdir()
        (git / "HEAD").write_text(f"{source:040x}\n")
    values = directory / f"{sources}.yaml"
    values.write_text("\n".join(lines) + "\n")
    return values, checkouts


def measure(directory: pathlib.Path) -> dict[int, Pair]:
    """Number of sources to the pair of medians: ours, theirs."""
    read = directory / "read.py"
    read.write_text(READ)
    measured = {}
    for sources, pairs in SIZES.items():
        values, checkouts = prepare(directory, sources)
        theirs = f'"{OVERLAYS}" render env -f "{values}" && "{sys.executable}" "{read}" "{checkouts}"'
        ours: list[str | pathlib.Path] = [OVERLAYS, "explain", "-f", values, "--checkouts", checkouts]
        measured[sources] = compare(ours, ["sh", "-c", theirs], pairs)
    return measured


def targets(measured: dict[int, Pair]) -> list[Target]:
    """The promised figures."""
    return [
        at_most(f"`overlays explain` at {sources:,} sources, of the other's time", MAX_RATIO, pair.ratio, "{:.2f} ×")
        for sources, pair in measured.items()
        if sources == 1_000
    ]


def report(measured: dict[int, Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays explain` against `overlays render env` and reading the files",
        "",
        f"{ITEMS} items a source (ten skills, six tools, four workflows), every fifth of a name that others have too.",
        "The other side runs `overlays render env` on the same list, then a loop in Python that walks the checkouts",
        "and reads every `SKILL.md`, `pyproject.toml` and `*.py` once. Whole processes, warm file cache; medians of",
        "paired runs, the ratio is the median of the ratios of the pairs.",
        "",
        "| sources | items | explain | the other | ratio | explain, peak |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {sources:,} | {sources * ITEMS:,} | {pair.ours.wall:.3f} s | {pair.theirs.wall:.3f} s "
        f"| {pair.ratio:.2f} × | {pair.ours.memory / MEGABYTE:.0f} MB |"
        for sources, pair in measured.items()
    ]
    return "\n".join([*lines, "", *table(targets(measured))]) + "\n"
