"""Findings as a configuration wants them: other severities, and what is suppressed apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from overlays.core.glob import Globs
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
    by_code = _by_code(settings.suppressions)
    for finding in findings:
        severity = settings.severities.get(finding.code, finding.severity)
        if severity is None:
            continue
        finding = finding._replace(severity=severity)
        own, globs = by_code.get(finding.code, _NONE)
        first = globs.first(path_of(finding.where.file)) if own else None
        if first is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding, own[first]))
    return Settled(tuple(kept), tuple(suppressed))


def _by_code(suppressions: Iterable[Suppression]) -> dict[str, tuple[list[Suppression], Globs]]:
    """Those of each code, in their order, with their globs."""
    found: dict[str, list[Suppression]] = {}
    for one in suppressions:
        found.setdefault(one.code, []).append(one)
    return {code: (own, Globs(one.path for one in own)) for code, own in found.items()}


_NONE: Final[tuple[list[Suppression], Globs]] = ([], Globs(()))


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
