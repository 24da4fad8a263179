from __future__ import annotations

import pathlib
from dataclasses import replace

import pytest

from overlays_node import health
from overlays_node.health import why_not_ready
from overlays_node.state import RepositoryStatus, Status
from overlays_node.volume import Volume

NOW = 1_700_000_000
GOOD = Status(
    pod="pod-1",
    started_at="2023-11-14T22:00:00Z",
    interval=30,
    timeout=120,
    set="0123456789abcdef",
    manifest_digest="sha256:1",
    complete=True,
    finished_at="2023-11-14T22:13:20Z",  # NOW
    requested_digest="sha256:1",
    repositories={"acme/one": RepositoryStatus("", "https://git.example/acme/one.git", last_error="no such ref")},
)


@pytest.fixture
def volume(tmp_path: pathlib.Path) -> Volume:
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".current").symlink_to(".sets/0123456789abcdef")
    return Volume(tmp_path)


def judge(volume: Volume, status: Status | None, now: float = NOW) -> str | None:
    return why_not_ready(volume, status, "sha256:1", "pod-1", now)


def test_ready(volume: Volume) -> None:
    assert judge(volume, GOOD) is None
    assert judge(volume, GOOD, NOW + 3 * 30 + 120) is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "no sync has run here"),
        (replace(GOOD, pod="pod-0"), "the status is of another pod: pod-0"),
        (replace(GOOD, finished_at=None), "the first pass is still running"),
        (replace(GOOD, finished_at="2023-11-14T22:00:00Z"), "more than 210 s ago"),
        (replace(GOOD, finished_at="2023-11-15T22:00:00Z"), "more than 210 s ago"),
        (replace(GOOD, finished_at="garbage"), "more than 210 s ago"),
        (replace(GOOD, set=None), "there is no set yet; missing: acme/one (no such ref)"),
        (replace(GOOD, set="f" * 16), "there is no set yet"),
        (replace(GOOD, manifest_digest="sha256:2"), "was made from another manifest; missing: acme/one"),
        (replace(GOOD, complete=False), "is incomplete; missing: acme/one (no such ref)"),
    ],
)
def test_not_ready(volume: Volume, status: Status | None, reason: str) -> None:
    assert reason in (judge(volume, status) or "")


def test_too_old(volume: Volume) -> None:
    assert "more than 210 s ago" in (judge(volume, GOOD, NOW + 211) or "")


def test_status_survives_the_disk(volume: Volume) -> None:
    one = RepositoryStatus("dev", "u", "c" * 40, "branch", "t", None, 2, "t2", ("w",), 3, 4, 5)
    status = replace(GOOD, repositories={"acme/one": one}, manifest_error="bad", boot_id="b")
    health.write(volume, status)
    assert health.read(volume) == status


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schemaVersion": 2}', "null"])
def test_status_of_somebody_else_is_none(volume: Volume, text: str) -> None:
    volume.status.write_text(text)
    assert health.read(volume) is None


def test_description(volume: Volume) -> None:
    good = RepositoryStatus("dev", "u", "c" * 40, "branch", "2023-11-14T22:00:00Z", warnings=("moved",), left_out=2)
    failing = RepositoryStatus("", "u", last_error="no such ref", failures=2, retry_at="2023-11-14T22:01:00Z")
    status = replace(GOOD, repositories={"acme/one": good, "acme/extra": failing, "a/b": RepositoryStatus("", "u")})
    lines = health.describe(volume, status).splitlines()
    assert lines[0].startswith("not ready: the last pass ended")
    assert lines[2:] == [
        "",
        "REPOSITORY  REF   COMMIT        LAST SUCCESS          STATE",
        "acme/one    dev   cccccccccccc  2023-11-14T22:00:00Z  warning: moved; 2 left out, see .git/overlays.json",
        "acme/extra  HEAD  -             never                 "
        "failed 2 times, next try 2023-11-14T22:01:00Z: no such ref",
        "a/b         HEAD  -             never                 waiting",
    ]


def test_description_is_plain_text_whatever_a_ref_holds(volume: Volume) -> None:
    odd = RepositoryStatus("a\nb\x1b[31m\ud800", "u", last_error="no\nsuch", failures=1)
    status = replace(GOOD, repositories={"acme/one": odd}, pass_error="disk\nfull")
    lines = health.describe(volume, status).splitlines()
    assert lines[2] == "the last pass failed: disk?full"
    assert lines[-1] == "acme/one    a?b?[31m?  -       never         failed once: no?such"
