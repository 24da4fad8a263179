"""The status file: what is served, since when, and whether this pod is ready."""

from __future__ import annotations

import calendar
import json
import pathlib
import time
from typing import Any

from overlays_node import log
from overlays_node.state import MergedStatus, RepositoryStatus, Status
from overlays_node.volume import Volume, link_target

SCHEMA_VERSION = 1


def write(volume: Volume, status: Status) -> None:
    """Put the status in place, whole."""
    volume.write_json(volume.status, document(volume, status))


def document(volume: Volume, status: Status) -> dict[str, Any]:
    """The status as JSON values; `ready` is judged now, for the manifest and the pod of the status itself."""
    reason = why_not_ready(volume, status, status.requested_digest, status.pod, time.time())
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ready": reason is None,
        "notReadyReason": reason,
        "set": status.set,
        "complete": status.complete,
        "manifestDigest": status.manifest_digest,
        "requestedDigest": status.requested_digest,
        "manifestError": status.manifest_error,
        "pod": status.pod,
        "startedAt": status.started_at,
        "finishedAt": status.finished_at,
        "interval": status.interval,
        "timeout": status.timeout,
        "passError": status.pass_error,
        "bootId": status.boot_id,
        "repositories": {
            repo: {
                "ref": one.ref,
                "cloneUrl": one.clone_url,
                "commit": one.commit,
                "kind": one.kind,
                "lastSuccess": one.last_success,
                "lastError": one.last_error,
                "failures": one.failures,
                "retryAt": one.retry_at,
                "warnings": list(one.warnings),
                "leftOut": one.left_out,
                "files": one.files,
                "bytes": one.bytes,
            }
            for repo, one in status.repositories.items()
        },
        "merged": {
            repo: {
                "commit": one.commit,
                "items": one.items,
                "files": one.files,
                "problems": one.problems,
                "lastError": one.last_error,
            }
            for repo, one in status.merged.items()
        },
    }


