"""One thread per repository that is being worked on; a slow one loses its slot, so that it holds nobody back."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Workers(Generic[Result]):
    """Runs at most one job per name and `jobs` at a time, not counting those that run longer than `patience` seconds.

    Only the thread that made it may call it.
    """

    def __init__(self, jobs: int, patience: float) -> None:
        self._jobs = jobs
        self._patience = patience
        self._waiting: dict[str, Callable[[], Result]] = {}
        self._running: dict[str, float] = {}  # name -> monotonic time of its start
        self._results: queue.SimpleQueue[tuple[str, Result]] = queue.SimpleQueue()

    def submit(self, name: str, job: Callable[[], Result]) -> None:
        """Ask for a job, which must not raise. One that waits already is replaced and keeps its place in the queue."""
        if name not in self._running:
            self._waiting[name] = job

    def retain(self, names: Collection[str]) -> None:
        """Forget the jobs that wait under any other name."""
        self._waiting = {name: job for name, job in self._waiting.items() if name in names}

    def busy(self) -> bool:
        """Whether a result is still to come."""
        return bool(self._waiting or self._running)

    def next(self, timeout: float) -> Result | None:
        """The next result, in the order in which jobs end; None after `timeout` seconds without one."""
        self._start()
        try:
            name, result = self._results.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            return None
        del self._running[name]
        self._start()
        return result

    def _start(self) -> None:
        now = time.monotonic()
        held = sum(1 for started in self._running.values() if now - started < self._patience)
        for name in [*self._waiting][: max(self._jobs - held, 0)]:
            job = self._waiting.pop(name)
            self._running[name] = now
            threading.Thread(target=self._work, args=(name, job), name=name, daemon=True).start()

    def _work(self, name: str, job: Callable[[], Result]) -> None:
        self._results.put((name, job()))
