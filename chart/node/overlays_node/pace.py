"""When to ask again: a random start for each node, and longer and longer pauses for what fails."""

from __future__ import annotations

import random

LONGEST = 300.0  # seconds between two tries of a repository that fails
SHORTEST = 30.0  # seconds between two passes for failing repositories alone
MOST_PATIENT = 3600.0  # seconds that a server may ask for


def first_wait(interval: float) -> float:
    """Seconds from a pass that some event started to the next: a random part of one interval.

    Nodes that began together, with a new manifest say, do not stay in step: from then on each keeps its own beat.
    """
    return interval * random.random()  # noqa: S311  (no secret hangs on it)


def pause(failures: int, interval: float, retry_after: float | None) -> float:
    """Seconds until a repository is tried again that failed so many times in a row: 30, 60, 120, 240, 300, 300, …

    Never less than what the server asked for, up to an hour.
    """
    doubled = interval * 2.0 ** min(failures - 1, 30)
    return max(min(doubled, LONGEST), min(retry_after or 0.0, MOST_PATIENT))
