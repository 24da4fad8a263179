"""Prompts of many sources and large ones: they cost little memory, and hold back nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

from overlays_node.limits import MIB
from tests.node.test_hostile_cost import CODE, PROGRAM, cost
from tests.support.installs import Agent
from tests.support.merged import MERGED, git, want
from tests.support.node import Node

ONE, TWO = "acme/one", "acme/two"
MANY = 80


def peak(agent: Agent) -> tuple[int, int]:
    """One installation as a process of its own: its exit status, and the peak of its memory in KiB."""
    command = [sys.executable, "-c", PROGRAM, *agent.args()]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE)}
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.returncode, max(map(int, done.stdout.split()))


def test_many_prompts_of_the_largest_size_take_little_memory(node: Node) -> None:
    text = "x" * (MIB - 1) + "\n"
    node.repo(ONE, {f"{number:02}.md": text for number in range(MANY)})
    sources = tuple({"repo": ONE, "prompt": f"{number:02}.md"} for number in range(MANY))
    node.want(ONE, sources=sources, delivery="merged")
    status, most = cost(node)
    assert status == 0
    assert most < 60_000  # KiB
    whole = "\n\n---\n\n".join([text[:-1]] * MANY) + "\n"
    assert (node.root / MERGED / "SYSTEM_PROMPT.md").read_text() == whole
    assert git(node.root / MERGED, "status", "--porcelain") == ""
    agent = Agent(node)
    status, most = peak(agent)
    assert status == 0
    assert most < 60_000  # KiB
    assert (agent.dest / "SYSTEM_PROMPT.md").read_text() == whole


def test_a_prompt_that_grows_too_large_is_left_out_and_all_else_goes_on(node: Node) -> None:
    node.repo(ONE, {"tools/a/pyproject.toml": "", "tools/a/version": "1", "PROMPT.md": "one"})
    node.repo(TWO, {"PROMPT.md": "two"})
    want(node, ONE, TWO)
    assert node.sync() == 0
    agent = Agent(node)
    assert agent.install() == 0
    assert (agent.dest / "SYSTEM_PROMPT.md").read_text() == "one\n\n---\n\ntwo\n"
    node.repos[TWO].commit({"PROMPT.md": "ab\n" * (4 * MIB)})
    node.repos[ONE].commit({"tools/a/version": "2"})
    node.events()
    assert node.sync() == 0
    why = "the prompt is larger than 1 MiB; nothing is served as 'acme/two'"
    told = [event for event in node.events() if event.get("reason") == why]
    assert [(event["event"], event["source"], event["path"]) for event in told] == [
        ("not-delivered", TWO, "PROMPT.md"),
        ("item-skipped", TWO, "PROMPT.md"),
    ]
    assert node.text(f"{MERGED}/tools/a/version") == "2"
    assert node.text(f"{MERGED}/SYSTEM_PROMPT.md") == "one\n"
    assert agent.install() == 0
    assert [(event["path"], event["reason"]) for event in agent.named("item-skipped")] == [("PROMPT.md", why)]
    assert (agent.dest / "tools/a/version").read_text() == "2"
    assert (agent.dest / "SYSTEM_PROMPT.md").read_text() == "one\n"
