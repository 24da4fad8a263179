"""Agents own the directory that is installed into: nothing outside it is read, written, moved, deleted or opened up."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import shutil
import stat
import subprocess
import threading

import pytest

from overlays_node import NodeError, health, installed
from tests.node.test_directories_of_others import WITHOUT_CAPABILITIES
from tests.support.git_repo import Executable, Submodule, Symlink
from tests.support.installs import Agent, skill, source, stamps, tool, tree
from tests.support.node import Node

RECORD = "installed.json"


@pytest.fixture
def outside(node: Node) -> pathlib.Path:
    """A directory that is nobody's business, with everything that an installation has too."""
    folder = node.folder / "outside"
    for path in ("search/pyproject.toml", "skills/review/SKILL.md", "overlays-install/journal", "x", RECORD):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("precious")
    (folder / "closed").mkdir(mode=0o500)
    return folder


@pytest.fixture
def agent(node: Node) -> Agent:
    """A directory with one set installed, and a newer set in the cache."""
    agent = Agent(node)
    base = node.repo(
        "acme/base",
        {
            **tool("search", "1"),
            **tool("gone"),
            "tools/lib/x.py": "1",
            ".agents/skills/review/SKILL.md": skill("review", "1"),
            "personas/p.md": "1",
            "PROMPT.md": "1",
        },
    )
    node.want("acme/base", sources=(source("acme/base"),))
    assert (node.sync(), agent.install()) == (0, 0)
    base.commit(
        {
            "tools/search/run.py": "2",
            "tools/gone/pyproject.toml": None,
            "tools/gone/run.py": None,
            "tools/lib/x.py": "2",
            ".agents/skills/review/SKILL.md": skill("review", "2"),
            "personas/p.md": "2",
            "PROMPT.md": "2",
        }
    )
    assert node.sync() == 0
    return agent


