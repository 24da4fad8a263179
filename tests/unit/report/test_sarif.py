"""SARIF 2.1.0: the shape that the standard demands, and texts that could act in a viewer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from overlays.model.codes import CODES
from overlays.model.finding import Finding, Location, Severity
from overlays.report import sarif

ERROR = Finding(Location("tools/a b/ä%#?:é", 3, 7), "OVL534", "", "a link", "why", "hint")
WARNING = Finding(Location("./tools/x"), "OVL539", "", "a bit", "why", "hint", Severity.WARNING)


def log(*findings: Finding, existing: tuple[Finding, ...] | None = None) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sarif.report(findings, existing))
    check_shape(document)
    return document


def run(*findings: Finding, existing: tuple[Finding, ...] | None = None) -> dict[str, Any]:
    (only,) = log(*findings, existing=existing)["runs"]
    return dict(only)


def check_shape(document: dict[str, Any]) -> None:
    """What the schema of the standard requires of the parts that are used."""
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    for one in document["runs"]:
        assert set(one) == {"tool", "columnKind", "results"}
        assert one["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        driver = one["tool"]["driver"]
        assert set(driver) == {"name", "rules"}
        assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
        for rule in driver["rules"]:
            assert set(rule) == {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"}
            assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        for result in one["results"]:
            check_result(result, driver["rules"])


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert set(result) - {"baselineState"} == {
        *("ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints")
    }
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert result.get("baselineState", "new") in ("new", "unchanged", "updated", "absent")
    assert set(result["message"]) == {"text"}
    assert result["message"]["text"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    (location,) = result["locations"]
    if "physicalLocation" in location:
        physical = location["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
        region = physical["region"]
        assert region["startLine"] >= 1
        assert region.get("startColumn", 1) >= 1


def test_nothing_is_a_run_without_results() -> None:
    only = run()
    assert (only["results"], only["tool"]["driver"]["rules"]) == ([], [])


def test_results_and_their_rules() -> None:
    only = run(ERROR, WARNING, ERROR)
    assert [rule["id"] for rule in only["tool"]["driver"]["rules"]] == ["OVL534", "OVL539"]
    assert [result["level"] for result in only["results"]] == ["error", "warning", "error"]
    assert [result["ruleIndex"] for result in only["results"]] == [0, 1, 0]
    assert only["results"][0]["message"]["text"] == "a link: why. Hint: hint"
    assert "baselineState" not in only["results"][0]


def test_a_place_is_a_relative_reference() -> None:
    (first, second) = run(ERROR, WARNING)["results"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "tools/a%20b/%C3%A4%25%23%3F%3A%C3%A9"},
                "region": {"startLine": 3, "startColumn": 7},
            }
        }
    ]
    whole = {"artifactLocation": {"uri": "tools/x"}, "region": {"startLine": 1}}
    assert second["locations"] == [{"physicalLocation": whole}]


@pytest.mark.parametrize(
    ("file", "uri"),
    [("/a b", "file:///a%20b"), (".", "."), ("./", "."), ("../x", "../x"), ("a\udcffb", "a%FFb"), ("c:/x", "c%3A/x")],
)
def test_uris(file: str, uri: str) -> None:
    (result,) = run(ERROR._replace(where=Location(file)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("file", ["-", "--set a.b=1"])
def test_what_is_no_file_is_a_logical_place(file: str) -> None:
    (result,) = run(ERROR._replace(where=Location(file)))["results"]
    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": file}]}]


def test_fingerprints_stay_when_lines_move_and_tell_equal_findings_apart() -> None:
    def prints(*findings: Finding) -> list[str]:
        return [one["partialFingerprints"]["overlaysFinding/v1"] for one in run(*findings)["results"]]

    moved = ERROR._replace(where=ERROR.where._replace(line=99))
    assert prints(ERROR) == prints(moved)
    assert len(set(prints(ERROR, moved, WARNING))) == 3


def test_findings_of_the_base_are_unchanged_and_the_others_new() -> None:
    assert [one["baselineState"] for one in run(ERROR, existing=(WARNING,))["results"]] == ["new", "unchanged"]
    assert [one["baselineState"] for one in run(ERROR, existing=())["results"]] == ["new"]


def test_hostile_texts_do_not_act() -> None:
    hostile = "[click](https://evil.example) {0} \x1b[2J\n\udcff\u202e"
    (result,) = run(ERROR._replace(what=hostile))["results"]
    text = result["message"]["text"]
    assert "](" not in text
    assert "{{0}}" in text
    assert r"\x1b[2J\n\xff\u202e" in text
    assert sarif.report([ERROR._replace(what=hostile)]).isascii()


def test_every_code_makes_a_rule() -> None:
    findings = [ERROR._replace(code=code) for code in CODES]
    assert [rule["id"] for rule in run(*findings)["tool"]["driver"]["rules"]] == sorted(CODES)
