"""How far a long run is: one line on the terminal, which is gone at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from overlays.cli.streams import Streams

_CLEAR = "\r\x1b[K"


@contextmanager
def progress(streams: Streams, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number that is done; it does nothing unless stderr is a terminal."""
    if streams.stderr is None or not streams.stderr.isatty():
        yield lambda done: None
        return
    try:
        yield lambda done: streams.tell(f"{_CLEAR}{what}: {done} of {total}")
    finally:
        streams.tell(_CLEAR)
