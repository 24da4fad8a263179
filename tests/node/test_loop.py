"""When a pass begins and ends: the beat, SIGHUP, another manifest, SIGTERM, and pauses for what fails."""

from __future__ import annotations

import email.utils
import math
import shutil
import signal
import time

import pytest

from overlays_node import pace
from tests.node.test_collect import Running
from tests.node.test_endpoints import get
from tests.support.chaos_loop import PATIENCE, TERM_SECONDS, Loop, alive, descendants, state_of
from tests.support.git_http import Answer, GitServer, Hang, Request, Status
from tests.support.node import Node

LONG = 3600  # seconds; an interval that no test lives to see the end of


def seconds_of(moment: str) -> float:
    return time.mktime(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


@pytest.fixture
def one(node: Node) -> Node:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    return node


def test_hangup_starts_a_pass_at_once(one: Node) -> None:
    with Loop(one, interval=LONG) as loop:
        loop.wait_for("pass-finished")
        one.repos["acme/one"].commit({"x": "2"})
        seen = len(loop.events)
        loop.process.send_signal(signal.SIGHUP)
        loop.wait_for("set-published", after=seen)
        loop.wait_for("pass-finished", after=seen)
        assert one.text("acme/one/x") == "2"


def test_changed_manifest_starts_a_pass_at_once_also_when_a_link_is_turned_as_in_a_config_map(one: Node) -> None:
    one.repo("acme/two", {"x": "2"})
    plain = one.manifest
    data = one.folder / "..data"
    one.want("acme/one")
    first, second = one.folder / "first", one.folder / "second"
    for folder, repos in ((first, ("acme/one",)), (second, ("acme/one", "acme/two"))):
        folder.mkdir()
        one.want(*repos)
        shutil.copy(plain, folder / "overlay-manifest.json")
    data.symlink_to("first")
    plain.unlink()
    plain.symlink_to("..data/overlay-manifest.json")
    with Loop(one, interval=LONG) as loop:
        loop.wait_for("pass-finished")
        assert not (one.root / "acme/two").exists()
        new = one.folder / "..data_tmp"
        new.symlink_to("second")
        seen = len(loop.events)
        new.rename(data)
        loop.wait_for("pass-finished", after=seen, ready=True)
        assert one.text("acme/two/x") == "2"


def test_changed_manifest_does_not_wait_for_a_job_that_it_makes_needless(one: Node) -> None:
    hang = Hang()
    one.server.faults["acme/one"] = hang
    other = one.repo("acme/other", {"x": "other"})
    with Loop(one, "--timeout", str(LONG), interval=LONG) as loop:
        assert hang.reached.wait(60)
        one.want("acme/one", one=one.server.url("acme/other"))
        loop.wait_for("pass-finished", ready=True)
        assert one.text("acme/one/x") == "other"
        assert one.text("acme/one/.git/HEAD").strip() == other.refs()["refs/heads/main"]
        assert loop.named("repository-failed") == []


def test_request_of_long_ago_is_not_served_before_its_remote_was_asked_again(one: Node) -> None:
    """Back to a branch that moved on meanwhile: the commit of then is there, and whole, but not what is asked for."""
    repo = one.repos["acme/one"]
    repo.commit({"x": "dev"}, branch="dev", fresh=True)
    with Loop(one, interval=LONG) as loop:
        loop.wait_for("pass-finished", ready=True)
        one.want("acme/one@dev")
        loop.wait_for("pass-finished", after=loop.wait_for("repository-updated", ref="dev"))
        repo.commit({"x": "new"})
        hang = Hang()
        one.server.faults["acme/one"] = hang
        one.want("acme/one")
        assert hang.reached.wait(60)
        assert one.text("acme/one/x") == "dev"
        hang.release.set()
        updated = loop.wait_for("repository-updated", ref="", commit=repo.refs()["refs/heads/main"])
        loop.wait_for("set-published", after=updated)
        published = [event["set"] for event in loop.named("set-published")]
        assert len(published) == 3
        assert one.text("acme/one/x") == "new"


def test_sigterm_ends_everything_while_a_remote_hangs(one: Node) -> None:
    hang = Hang()
    one.server.faults["acme/one"] = hang
    with Loop(one, interval=LONG) as loop:
        assert hang.reached.wait(60)
        children = descendants(loop.process.pid)
        assert children != []
        loop.process.terminate()
        assert loop.process.wait(TERM_SECONDS) == 0
        assert [pid for pid in children if alive(pid)] == []
        loop.wait_for("stopped", reason="SIGTERM")


IN_A_CALLBACK = """\
import os, signal, sys

def watch(frame, event, argument):
    called = event == "call" and frame.f_code.co_name == "_remove" and "weakref" in frame.f_code.co_filename
    if called and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        os.kill(os.getpid(), signal.SIGTERM)

sys.setprofile(watch)
"""


def test_sigterm_in_a_callback_where_python_drops_what_is_raised_ends_it_too(one: Node) -> None:
    (one.folder / "sitecustomize.py").write_text(IN_A_CALLBACK)
    with Loop(one, interval=LONG, path=[one.folder]) as loop:
        assert loop.process.wait(PATIENCE) == 0
        loop.wait_for("stopped", reason="SIGTERM")
        assert "Exception ignored" in loop.named("unreadable")[0]["line"]


IN_A_THREAD = """\
import os, sys, threading, time

def write():
    while not os.path.exists({file!r}):
        time.sleep(0.01)
    while True:
        print('{{"event": "busy"}}', file=sys.stderr, flush=True)

for _ in range(4):
    threading.Thread(target=write, daemon=True).start()
"""


def test_sigterm_while_threads_write_to_the_log_ends_it_in_good_order(one: Node) -> None:
    """Python aborts when a thread that it stopped for the end holds a stream."""
    file = one.folder / "now"
    (one.folder / "sitecustomize.py").write_text(IN_A_THREAD.format(file=str(file)))
    with Loop(one, interval=LONG, path=[one.folder]) as loop:
        loop.wait_for("pass-finished")
        file.touch()
        loop.wait_for("busy")
        assert loop.terminate() == 0
        loop.wait_for("stopped", reason="SIGTERM")
        assert loop.named("unreadable") == []


def test_helpers_of_a_killed_git_do_not_stay_as_zombies_of_process_1(one: Node) -> None:
    """In a pod the runtime is process 1: what git leaves behind becomes its child."""
    hang = Hang()
    one.server.faults["acme/one"] = hang
    adopt = one.folder / "sitecustomize.py"
    adopt.write_text("import ctypes\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER\n")
    with Loop(one, "--timeout", "0.3", interval=0.1, path=[one.folder]) as loop:
        loop.wait_for("repository-failed", failures=3)
        zombies = [pid for pid in descendants(loop.process.pid) if state_of(pid) == "Z"]
        assert zombies == []


def test_pauses_grow_to_five_minutes() -> None:
    assert [pace.pause(failures, 30, None) for failures in range(1, 7)] == [30, 60, 120, 240, 300, 300]
    assert pace.pause(5000, 30, None) == 300
    assert pace.pause(1, 86400, None) == 300  # a long interval is no reason to wait for a day


def test_within_a_long_interval_only_what_fails_is_asked_again(one: Node) -> None:
    one.repo("acme/two", {"x": "2"})
    one.want("acme/one", "acme/two")
    one.server.faults["acme/two"] = Status(500)
    running = Running(one, interval=0.01)
    assert running.writer.retry_at() == math.inf
    assert not running.writer.run_pass(running.wake)
    assert running.writer.retry_at() <= time.monotonic()
    one.server.faults.clear()
    one.server.requests.clear()
    assert running.writer.run_pass(running.wake, retries=True)
    assert (one.server.greetings("acme/one"), one.server.greetings("acme/two") > 0) == (0, True)
    assert one.text("acme/two/x") == "2"
    assert running.writer.retry_at() == math.inf


def test_server_is_left_alone_for_as_long_as_it_asked_up_to_an_hour() -> None:
    assert pace.pause(1, 30, 45) == 45
    assert pace.pause(1, 30, 10) == 30
    assert pace.pause(9, 30, 200) == 300
    assert pace.pause(1, 30, 1e9) == 3600


def test_first_waits_of_a_fleet_are_spread_over_one_interval() -> None:
    waits = [pace.first_wait(30) for _ in range(1000)]
    assert 0 <= min(waits) < 3
    assert 27 < max(waits) < 30


def test_failing_repository_is_asked_less_and_less_and_at_once_after_a_hangup(one: Node) -> None:
    one.repo("acme/two", {"x": "2"})
    one.want("acme/one", "acme/two")
    one.server.faults["acme/two"] = Status(500)
    with Loop(one, interval=0.5) as loop:
        failed = loop.wait_for("repository-failed", failures=5)
        assert seconds_of(failed["retryAt"]) - seconds_of(failed["time"]) >= 7  # 0.5 * 2^4, in whole seconds
        asked = one.server.greetings("acme/one")
        before = one.server.greetings("acme/two")
        loop.wait_for_passes(2)
        assert one.server.greetings("acme/two") == before
        assert one.server.greetings("acme/one") > asked
        assert one.of("acme/two")["retryAt"] == failed["retryAt"]
        one.server.faults.clear()
        loop.process.send_signal(signal.SIGHUP)
        loop.wait_for("repository-recovered", repository="acme/two")
        loop.wait_for_passes()
        assert one.of("acme/two")["retryAt"] is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(one: Node, status: int, form: str) -> None:
    def busy(request: Request, server: GitServer) -> Answer:
        value = "90" if form == "seconds" else email.utils.formatdate(time.time() + 90, usegmt=True)
        return Answer(status, (("Retry-After", value),), b"slow down")

    one.server.faults["acme/one"] = busy
    with Loop(one, interval=0.2) as loop:
        failed = loop.wait_for("repository-failed")
        assert 88 <= seconds_of(failed["retryAt"]) - seconds_of(failed["time"]) <= 91
        asked = one.server.greetings("acme/one")
        loop.wait_for_passes(3)
        assert one.server.greetings("acme/one") == asked


def test_retry_after_of_other_answers_is_not(one: Node) -> None:
    one.server.faults["acme/one"] = Status(500, headers=(("Retry-After", "90"),))
    with Loop(one, interval=0.2) as loop:
        assert loop.wait_for("repository-failed", failures=2)["failures"] == 2


def test_second_writer_takes_over_when_the_first_one_ends(one: Node) -> None:
    with Loop(one) as first:
        first.wait_for("pass-finished")
        with Loop(one, "--listen", "127.0.0.1:0") as second:
            assert second.wait_for("waiting-for-lock")["path"] == str(one.root / ".lock")
            port = second.wait_for("listening")["port"]
            assert get(port, "/livez") == (200, "alive\n")
            assert get(port, "/readyz") == (503, "not ready: waiting for another sync to end\n")
            first.terminate()
            second.wait_for("pass-finished", ready=True)
            assert get(port, "/readyz") == (200, "ready\n")


@pytest.mark.parametrize("folder", [".sets", ".store", ".trees", ".tmp", ".trash", "acme"])
def test_directory_that_somebody_deleted_is_made_anew(one: Node, folder: str) -> None:
    with Loop(one) as loop:
        loop.wait_for("pass-finished", ready=True)
        (one.root / folder).rename(one.folder / "deleted")
        loop.wait_for_passes()
        one.repos["acme/one"].commit({"x": "2"})
        loop.wait_for("repository-updated", commit=one.repos["acme/one"].refs()["refs/heads/main"])
        loop.wait_for_passes()
        assert one.text("acme/one/x") == "2"
        assert loop.wait_for("pass-finished", after=len(loop.events))["ready"] is True


def test_writer_whose_lock_was_removed_ends(one: Node) -> None:
    with Loop(one) as loop:
        loop.wait_for("pass-finished", ready=True)
        one.root.rename(one.folder / "deleted")
        assert "somebody removed it" in loop.wait_for("failed")["reason"]
        assert loop.process.wait(60) == 1
    assert one.sync() == 0
    assert one.text("acme/one/x") == "1"
