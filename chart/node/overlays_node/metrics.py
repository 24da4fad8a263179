"""The state of the writer as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from overlays_node.health import seconds_of
from overlays_node.limits import Room
from overlays_node.state import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GAUGE, COUNTER = "gauge", "counter"
Sample = tuple[Mapping[str, str], float]
Family = tuple[str, str, str, Sequence[Sample]]  # name, kind, text, samples


@dataclass
class Counters:
    """What only grows while the writer lives, and how long the last pass took."""

    passes: int = 0
    pass_seconds: float | None = None
    received: int = 0
    failures: dict[str, int] = field(default_factory=dict)


def render(status: Status, counters: Counters, volume: Room | None, *, ready: bool) -> str:
    """Everything on one page. Repositories are those of the status."""
    families = [
        *_program(status, counters, ready),
        *([] if volume is None else _volume(volume)),
        *_repositories(status, counters),
        *_merged(status),
    ]
    return "".join(f"{line}\n" for one in families for line in _lines(one))


def _program(status: Status, counters: Counters, ready: bool) -> Iterator[Family]:
    yield "ready", GAUGE, "1 when the complete mounted manifest is served and fresh.", [({}, ready)]
    text = "1 when the current set has every repository of its manifest."
    yield "set_complete", GAUGE, text, [({}, status.complete)]
    shown = {"set": status.set or "", "manifest_digest": status.manifest_digest or ""}
    yield "set_info", GAUGE, "The current set.", [(shown, 1)] if status.set else []
    yield "manifest_valid", GAUGE, "1 when the manifest could be read.", [({}, status.manifest_error is None)]
    yield "passes_total", COUNTER, "Passes that ended.", [({}, counters.passes)]
    finished = seconds_of(status.finished_at or "")
    yield (
        "last_pass_timestamp_seconds",
        GAUGE,
        "When the last pass ended.",
        [] if finished is None else [({}, finished)],
    )
    seconds = counters.pass_seconds
    yield "pass_duration_seconds", GAUGE, "Length of the last pass.", [] if seconds is None else [({}, seconds)]
    yield "received_bytes_total", COUNTER, "Bytes by which fetches made the stores grow.", [({}, counters.received)]


def _volume(volume: Room) -> Iterator[Family]:
    yield "volume_size_bytes", GAUGE, "Size of the volume.", [({}, volume.all_bytes)]
    yield "volume_free_bytes", GAUGE, "Free bytes of the volume.", [({}, volume.free_bytes)]
    yield "volume_free_inodes", GAUGE, "Free inodes of the volume.", [({}, volume.free_inodes)]


def _repositories(status: Status, counters: Counters) -> Iterator[Family]:
    repositories = status.repositories.items()
    text = "The commit that is wanted of a repository, and the ref that it was found by."
    commits = [({"repository": repo, "ref": one.ref, "commit": one.commit or ""}, 1) for repo, one in repositories]
    yield "repository_info", GAUGE, text, commits
    times = [(repo, seconds_of(one.last_success or "")) for repo, one in repositories]
    answers = [({"repository": repo}, moment) for repo, moment in times if moment is not None]
    text = "When the remote last answered and the commit was there; absent when never."
    yield "repository_last_success_timestamp_seconds", GAUGE, text, answers
    failing = [({"repository": repo}, one.failures) for repo, one in repositories]
    yield "repository_failing_tries", GAUGE, "Tries that failed since the last success.", failing
    failures = [({"repository": repo}, counters.failures.get(repo, 0)) for repo, _ in repositories]
    yield "repository_failures_total", COUNTER, "Tries that failed since this process began.", failures
    sizes = [({"repository": repo}, one.bytes) for repo, one in repositories]
    yield "repository_bytes", GAUGE, "Bytes of the published files.", sizes
    left_out = [({"repository": repo}, one.left_out) for repo, one in repositories]
    yield "repository_left_out", GAUGE, "Paths of the commit that are not published.", left_out


def _merged(status: Status) -> Iterator[Family]:
    merged = status.merged.items()
    commits = [({"repository": repo, "commit": one.commit or ""}, 1) for repo, one in merged]
    yield "merged_info", GAUGE, "The commit of a merged directory.", commits
    failing = [({"repository": repo}, one.last_error is not None) for repo, one in merged]
    yield "merged_failing", GAUGE, "1 when what won of the newest commits cannot be merged.", failing
    yield (
        "merged_items",
        GAUGE,
        "Items of a merged directory.",
        [({"repository": repo}, one.items) for repo, one in merged],
    )
    problems = [({"repository": repo}, one.problems) for repo, one in merged]
    yield "merged_not_delivered", GAUGE, "What of the sources is not in a merged directory, with a reason.", problems


def _lines(family: Family) -> list[str]:
    """The text of one metric; nothing when it has no sample."""
    name, kind, text, samples = family
    shown = [f"overlays_{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return [f"# HELP overlays_{name} {text}", f"# TYPE overlays_{name} {kind}", *shown] if shown else []


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(int(value))
