"""After a restart of the machine nothing is ready before every tree was compared."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shutil

import pytest

from tests.support.chaos_loop import PATIENCE, Loop
from tests.support.node import Node
from tests.support.program import ready


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
