"""JUnit XML: it is XML, it counts right, and it says what a CI system shows."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from overlays.model.finding import Finding, Location, Severity
from overlays.report import junit

ERROR = Finding(Location("tools/a", 3, 7), "OVL534", "", "a link", "why", "hint")
WARNING = Finding(Location("tools/x"), "OVL539", "", "a bit", "why", "hint", Severity.WARNING)


def suite(*findings: Finding, existing: tuple[Finding, ...] | None = None) -> ElementTree.Element:
    """The one suite, after its numbers and those of the root are checked."""
    root = ElementTree.fromstring(junit.report(findings, existing))
    assert (root.tag, [child.tag for child in root]) == ("testsuites", ["testsuite"])
    (one,) = root
    for element in (root, one):
        assert element.get("name") == "overlays"
        assert element.get("tests") == str(len(one))
        assert element.get("failures") == str(len(one.findall("testcase/failure")))
        assert element.get("skipped") == str(len(one.findall("testcase/skipped")))
        assert element.get("errors") == "0"
    return one


def test_nothing_is_one_test_that_passes() -> None:
    (case,) = suite()
    assert (case.get("name"), list(case)) == ("no findings", [])


def test_an_error_fails_and_a_warning_is_skipped() -> None:
    error, warning = suite(ERROR, WARNING)
    assert {name: error.get(name) for name in ("classname", "name", "file", "line")} == {
        "classname": "tools/a",
        "name": "OVL534 3:7: a link",
        "file": "tools/a",
        "line": "3",
    }
    (failure,) = error
    assert (failure.tag, failure.get("type"), failure.get("message")) == ("failure", "OVL534", "a link")
    assert failure.text == "tools/a:3:7: OVL534: a link: why. Hint: hint"
    (skipped,) = warning
    assert (skipped.tag, skipped.get("message")) == ("skipped", "warning: a bit: why. Hint: hint")
    assert warning.get("line") is None


def test_findings_of_the_base_fail_nothing() -> None:
    (case,) = suite(existing=(ERROR,))
    (skipped,) = case
    assert skipped.get("message") == "existing error: a link: why. Hint: hint"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("</failure><x a='1'>&amp;\"", "</failure><x a='1'>&amp;\""),
        ("]]>", "]]>"),
        ("\0\x1b\t\n\x7f", r"\x00\x1b\t\n\x7f"),
        ("\udcff\ud800\ufffe\uffff", "\\xff\\ud800\\ufffe\\uffff"),
        ("<!DOCTYPE x [<!ENTITY e 'y'>]>&e;", "<!DOCTYPE x [<!ENTITY e 'y'>]>&e;"),
    ],
)
def test_hostile_texts_stay_text(text: str, shown: str) -> None:
    hostile = Finding(Location(text, 1, 1), "OVL534", "", text, text, text)
    (case,) = suite(hostile)
    assert case.get("classname") == shown
    assert case.find("failure") is not None
    assert case[0].get("message") == shown
