"""The node runtime as a process, followed by its log."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import threading
import urllib.request
from types import TracebackType
from typing import Any

PATIENCE = 60.0  # seconds that the demo lets the process live


class Loop:
    """`overlays_node sync` with these arguments until the `with` block ends. What it logs is written to `log` too."""

    def __init__(self, log: pathlib.Path, *args: str) -> None:
        self._log = log
        self._command = [sys.executable, "-m", "overlays_node", "sync", *args]

    def __enter__(self) -> Loop:
        self._file = self._log.open("w")
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)  # noqa: S603
        self._alarm = threading.Timer(PATIENCE, self._process.kill)
        self._alarm.start()
        self._port = self.wait_for("listening")["port"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alarm.cancel()
        self._process.terminate()
        self._process.communicate()
        self._file.close()

    def wait_for(self, event: str, **fields: object) -> dict[str, Any]:
        """The next event of that name with these fields. Ends the demo if the process ends before."""
        assert self._process.stderr is not None  # noqa: S101  (for mypy)
        for line in self._process.stderr:
            self._file.write(line)
            found: dict[str, Any] = json.loads(line)
            if found["event"] == event and fields.items() <= found.items():
                return found
        raise SystemExit(f"the loop ended before {event!r}; its log is {self._log}")

    def metrics(self) -> list[str]:
        """The lines of /metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=PATIENCE) as page:
            return page.read().decode().splitlines()  # type: ignore[no-any-return]

    def end(self) -> int:
        """Ask it to end, as Kubernetes does with a pod, and give its exit status."""
        self._process.terminate()
        self.wait_for("stopped")
        return self._process.wait()