def read(volume: Volume) -> Status | None:
    """The status on disk; None when there is none or it is not one of ours."""
    try:
        found = json.loads(volume.status.read_bytes())
        if found["schemaVersion"] != SCHEMA_VERSION:
            return None
        return Status(
            pod=str(found["pod"]),
            started_at=str(found["startedAt"]),
            interval=_seconds(found["interval"]),
            timeout=_seconds(found["timeout"]),
            set=_text(found["set"]),
            manifest_digest=_text(found["manifestDigest"]),
            complete=found["complete"] is True,
            finished_at=_text(found["finishedAt"]),
            requested_digest=_text(found["requestedDigest"]),
            manifest_error=_text(found["manifestError"]),
            pass_error=_text(found["passError"]),
            boot_id=_text(found["bootId"]),
            repositories={str(repo): _repository(entry) for repo, entry in found["repositories"].items()},
            merged={str(repo): _merged(entry) for repo, entry in found.get("merged", {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _repository(entry: dict[str, Any]) -> RepositoryStatus:
    return RepositoryStatus(
        ref=str(entry["ref"]),
        clone_url=str(entry["cloneUrl"]),
        commit=_text(entry["commit"]),
        kind=_text(entry["kind"]),
        last_success=_text(entry["lastSuccess"]),
        last_error=_text(entry["lastError"]),
        failures=int(entry["failures"]),
        retry_at=_text(entry["retryAt"]),
        warnings=tuple(str(one) for one in entry["warnings"]),
        left_out=int(entry["leftOut"]),
        files=int(entry["files"]),
        bytes=int(entry["bytes"]),
    )


def _merged(entry: dict[str, Any]) -> MergedStatus:
    return MergedStatus(
        _text(entry["commit"]),
        int(entry["items"]),
        int(entry["files"]),
        int(entry["problems"]),
        _text(entry["lastError"]),
    )


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number of seconds")
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def why_not_ready(volume: Volume, status: Status | None, digest: str | None, pod: str | None, now: float) -> str | None:
    """One line that says what is missing, or None: ready.

    Ready: the current set is complete and was made from the manifest of that digest, some pass ended within three
    intervals and a timeout before `now` (POSIX time), and the status is of this pod (None: of any).
    """
    if status is None:
        return "no sync has run here"
    if pod is not None and status.pod != pod:
        return f"the status is of another pod: {status.pod}"
    if status.finished_at is None:
        return f"the first pass is still running{_missing(status)}"
    age, most = _age(status.finished_at, now), 3 * status.interval + status.timeout
    if age is None or abs(age) > most:  # the future is no better: the clock was set back
        failed = f": {status.pass_error}" if status.pass_error is not None else ""
        return f"the last pass ended at {status.finished_at}, more than {most:g} s ago{failed}"
    if status.set is None or link_target(volume.current) != f"{volume.sets.name}/{status.set}":
        return f"there is no set yet{_missing(status)}"
    if status.manifest_digest != digest:
        return f"the current set was made from another manifest{_missing(status)}"
    if not status.complete:
        return f"the current set is incomplete{_missing(status) or _failing(status)}"
    return None


def seconds_of(moment: str) -> float | None:
    """POSIX time of an RFC 3339 text in UTC; None when it is none."""
    try:
        return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None


def _age(moment: str, now: float) -> float | None:
    seconds = seconds_of(moment)
    return None if seconds is None else now - seconds


def _missing(status: Status) -> str:
    found = status.repositories.items()
    missing = [f"{repo} ({one.last_error or 'waiting'})" for repo, one in found if one.commit is None]
    error = status.manifest_error or status.pass_error
    if error is not None:
        return f": {error}"
    return (f"; missing: {', '.join(missing)}" if missing else "") + _not_merged(status)


def _failing(status: Status) -> str:
    failing = [f"{repo} ({one.last_error})" for repo, one in status.repositories.items() if one.last_error is not None]
    return (f"; failing: {', '.join(failing)}" if failing else "") + _not_merged(status)


def _not_merged(status: Status) -> str:
    failing = [f"{repo} ({one.last_error})" for repo, one in status.merged.items() if one.last_error is not None]
    return f"; not merged: {', '.join(failing)}" if failing else ""


def describe(volume: Volume, status: Status) -> str:
    """The status for people: what is served, then a table of the repositories."""
    reason = why_not_ready(volume, status, status.requested_digest, status.pod, time.time())
    shown = "none" if status.set is None else f"{status.set} ({'complete' if status.complete else 'incomplete'})"
    lines = [
        "ready" if reason is None else f"not ready: {reason}",
        f"set {shown}, last pass {status.finished_at or 'still running'}, pod {status.pod}",
        *([f"the last pass failed: {status.pass_error}"] if status.pass_error is not None else []),
        "",
    ]
    rows = [("REPOSITORY", "REF", "COMMIT", "LAST SUCCESS", "STATE")]
    rows += [_row(repo, one) for repo, one in status.repositories.items()]
    rows += [_merged_row(repo, one) for repo, one in status.merged.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines += ["  ".join([*(row[column].ljust(widths[column]) for column in range(4)), row[4]]) for row in rows]
    return "\n".join("".join(char if char.isprintable() else "?" for char in line) for line in lines) + "\n"


def _row(repo: str, one: RepositoryStatus) -> tuple[str, str, str, str, str]:
    states = [f"warning: {text}" for text in one.warnings]
    states += [f"{one.left_out} left out, see .git/overlays.json"] if one.left_out else []
    if one.last_error is not None:
        again = f", next try {one.retry_at}" if one.retry_at is not None else ""
        times = "once" if one.failures == 1 else f"{one.failures} times"
        states.insert(0, f"failed {times}{again}: {one.last_error}")
    elif one.commit is None:
        states.insert(0, "waiting")
    return repo, one.ref or "HEAD", (one.commit or "-")[:12], one.last_success or "never", "; ".join(states or ["ok"])


def _merged_row(repo: str, one: MergedStatus) -> tuple[str, str, str, str, str]:
    states = [f"failed: {one.last_error}"] if one.last_error is not None else []
    states += [f"{one.items} items in {one.files} files"] if one.commit is not None else []
    states += [f"{one.problems} not delivered, see .git/overlays.json"] if one.problems else []
    return repo, "-", (one.commit or "-")[:12], "-", "; ".join(states)


def boot_id() -> str | None:
    """What the kernel calls this boot; None where it does not say."""
    try:
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def now_text() -> str:
    """The present time, RFC 3339 UTC."""
    return log.rfc3339(time.time())
