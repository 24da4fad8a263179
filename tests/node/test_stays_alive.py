"""Nothing that one repository, one directory or one client does may stop the others, or the program."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

import pytest

from overlays_node import endpoints
from overlays_node.git import Credential
from overlays_node.limits import MIB, Limits, size_of
from tests.node.test_loop import state_of
from tests.support.chaos import Truth
from tests.support.chaos_loop import CODE, PATIENCE, Loop, alive, descendants
from tests.support.chaos_mount import small_disk
from tests.support.git_faults import Cut, Drop, InPack
from tests.support.git_http import Fault, Hang, Status, Unauthorized
from tests.support.git_repo import Files
from tests.support.node import Node

LONG = 3600  # seconds; an interval that no test lives to see the end of
# Root as the chart runs it: without the right to read and change what is others'.
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
SOMEBODY = 1000  # the user of another cache


class Under(Loop):
    """A loop that another program starts."""

    def __init__(self, node: Node, *prefix: str, interval: float = LONG) -> None:
        super().__init__(node, interval=interval)
        self._command = [*prefix, *self._command]


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE), **variables}


def run(*args: str | pathlib.Path, prefix: Sequence[str] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """The program to its end."""
    command = [*prefix, sys.executable, "-m", "overlays_node", *map(str, args)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, errors="surrogateescape", env=environment(**variables)
    )


def once(node: Node, *args: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """One pass of the program."""
    where = ("--manifest", node.manifest, "--root", node.root)
    return run("sync", "--once", "--min-free", "0%", *where, *args, prefix=prefix)


def ready(node: Node) -> str:
    return run("ready", "--manifest", node.manifest, "--root", node.root).stdout


def pass_after(loop: Loop) -> None:
    """A whole pass that begins from now on, in a loop that waits: nothing runs when it has ended."""
    seen = len(loop.events)
    loop.hang_up()
    loop.wait_for("pass-finished", after=seen)


# Deep directories.


def make_deep(top: pathlib.Path, levels: int) -> None:
    """Directories in each other; their path is longer than any system call takes."""
    top.mkdir(parents=True)
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(top)
        for _ in range(levels):
            pathlib.Path("d").mkdir()
            os.chdir("d")
        pathlib.Path("file").write_text("theirs")
    finally:
        os.fchdir(here)
        os.close(here)


@pytest.fixture
def node(node: Node) -> Iterator[Node]:
    """The usual one; what is too deep for the tests' own clean-up is removed."""
    yield node
    subprocess.run(["rm", "-rf", "--", *map(str, (node.root, *node.folder.glob("ours-*")))], check=True)


@pytest.mark.parametrize("public", [(), ("evil/deep",)], ids=["private", "public"])
def test_deep_path_is_refused_by_the_name_of_the_limit(node: Node, public: tuple[str, ...]) -> None:
    node.repo("acme/good", {"x": "1"})
    deep = node.repo("evil/deep", {"d/" * 99 + "x": "1"})
    node.want("evil/deep", "acme/good", public=public)
    assert node.sync() == 0
    for levels in (101, 1000):
        deep.commit({"d/" * levels + "x": "2"}, fresh=True)
        good = node.repos["acme/good"].commit({"x": f"{levels}"})
        assert node.sync() == 1
        assert "a path of more than 100 levels" in node.of("evil/deep")["lastError"]
        assert node.text("evil/deep/" + "d/" * 99 + "x") == "1"
        assert node.of("acme/good")["commit"] == good
    deep.commit({"x": "3"}, fresh=True)
    assert node.sync(grace=0.001) == 0
    assert node.sync(grace=0.001) == 0
    assert node.text("evil/deep/x") == "3"
    assert [*node.root.glob(".trash/*")] == []


PLACES = (
    "acme/one",
    "acme",
    "public",
    "public/acme/one",
    ".tmp/theirs",
    ".trash/theirs",
    ".trees/acme%2Fone/theirs",
    ".trees/theirs",
    ".sets/theirs",
    ".current",
    ".store/theirs.git",
)


