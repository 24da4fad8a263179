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
