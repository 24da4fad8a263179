"""The state of the writer as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overlays_node.health import seconds_of
from overlays_node.limits import Room
from overlays_node.state import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, str], float]


@dataclass
class Counters:
    """What only grows while the writer lives, and how long the last pass took."""

    passes: int = 0
    pass_seconds: float | None = None
    received: int = 0
    failures: dict[str, int] = field(default_factory=dict)


def render(status: Status, counters: Counters, volume: Room | None, *, ready: bool) -> str:
    """Everything on one page. Repositories are those of the status."""
    repositories = status.repositories.items()
    lines: list[str] = []

    def add(name: str, kind: str, text: str, samples: Iterable[Sample]) -> None:
        shown = [f"overlays_{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
        lines.extend([f"# HELP overlays_{name} {text}", f"# TYPE overlays_{name} {kind}", *shown] if shown else [])

    finished = seconds_of(status.finished_at or "")
    add("ready", "gauge", "1 when the complete mounted manifest is served and fresh.", [({}, ready)])
    add(
        "set_complete", "gauge", "1 when the current set has every repository of its manifest.", [({}, status.complete)]
    )
    shown = {"set": status.set or "", "manifest_digest": status.manifest_digest or ""}
    add("set_info", "gauge", "The current set.", [(shown, 1)] if status.set else [])
    add("manifest_valid", "gauge", "1 when the manifest could be read.", [({}, status.manifest_error is None)])
    add("passes_total", "counter", "Passes that ended.", [({}, counters.passes)])
    add(
        "last_pass_timestamp_seconds",
        "gauge",
        "When the last pass ended.",
        [] if finished is None else [({}, finished)],
    )
    seconds = counters.pass_seconds
    add("pass_duration_seconds", "gauge", "Length of the last pass.", [] if seconds is None else [({}, seconds)])
    add("received_bytes_total", "counter", "Bytes by which fetches made the stores grow.", [({}, counters.received)])
    if volume is not None:
        add("volume_size_bytes", "gauge", "Size of the volume.", [({}, volume.all_bytes)])
        add("volume_free_bytes", "gauge", "Free bytes of the volume.", [({}, volume.free_bytes)])
        add("volume_free_inodes", "gauge", "Free inodes of the volume.", [({}, volume.free_inodes)])
    add(
        "repository_info",
        "gauge",
        "The commit that is wanted of a repository, and the ref that it was found by.",
        [({"repository": repo, "ref": one.ref, "commit": one.commit or ""}, 1) for repo, one in repositories],
    )
    times = [(repo, seconds_of(one.last_success or "")) for repo, one in repositories]
    add(
        "repository_last_success_timestamp_seconds",
        "gauge",
        "When the remote last answered and the commit was there; absent when never.",
        [({"repository": repo}, moment) for repo, moment in times if moment is not None],
    )
    add(
        "repository_failing_tries",
        "gauge",
        "Tries that failed since the last success.",
        [({"repository": repo}, one.failures) for repo, one in repositories],
    )
    add(
        "repository_failures_total",
        "counter",
        "Tries that failed since this process began.",
        [({"repository": repo}, counters.failures.get(repo, 0)) for repo, _ in repositories],
    )
    add(
        "repository_bytes",
        "gauge",
        "Bytes of the published files.",
        [({"repository": repo}, one.bytes) for repo, one in repositories],
    )
    add(
        "repository_left_out",
        "gauge",
        "Paths of the commit that are not published.",
        [({"repository": repo}, one.left_out) for repo, one in repositories],
    )
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(int(value))
