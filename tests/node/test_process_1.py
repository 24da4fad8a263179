"""In a pod the program is process 1: lost children become its own, and no signal ends it by itself."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.chaos_loop import PATIENCE, Loop, alive, descendants, state_of
from tests.support.git_faults import Cut, Drop, InPack
from tests.support.git_http import Fault, Hang, Status, Unauthorized
from tests.support.node import Node
from tests.support.program import LONG, environment, pass_after

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
