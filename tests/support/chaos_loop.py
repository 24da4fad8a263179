"""The real program, `python -m overlays_node sync`, as a process of its own that tests watch by its log and kill."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import overlays_node
from tests.support.node import Node

CODE = pathlib.Path(overlays_node.__file__).parent.parent
PATIENCE = 20  # seconds until a test gives up on something that must happen
TERM_SECONDS = 5
EXITING = 0x4  # PF_EXITING of Linux: set before the files are closed, and so the lock let go; "Z" comes after it
Event = dict[str, Any]


class Loop:
    """One running writer; `with` starts it, and kills it and all its git children at the end."""

    def __init__(
        self,
        node: Node,
        *args: str,
        interval: float = 0.2,
        path: Sequence[pathlib.Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.events: list[Event] = []
        self._news = threading.Condition()
        command = [sys.executable, "-m", "overlays_node", "sync", "--interval", str(interval)]
        self._command = [*command, "--manifest", str(node.manifest), "--root", str(node.root), *args]
        modules = os.pathsep.join(map(str, (*path, CODE)))
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": modules, "OVERLAYS_MIN_FREE": "0%"}
        self._environment = {**variables, **(environment or {})}

    def __enter__(self) -> Loop:
        self.process = subprocess.Popen(self._command, env=self._environment, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill_all()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def wait_for(self, event: str, *, after: int | Event = 0, **fields: object) -> Event:
        """The first such event from number `after` on, or after that event, with these fields.

        What happens once may have been told before anybody asks: take the number before what makes it happen.
        """
        if not isinstance(after, int):
            after = next(number for number, one in enumerate(self.events, start=1) if one is after)
        return self._wait(
            lambda one: one["event"] == event and fields.items() <= one.items(), after, f"event {event} {fields}"
        )

    def wait_for_passes(self, count: int = 1) -> None:
        """Until that many passes that begin from now on have ended."""
        for _ in range(count + 1):
            self.wait_for("pass-finished", after=len(self.events))

    def wait_for_ends(self, count: int = 2) -> None:
        """Until so many passes have ended from now on, well or not."""
        for _ in range(count):
            self._wait(lambda one: one["event"] in ("pass-finished", "pass-failed"), len(self.events), "end of a pass")

    def hang_up(self) -> None:
        """Ask for a pass at once."""
        self.process.send_signal(signal.SIGHUP)

    def named(self, event: str) -> list[Event]:
        """The events of that name so far."""
        return [one for one in self.events if one["event"] == event]

    def terminate(self) -> int:
        """Ask it to end, as a pod's end does; its exit status."""
        self.process.terminate()
        return self.process.wait(TERM_SECONDS + PATIENCE)

    def kill_all(self) -> None:
        """Kill it and its git children; no child can be started meanwhile."""
        for pid in self.frozen():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def frozen(self) -> list[int]:
        """Stop the program where it is (SIGCONT wakes it); the git processes below it, which go on."""
        if self.process.poll() is not None:
            return []
        self.process.send_signal(signal.SIGSTOP)
        while _stat(self.process.pid)[0] not in "TZ":  # the signal takes effect a moment later
            pass
        return descendants(self.process.pid)

    def wake(self) -> None:
        """Undo `frozen`."""
        self.process.send_signal(signal.SIGCONT)

    def _wait(self, wanted: Callable[[Event], bool], after: int, what: str) -> Event:
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while True:
                for one in self.events[after:]:
                    if wanted(one):
                        return one
                left = deadline - time.monotonic()
                assert left > 0, f"no {what}; the last events: {self.events[-8:]}"
                assert self._reader.is_alive(), f"it ended without {what}: {self.events[-8:]}"
                self._news.wait(min(left, 1))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:  # a line cut by a kill, or a traceback
                event = {"event": "unreadable", "line": line}
            with self._news:
                self.events.append(event)
                self._news.notify_all()


def descendants(pid: int) -> list[int]:
    """Every process below that one."""
    children: dict[int, list[int]] = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def alive(pid: int) -> bool:
    """Whether that process runs; one that nobody has asked about, or that is ending and has closed files, does not."""
    try:
        state, *_, flags = _stat(pid)[:7]
    except OSError:
        return False
    return state not in "ZX" and not int(flags) & EXITING


def state_of(pid: int) -> str:
    """The letter of ps for a process ("Z" for a zombie), or "gone"."""
    try:
        return _stat(pid)[0]
    except OSError:
        return "gone"


def _stat(pid: int) -> list[str]:
    """State, parent and so on of a process, as in /proc/<pid>/stat after the name."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextlib.contextmanager
def nobody_writes(root: pathlib.Path) -> Iterator[None]:
    """Hold the writer's lock, as soon as every child of a killed writer has ended."""
    root.mkdir(exist_ok=True)
    with (root / ".lock").open("a") as lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "a child of the killed writer still holds the lock"
                threading.Event().wait(0.005)
        yield
