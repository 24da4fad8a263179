"""A full disk, a read-only directory, files that cannot be read: one sentence, and what is there stays whole."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from overlays_node.installed import Entry
from overlays_node.journal import JOURNAL, Journal, Left, lines, read
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


@pytest.mark.parametrize("mode", [0o555, 0])
def test_a_directory_that_its_agent_has_closed_costs_what_is_in_it(node: Node, agent: Agent, mode: int) -> None:
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
    before = stamps(agent.dest / "tools")
    gone = dict.fromkeys(path for path in content("", MANY) if path.startswith("tools/large/"))
    node.repos["acme/base"].commit({**gone, **tool("b")})
    node.root = node.folder / "root"
    assert node.sync() == 0
    (agent.dest / "tools").chmod(mode)
    for _ in range(2):
        assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
        skipped = {one["path"]: one["reason"] for one in agent.named("item-skipped")}
        assert {*skipped} == {"tools/a", "tools/b", "tools/large"}  # and no line for tools itself
        assert {reason.rpartition(": ")[2] for reason in skipped.values()} == {"Permission denied"}
        assert agent.files()[".agents/skills/s/SKILL.md"] == skill("s", "2")
        assert {"tools/a", "tools/large"} <= {one["place"] for one in agent.record()["items"]}  # still ours
    (agent.dest / "tools").chmod(0o755)
    assert {path: one[:2] for path, one in stamps(agent.dest / "tools").items()} == {
        path: one[:2] for path, one in before.items()
    }
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
    assert agent.reasons() == []
    assert agent.files()["tools/a/run.py"] == "2"
    assert (agent.dest / "tools/b").is_dir()
    assert not (agent.dest / "tools/large/run.py").exists()


def test_what_appears_where_nothing_could_be_put_is_not_ours(agent: Agent) -> None:
    agent.dest.mkdir()
    tools = agent.dest / "tools"
    tools.mkdir(mode=0o555)
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
    assert "tools/a cannot be written: Permission denied" in agent.reasons()
    tools.chmod(0o755)
    agent.write("tools/a/run.py")
    assert agent.install(prefix=WITHOUT_CAPABILITIES) == 0
    assert agent.reasons() == ["tools/a is there: a directory that was not installed"]
    assert agent.files()["tools/a/run.py"] == "mine"


class Failing:
    """A set whose last item cannot be read, until it is mended."""

    def __init__(self, node: Node, agent: Agent, files: Files, last: str) -> None:
        self.agent = agent
        node.repos["acme/base"].commit(files)
        node.root = node.folder / "root"
        assert node.sync() == 0
        (self.file,) = (node.root / ".trees/acme%2Fbase").glob(f"{node.of('acme/base')['commit']}/{last}")
        self.file.chmod(0)
        os.chown(self.file, 1000, 1000)

    def install(self) -> int:
        return self.agent.install(prefix=WITHOUT_CAPABILITIES)

    def mend(self) -> None:
        os.chown(self.file, 0, 0)
        self.file.chmod(0o644)


def test_a_run_that_fails_at_its_end_keeps_what_it_has_done(node: Node, agent: Agent) -> None:
    assert agent.install() == 0
    last = ".agents/skills/z/last"
    failing = Failing(node, agent, {".agents/skills/z/SKILL.md": skill("z"), last: "", "tools/x.py": "1"}, last)
    assert failing.install() == 1
    assert {one["place"] for one in agent.placed()} == {"tools/a", "tools/large", ".agents/skills/s"}
    agent.write("tools/a/notes")
    before = stamps(agent.dest / "tools")
    journal = agent.dest / ".tmp/overlays-install/journal"
    sizes = set()
    for _ in range(3):
        assert failing.install() == 1
        assert agent.placed() == []
        assert stamps(agent.dest / "tools") == before
        sizes.add(journal.stat().st_size)
    assert len(sizes) == 1
    failing.mend()
    assert failing.install() == 0
    assert [one["place"] for one in agent.placed()] == [".agents/skills/z"]
    assert stamps(agent.dest / "tools") == before
    assert ([one["files"] for one in agent.record()["loose"]], agent.files()["tools/x.py"]) == ([["x.py"]], "1")
    assert not (agent.dest / ".tmp").exists()


def test_after_a_reboot_what_a_failed_run_has_done_is_written_anew(node: Node, agent: Agent) -> None:
    last = ".agents/skills/z/last"
    failing = Failing(node, agent, {".agents/skills/z/SKILL.md": skill("z"), last: ""}, last)
    assert failing.install() == 1
    journal = agent.dest / ".tmp/overlays-install/journal"
    journal.write_text(journal.read_text().replace('["boot", "', '["boot", "not '))
    agent.write("tools/a/run.py", "")  # what a machine that went down may leave
    failing.mend()
    assert failing.install() == 0
    assert agent.files()["tools/a/run.py"] == "2"
    assert agent.reasons() == []


def test_what_a_failed_run_has_removed_is_not_ours_any_more(node: Node, agent: Agent) -> None:
    node.repos["acme/base"].commit({"tools/group/x.py": "ours"})
    node.root = node.folder / "root"
    assert (node.sync(), agent.install()) == (0, 0)
    group = "tools/group/pyproject.toml"
    failing = Failing(node, agent, {"tools/group/x.py": None, group: "", ".agents/skills/s/x": "2"}, group)
    assert failing.install() == 1
    assert not (agent.dest / "tools/group").exists()
    agent.write("tools/group/x.py")
    failing.mend()
    assert failing.install() == 0
    assert agent.files()["tools/group/x.py"] == "mine"
    assert agent.reasons() == ["tools/group is there: a directory that was not installed"]


@pytest.mark.parametrize("why", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_the_journal_takes_back_what_was_not_done(tmp_path: pathlib.Path, why: int) -> None:
    entry = Entry("tools", "a", "o/r", "", "0" * 40, "tools/a", "tools/a", ())
    room = os.open(tmp_path, os.O_RDONLY)
    journal = Journal(room, Left(places={"tools/old": ()}), "boot")
    with pytest.raises(OSError, match=os.strerror(why)), journal.item("tools/a", (entry,)):
        raise OSError(why, os.strerror(why))
    with pytest.raises(OSError, match=os.strerror(why)), journal.link(".claude/skills"):
        raise OSError(why, os.strerror(why))
    with journal.item("tools/b", (entry._replace(place="tools/b"),)):
        pass
    os.close(room)
    with (tmp_path / JOURNAL).open("rb") as file:
        left = read(lines(file), "boot")
    assert {*left.places} == {"tools/old", "tools/b"}
    assert not left.links
    assert [entry.place for entry in left.places["tools/b"]] == ["tools/b"]
