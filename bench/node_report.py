"""What node_sync.py measured, as a section of RESULTS.md, and what follows from it for a Git host."""

from __future__ import annotations

import statistics
import textwrap

from bench.git_server import Served
from bench.going_round import Cost
from bench.node_sync import (
    GRACE,
    INTERVAL,
    MANY,
    PUSHES,
    REPOSITORIES,
    UPDATED,
    UPDATES,
    Compared,
    Measured,
    average,
)
from bench.overlay_repos import LOOKS_LIKE
from bench.pairs import MEGABYTE
from bench.targets import Target, at_most, table

NODES = 10_000
POLL = 30  # seconds, the default interval
SLOW_POLL = 300  # seconds, what it is compared with
KILOBYTE = 1 << 10


def report(measured: Measured) -> str:
    """The section of RESULTS.md."""
    parts = [_passes(measured), table(targets(measured)), _lives(measured), _others(measured), _host(measured)]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def targets(measured: Measured) -> list[Target]:
    """The promised figures."""
    cold, steady, updates = measured.cold, measured.steady, measured.updates
    received = [first.sent + later.served.sent for first, later in zip(updates.first, updates.later, strict=True)]
    return [
        at_most(f"nothing changed, {REPOSITORIES} repositories: of the loop's wall time", 0.2, steady.wall, "{:.2f} ×"),
        at_most(f"nothing changed, {REPOSITORIES} repositories: of the loop's CPU", 0.5, steady.cpu, "{:.2f} ×"),
        at_most(f"cold start, {REPOSITORIES} repositories: of the loop's wall time", 0.5, cold.wall, "{:.2f} ×"),
        at_most(f"{UPDATES} updates: of the loop's bytes received", 1 / 3, received[0] / received[1], "{:.2f} ×"),
        at_most(f"{UPDATES} updates: of the loop's disk", 1 / 3, updates.disk[0] / updates.disk[1], "{:.2f} ×"),
        *(
            at_most(f"memory with {count} repositories", 60, memory.itself / MEGABYTE, "{:.0f} MB")
            for count, memory in measured.memory.items()
        ),
        at_most(f"from push to file, interval {INTERVAL} s", INTERVAL + 2, max(measured.delays), "{:.1f} s"),
        at_most(f"nothing changed, {MANY} repositories", POLL, max(cost.wall for cost in measured.many), "{:.1f} s"),
    ]


def _passes(measured: Measured) -> list[str]:
    return [
        "## `overlays_node sync` against a serial clone/fetch/checkout loop",
        "",
        *_wrapped(
            f"{REPOSITORIES} repositories over HTTP from `git http-backend` on the same machine, which takes its part "
            f"of the cores. Each has {LOOKS_LIKE}. The loop is `bench/loop.py`: `git clone` or `git fetch --prune`, "
            "then `git checkout`, `git clean` and a marker. Both go round in a process of their own, and their passes "
            "take turns. Wall times are medians, their ratio is the median of the ratios of the pairs. CPU is that of "
            "the process and of all that it starts; the server's is apart."
        ),
        "",
        "| pass | | wall | CPU | requests | received | server's CPU |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        *_both("cold start", measured.cold),
        *_both("nothing changed", measured.steady),
        _row("nothing changed, every ref a commit", "overlays", measured.pinned),
        _row(f"cold start, {MANY} small repositories", "overlays", measured.many_cold),
        _row(f"nothing changed, {MANY} small repositories", "overlays", average(measured.many)),
    ]


def _both(what: str, compared: Compared) -> list[str]:
    return [_row(what, "overlays", compared.ours), _row(what, "loop", compared.loop)]


def _row(what: str, side: str, cost: Cost) -> str:
    served = cost.served
    return (
        f"| {what} | {side} | {cost.wall:.3f} s | {cost.cpu:.3f} s | {served.requests:,} | {_size(served.sent)} "
        f"| {served.cpu:.3f} s |"
    )