@pytest.mark.parametrize("place", PLACES)
def test_deep_directory_of_somebody_else_is_deleted(node: Node, place: str) -> None:
    """While it runs, and by one that starts; each pass after it is like any other."""
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    theirs = node.root / place
    make_deep(theirs, 1500)
    truth = Truth(node)
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for number in range(2):
            if os.path.lexists(theirs):
                theirs.rename(node.folder / f"ours-{number}")
            make_deep(theirs, 1500)
            pass_after(loop)
            new = node.repos["acme/one"].commit({"x": f"{number}"})
            pass_after(loop)
            assert node.of("acme/one")["commit"] == new
        assert loop.terminate() == 0
        assert loop.named("internal-error") == loop.named("not-deleted") == loop.named("pass-failed") == []
    make_deep(node.root / "acme/two", 1500)
    assert once(node).returncode == 0
    assert [*node.root.glob(".trash/*")] == []
    truth.check_healed(["acme/one"], public=["acme/one"])


def test_deep_directory_in_a_store_costs_at_most_its_repository(node: Node) -> None:
    for name in ("acme/one", "acme/two"):
        node.repo(name, {"x": "0"})
    node.want("acme/one", "acme/two")
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        make_deep(node.root / ".store/acme%2Fone.git/refs/theirs", 1500)
        for number in range(1, 3):
            for repo in node.repos.values():
                repo.commit({"x": f"{number}"})
            pass_after(loop)
            assert node.text("acme/two/x") == f"{number}"
        assert loop.terminate() == 0


# Commits that break a limit.


def over(number: int) -> Files:
    """What breaks a limit after it was fetched: 1 MiB that cannot be compressed, at a path that is too long."""
    return {"/".join(["p" * 200] * 11): random.Random(number).randbytes(MIB)}


def packs(node: Node) -> list[pathlib.Path]:
    return [*node.root.glob(".store/evil%2Fx.git/objects/pack/*.pack")]


@pytest.fixture
def pair(node: Node) -> Node:
    """A good and a hostile repository."""
    node.repo("acme/good", {"x": "0"})
    node.repo("evil/x", {"x": "0"})
    node.want("acme/good", "evil/x")
    return node


