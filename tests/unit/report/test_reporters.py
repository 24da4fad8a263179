"""The shapes of the reports, for a few findings of every kind."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from overlays.model.finding import Finding, Location, Severity
from overlays.report import REPORTERS

FINDINGS = (
    Finding(
        Location("--set overlays.sources[0].ref=12"),
        "OVL113",
        "/overlays/sources/0/ref",
        "overlays.sources[0].ref is a number: Helm reads the unquoted '12' as 12",
        "it must be text",
        'quote it: "12"',
    ),
    Finding(Location("a b,c:\x1b[2J.yaml", 7, 10), "OVL111", "/a~1b/~0", "what\n%", "why", "hint", Severity.WARNING),
    Finding(Location("none.yaml"), "OVL101", "", "cannot read 'none.yaml'", "there is no such file", "check it \u202e"),
)


@pytest.mark.parametrize("name", REPORTERS)
def test_report(name: str, snapshot: SnapshotAssertion) -> None:
    assert REPORTERS[name](FINDINGS) == snapshot


@pytest.mark.parametrize("name", REPORTERS)
def test_report_with_a_base(name: str, snapshot: SnapshotAssertion) -> None:
    assert REPORTERS[name](FINDINGS[:1], FINDINGS[1:]) == snapshot


@pytest.mark.parametrize("name", REPORTERS)
def test_bytes_that_are_no_utf8_are_escapes(name: str) -> None:
    text = REPORTERS[name]([FINDINGS[1]._replace(where=Location("a\udc9b"), what="\udc9b")])
    assert text.encode()


@pytest.mark.parametrize(
    ("name", "text"), [("text", ""), ("github", ""), ("json", '{\n  "schemaVersion": 1,\n  "findings": []\n}\n')]
)
def test_report_of_nothing(name: str, text: str) -> None:
    assert REPORTERS[name](()) == text


def test_findings_sort_by_file_line_column_and_code() -> None:
    places = [("b", 1, 1, "OVL101"), ("a", 10, 1, "OVL101"), ("a", 9, 2, "OVL101"), ("a", 9, 1, "OVL201")]
    found = [Finding(Location(file, line, column), code, "", "", "", "") for file, line, column, code in places]
    assert [item.where.line for item in sorted(found)] == [9, 9, 10, 1]
    assert [item.code for item in sorted(found)][:2] == ["OVL201", "OVL101"]