def _lives(measured: Measured) -> list[str]:
    updates = measured.updates
    lines = [
        *_wrapped(
            f"{UPDATED} of these repositories, a first pass, then {UPDATES} times a commit to each and a pass. Disk is "
            f"all that lies below the root when the grace (here {GRACE} s) is over, hard links counted once. With a "
            "grace that short every pass also deletes what the one before replaced; the loop never deletes anything."
        ),
        "",
        "| | first pass received | updates received | requests | wall | CPU | server's CPU | disk |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, first, later, disk in zip(("overlays", "loop"), updates.first, updates.later, updates.disk, strict=True):
        served = later.served
        lines.append(
            f"| {name} | {_size(first.sent)} | {_size(served.sent)} | {served.requests:,} | {later.wall:.1f} s "
            f"| {later.cpu:.1f} s | {served.cpu:.1f} s | {_size(disk)} |"
        )
    return lines


def _others(measured: Measured) -> list[str]:
    delays = measured.delays
    largest = max(memory.largest for memory in measured.memory.values())
    return _wrapped(
        f"From a push to the file at its stable path, {PUSHES} pushes at random moments, interval {INTERVAL} s: median "
        f"{statistics.median(delays):.1f} s, at most {max(delays):.1f} s. Memory is the peak of the Python process; "
        f"the largest of it and the git processes that it starts held {largest / MEGABYTE:.0f} MB."
    )


def _host(measured: Measured) -> list[str]:
    poll, of_loop = measured.steady.ours.served, measured.steady.loop.served
    commits = UPDATED * UPDATES
    later = measured.updates.later[0].served
    update = Served(later.requests // commits, later.sent // commits, later.cpu / commits)
    return [
        "## What a node costs the Git host",
        "",
        "| | requests | bytes | CPU of this server |",
        "| --- | ---: | ---: | ---: |",
        _share("one poll of one repository", poll, REPOSITORIES),
        _share("the same by the loop", of_loop, REPOSITORIES),
        _share("the same, the ref a commit", measured.pinned.served, REPOSITORIES),
        _share("a poll that finds a new commit, and the fetch", update, 1),
        "",
        f"With {REPOSITORIES} repositories whose refs are branches:",
        "",
        "| | requests a second | answers a second | cores of such a server |",
        "| --- | ---: | ---: | ---: |",
        _load(f"one node, every {POLL} s", poll, 1, POLL),
        _load(f"{NODES:,} nodes, every {POLL} s", poll, NODES, POLL),
        _load(f"{NODES:,} nodes, every {SLOW_POLL} s", poll, NODES, SLOW_POLL),
        _load(f"one writer (PVC) in each of 10 clusters, every {POLL} s", poll, 10, POLL),
        "",
        *_wrapped(
            f"A commit that {NODES:,} nodes fetch costs {_size(update.sent * NODES)} and {update.cpu * NODES:,.0f} s "
            "of such a server's CPU within one interval."
        ),
        "",
        "What follows:",
        "",
        *(line for text in _advice(poll) for line in _wrapped(text, "- ")),
    ]


def _advice(poll: Served) -> list[str]:
    rate = poll.requests * NODES / POLL
    return [
        f"{rate:,.0f} requests a second are more than a host that others share allows: it will say 429. Nodes spread "
        "their polls over the interval and do what a Retry-After says, which spares the host and delays the news.",
        "A ref that is a commit costs no request once its tree is there. Pin what need not follow a branch; a change "
        "is then a rollout of the chart, and the host sees every node once per change.",
        f"The load falls as the interval grows: at {SLOW_POLL} s it is a tenth, for news up to {SLOW_POLL} s old.",
        "One writer on a shared volume (PVC) polls once per cluster, however many nodes read.",
        "Where every node must have a copy of its own, let the clone URLs name a mirror inside the cluster: it alone "
        "polls the host, and it can be scaled like any web server.",
        "HTTPS adds a handshake per connection, and a private repository a request that is answered 401.",
    ]


def _wrapped(text: str, bullet: str = "") -> list[str]:
    return textwrap.wrap(text, 119, initial_indent=bullet, subsequent_indent=" " * len(bullet), break_on_hyphens=False)


def _share(what: str, served: Served, count: int) -> str:
    return (
        f"| {what} | {served.requests / count:.1f} | {served.sent / count:,.0f} | {served.cpu / count * 1000:.1f} ms |"
    )


def _load(what: str, poll: Served, nodes: int, seconds: int) -> str:
    often = nodes / seconds
    return f"| {what} | {poll.requests * often:,.1f} | {_size(poll.sent * often)} | {poll.cpu * often:,.2f} |"


def _size(count: float) -> str:
    """Bytes for people: 1536 -> "1.5 kB", 3145728 -> "3.0 MB"."""
    return f"{count / MEGABYTE:,.1f} MB" if count >= MEGABYTE else f"{count / KILOBYTE:.1f} kB"