def test_commits_that_break_a_limit_do_not_fill_the_volume(pair: Node) -> None:
    """Twelve of them would take more than the disk has."""
    with small_disk(pair.root, size="12m", inodes=10_000), Loop(pair, "--min-free", "20%", interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for number in range(1, 13):
            pair.repos["evil/x"].commit(over(number), fresh=True)
            pair.repos["acme/good"].commit({"x": f"{number}"})
            pass_after(loop)
            assert "more than 2048 bytes" in pair.of("evil/x")["lastError"]
            assert pair.of("acme/good")["lastError"] is None
            assert pair.text("acme/good/x") == f"{number}"
            assert len(packs(pair)) <= 2
            assert size_of(pair.root) < MIB
        assert pair.text("evil/x/x") == "0"


def test_commits_that_break_a_limit_leave_nothing_behind_one_pass(pair: Node) -> None:
    limits = Limits(bytes=MIB // 2, min_free=0)
    assert pair.sync(limits=limits) == 0
    for number in range(3):
        pair.repos["evil/x"].commit({"x": random.Random(number).randbytes(MIB * 3 // 4)}, fresh=True)
        assert pair.sync(limits=limits) == 1
        assert "which is the limit" in pair.of("evil/x")["lastError"]
        assert size_of(pair.root) < MIB // 2
        assert len(packs(pair)) <= 2
    assert pair.text("evil/x/x") == "0"


def test_a_first_commit_that_breaks_a_limit_leaves_nothing_behind(pair: Node) -> None:
    for number in range(2):
        pair.repos["evil/x"].commit(over(number), fresh=True)
        assert pair.sync() == 1
        assert size_of(pair.root) < MIB // 2
    pair.repos["evil/x"].commit({"x": "fine"}, fresh=True)
    assert pair.sync() == 0
    assert pair.text("evil/x/x") == "fine"


@pytest.mark.parametrize("failing", [False, True], ids=["fine", "over-the-limit"])
def test_packs_that_nothing_needs_go_at_start(pair: Node, failing: bool) -> None:
    assert pair.sync() == 0
    store, evil = pair.root / ".store/evil%2Fx.git", pair.repos["evil/x"]
    for number in range(4):
        evil.commit(over(number), branch="other", fresh=True)
        fetch = ["-c", "fetch.unpackLimit=1", "fetch", "--quiet", "--depth=1", str(evil.path), "other"]
        subprocess.run(["git", f"--git-dir={store}", *fetch], check=True)
    (store / "FETCH_HEAD").unlink()
    assert len(packs(pair)) == 5
    if failing:
        evil.commit(over(9), fresh=True)
    assert pair.sync() == (1 if failing else 0)
    assert len(packs(pair)) <= 2
    assert size_of(store) < MIB
    assert pair.text("evil/x/x") == "0"
    evil.commit({"x": "new"}, fresh=True)
    assert pair.sync() == 0
    Truth(pair).check_healed(["acme/good", "evil/x"])


# What git leaves behind where the program is process 1.

FAULTS: dict[str, Fault] = {
    "404": Status(404),
    "401": Unauthorized("bot", "secret"),
    "500": Status(500),
    "cut-pack": InPack(Cut(20)),
    "reset-in-the-pack": InPack(Cut(20, reset=True)),
    "dropped-pack": InPack(Drop()),
    "page": Status(200, b"<html>", kind="text/html"),
}


@pytest.fixture
def adopting(node: Node) -> pathlib.Path:
    """A folder for PYTHONPATH: what becomes of lost children is the program's business, as it is of process 1."""
    folder = node.folder / "adopting"
    folder.mkdir()
    text = "import ctypes\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER\n"
    (folder / "sitecustomize.py").write_text(text)
    return folder


@pytest.mark.parametrize("fault", [*FAULTS, "hang", "hang-in-the-pack", "stale"])
def test_no_zombie_stays_of_a_git_that_failed(node: Node, adopting: pathlib.Path, fault: str) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one@v9" if fault == "stale" else "acme/one")
    if fault != "stale":
        hang = Hang(advertisement=fault == "hang")
        node.server.faults["acme/one"] = FAULTS.get(fault) or (hang if fault == "hang" else InPack(hang))
    short = ("--timeout", "0.3", "--fetch-timeout", "0.3") if fault.startswith("hang") else ()
    with Loop(node, *short, interval=LONG, path=[adopting]) as loop:
        loop.wait_for("pass-finished")
        for _ in range(3):
            pass_after(loop)
        assert loop.named("repository-failed")[-1]["failures"] == 4
        assert [(pid, state_of(pid)) for pid in descendants(loop.process.pid)] == []
        node.server.faults.clear()
        if fault == "stale":
            node.want("acme/one")
            loop.wait_for("pass-finished", ready=True)
        else:
            pass_after(loop)
        node.repos["acme/one"].commit({"x": "2"})
        pass_after(loop)
        assert [(pid, state_of(pid)) for pid in descendants(loop.process.pid)] == []


# Clients of --listen.


@contextlib.contextmanager
def dripping(port: int, connections: int) -> Iterator[list[socket.socket]]:
    """So many clients that send one byte of a request now and then, and that come again when they are sent away."""
    done, full = threading.Event(), threading.Event()
    sockets: list[socket.socket] = []

    def drip() -> None:
        while not done.wait(0.02):
            for one in [*sockets]:
                try:
                    one.send(b"x", socket.MSG_DONTWAIT)
                except OSError:
                    sockets.remove(one)
                    one.close()
            while len(sockets) < connections:
                sockets.append(socket.create_connection(("127.0.0.1", port)))
                sockets[-1].send(b"GET /")
            full.set()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        assert full.wait(PATIENCE)
        yield sockets
    finally:
        done.set()
        thread.join()
        for one in sockets:
            one.close()


@pytest.mark.parametrize("connections", [endpoints.MOST, 3 * endpoints.MOST])
def test_slow_clients_shut_no_probe_out(node: Node, connections: int) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    with Loop(node, "--listen", "127.0.0.1:0") as loop:
        port = loop.wait_for("listening")["port"]
        loop.wait_for("pass-finished", ready=True)
        with dripping(port, connections):
            for path in ("/livez", "/readyz", "/metrics") * 3:
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as probe:
                    probe.request("GET", path)
                    assert probe.getresponse().status == 200
        assert loop.terminate() == 0


def test_request_that_never_ends_is_cut_off(node: Node) -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(endpoints.serving("127.0.0.1:0", {}))
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        done = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not done.wait(0.05):
                    client.send(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        stack.callback(thread.join)
        stack.callback(done.set)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""  # not a timeout: the server ended it


# Directories of others.


@pytest.mark.parametrize("name", ["lost+found", "theirs", "acme/lost+found"])
def test_directory_that_may_not_be_listed_is_left_alone(node: Node, name: str) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "1"})
    node.want("acme/one", "acme/two")
    theirs = node.root / name
    theirs.mkdir(parents=True)
    (theirs / "file").write_text("theirs")
    theirs.chmod(0o700)
    os.chown(theirs, SOMEBODY, SOMEBODY)
    with Under(node, *WITHOUT_CAPABILITIES) as loop:
        loop.wait_for("pass-finished", ready=True)
        node.want("acme/one")
        loop.wait_for("repository-removed", repository="acme/two")
        pass_after(loop)
        assert loop.terminate() == 0
        assert loop.named("pass-failed") == loop.named("not-deleted") == []
    assert node.text("acme/one/x") == "1"
    assert (theirs / "file").read_text() == "theirs"
    assert run("reset", "--root", node.root, prefix=WITHOUT_CAPABILITIES).returncode == 0


@pytest.mark.parametrize("mode", [0o755, 0o1777, 0o700])
@pytest.mark.parametrize("what", ["directory", "link", "file", "nothing"])
def test_stable_path_that_cannot_be_had_costs_its_repository(node: Node, mode: int, what: str) -> None:
    """Another user's cache owns acme/, or what is in it. By and by it is helped by hand."""
    for name in ("acme/one", "beta/two"):
        node.repo(name, {"x": "1"})
    node.want("acme/one", "beta/two")
    owner, theirs = node.root / "acme", node.root / "acme/one"
    owner.mkdir(parents=True)
    if what == "directory":
        theirs.mkdir()
        (theirs / "x").write_text("theirs")
    elif what == "link":
        theirs.symlink_to("elsewhere")
    elif what == "file":
        theirs.write_text("theirs")
    for path in (owner, *owner.glob("*"), *owner.glob("*/*")):
        os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)
    owner.chmod(mode)
    if what == "nothing" and mode == 0o1777:
        assert once(node, prefix=WITHOUT_CAPABILITIES).returncode == 0  # it may be made
        return
    with Under(node, *WITHOUT_CAPABILITIES) as loop:
        loop.wait_for("pass-finished", ready=False)
        pass_after(loop)
        assert loop.named("pass-failed") == []
        assert node.text("beta/two/x") == "1"
        told = node.of("acme/one")["lastError"]
        assert str(theirs) in told
        assert "by hand" in told
        assert node.of("beta/two")["lastError"] is None
        assert ready(node).startswith("not ready: ")
        assert "by hand" in run("status", "--root", node.root).stdout
        new = node.repos["beta/two"].commit({"x": "2"})
        pass_after(loop)
        assert node.of("beta/two")["commit"] == new
        subprocess.run(["rm", "-rf", "--", str(owner)], check=True)
        pass_after(loop)
        assert node.of("acme/one")["lastError"] is None
        assert ready(node) == "ready\n"
        assert loop.terminate() == 0
    Truth(node).check_healed(["acme/one", "beta/two"])


def spoil(node: Node) -> pathlib.Path:
    """Let no pass end well: a file stands where sets are. It gives the file."""
    (node.root / ".sets").rename(node.folder / "sets")
    (node.root / ".sets").write_text("")
    return node.root / ".sets"


def test_first_pass_that_fails_as_a_whole_says_why(node: Node) -> None:
    hang = Hang()
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = hang
    node.want("acme/one")
    with Loop(node, interval=LONG) as loop:
        assert hang.reached.wait(PATIENCE)
        file = spoil(node)
        hang.release.set()
        loop.wait_for("pass-failed")
        seen = len(loop.events)
        loop.hang_up()
        reason = loop.wait_for("pass-failed", after=seen)["reason"]  # so the first one was noted
        assert ".sets" in reason
        assert ".sets" in node.status()["passError"]
        for told in (ready(node), run("status", "--root", node.root).stdout):
            assert told.startswith("not ready: ")
            assert ".sets" in told.splitlines()[0]
        file.unlink()
        pass_after(loop)
        assert node.status()["passError"] is None
        assert ready(node) == "ready\n"
        assert loop.terminate() == 0


def test_later_pass_that_fails_as_a_whole_says_why(node: Node) -> None:
    """In the status at once, and as the reason not to be ready as soon as the last good pass is long ago."""
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    with Loop(node, "--timeout", "1", interval=0.1) as loop:
        loop.wait_for("pass-finished", ready=True)
        file = spoil(node)
        for _ in range(2):  # at the second the first was noted
            loop.wait_for("pass-failed", after=len(loop.events))
        assert ".sets" in node.status()["passError"]
        told = ""
        for _ in range(100):
            loop.wait_for("pass-failed", after=len(loop.events))
            told = ready(node)
            if told != "ready\n":
                break
        assert told.startswith("not ready: ")
        assert ".sets" in told
        file.unlink()
        loop.wait_for("pass-finished", after=len(loop.events), ready=True)
        assert node.status()["passError"] is None
        assert loop.terminate() == 0


# A damaged store that cannot be fetched anew.


@pytest.mark.parametrize("fault", [InPack(Cut(20_000)), InPack(Cut(20_000, reset=True)), InPack(Status(500))])
def test_replacement_that_cannot_be_fetched_leaves_nothing(node: Node, fault: Fault) -> None:
    one = node.repo("acme/one", {"x": random.Random(1).randbytes(100_000)})
    node.want("acme/one")
    with Loop(node, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        for path in node.root.glob(".store/acme%2Fone.git/objects/pack/*"):
            path.unlink()
        one.commit({"x": random.Random(2).randbytes(100_000)})
        node.server.faults["acme/one"] = fault
        for failures in range(1, 4):
            pass_after(loop)
            assert node.of("acme/one")["failures"] == failures
            assert [path.name for path in node.root.glob(".tmp/*") if path.name != "askpass"] == []
            assert [*node.root.glob(".trash/*")] == []
        node.server.faults.clear()
        pass_after(loop)
        assert loop.terminate() == 0
    assert node.sync() == 0
    Truth(node).check_healed(["acme/one"])


# After a restart of the machine.


@pytest.mark.parametrize("public", [(), ("acme/one",)], ids=["private", "public"])
def test_nothing_is_ready_before_every_tree_was_compared(node: Node, public: tuple[str, ...]) -> None:
    """Git waits at a gate when it is to list a commit; passes go by meanwhile."""
    for name in ("acme/one", "acme/two"):
        node.repo(name, {"x": "right"})
    node.want("acme/one", "acme/two", public=public)
    assert node.sync() == 0
    (tree,) = node.root.glob(".trees/acme%2Fone/*")
    (tree / "x").chmod(0o644)
    (tree / "x").write_text("wrong")
    (tree / "x").chmod(0o444)
    status = node.status()
    (node.root / ".status.json").write_text(json.dumps({**status, "bootId": "another"}))
    folder = node.folder / "bin"
    folder.mkdir()
    gate, git = folder / "gate", folder / "git"
    git.write_text(
        f'#!/bin/sh\ncase "$*" in *ls-tree*) flock --shared {gate} true ;; esac\nexec {shutil.which("git")} "$@"\n'
    )
    git.chmod(0o755)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    with gate.open("w") as closed:
        fcntl.flock(closed, fcntl.LOCK_EX)
        with Loop(node, "--listen", "127.0.0.1:0", interval=0.1, environment=path) as loop:
            port = loop.wait_for("listening")["port"]
            loop.wait_for_passes()
            assert {event["ready"] for event in loop.named("pass-finished")} == {False}
            assert ready(node).startswith("not ready: ")
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as probe:
                probe.request("GET", "/readyz")
                assert probe.getresponse().status == 503
            assert node.status()["bootId"] == "another"
            fcntl.flock(closed, fcntl.LOCK_UN)
            loop.wait_for("tree-damaged")
            loop.wait_for("pass-finished", ready=True)
            assert node.text("acme/one/x") == "right"
            assert ready(node) == "ready\n"
            assert loop.terminate() == 0
    assert node.status()["bootId"] == status["bootId"]


# Ending, and odd arguments.


def takes(pid: int, number: signal.Signals) -> bool:
    """Whether a process has something to say about that signal."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return False
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigCgt:", "SigBlk:"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


@pytest.mark.parametrize("command", ["ready", "sync"])
def test_process_1_ends_when_it_is_told_to(node: Node, command: str) -> None:
    """The kernel gives process 1 no signal that it does not ask for."""
    node.want()
    node.root.mkdir()
    args = {"ready": ["--any-pod", "--wait", "600"], "sync": ["--interval", "600"]}[command]
    args += ["--manifest", str(node.manifest), "--root", str(node.root)]
    space = ["unshare", "--pid", "--fork", "--kill-child"]
    with subprocess.Popen(
        [*space, sys.executable, "-m", "overlays_node", command, *args],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as outer:
        try:
            assert outer.stderr is not None
            if command == "sync":
                assert b"manifest-read" in outer.stderr.readline()
            inner = [pid for pid in descendants(outer.pid) if takes(pid, signal.SIGTERM)]
            deadline = threading.Event()
            timer = threading.Timer(PATIENCE, deadline.set)
            timer.start()
            while not inner and not deadline.is_set():
                inner = [pid for pid in descendants(outer.pid) if takes(pid, signal.SIGTERM)]
            timer.cancel()
            assert len(inner) == 1
            os.kill(inner[0], signal.SIGTERM)
            assert outer.wait(PATIENCE) == {"ready": 1, "sync": 0}[command]
            assert not alive(inner[0])
        finally:
            outer.kill()


def test_root_that_is_not_utf_8(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1", "a/b": "2"})
    node.want("acme/one", public=("acme/one",))
    node.root = node.folder / os.fsdecode(b"n\xff\xfe \xe4")
    for number in range(2):
        one.commit({"x": f"{number}"})
        done = once(node)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False)
        assert [json.loads(line)["event"] for line in done.stderr.splitlines()][-1] == "pass-finished"
        assert node.text("acme/one/x") == node.text("public/acme/one/x") == f"{number}"
    assert ready(node) == "ready\n"
    assert run("status", "--root", node.root).stdout.startswith("ready\n")
    assert run("check", "--root", node.root, "--manifest", node.manifest, "acme/one/x").returncode == 0
    with Loop(node) as loop:
        loop.wait_for("pass-finished", ready=True)
        new = one.commit({"x": "loop"})
        loop.wait_for("repository-updated", commit=new)
        loop.wait_for_passes()
        assert loop.terminate() == 0
    Truth(node).check_healed(["acme/one"], public=["acme/one"])
    assert run("reset", "--root", node.root).returncode == 0


@pytest.mark.parametrize("command", ["sync", "ready", "status", "check", "reset"])
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_root_with_a_line_feed_is_wrong_usage(node: Node, command: str, how: str) -> None:
    node.want()
    root = f"{node.folder}/n\nl"
    args = [] if command in ("status", "reset") else ["--manifest", str(node.manifest)]
    done = run(command, "--root", root, *args) if how == "flag" else run(command, *args, OVERLAYS_ROOT=root)
    assert done.returncode == 64
    assert "line feed" in done.stderr.splitlines()[-1]
    assert not os.path.lexists(root)


@pytest.mark.parametrize("port", ["99999", "65536", "0", "00000"])
def test_port_that_does_not_exist_is_an_error_of_its_repository(node: Node, port: str) -> None:
    node.repo("acme/good", {"x": "1"})
    token = node.folder / "token"
    token.write_text("s3cr3t\n")
    for host in ("github.com", "127.0.0.1"):
        node.want("acme/odd", "acme/good", odd=f"https://{host}:{port}/acme/odd.git")
        credentials = (
            Credential("bot", token, ("127.0.0.1", "git.example:99999")),
            Credential("x-access-token", token, ("github.com:443",)),
        )
        for _ in range(2):
            assert node.sync(*credentials, timeout=5) == 1
            assert node.of("acme/odd")["lastError"].startswith("git ")
            assert node.text("acme/good/x") == "1"
        assert [event for event in node.events() if event["event"] == "internal-error"] == []


def test_refs_that_cannot_be_printed_are_printed(node: Node) -> None:
    node.repo("acme/good", {"x": "1"})
    refs = ("a\ud800b", "a\x1b[31m\x07b", "a\tb\r", "\u202eabc", "a\udcffb", "\U000e0001")
    names = [f"acme/odd{number}" for number in range(len(refs))]
    node.want("acme/good", *(f"{name}@{ref}" for name, ref in zip(names, refs, strict=True)))
    assert once(node).returncode == 1
    assert node.text("acme/good/x") == "1"
    for variables in ({}, {"PYTHONIOENCODING": "utf-8"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C.UTF-8"}):
        done = run("status", "--root", node.root, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) == 3 + 2 + len(refs)
        assert all(char.isprintable() or char == "\n" for char in done.stdout)
        assert all(name in done.stdout for name in names)
        done = run("ready", "--root", node.root, "--manifest", node.manifest, **variables)
        assert (done.returncode, done.stderr, "acme/odd0" in done.stdout) == (1, "", True)
        assert all(char.isprintable() or char == "\n" for char in done.stdout)
        done = run("status", "--json", "--root", node.root, **variables)
        assert [json.loads(done.stdout)["repositories"][name]["ref"] for name in names] == list(refs)
