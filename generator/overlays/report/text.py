"""Findings for people: one line that editors make a link of, and the hint below it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from overlays.model.finding import Finding

# Control characters, and the marks that reorder or hide text on a screen.
_UNSAFE = "[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"


def report(findings: Iterable[Finding]) -> str:
    """`file:line:column: severity CODE: what: why` and an indented hint for each finding; "" for none."""
    return "".join(_finding(finding) for finding in findings)


def _finding(finding: Finding) -> str:
    head = f"{finding.where}: {finding.severity.value} {finding.code}: {finding.what}: {finding.why}"
    return f"{safe(head)}\n  hint: {safe(finding.hint)}\n"


def safe(text: str) -> str:
    """Text on one line that cannot steer a terminal: such characters as escapes."""
    return re.sub(_UNSAFE, lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
