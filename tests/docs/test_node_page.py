"""docs/node.md against the program: no flag, metric or event that is not there, and none that is missing."""

from __future__ import annotations

import argparse
import json
import re
from typing import Final

import pytest

from overlays_node import __main__ as program
from overlays_node import git, greetings, limits, links, metrics, names, pace
from overlays_node.installed import Entry, Record, Skipped
from overlays_node.limits import Room
from overlays_node.metrics import Counters
from overlays_node.state import MergedStatus, RepositoryStatus, Status
from tests.docs.blocks import blocks
from tests.docs.stage import merged_stage
from tests.support.helm import ROOT
from tests.support.node import Node

PAGE: Final = (ROOT / "docs" / "node.md").read_text()
CODE: Final = ROOT / "chart" / "node" / "overlays_node"
METRIC: Final = re.compile(r"overlays_[a-z_]+")


def rows(header: str) -> list[list[str]]:
    """The cells of the table with that header, without it."""
    lines = PAGE.split(f"\n{header}\n")[1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def named(cells: list[str]) -> set[str]:
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def commands() -> dict[str, argparse.ArgumentParser]:
    actions = program.parser({})._actions
    found = next(action for action in actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


def test_commands_and_flags_are_those_of_the_program() -> None:
    usage = PAGE.split("```text\n")[1].split("```")[0]
    assert re.findall(r"overlays_node (\w+)", usage) == [*commands()]
    for line in usage.splitlines():
        name = line.split()[3]
        if name != "sync":
            assert set(re.findall(r"--[a-z-]+", line)) == flags(name)
    for name in ("sync", "install"):
        assert named([row[0] for row in rows(f"| flag of `{name}` | default | |")]) == flags(name)


def flags(command: str) -> set[str]:
    actions = commands()[command]._actions
    return {option for action in actions for option in action.option_strings if option.startswith("--")} - {"--help"}


@pytest.mark.parametrize(("command", "more"), [("sync", []), ("install", ["--dest", "d"])])
def test_defaults_are_those_of_the_program(command: str, more: list[str]) -> None:
    given = commands()[command].parse_args(["--manifest", "m", "--root", "r", *more])
    told = {flag: default for flag, default, _ in rows(f"| flag of `{command}` | default | |") if default}
    values = {flag: getattr(given, flag.strip("`-").replace("-", "_")) for flag in told}
    assert told == {
        flag: f"`{value:.0%}`" if flag == "`--min-free`" else f"`{value}`" for flag, value in values.items()
    }


def test_keys_of_the_record_are_those_of_the_program() -> None:
    entry = Entry("tools", "x", "a/b", "", "0" * 40, "tools/x", "tools/x", (), lists="all")
    loose = entry._replace(name="", path="tools", place="tools")
    entries = {"tools/x": (entry,), "tools/y": (loose,)}
    record = Record(entries=entries, skipped=(Skipped("tools", "a/b", "tools/y", "bad"),))
    table = rows("| key of `installed.json` | |")
    written = json.loads(b"".join(record.lines()))
    assert [name for row in table for name in re.findall(r"`(\w+)`", row[0])] == [*written]
    told = {name: named(row[1:]) - {"--dest"} for row in table for name in named(row[:1])}
    assert told["items"] == set(written["items"][0])
    assert told["loose"] == set(written["loose"][0])
    assert told["skipped"] - {'""'} == set(written["skipped"][0])


def test_metrics_are_those_of_the_program() -> None:
    text = metrics.render(everything(), Counters(1, 0.5), Room(1, 1, 1, 1), ready=True)
    real = dict(re.findall(r"^(overlays_\w+)(?:\{(.*)\})? ", text, re.MULTILINE))
    told = {name: row[1] for row in rows("| metric | labels | |") for name in named(row[:1])}
    assert {name: named([cell]) for name, cell in told.items()} == {
        name: set(re.findall(r'(\w+)="', labels)) for name, labels in real.items()
    }
    other = {name for page in ROOT.glob("docs/*.md") for name in METRIC.findall(page.read_text())}
    assert other - set(real) - {"overlays_node"} == set()


def everything() -> Status:
    one = RepositoryStatus("main", "u", "0" * 40, last_success="2026-01-01T00:00:00Z")
    merged = {"overlays/merged": MergedStatus("0" * 40)}
    return Status(
        "p", "t", 30, 120, set="x", finished_at="2026-01-01T00:00:00Z", repositories={"a/b": one}, merged=merged
    )


def test_an_operator_sees_what_the_page_says_of_merged_delivery(node: Node) -> None:
    with merged_stage(node) as there:
        for block in blocks(PAGE):
            wrong = there.follow(block)
            assert not wrong, f"docs/node.md:{block.line}: {wrong}"


def test_events_and_levels_are_those_of_the_program() -> None:
    source = "".join(path.read_text() for path in CODE.glob("*.py"))
    line = r'(?:log\.|Remark\(\s*")(info|warning|error)(?:\(|",)\s*"([a-z-]+)"'
    real = {(name, level) for level, name in re.findall(line, source)}
    told = {(name, row[1]) for row in rows("| event | level | |") for name in named(row[:1])}
    assert told == real


def test_limits_are_those_of_the_program() -> None:
    told = [row[1] for row in rows("| limit of one repository | |")]
    most = limits.DEFAULT
    assert told == [
        f"{most.files:,} each",
        f"{most.bytes >> 30} GiB",
        f"{most.path:,} bytes, {most.name} bytes",
        f"{most.levels}",
        f"{most.paths >> 20} MiB",
        f"{most.links:,}, {most.link_bytes >> 20} MiB",
        f"{most.fetch >> 30} GiB",
        f"{links.MOST_LINKS}",
        f"{greetings.LARGEST >> 20} MiB",
        f"{git.MOST_WORDS >> 20} MiB",
        f"{git.MEMORY >> 20} MiB",
    ]
    assert [row[1] for row in rows("| limit of what is served | |")] == [
        f"{names.LARGEST >> 20} MiB each",
        f"{most.links:,}, {most.link_bytes >> 20} MiB",
    ]
    assert (pace.LONGEST, pace.MOST_PATIENT) == (300, 3600)  # docs/operations.md: five minutes, an hour
