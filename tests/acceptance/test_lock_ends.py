"""overlays lock on a terminal, and when it is told to end: nothing of it stays behind."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from tests.support.git_http import GitServer, Hang
from tests.support.locking import Team


@pytest.fixture
def team(tmp_path: pathlib.Path) -> Iterator[Team]:
    with GitServer(tmp_path / "served") as server:
        yield Team(tmp_path, server)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "overlays", "lock", "-f", "values.yaml", *arguments]


def processes_of(folder: pathlib.Path) -> list[str]:
    """Command lines of the processes that work in that folder, this one excluded."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("advertisement", [True, False], ids=["at the greeting", "at a fetch"])
def test_a_run_that_is_told_to_end(team: Team, number: signal.Signals, advertisement: bool) -> None:
    hang = Hang(advertisement)
    for name in ("acme/good", "acme/one", "acme/two"):
        team.repo(name)
    team.server.faults |= {"acme/one": hang, "acme/two": hang}
    team.want("acme/good", *(f"{name}@{team.head(name)}" for name in ("acme/one", "acme/two")))
    if advertisement:
        team.want("acme/good", "acme/one", "acme/two")
    before = b"schemaVersion: 1\nrepositories: {}\n"
    team.file.write_bytes(before)
    with subprocess.Popen(
        command(), cwd=team.folder, env={**os.environ, **team.environment}, stderr=subprocess.PIPE
    ) as run:
        assert hang.reached.wait(60)
        assert processes_of(team.temporary) != []
        run.send_signal(number)
        try:
            _, told = run.communicate(timeout=20)
        finally:
            run.kill()  # else the end of the `with` would wait for one that does not end
    assert run.returncode == 130
    assert told.strip() == b""
    assert team.file.read_bytes() == before
    assert [*team.temporary.iterdir()] == []
    deadline = time.monotonic() + 10
    while processes_of(team.temporary) and time.monotonic() < deadline:
        os.sched_yield()  # what was killed has no parent any more that waits for its end
    assert processes_of(team.temporary) == []


def on_a_terminal(team: Team, *arguments: str) -> tuple[int, str]:
    """Exit status and what a terminal gets of standard error."""
    here, there = pty.openpty()
    mode = termios.tcgetattr(there)
    mode[1] &= ~termios.OPOST  # as it was written
    termios.tcsetattr(there, termios.TCSANOW, mode)
    environment = {**os.environ, **team.environment}
    with subprocess.Popen(
        command(*arguments), cwd=team.folder, env=environment, stdout=subprocess.PIPE, stderr=there
    ) as run:
        os.close(there)
        text = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
            while data := os.read(here, 1 << 16):
                text += data
        run.wait()
    os.close(here)
    return run.returncode, text.decode()


def test_progress_is_one_line_of_a_terminal_and_gone_at_the_end(team: Team) -> None:
    for name in ("acme/one", "acme/two"):
        team.repo(name)
    team.want("acme/one", "acme/two")
    clear = "\r\x1b[K"
    line = f"{clear}asking the servers: "
    code, text = on_a_terminal(team)
    assert (code, text) == (
        0,
        f"{line}0 of 2{line}1 of 2{line}2 of 2{clear}overlays.lock.yaml: written (2 repositories)\n",
    )
    team.want("acme/one", "acme/two@gone")
    code, text = on_a_terminal(team)
    assert code == 1
    assert text.startswith(f"{line}0 of 2{line}1 of 2{line}2 of 2{clear}values.yaml:9:10: error OVL407: ")


def test_no_progress_without_servers(team: Team) -> None:
    team.repo("acme/one")
    team.want("acme/one")
    assert team.lock().code == 0
    assert on_a_terminal(team, "--check", "--offline") == (0, "overlays.lock.yaml: up to date (1 repository)\n")
