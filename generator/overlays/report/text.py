"""Findings for people: one line that editors make a link of, and the hint below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from overlays.model.finding import Finding
from overlays.model.settings import Suppressed

# Control characters, the marks that reorder or hide text on a screen, and bytes that are no UTF-8.
_UNSAFE = (
    "[\0-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def report(
    findings: Iterable[Finding], existing: Sequence[Finding] | None = None, suppressed: Sequence[Suppressed] = ()
) -> str:
    """`file:line:column: severity CODE: what: why` and an indented hint for each finding; "" for none.

    existing: findings to be told apart, in a section of their own; suppressed: in another one, with the reason.
    """
    new = "".join(_finding(finding) for finding in findings)
    old = "".join(_finding(finding) for finding in existing or ())
    out = "".join(_suppressed(one) for one in suppressed)
    sections = [new, old and f"These were there before:\n{old}", out and f"These are suppressed:\n{out}"]
    return "\n".join(section for section in sections if section)


def _finding(finding: Finding) -> str:
    head = f"{finding.where}: {finding.severity.value} {finding.code}: {finding.what}: {finding.why}"
    return f"{safe(head)}\n  hint: {safe(finding.hint)}\n"


def _suppressed(one: Suppressed) -> str:
    head = f"{one.finding.where}: {one.finding.severity.value} {one.finding.code}: {one.finding.what}"
    return f"{safe(head)}\n  reason: {safe(one.by.reason)} ({safe(str(one.by.where))})\n"


def safe(text: str) -> str:
    r"""Text on one line that cannot steer a terminal: such characters as escapes, bytes that are no UTF-8 as \xff."""
    return re.sub(_UNSAFE, _escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else match[0].encode("unicode_escape").decode("ascii")
