from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import Any

import overlays_node.workers as workers_module
from overlays_node.workers import Workers


def test_at_most_so_many_jobs_at_a_time() -> None:
    workers: Workers[str] = Workers(jobs=2, patience=60)
    gate, running = threading.Event(), threading.Semaphore(0)

    def job() -> str:
        running.release()
        gate.wait()
        return "done"

    for name in "abc":
        workers.submit(name, name, job)
    assert workers.next(0) is None
    assert [running.acquire(timeout=30) for _ in range(2)] == [True, True]
    assert not running.acquire(blocking=False)
    gate.set()
    assert [workers.next(30) for _ in range(3)] == ["done"] * 3
    assert not workers.busy()


def test_a_slow_job_loses_its_slot() -> None:
    workers: Workers[str] = Workers(jobs=1, patience=0)
    gate = threading.Event()
    workers.submit("slow", "slow", lambda: "slow" if gate.wait() else "")
    workers.submit("quick", "quick", lambda: "quick")
    assert "quick" in (workers.next(0.01) for _ in range(3000))
    gate.set()
    assert workers.next(30) == "slow"


def test_jobs_of_one_name_run_one_after_the_other_and_each_key_once() -> None:
    workers: Workers[str] = Workers(jobs=4, patience=60)
    gate = threading.Event()
    workers.submit("a1", "a", lambda: "a1" if gate.wait() else "")
    workers.submit("a2", "a", lambda: "a2")
    workers.submit("a3", "a", lambda: "a3")
    workers.submit("b1", "b", lambda: "b1")
    assert workers.next(30) == "b1"
    workers.submit("a1", "a", lambda: "again")  # it runs already
    workers.submit("a3", "a", lambda: "again")  # it waits already
    assert workers.withdraw("a2")
    assert not workers.withdraw("a1")
    assert (workers.busy("a"), workers.busy("b")) == (True, False)
    gate.set()
    assert [workers.next(30), workers.next(30)] == ["a1", "a3"]
    assert not workers.busy()


def test_an_interrupt_at_any_line_leaves_no_thread_behind() -> None:
    for line in itertools.count(1):
        go = threading.Event()
        workers: Workers[str] = Workers(jobs=2, patience=60)
        workers.submit(1, "quick", lambda: "done")
        workers.submit(2, "slow", partial(_wait, go))
        workers.submit(3, "waiting", lambda: "never")
        interrupted = False
        try:
            with interrupt_at(line):
                assert workers.next(60) == "done"
        except KeyboardInterrupt:
            interrupted = True
        go.set()
        workers.finish()
        assert {"quick", "slow", "waiting"}.isdisjoint(thread.name for thread in threading.enumerate())
        if not interrupted:
            break
    assert line > 10


def _wait(go: threading.Event) -> str:
    return str(go.wait())


@contextlib.contextmanager
def interrupt_at(line: int) -> Iterator[None]:
    """Raise KeyboardInterrupt before the so-manieth line of the workers that this thread runs."""
    lines = itertools.count(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != workers_module.__file__:
            return None
        if event == "line" and next(lines) == line:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
