"""The tests' git server in a process of its own, so that what it costs is not counted as a client's.

python -m bench.git_server FOLDER DELAY prints the URL of the server, then a line of JSON for every line on its stdin.
"""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

from tests.support.git_http import ALL, GitServer, Request

ROOT = pathlib.Path(__file__).parents[1]


class Served(NamedTuple):
    """What a server did since it began: requests, bytes of the answers without HTTP headers, seconds of CPU."""

    requests: int
    sent: int
    cpu: float

    def since(self, before: Served) -> Served:
        """What it did after that."""
        return Served(self.requests - before.requests, self.sent - before.sent, self.cpu - before.cpu)


class ServerProcess:
    """Serves the bare repositories below `folder` until the `with` block ends; each answer `delay` seconds late."""

    def __init__(self, folder: pathlib.Path, delay: float = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.git_server", folder, str(delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.base = self._line()

    def served(self) -> Served:
        """What it did until now."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Served(*json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class Late:
    """A fault of GitServer: the answer comes so many seconds late, as from a distance."""

    seconds: float

    def __call__(self, request: Request, server: GitServer) -> None:
        """See Fault."""
        time.sleep(self.seconds)


def main(folder: pathlib.Path, delay: float) -> None:
    """Serve until stdin ends."""
    with GitServer(folder) as server:
        if delay:
            server.faults[ALL] = Late(delay)
        print(server.base, flush=True)
        for _ in sys.stdin:
            usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
            cpu = sum(one.ru_utime + one.ru_stime for one in usage)
            print(json.dumps(Served(len(server.requests), server.sent.total(), cpu)), flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), float(sys.argv[2]))
