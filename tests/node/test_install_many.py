"""Many files: what they cost in memory, and what is too much for `installed.json`."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest

from overlays_node.installed import Entries, Entry, Record, parse
from overlays_node.plan import sizes
from tests.support.installs import Agent, source, stamps, tool
from tests.support.node import Node
from tests.support.program import environment

MANY = 20_000
MIB = 1 << 20
MEASURED = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"


@pytest.fixture
def agent(node: Node) -> Agent:
    return Agent(node)


def test_loose_files_need_little_memory(node: Node, agent: Agent) -> None:
    folder = "workflows/" + "d" * 60
    node.repo("acme/base", {f"{folder}{number % 20}/{'f' * 60}-{number}": "" for number in range(MANY)})
    node.want("acme/base", sources=(source("acme/base", "workflows"),))
    assert node.sync() == 0
    command = f"import subprocess, sys; subprocess.run(sys.argv[1:], check=True); {MEASURED}"
    for what in ("first run", "run without change"):
        install = [sys.executable, "-m", "overlays_node", *agent.args()]
        done = subprocess.run(
            [sys.executable, "-c", command, *install], env=environment(), check=True, capture_output=True, text=True
        )
        assert int(done.stdout) < 64, what  # MiB; 400 for 200,000 of them
    assert len([file for one in agent.record()["loose"] for file in one["files"]]) == MANY


def long_names(source: str, count: int) -> dict[str, str]:
    """Paths that are about 11 kB each in JSON, which has six letters for a byte that is not UTF-8."""
    folder = "/".join([os.fsdecode(b"\xff" * 240)] * 7)
    return {f"tools/{source}/{folder}/{number:05}{os.fsdecode(bytes([255]) * 200)}": "" for number in range(count)}


def test_what_the_record_has_no_room_for_is_left_out_before_anything_is_written(node: Node, agent: Agent) -> None:
    node.repo("acme/one", {**tool("a", "1"), **long_names("one", 3500)})
    node.repo("acme/two", {**tool("b", "2"), **long_names("two", 3500), "workflows/lib.txt": "2"})
    node.repo("acme/three", {**tool("c", "3"), "tools/lib.txt": "3"})
    repos = ("acme/one", "acme/two", "acme/three")
    node.want(*repos, sources=tuple(source(repo, "tools", "workflows") for repo in repos))
    assert (node.sync(), agent.install()) == (0, 0)
    (line,) = agent.named("item-skipped")
    told = {key: line[key] for key in ("kind", "source", "path", "reason")}
    assert told == {
        "kind": "tools",
        "source": "acme/two",
        "path": "tools",
        "reason": "none of its loose files is installed: installed.json would be larger than 64 MiB with them",
    }
    assert agent.record()["skipped"] == [told]
    assert agent.events.index(line) < agent.events.index(agent.placed()[0])
    assert [(agent.dest / "tools" / name).exists() for name in ("one", "two", "lib.txt")] == [True, False, True]
    assert {one["name"] for one in agent.record()["items"]} == {"a", "b", "c"}
    assert (agent.dest / "workflows/lib.txt").read_text() == "2"
    assert (agent.dest / "installed.json").stat().st_size < 64 * MIB
    before = stamps(agent.dest)
    assert agent.install() == 0
    assert stamps(agent.dest) == before


def entries_of(dice: random.Random) -> dict[str, Entries]:
    """Items and loose files with names of all sorts."""
    letters = ["a", "é", '"', "\\", "\x01", "\udcff", "😀"]
    found: dict[str, Entries] = {}
    shared = Entry("workflows", "", "o/r", "main", "0" * 40, "sub/dir", "workflows", ("o/x",) * dice.randint(0, 9))
    for _ in range(dice.randint(0, 300)):
        path = "/".join("".join(dice.choices(letters, k=9)) for _ in range(dice.randint(1, 5)))
        if dice.random() < 0.5:
            item = Entry("tools", path, f"o/{dice.randint(1, 3)}", "", "0" * 40, f"t/{path}", f"tools/{path}", ())
            found[item.place] = (item,)
        else:
            found[f"workflows/{path}"] = (shared,)
    return found


def test_the_room_that_is_counted_is_never_less_than_the_record() -> None:
    for number in range(50):
        found = entries_of(random.Random(number))
        folders = {place[:at] for place in found for at, letter in enumerate(place) if letter == "/"}
        record = Record(entries=found, folders=tuple(folders))
        written = b"".join(record.lines())
        empty = len(b"".join(Record().lines()))
        assert len(written) - empty <= sum(sizes(found.items()).values())
        assert json.loads(written)["schemaVersion"] == 1
        again = parse(written)
        assert (again.entries, {*again.folders}) == (found, folders)
