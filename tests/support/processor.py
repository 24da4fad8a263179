"""Time of the processor, which does not depend on what else the machine does."""

from __future__ import annotations

import os


def spent() -> float:
    """Seconds of this process, and of all processes that it has started and waited for."""
    return sum(os.times()[:4])
