"""Suppressions: the first that fits holds, and many of them cost no more than few."""

from __future__ import annotations

import pytest

from overlays.core.settle import Settled, settle
from overlays.model.finding import Finding, Location, Severity
from overlays.model.settings import Settings, Suppression
from tests.support.steps import steps


def found(code: str, file: str) -> Finding:
    return Finding(Location(file, 1, 1), code, "", "what", "why", "hint", Severity.ERROR)


def by(line: int, code: str, path: str) -> Suppression:
    return Suppression(Location("overlays.toml", line, 1), code, path, "meant")


def of(findings: list[Finding], *suppressions: Suppression) -> Settled:
    return settle(findings, Settings(suppressions=suppressions), lambda file: file)


def test_the_first_of_the_code_that_means_the_path() -> None:
    one, other, third = by(1, "OVL584", "b/**"), by(2, "OVL584", "**/x.sh"), by(3, "OVL584", "a/x.sh")
    settled = of([found("OVL584", "a/x.sh"), found("OVL585", "a/x.sh"), found("OVL584", "b/x.sh")], one, other, third)
    assert [told.code for told in settled.findings] == ["OVL585"]
    assert [(told.finding.where.file, told.by) for told in settled.suppressed] == [("a/x.sh", other), ("b/x.sh", one)]


@pytest.mark.parametrize("glob", ["s{}/a.sh", "s{}/**", "s{}/*.sh"])
def test_eight_times_as_many_suppressions_cost_a_finding_nothing(glob: str) -> None:
    findings = [found("OVL584", f"s{at}/a.sh") for at in range(400)]

    def settled(number: int) -> int:
        suppressions = [by(at, "OVL584", glob.format(at)) for at in range(number)]
        assert len(of(findings, *suppressions).suppressed) == number
        making = steps(lambda: of([], *suppressions))
        return steps(lambda: of(findings, *suppressions)) - making

    assert settled(320) < 2.5 * settled(40)  # a glob that fits is looked at, the others are not
