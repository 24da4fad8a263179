"""A few threads for the work on repositories; a slow one loses its slot, so that it holds nobody back."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from overlays_node import log

Result = TypeVar("Result")
PATIENCE = 10.0  # seconds after which a job gives its slot to another
CROWD = 4  # how many times `jobs` run at most, the slow ones included


class Workers(Generic[Result]):
    """Runs `jobs` jobs at a time, besides those that run longer than `patience` seconds; of all, CROWD times as many.

    Jobs of one name run one after the other, in the order in which they were asked for. Only the thread that made it
    may call it.
    """

    def __init__(self, jobs: int, patience: float) -> None:
        self._jobs = jobs
        self._patience = patience
        self._waiting: dict[Hashable, tuple[str, Callable[[], Result]]] = {}
        self._running: dict[Hashable, tuple[str, float, threading.Thread]] = {}  # key -> name, monotonic start, runner
        self._results: queue.SimpleQueue[tuple[Hashable, Result | None]] = queue.SimpleQueue()

    def submit(self, key: Hashable, name: str, job: Callable[[], Result]) -> None:
        """Ask for a job; nothing happens when the one of that key waits or runs already. One that raises gives None."""
        if key not in self._running:
            self._waiting.setdefault(key, (name, job))

    def withdraw(self, key: Hashable) -> bool:
        """Forget a job that waits; False when none does."""
        return self._waiting.pop(key, None) is not None

    def busy(self, name: str | None = None) -> bool:
        """Whether a result is still to come, or one of that name."""
        if name is None:
            return bool(self._waiting or self._running)
        jobs = (*self._waiting.values(), *self._running.values())
        return any(job[0] == name for job in jobs)

    def next(self, timeout: float) -> Result | None:
        """The next result, in the order in which jobs end; None after `timeout` seconds without one."""
        self._start()
        try:
            key, result = self._results.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            return None
        del self._running[key]
        self._start()
        return result

    def finish(self) -> None:
        """Forget all jobs that wait, and wait for those that run. For the end, also after an interrupt at any point."""
        self._waiting.clear()
        for *_, thread in self._running.values():
            if thread.is_alive():
                thread.join()

    def _start(self) -> None:
        now = time.monotonic()
        held = sum(1 for _, started, _ in self._running.values() if now - started < self._patience)
        names = {name for name, *_ in self._running.values()}
        for key, (name, job) in [*self._waiting.items()]:
            if held >= self._jobs or len(self._running) >= CROWD * self._jobs:
                break
            if name in names:
                continue
            thread = threading.Thread(target=self._work, args=(key, job), name=name, daemon=True)
            self._running[key] = (name, now, thread)
            try:
                thread.start()
            except RuntimeError as why:  # no more threads, for the moment
                del self._running[key]
                log.error("no-thread", reason=str(why))
                break
            del self._waiting[key]
            names.add(name)
            held += 1

    def _work(self, key: Hashable, job: Callable[[], Result]) -> None:
        try:
            result: Result | None = job()
        except Exception:  # our bug costs this job, not the loop
            log.error("internal-error", job=str(key), traceback=traceback.format_exc())
            result = None
        self._results.put((key, result))
