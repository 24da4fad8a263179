"""The loop: when a pass begins, and what holds while there is one writer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial

from overlays_node import endpoints, pace
from overlays_node.endpoints import Page
from overlays_node.git import Git
from overlays_node.volume import Volume, VolumeError, lock_is_lost, probe, writer_lock
from overlays_node.wake import Wake
from overlays_node.writer import BEAT, Options, Writer


def sync(options: Options) -> int:
    """Run one pass, or passes for ever; the exit status.

    Raises NodeError: no lock, no usable volume, no git, no port. OSError: the volume fails at the start.
    """
    volume = Volume(options.root)
    wake = None if options.once else Wake(options.manifest)
    volume.create()
    with contextlib.ExitStack() as stack:
        pages = _pages_of_one_that_waits()
        if options.listen is not None:
            stack.enter_context(endpoints.serving(options.listen, pages))
        descriptor = stack.enter_context(writer_lock(volume, options.timeout if options.once else None))
        probe(volume)
        git = Git(volume.tmp, credentials=options.credentials, inherit=(descriptor,))
        stack.callback(git.stop)
        git.require()
        writer = Writer(options, volume, git)  # from here on nothing is ready because of an earlier writer
        volume.clear()
        pages.update(writer.pages())
        if wake is None:
            return 0 if _pass(writer, None) else 1
        _loop(writer, wake, options.interval, partial(lock_is_lost, volume, descriptor))
        raise VolumeError(f"{volume.lock}: somebody removed it, so this is not the one writer any more: start it anew")


def _pages_of_one_that_waits() -> dict[str, Page]:
    """Another writer may go on for long; the one that waits for it is alive, and must not be started anew."""
    return {
        "/livez": lambda: (200, "alive\n"),
        "/readyz": lambda: (503, "not ready: waiting for another sync to end\n"),
        "/status": lambda: (503, "waiting for another sync to end\n"),
    }


def _pass(writer: Writer, wake: Wake | None, *, retries: bool = False) -> bool:
    try:
        return writer.run_pass(wake, retries=retries)
    except (VolumeError, OSError) as why:  # a full disk, say: what is current stays, and the next pass tries again
        writer.failed(str(why))
        return False


def _loop(writer: Writer, wake: Wake, interval: float, lost: Callable[[], bool]) -> None:
    """Pass after pass, one interval from start to start; after one that was asked for, a random part of it.

    In a long interval there are passes for failing repositories alone. It ends when the lock is lost.
    """
    wait = pace.first_wait(interval)
    while not lost():
        end = time.monotonic() + wait
        _pass(writer, wake)
        while True:
            retry = end
            if interval > pace.LONGEST:  # in a shorter one the next pass comes soon enough
                retry = max(writer.retry_at(), time.monotonic() + pace.SHORTEST)
            if not _waited(writer, wake, min(retry, end)):
                wait = pace.first_wait(interval)
                break
            if time.monotonic() >= end:
                wait = interval
                break
            _pass(writer, wake, retries=True)


def _waited(writer: Writer, wake: Wake, until: float) -> bool:
    """Wait; False when a pass was asked for before that time."""
    while True:
        writer.alive()
        left = until - time.monotonic()
        if wake.asked(max(0.0, min(BEAT, left))):
            return False
        if left <= 0:
            return True
