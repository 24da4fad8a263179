"""Which findings are new: those that were there before are told apart, so that they fail nobody's branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from overlays.model.finding import Finding


class Apart(NamedTuple):
    """Findings of now, in their order; existing: those that were there before."""

    new: tuple[Finding, ...]
    existing: tuple[Finding, ...]


def apart(findings: Iterable[Finding], before: Iterable[Finding]) -> Apart:
    """Split the findings of now. Two are the same when code, file and observation are: lines move.

    Of several equal ones as many existed as there were before.
    """
    left = Counter(map(_key, before))
    new: list[Finding] = []
    existing: list[Finding] = []
    for finding in findings:
        known = left[_key(finding)] > 0
        left[_key(finding)] -= known
        (existing if known else new).append(finding)
    return Apart(tuple(new), tuple(existing))


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.where.file, finding.what
