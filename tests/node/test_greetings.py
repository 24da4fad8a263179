from __future__ import annotations

import contextlib
import pathlib
import signal
import threading
from collections.abc import Iterator

import pytest

from overlays_node.git import Git, GitStoppedError, GitTimeoutError
from overlays_node.greetings import Greetings, parse
from overlays_node.limits import Limits
from overlays_node.store import RefError, Remote, resolve
from tests.support.git_http import GitServer, Hang, Redirect, Status
from tests.support.git_repo import GitRepo

NAMES = ("HEAD", "refs/heads/main", "refs/tags/none")
REFS = b"001e# service=git-upload-pack\n0000"


@pytest.fixture
def git(tmp_path: pathlib.Path) -> Git:
    (tmp_path / "scratch").mkdir()
    return Git(tmp_path / "scratch")


@pytest.fixture
def greetings(git: Git) -> Iterator[Greetings]:
    with contextlib.closing(Greetings(git)) as opened:
        yield opened


def line(text: bytes) -> bytes:
    return b"%04x%b" % (len(text) + 4, text)


def parsed(folder: pathlib.Path, data: bytes, *names: str) -> dict[str, str] | None:
    (folder / "refs").write_bytes(data)
    return parse(folder / "refs", names)


def test_greeting_is_parsed(tmp_path: pathlib.Path) -> None:
    one, two = b"1" * 40, b"2" * 40
    data = (
        REFS
        + line(one + b" HEAD\0multi_ack symref=HEAD:refs/heads/main\n")
        + line(two + b" refs/tags/v^{}\n")
        + b"0000"
    )
    names = ("HEAD", "refs/tags/v^{}", "refs/heads/none")
    assert parsed(tmp_path, data, *names) == {"HEAD": one.decode(), "refs/tags/v^{}": two.decode()}
    assert parsed(tmp_path, REFS + b"0000", *names) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>log in</html>",
        b"0" * 40 + b"\trefs/heads/main\n",  # a dumb server
        REFS + line(b"1" * 40 + b" HEAD\n"),  # cut off
        REFS + line(b"1" * 40 + b" HEAD\n")[:20] + b"0000",
        REFS + b"0003" + b"0000",
        REFS + b"zzzz" + b"0000",
        REFS + b"0000" + line(b"more") + b"0000",
        REFS + line(b"1" * 40 + b" HEAD\n") + b"fff00000",
    ],
)
def test_what_is_no_whole_greeting_is_none(tmp_path: pathlib.Path, data: bytes) -> None:
    assert parsed(tmp_path, data, "HEAD") is None


def test_one_process_and_one_request_a_repository(git: Git, greetings: Greetings, server: GitServer) -> None:
    repos = {name: GitRepo(server.root / f"acme/{name}.git") for name in ("one", "two", "three")}
    commits = {name: repo.commit({"x": name}) for name, repo in repos.items()}
    helpers = set()
    for name, commit in commits.items():
        found = greetings.refs(git.session(), server.url(f"acme/{name}"), NAMES, 30)
        assert found == {"HEAD": commit, "refs/heads/main": commit}
        helpers |= {process.pid for process in git._running}
    assert len(helpers) == 1
    assert len(server.requests) == 3
    greetings.close()
    assert git._running == {}
    assert [*git.scratch.glob("greeting*")] == []


def test_what_goes_wrong_is_told_by_ls_remote(git: Git, greetings: Greetings, server: GitServer) -> None:
    repo = GitRepo(server.root / "acme/one.git")
    commit = repo.commit({"x": "1"})
    remote = Remote(git, server.url("acme/one"), 30, 30, Limits(min_free=0), greetings)
    for fault, words in ((Status(404), "not found"), (Status(429), "error: 429")):
        server.faults["acme/one"] = fault
        with pytest.raises(Exception, match=words):
            resolve(remote, "")
        server.faults.clear()
        assert resolve(remote, "").commit == commit
    with pytest.raises(RefError, match="does not exist"):
        resolve(remote, "main/refs/heads/main")


def test_redirect_within_the_server_is_followed(git: Git, greetings: Greetings, server: GitServer) -> None:
    commit = GitRepo(server.root / "new/acme/one.git").commit({"x": "1"})
    server.faults["acme/one"] = Redirect(f"{server.base}/new")
    remote = Remote(git, server.url("acme/one"), 30, 30, Limits(min_free=0), greetings)
    assert resolve(remote, "").commit == commit


def test_hanging_server_costs_one_timeout_and_leaves_nothing(git: Git, greetings: Greetings, server: GitServer) -> None:
    GitRepo(server.root / "acme/one.git").commit({"x": "1"})
    server.faults["acme/one"] = Hang()
    with pytest.raises(GitTimeoutError, match=r"no answer within 0\.3 s"):
        greetings.refs(git.session(), server.url("acme/one"), NAMES, 0.3)
    assert git._running == {}
    assert [*git.scratch.glob("greeting*")] == []


def test_session_that_is_stopped_ends_the_wait(git: Git, greetings: Greetings, server: GitServer) -> None:
    GitRepo(server.root / "acme/one.git").commit({"x": "1"})
    server.faults["acme/one"] = Hang()
    session = git.session()
    session.stop()
    with pytest.raises(GitStoppedError):
        greetings.refs(session, server.url("acme/one"), NAMES, 60)
    assert git._running == {}


def test_helper_that_is_busy_at_the_end_of_a_pass_is_not_used_in_the_next(
    git: Git, greetings: Greetings, server: GitServer
) -> None:
    """It may know a token of before."""
    GitRepo(server.root / "acme/one.git").commit({"x": "1"})
    hang = Hang()
    server.faults["acme/one"] = hang
    late = threading.Thread(target=greetings.refs, args=(git.session(), server.url("acme/one"), NAMES, 60))
    late.start()
    assert hang.reached.wait(60)
    greetings.close()
    hang.release.set()
    late.join()
    assert git._running == {}


def test_git_without_that_command_is_asked_once_and_never_again(
    git: Git, greetings: Greetings, server: GitServer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepo(server.root / "acme/one.git").commit({"x": "1"})
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nread line\nprintf 'option\\nfetch\\n\\n'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent), prepend=":")
    assert [greetings.refs(git, server.url("acme/one"), NAMES, 30) for _ in range(3)] == [None] * 3
    assert (tmp_path / "runs").read_text() == "run\n"
    assert server.requests == []


def test_helpers_end_with_the_program(git: Git, greetings: Greetings, server: GitServer) -> None:
    GitRepo(server.root / "acme/one.git").commit({"x": "1"})
    assert greetings.refs(git, server.url("acme/one"), NAMES, 30)
    processes = [*git._running]
    git.stop()
    assert [process.wait(30) for process in processes] == [-signal.SIGKILL]
