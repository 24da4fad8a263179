"""Names, ports and refs that nobody expects."""

from __future__ import annotations

import json
import os

import pytest

from overlays_node.credentials import Credential
from tests.support.chaos import Truth
from tests.support.chaos_loop import Loop
from tests.support.node import Node
from tests.support.program import once, ready, run


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


@pytest.mark.parametrize("command", ["sync", "ready", "status", "check", "install", "reset"])
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_root_with_a_line_feed_is_wrong_usage(node: Node, command: str, how: str) -> None:
    node.want()
    root = f"{node.folder}/n\nl"
    args = [] if command in ("status", "reset") else ["--manifest", str(node.manifest)]
    args += ["--dest", str(node.folder / "dest")] if command == "install" else []
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
