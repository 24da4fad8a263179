"""Findings as a configuration wants them: other severities, and what is suppressed apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from overlays.core.glob import matches
from overlays.model.finding import Finding, Severity
from overlays.model.settings import Settings, Suppressed, Suppression


class Settled(NamedTuple):
    """findings: those that count. suppressed: those that do not, each with its reason."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()


def settle(findings: Iterable[Finding], settings: Settings, path_of: Callable[[str], str]) -> Settled:
    """Apply severities, then suppressions. path_of: a file as it is shown to its path for the globs."""
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        severity = settings.severities.get(finding.code, finding.severity)
        if severity is None:
            continue
        finding = finding._replace(severity=severity)
        by = _suppression(finding, settings, path_of)
        if by is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding, by))
    return Settled(tuple(kept), tuple(suppressed))


def _suppression(finding: Finding, settings: Settings, path_of: Callable[[str], str]) -> Suppression | None:
    for one in settings.suppressions:
        if one.code == finding.code and matches(one.path, path_of(finding.where.file)):
            return one
    return None


def stale(settings: Settings, suppressed: Iterable[Suppressed]) -> tuple[Finding, ...]:
    """A finding for each suppression that suppressed nothing."""
    used = {one.by for one in suppressed}
    severity = settings.severities.get("OVL597", Severity.WARNING)
    if severity is None:
        return ()
    why, hint = "it would hide the next finding of that kind", "remove it, or correct its code or path"
    return tuple(
        Finding(one.where, "OVL597", "", f"nothing is suppressed: no {one.code} in {one.path!r}", why, hint, severity)
        for one in settings.suppressions
        if one not in used
    )
