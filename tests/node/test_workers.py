from __future__ import annotations

import threading

from overlays_node.workers import Workers


def test_at_most_so_many_jobs_at_a_time() -> None:
    workers: Workers[str] = Workers(jobs=2, patience=60)
    gate, running = threading.Event(), threading.Semaphore(0)

    def job() -> str:
        running.release()
        gate.wait()
        return "done"

    for name in "abc":
        workers.submit(name, job)
    assert workers.next(0) is None
    assert [running.acquire(timeout=30) for _ in range(2)] == [True, True]
    assert not running.acquire(blocking=False)
    gate.set()
    assert [workers.next(30) for _ in range(3)] == ["done"] * 3
    assert not workers.busy()


def test_a_slow_job_loses_its_slot() -> None:
    workers: Workers[str] = Workers(jobs=1, patience=0)
    gate = threading.Event()
    workers.submit("slow", lambda: "slow" if gate.wait() else "")
    workers.submit("quick", lambda: "quick")
    assert "quick" in (workers.next(0.01) for _ in range(3000))
    gate.set()
    assert workers.next(30) == "slow"


def test_one_job_per_name_and_the_latest_one_that_waits() -> None:
    workers: Workers[str] = Workers(jobs=1, patience=60)
    gate = threading.Event()
    workers.submit("a", lambda: "a1" if gate.wait() else "")
    workers.submit("b", lambda: "b1")
    assert workers.next(0) is None
    workers.submit("a", lambda: "a2")  # it runs already
    workers.submit("b", lambda: "b2")
    workers.submit("c", lambda: "c")
    workers.retain({"a", "b"})
    gate.set()
    assert [workers.next(30), workers.next(30)] == ["a1", "b2"]
    assert not workers.busy()
