"""What the user of the pod may not read, move or replace costs the repository that is concerned, and no other."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from tests.support.chaos import Truth
from tests.support.chaos_loop import PATIENCE, Loop
from tests.support.git_http import Hang
from tests.support.node import Node
from tests.support.program import LONG, Under, once, pass_after, ready, run

# Root as the chart runs it: without the right to read and change what is others'.
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
SOMEBODY = 1000  # the user of another cache


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
