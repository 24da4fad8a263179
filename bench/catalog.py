"""`overlays catalog` of many agents against `overlays explain` of the same list, which looks at the same files."""

from __future__ import annotations

import json
import pathlib

from bench.pairs import MEGABYTE, Pair, compare
from bench.render import OVERLAYS
from bench.targets import Target, at_most, table

SOURCES, SKILLS, AGENTS = 10, 5_000, 50
PAIRS = 11
MOST_SECONDS = 1.0
WORDS = ("code", "data", "docs", "infra", "office", "pdf", "query", "report", "test", "web")
"""First words of names: a pattern "code-*" matches a tenth of the skills."""

LISTS = ("lists of patterns", "no list: every skill")
"""What agents have."""


def prepare(directory: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
    """Write the values and, at the first time, the checkouts; gives both paths."""
    checkouts = directory / "checkouts"
    lines = ["overlays:", "  sources:"]
    for source in range(SOURCES):
        repo = f"acme/overlay-{source:05d}"
        lines += [f"    - repo: {repo}", "      ref: main"]
        if not (checkouts / repo).exists():
            _write(checkouts / repo, source)
    lines.append("agents:")
    for agent in range(AGENTS):
        lines.append(f"  - name: agent-{agent}")
        if name == LISTS[0]:
            patterns = f"{WORDS[agent % 10]}-*", f"{WORDS[agent * 7 % 10]}-?[0-4]*", "pdf-00001"
            lines.append(f"    skills: {json.dumps(patterns)}")
    values = directory / f"{name.partition(':')[0].replace(' ', '-')}.yaml"
    values.write_text("\n".join(lines) + "\n")
    return values, checkouts


def _write(root: pathlib.Path, source: int) -> None:
    for at in range(source, SKILLS, SOURCES):
        name = f"{WORDS[at // SOURCES % 10]}-{at:05d}"
        folder = root / ".agents" / "skills" / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: {TEXT}\n---\n{BODY}")
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text(f"{source:040x}\n")


TEXT = "Takes the file and says what is in it. Use it when a task names one of that kind."
BODY = "Take the file, look at it, and say what is in it.\n" * 40


def measure(directory: pathlib.Path) -> dict[str, Pair]:
    """What agents see to the pair of medians: ours, theirs."""
    measured = {}
    for name in LISTS:
        values, checkouts = prepare(directory, name)
        same: list[str | pathlib.Path] = ["-f", values, "--checkouts", checkouts]
        ours: list[str | pathlib.Path] = [OVERLAYS, "catalog", *same, "--all-agents", "--format", "json"]
        measured[name] = compare(ours, [OVERLAYS, "explain", *same, "--output", "json"], PAIRS)
    return measured


def targets(measured: dict[str, Pair]) -> list[Target]:
    """The promised figures."""
    return [
        at_most(
            f"`overlays catalog` of {AGENTS} agents × {SKILLS:,} skills ({name}) over reading the files",
            MOST_SECONDS,
            pair.ours.wall - pair.theirs.wall,
            "{:.2f} s",
        )
        for name, pair in measured.items()
    ]


def report(measured: dict[str, Pair]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays catalog` of all agents against `overlays explain`",
        "",
        f"{SKILLS:,} skills in {SOURCES} sources, {AGENTS} agents, `--all-agents --format json`. The other side is",
        "`overlays explain --output json`, which looks at the same files and knows nothing of agents. So the",
        "difference is what the catalog costs over reading the files; it includes reading every description. Whole",
        "processes, warm file cache; medians of paired runs.",
        "",
        "| agents have | catalog | explain | difference | catalog, peak |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {pair.ours.wall:.3f} s | {pair.theirs.wall:.3f} s | {pair.ours.wall - pair.theirs.wall:.3f} s "
        f"| {pair.ours.memory / MEGABYTE:.0f} MB |"
        for name, pair in measured.items()
    ]
    return "\n".join([*lines, "", *table(targets(measured))]) + "\n"
