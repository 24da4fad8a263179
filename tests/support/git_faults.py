"""Faults of GitServer that come in the middle of an answer, and faults of one part of a conversation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.git_http import Answer, Body, Dropped, Fault, GitServer, Request

TICK = 0.05  # seconds between two pieces of a slow answer


@dataclass(frozen=True)
class InPack:
    """Another fault, but only of the answers that carry a pack: all that comes before it is fine."""

    fault: Fault

    def __call__(self, request: Request, server: GitServer) -> Answer | Body | None:
        """See Fault."""
        return self.fault(request, server) if request.pack else None


@dataclass(frozen=True)
class Drop:
    """The connection is reset before the first byte of an answer."""

    def __call__(self, request: Request, server: GitServer) -> Answer | Body | None:
        """See Fault."""
        raise Dropped


@dataclass(frozen=True)
class Cut:
    """The answer ends after that many bytes of its body, as if it were whole or by a reset of the connection."""

    after: int
    reset: bool = False

    def __call__(self, request: Request, server: GitServer) -> Answer | Body | None:
        """See Fault."""
        return self._cut

    def _cut(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = self.after
        for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left < 0 and self.reset:
                raise Dropped
            if left < 0:
                return


@dataclass
class Stall:
    """Nothing comes after that many bytes of the body until `release`; `reached` is set when an answer stalls."""

    after: int
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request, server: GitServer) -> Answer | Body | None:
        """See Fault."""
        server.hanging.append(self.release)
        return self._stall

    def _stall(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = self.after
        for piece in pieces:
            yield piece[:left]
            if left < len(piece):
                self.reached.set()
                self.release.wait()
            yield piece[left:]
            left = max(left - len(piece), 0)


@dataclass
class Slow:
    """The body comes at that many bytes a second until `release`; `reached` is set by the first bytes."""

    rate: int
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request, server: GitServer) -> Answer | Body | None:
        """See Fault."""
        server.hanging.append(self.release)
        return self._slow

    def _slow(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        step = max(int(self.rate * TICK), 1)
        for piece in pieces:
            for at in range(0, len(piece), step):
                yield piece[at : at + step]
                self.reached.set()
                self.release.wait(TICK)