def replace(path: pathlib.Path, target: pathlib.Path) -> None:
    """Put a link in place of whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("tools", ["tools"]),
        (".agents", [".agents"]),
        (".agents/skills", [".agents/skills"]),
        ("tools/lib", ["tools/lib"]),
    ],
)
def test_a_directory_that_is_replaced_by_a_link_is_left_alone(
    agent: Agent, outside: pathlib.Path, place: str, kept: list[str]
) -> None:
    replace(agent.dest / place, outside)
    before = tree(outside), stamps(outside)
    assert agent.install() == 0
    assert (tree(outside), stamps(outside)) == before
    assert (agent.dest / place).readlink() == outside
    assert agent.files()["personas/p.md"] == "2"  # the others are installed
    assert {one["reason"] for one in agent.named("item-skipped")} == {f"{place} is there, and is no directory"}


@pytest.mark.parametrize(
    "place", ["tools/search", "tools/gone", "tools/search/run.py", "personas/p.md", "SYSTEM_PROMPT.md"]
)
def test_an_item_that_is_replaced_by_a_link_is_put_back(agent: Agent, outside: pathlib.Path, place: str) -> None:
    replace(agent.dest / place, outside / "search" if place == "tools/search" else outside / "x")
    before = tree(outside), stamps(outside)
    assert agent.install() == 0
    assert (tree(outside), stamps(outside)) == before
    assert agent.reasons() == []
    assert agent.files()["tools/search/run.py"] == agent.files()["personas/p.md"] == "2"
    assert not os.path.lexists(agent.dest / "tools/gone")


@pytest.mark.parametrize("place", [".tmp", ".tmp/overlays-install"])
@pytest.mark.parametrize("what", ["link", "file"])
def test_the_place_to_work_in_must_be_a_directory(agent: Agent, outside: pathlib.Path, place: str, what: str) -> None:
    path = agent.dest / place
    path.parent.mkdir(exist_ok=True)
    if what == "link":
        path.symlink_to(outside)
    else:
        path.write_text("mine")
    before, theirs = stamps(agent.dest), (tree(outside), stamps(outside))
    assert agent.install() == 1
    assert agent.reasons() == [f"{agent.dest}: {place} is there, and is no directory: remove it"]
    assert (stamps(agent.dest), (tree(outside), stamps(outside))) == (before, theirs)


def test_files_of_others_in_tmp_stay(agent: Agent) -> None:
    agent.write(".tmp/notes")
    agent.write(".tmp/overlays-install.old/x")
    assert agent.install() == 0
    assert [path for path in agent.tree() if path.startswith(".tmp")] == [
        ".tmp/",
        ".tmp/notes",
        ".tmp/overlays-install.old/",
        ".tmp/overlays-install.old/x",
    ]


def entry(place: str) -> dict[str, object]:
    texts = dict.fromkeys(("name", "source", "ref", "commit", "path"), "x")
    return {"kind": "tools", **texts, "place": place, "shadows": []}


def loose(place: str) -> dict[str, object]:
    top, _, file = place.partition("/")
    texts = dict.fromkeys(("source", "ref", "commit", "path"), "x")
    return {"kind": "tools", **texts, "place": top, "shadows": [], "files": [file]}


OUTSIDE_OF_IT = [
    "../outside/x",
    "tools/../../outside/x",
    "tools/./x",
    "tools//x",
    "tools/",
    "tools",
    "/etc/hostname",
    "",
    ".",
    "..",
    "own.txt",
    ".git/config",
    ".claude/skills",
    "installed.json",
    "tools/\0",
    "tools/\ud800",
    "tools/" + "x/" * 3000 + "x",
]


def test_a_record_that_names_other_places_is_not_believed(agent: Agent, outside: pathlib.Path) -> None:
    agent.write("own.txt")
    agent.write(".git/config")
    record = agent.record()
    theirs, mine = tree(outside), agent.tree()
    for where, named in itertools.product(("items", "loose", "folders", "links"), OUTSIDE_OF_IT):
        if (where, named) in (("folders", "tools"), ("links", ".claude/skills")):
            continue  # these are ours
        one: object = entry(named) if where == "items" else loose(named) if where == "loose" else named
        text = json.dumps({**record, where: [*record[where], one]})
        with pytest.raises(NodeError, match="is not what `install` has written"):
            installed.parse(text.encode())
        if named == "../outside/x":
            (agent.dest / RECORD).write_text(text)
            assert agent.install() == 1
            assert "is not what `install` has written" in agent.reasons()[0]
            assert (agent.tree(), tree(outside)) == (mine, theirs)


DAMAGE = {
    "empty": b"",
    "garbage": b"\xff\xfe\0",
    "list": b"[]",
    "null": b"null",
    "text": b'"x"',
    "number": b"1" * 5000,
    "deep": b"[" * 100_000,
    "another version": b'{"schemaVersion": 2}',
    "no items": b'{"schemaVersion": 1, "items": null, "loose": []}',
    "an item of numbers": b'{"schemaVersion": 1, "items": [1], "loose": []}',
}


def test_a_record_that_cannot_be_read_stops_everything(agent: Agent) -> None:
    for name, data in DAMAGE.items():
        (agent.dest / RECORD).write_bytes(data)
        before = stamps(agent.dest)
        assert agent.install() == 1, name
        assert stamps(agent.dest) == before
        (reason,) = agent.reasons()
        assert reason.startswith(f"{agent.dest / RECORD}: is not what `install` has written (")
        assert reason.endswith("): remove it and what was installed")


def test_a_record_that_is_no_file(agent: Agent, outside: pathlib.Path) -> None:
    path = agent.dest / RECORD
    path.unlink()
    theirs = tree(outside)
    for make, what, undo in (
        (lambda: os.mkfifo(path), "is no regular file", path.unlink),
        (lambda: path.symlink_to(outside / RECORD), "is a link", path.unlink),
        (path.mkdir, "is no regular file", path.rmdir),
        (lambda: subprocess.run(["truncate", "--size=1T", path], check=True), "is larger than 96 MiB", path.unlink),
    ):
        make()
        before = stamps(agent.dest)
        assert agent.install() == 1
        assert (stamps(agent.dest), tree(outside)) == (before, theirs)
        (reason,) = agent.reasons()
        assert reason == f"{path}: {what}: remove it and what was installed"
        undo()


def test_without_its_record_nothing_is_ours(agent: Agent) -> None:
    (agent.dest / RECORD).unlink()
    before = {path: text for path, text in agent.tree().items() if not path.startswith("tools/gone")}
    assert agent.install() == 0
    after = {path: text for path, text in agent.tree().items() if not path.startswith("tools/gone")}
    assert after == before
    assert {one["path"]: one["reason"] for one in agent.named("item-skipped")} == {
        "tools/search": "tools/search is there: a directory that was not installed",
        "tools/lib/x.py": "tools/lib/x.py is there: a file that was not installed",
        ".agents/skills/review": ".agents/skills/review is there: a directory that was not installed",
        "personas/p.md": "personas/p.md is there: a file that was not installed",
        "SYSTEM_PROMPT.md": "SYSTEM_PROMPT.md is there: a file that was not installed",
    }


JOURNAL = ".tmp/overlays-install/journal"


def test_a_journal_is_believed_no_more_than_the_record(agent: Agent, outside: pathlib.Path) -> None:
    agent.write("own.txt")
    lines: list[object] = [["item", place] for place in OUTSIDE_OF_IT]
    lines += [["folder", place] for place in OUTSIDE_OF_IT] + [["link", "own.txt"], ["item", 1], ["item"], [[], {}], 1]
    lines += [
        ["boot", health.boot_id()],
        ["entries", 0, [entry("tools/search")]],
        ["entries", [], 1],
        ["entries", 1, 1],
    ]
    for place in OUTSIDE_OF_IT:
        lines += [["entries", 1, [entry(place)]], ["entries", 2, [loose(place)]], ["done", 0]]
        lines += [line for number in range(3) for line in (["item", place], ["done", number], ["gone", place])]
    text = "".join(json.dumps(one) + "\n" for one in lines) + "[" * 100_000 + "\n{"
    agent.write(JOURNAL, text)
    theirs = tree(outside)
    assert agent.install() == 0
    assert (agent.files()["own.txt"], agent.files()["personas/p.md"], tree(outside)) == ("mine", "2", theirs)
    assert agent.reasons() == []


def test_a_journal_that_is_no_file(agent: Agent, outside: pathlib.Path) -> None:
    path = agent.dest / JOURNAL
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert agent.install() == 1
    assert agent.reasons() == [f"{path}: is no regular file: remove it"]
    path.unlink()
    path.symlink_to(outside / "x")
    assert agent.install() == 1
    assert agent.reasons() == [f"{path}: is a link: remove it"]
    assert (outside / "x").read_text() == "precious"


def test_a_journal_that_is_a_file_of_others_is_not_written_to(agent: Agent, outside: pathlib.Path) -> None:
    path = agent.dest / JOURNAL
    for name in (path.name, f"{path.name}.new", "0", "1"):
        path.parent.mkdir(parents=True)
        os.link(outside / "x", path.with_name(name))
        agent.node.repos["acme/base"].commit({"tools/search/run.py": name})
        assert (agent.node.sync(), agent.install()) == (0, 0)
        assert (outside / "x").read_text() == "precious"
        assert not path.parent.exists()


@pytest.mark.parametrize("prefix", [(), WITHOUT_CAPABILITIES], ids=["root", "no-capabilities"])
def test_whatever_an_agent_left_in_an_item_goes_with_it(
    agent: Agent, outside: pathlib.Path, prefix: tuple[str, ...]
) -> None:
    for item in ("tools/search", "tools/gone"):
        top = agent.dest / item
        (top / "to-outside").symlink_to(outside)
        (top / "to-a-file").symlink_to(outside / "x")
        os.mkfifo(top / "pipe")
        (top / "closed/inner").mkdir(parents=True)
        (top / "closed/inner/file").write_text("")
        (top / "closed/inner").chmod(0)
        (top / "closed").chmod(0)
        deep = os.open(top, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=deep)
            inner = os.open("d", os.O_RDONLY, dir_fd=deep)
            os.close(deep)
            deep = inner
        os.close(deep)
        top.chmod(0o500)
    theirs = tree(outside), stamps(outside)
    assert agent.install(prefix=prefix) == 0
    assert (tree(outside), stamps(outside)) == theirs
    assert (agent.reasons(), agent.named("not-deleted")) == ([], [])
    assert [path.name for path in (agent.dest / "tools").iterdir()] == ["search", "lib"]
    assert sorted(path.name for path in (agent.dest / "tools/search").iterdir()) == ["pyproject.toml", "run.py"]
    assert not (agent.dest / ".tmp").exists()


def test_files_of_other_names_are_in_the_way(node: Node, agent: Agent) -> None:
    """An item that comes anew where the agent has something of its own."""
    node.repos["acme/base"].commit({**tool("new"), **tool("group/inner"), "tools/data.py": "", "personas/q.md": ""})
    assert node.sync() == 0
    agent.write("tools/new/own.py")
    agent.write("tools/group")
    (agent.dest / "tools/data.py").mkdir()
    (agent.dest / "personas/q.md").symlink_to("nowhere")
    assert agent.install() == 0
    assert {one["path"]: one["reason"] for one in agent.named("item-skipped")} == {
        "tools/new": "tools/new is there: a directory that was not installed",
        "tools/group/inner": "tools/group is there, and is no directory",
        "tools/data.py": "tools/data.py is there: a directory that was not installed",
        "personas/q.md": "personas/q.md is there: a link that was not installed",
    }
    assert agent.files()["tools/search/run.py"] == "2"
    assert agent.files()["tools/new/own.py"] == agent.files()["tools/group"] == "mine"
    assert agent.files()["personas/q.md"] == "-> nowhere"
    assert len(agent.record()["skipped"]) == 4
    shutil.rmtree(agent.dest / "tools/new")
    (agent.dest / "tools/group").unlink()
    assert agent.install() == 0  # and it comes when the way is free
    assert agent.files()["tools/new/run.py"] == agent.files()["tools/group/inner/run.py"] == ""


@pytest.mark.parametrize("what", ["directory", "file", "link"])
def test_skills_of_claude_that_are_not_ours_stay(node: Node, what: str) -> None:
    agent = Agent(node)
    node.repo("acme/base", {".agents/skills/a/SKILL.md": skill("a")})
    node.want("acme/base", sources=(source("acme/base", "skills"),))
    if what == "directory":
        agent.write(".claude/skills/mine/SKILL.md")
    elif what == "file":
        agent.write(".claude/skills")
    else:
        (agent.dest / ".claude").mkdir(parents=True)
        (agent.dest / ".claude/skills").symlink_to("../mine")
    before = {path: text for path, text in agent.tree().items() if path.startswith(".claude/")}
    assert (node.sync(), agent.install()) == (0, 0)
    assert {path: text for path, text in agent.tree().items() if path.startswith(".claude/")} == before
    assert [(one["path"], one["reason"]) for one in agent.named("item-skipped")] == [
        (".claude/skills", f".claude/skills is there: a {what} that was not installed")
    ]
    node.want("acme/base")
    assert (node.sync(), agent.install()) == (0, 0)
    assert {path: text for path, text in agent.tree().items() if path.startswith(".claude/")} == before


def test_links_of_a_repository_reach_nothing_outside_it(node: Node, outside: pathlib.Path) -> None:
    agent = Agent(node)
    node.repo(
        "acme/base",
        {
            **tool("a"),
            "tools/a/in": Symlink("run.py"),
            "tools/a/shared": Symlink("../../common/text"),
            "tools/a/folder": Symlink("../../common"),
            "tools/a/out": Symlink(f"../../../../../../{outside.name}/x"),
            "tools/a/absolute": Symlink(str(outside / "x")),
            "tools/a/dangling": Symlink("nothing"),
            "tools/a/up": Symlink(".."),
            "tools/a/module": Submodule("1" * 40),
            "common/text": Executable("common"),
            ".agents/skills/s": Symlink(f"../../../../../../{outside.name}/skills/review"),
        },
    )
    node.want("acme/base", sources=(source("acme/base", "tools", "skills"),))
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.files() == {
        ".claude/skills": "-> ../.agents/skills",
        "tools/a/folder/text": "common",
        "tools/a/in": "-> run.py",
        "tools/a/pyproject.toml": "",
        "tools/a/run.py": "",
        "tools/a/shared": "common",
    }
    assert stat.S_IMODE((agent.dest / "tools/a/shared").lstat().st_mode) == 0o755
    assert {one["path"] for one in agent.named("left-out")} == {"tools/a/up"}


def test_an_agent_that_turns_directories_into_links_all_the_time(
    node: Node, agent: Agent, outside: pathlib.Path
) -> None:
    stop = threading.Event()
    names = ("tools", ".agents/skills", "personas", ".tmp", ".tmp/overlays-install")

    def turn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for name in names:
                path, aside = agent.dest / name, agent.dest / f"aside-{name.replace('/', '-')}"
                try:
                    path.rename(aside)
                    path.symlink_to(outside)
                    path.unlink()
                    aside.rename(path)
                except OSError:
                    continue

    other = threading.Thread(target=turn)
    before = tree(outside), stamps(outside)
    other.start()
    try:
        for number in range(12):
            node.repos["acme/base"].commit({"tools/search/run.py": f"{number}", "PROMPT.md": f"{number}"})
            assert node.sync() == 0
            assert agent.install() in (0, 1)
            assert "Traceback" not in str(agent.events)
            assert (tree(outside), stamps(outside)) == before
    finally:
        stop.set()
        other.join()


def test_one_cause_is_told_once(agent: Agent, outside: pathlib.Path) -> None:
    replace(agent.dest / ".agents", outside / "x")
    assert agent.install() == 0
    assert [(one["path"], one["reason"]) for one in agent.named("item-skipped")] == [
        (".agents/skills/review", ".agents is there, and is no directory")
    ]
    assert agent.named("installed")[0]["skipped"] == len(agent.record()["skipped"]) == 1


@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_an_empty_tmp_of_others_stays(agent: Agent, mode: int) -> None:
    (agent.dest / ".tmp").mkdir()
    (agent.dest / ".tmp").chmod(mode)
    assert agent.install() == 0
    assert agent.tree()[".tmp/"] == f"{mode:o}"


def test_an_empty_tmp_of_a_killed_run_goes(agent: Agent) -> None:
    assert agent.install() == 0
    (agent.dest / ".tmp").mkdir()
    (agent.dest / ".tmp").chmod(0o1700)
    assert agent.install() == 0
    assert not (agent.dest / ".tmp").exists()


def test_another_run_is_kept_out(agent: Agent) -> None:
    holder = subprocess.Popen(["flock", str(agent.dest), "cat"], stdin=subprocess.PIPE)
    try:
        while subprocess.run(["flock", "--nonblock", str(agent.dest), "true"], check=False).returncode == 0:
            pass
        assert agent.install() == 1
        assert agent.reasons() == [f"{agent.dest}: another install is at work there"]
    finally:
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait()
    assert agent.install() == 0
