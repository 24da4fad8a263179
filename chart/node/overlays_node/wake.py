"""What makes a pass begin before its time: SIGHUP, or another manifest file."""

from __future__ import annotations

import os
import pathlib
import signal

HANGUP = {signal.SIGHUP}


class Wake:
    """Looks out for both. SIGHUP is blocked and asked for, so that no handler runs in the middle of something.

    It must be made before other threads are: they inherit that the signal is not theirs.
    """

    def __init__(self, manifest: pathlib.Path) -> None:
        self._manifest = manifest
        self._seen: tuple[int, ...] | None = None
        self._hangup = False
        signal.pthread_sigmask(signal.SIG_BLOCK, HANGUP)

    def begin(self) -> bool:
        """A pass begins: what happened so far is dealt with. Whether there was a SIGHUP."""
        self.asked()
        hangup, self._hangup = self._hangup, False
        self._seen = self._signature()
        return hangup

    def asked(self, timeout: float = 0) -> bool:
        """Whether a pass should begin now; waits up to `timeout` seconds for a SIGHUP."""
        if signal.sigtimedwait(HANGUP, timeout) is not None:
            self._hangup = True
        return self._hangup or self._signature() != self._seen

    def _signature(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._manifest)  # noqa: PTH116  (follows the links of a ConfigMap volume)
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
