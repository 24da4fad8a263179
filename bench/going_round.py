"""A process that goes round over its repositories until it is stopped, and what each of its passes costs."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from bench.git_server import ROOT, Served, ServerProcess
from bench.pairs import environment

NEVER = "100000"  # seconds between two passes that nobody asks for
NODE = ROOT / "chart" / "node"  # where the runtime lies
TICK = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """One pass: wall time and CPU time in seconds, of the process and all that it started; what the server did."""

    wall: float
    cpu: float
    served: Served


class GoingRound:
    """Starts when the `with` block begins; `first` is what the first pass cost, with the start of the process."""

    def __init__(
        self, command: Sequence[str | pathlib.Path], server: ServerProcess, *, module_path: pathlib.Path
    ) -> None:
        self._command = [sys.executable, "-m", *command]
        self._server = server
        self._environment = {**environment(), "PYTHONPATH": str(module_path)}
        self.memory = 0  # bytes: the most that the process itself held
        self.largest = 0  # bytes: the most that it or one of the processes that it started held

    def __enter__(self) -> GoingRound:
        before, started = self._server.served(), time.perf_counter()
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        self.first = self._finished(before, started, 0.0)
        return self

    def go(self) -> Cost:
        """One more pass. Raises RuntimeError: something failed in it."""
        before, cpu = self._server.served(), self._cpu()
        started = time.perf_counter()
        self._process.send_signal(signal.SIGHUP)
        return self._finished(before, started, cpu)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.memory = _peak(self._process.pid)
        self._process.terminate()
        assert self._process.stdout is not None
        self._process.stdout.read()
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        self.largest = usage.ru_maxrss * 1024

    def _finished(self, before: Served, started: float, cpu: float) -> Cost:
        said: list[str] = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            wall = time.perf_counter() - started
            said.append(line)
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("event") == "pass-finished":
                if event.get("failed") or not event.get("ready", True):
                    break
                return Cost(wall, self._cpu() - cpu, self._server.served().since(before))
        raise RuntimeError("".join(["a pass failed:\n", *said]))

    def _cpu(self) -> float:
        """Seconds of CPU until now, with those of the processes that it started and that have ended."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / TICK


def ours(manifest: pathlib.Path, root: pathlib.Path, server: ServerProcess, *options: str) -> GoingRound:
    """`overlays_node sync`; with no other --interval among the options, a pass comes only when it is asked for."""
    command: list[str | pathlib.Path] = ["overlays_node", "sync", "--manifest", manifest, "--root", root]
    return GoingRound([*command, "--interval", NEVER, *options], server, module_path=NODE)


def loop(manifest: pathlib.Path, root: pathlib.Path, server: ServerProcess) -> GoingRound:
    """The loop that ours is compared with."""
    return GoingRound(["bench.loop", manifest, root, NEVER], server, module_path=ROOT)


def _peak(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the process has ended")
