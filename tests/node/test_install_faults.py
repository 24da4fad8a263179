"""A full disk, a read-only directory, files that cannot be read: one sentence, and what is there stays whole."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.node.test_directories_of_others import WITHOUT_CAPABILITIES
from tests.support.chaos_mount import read_only, remount, small_disk
from tests.support.git_repo import Files
from tests.support.installs import Agent, skill, source, stamps, tool
from tests.support.node import Node

MANY = 400  # files of an item that needs more than the small disk has, in inodes


def content(version: str, many: int) -> Files:
    files = {f"tools/large/{number}": version * 8000 for number in range(many)}
    return {**tool("a", version), **tool("large"), **files, ".agents/skills/s/SKILL.md": skill("s", version)}


@pytest.fixture
def agent(node: Node) -> Agent:
    """One small set, as it is on a disk that has room, and after it a set that needs more."""
    agent = Agent(node)
    base = node.repo("acme/base", content("1", 1))
    node.want("acme/base", sources=(source("acme/base", "tools", "skills"),))
    assert node.sync() == 0
    before = node.root.rename(node.folder / "before")
    base.commit(content("2", MANY))
    assert node.sync() == 0
    agent.node.root = before
    return agent


@pytest.mark.parametrize(("size", "inodes"), [("1m", 10_000), ("64m", 100)], ids=["bytes", "inodes"])
def test_full_disk(node: Node, agent: Agent, size: str, inodes: int) -> None:
    with small_disk(agent.dest, size=size, inodes=inodes):
        assert agent.install() == 0
        before = agent.tree()
        node.root = node.folder / "root"
        assert agent.install() == 1
        assert agent.reasons() == [f"{agent.dest}/tools/large: No space left on device"]
        now = agent.tree()
        assert {path: text for path, text in now.items() if path.startswith("tools/large")} == {
            path: text for path, text in before.items() if path.startswith("tools/large")
        }
        left = [path for path in now if path.startswith(".tmp/overlays-install/")]
        assert left == [".tmp/overlays-install/", ".tmp/overlays-install/journal"]
        assert agent.files()["tools/a/run.py"] == "2"
        assert agent.files()[".agents/skills/s/SKILL.md"] == skill("s", "1")
        remount(agent.dest, "size=64m,nr_inodes=10000")
        assert agent.install() == 0
        assert len([*(agent.dest / "tools/large").iterdir()]) == MANY + 2
        assert agent.files()[".agents/skills/s/SKILL.md"] == skill("s", "2")
        assert not any(path.startswith(".tmp/overlays-install") for path in agent.tree())


def test_disk_without_any_room(agent: Agent) -> None:
    with small_disk(agent.dest, size="1m", inodes=100):
        filler = agent.write("filler", "")
        with contextlib.suppress(OSError), filler.open("wb") as file:
            file.write(bytes(2 << 20))
        assert agent.install() == 1
        assert [one.rpartition(": ")[2] for one in agent.reasons()] == ["No space left on device"]
        filler.unlink()
        assert agent.install() == 0


def test_read_only_directory(node: Node, agent: Agent) -> None:
    assert agent.install() == 0
    before = stamps(agent.dest)
    with read_only(agent.dest):
        assert agent.install() == 0  # nothing is to be written
        node.root = node.folder / "root"
        assert agent.install() == 1
        assert [one.rpartition(": ")[2] for one in agent.reasons()] == ["Read-only file system"]
    assert stamps(agent.dest) == before
    assert agent.install() == 0


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_directory_of_another_user(agent: Agent, mode: int) -> None:
    agent.dest.mkdir(mode=mode)
    os.chown(agent.dest, 1000, 1000)
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 1
    assert [one.rpartition(": ")[2] for one in agent.reasons()] == ["Permission denied"]


@contextlib.contextmanager
def closed(path: pathlib.Path) -> Iterator[None]:
    path.chmod(0)
    yield
    path.chmod(0o755)


@pytest.mark.parametrize("what", ["tools/large/0", "tools/large", "tools"])
def test_files_that_cannot_be_read_change_nothing_and_name_themselves(node: Node, agent: Agent, what: str) -> None:
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
    before = agent.tree()
    node.root = node.folder / "root"
    (tree,) = (node.root / ".trees/acme%2Fbase").glob(node.of("acme/base")["commit"])
    with closed(tree / what):
        os.chown(tree / what, 1000, 1000)
        assert agent.install(prefix=WITHOUT_CAPABILITIES) == 1
    (reason,) = agent.reasons()
    assert reason.endswith(": Permission denied")
    assert reason.startswith(f"{node.root}/")
    assert [text for path, text in agent.tree().items() if "large" in path] == [
        text for path, text in before.items() if "large" in path
    ]
    os.chown(tree / what, 0, 0)
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0


def test_a_surface_on_another_file_system(agent: Agent) -> None:
    with small_disk(agent.dest / "tools", size="8m", inodes=1000):
        for _ in range(2):
            assert agent.install() == 0
            assert {one["reason"] for one in agent.named("item-skipped")} == {
                "tools is on another file system than .tmp"
            }
            assert [*agent.files()] == [".agents/skills/s/SKILL.md", ".claude/skills"]


def test_a_directory_that_cannot_be_made(agent: Agent) -> None:
    agent.dest.write_text("a file")
    assert agent.install() == 1
    assert agent.reasons() == [f"{agent.dest}: cannot be installed into: File exists"]


def test_what_cannot_be_deleted_is_reported_and_tried_again(node: Node, agent: Agent) -> None:
    assert agent.install() == 0
    fixed = agent.dest / "tools/a/fixed"
    fixed.write_text("")
    done = subprocess.run(["chattr", "+i", fixed], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"this test needs root and a file system with attributes: {done.stderr}"
    node.root = node.folder / "root"
    try:
        assert agent.install() == 0
        assert [one["reason"].rpartition(": ")[0] for one in agent.named("not-deleted")] != []
        assert agent.files()["tools/a/run.py"] == "2"
    finally:
        (moved,) = agent.dest.rglob("fixed")
        subprocess.run(["chattr", "-i", moved], check=True)
    assert agent.install() == 0
    assert not any("overlays-install" in path for path in agent.tree())
