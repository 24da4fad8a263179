"""Findings as JUnit XML, which CI systems show as test results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overlays.model.finding import Finding, Severity
from overlays.model.settings import Suppressed
from overlays.report.text import safe


def report(
    findings: Iterable[Finding], existing: Sequence[Finding] | None = None, suppressed: Sequence[Suppressed] = ()
) -> str:
    """One test case a finding; without a finding there is one test that passes.

    An error fails. A warning is skipped, since CI systems show the text of a skipped test and not that of a passed one.
    existing: findings that were there before: skipped, too. suppressed: as well, with the reason.
    """
    new = list(findings)
    failed = sum(finding.severity is Severity.ERROR for finding in new)
    cases = [_new(finding) for finding in new]
    cases += [_case(finding, _skipped(f"existing {finding.severity.value}", finding)) for finding in existing or ()]
    cases += [_suppressed(one) for one in suppressed]
    skipped = len(cases) - failed
    if not cases:
        cases = ['    <testcase classname="overlays" name="no findings" time="0"/>\n']
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}" time="0"'
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="overlays" {counts}>\n'
    return f'{head}  <testsuite name="overlays" {counts}>\n{"".join(cases)}  </testsuite>\n</testsuites>\n'


def _new(finding: Finding) -> str:
    if finding.severity is not Severity.ERROR:
        return _case(finding, _skipped(finding.severity.value, finding))
    text = xml(f"{finding.where}: {finding.code}: {finding.what}: {finding.why}. Hint: {finding.hint}")
    return _case(finding, f'<failure type="{finding.code}" message="{xml(finding.what)}">{text}</failure>')


def _suppressed(one: Suppressed) -> str:
    text = f"suppressed {one.finding.severity.value}: {one.finding.what}: {one.finding.why}. Reason: {one.by.reason}"
    return _case(one.finding, f'<skipped message="{xml(text)}"/>')


def _case(finding: Finding, content: str) -> str:
    where = finding.where
    place = f"{where.line}:{where.column}: " if where.line else ""
    name = xml(f"{finding.code} {place}{finding.what}")
    line = f' line="{where.line}"' if where.line else ""
    file = xml(where.file)
    head = f'    <testcase classname="{file}" name="{name}" file="{file}"{line} time="0">\n'
    return f"{head}      {content}\n    </testcase>\n"


def _skipped(kind: str, finding: Finding) -> str:
    return f'<skipped message="{xml(f"{kind}: {finding.what}: {finding.why}. Hint: {finding.hint}")}"/>'


def xml(text: str) -> str:
    """Text for an element or an attribute in double quotes, without the characters that XML 1.0 forbids."""
    plain = safe(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    for char, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        plain = plain.replace(char, f"&{name};")
    return plain
