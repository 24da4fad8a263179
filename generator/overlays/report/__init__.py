"""How findings and rendered data become text. Pure functions; REPORTERS is the table of --output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from overlays.model.finding import Finding
from overlays.model.settings import Suppressed
from overlays.report import github, json_, junit, sarif, text


class Reporter(Protocol):
    """Writes sorted findings.

    existing: findings that were there before and are told apart; None when nobody asked which were.
    suppressed: findings that a configuration takes out, each told with its reason.
    """

    def __call__(
        self,
        findings: Sequence[Finding],
        existing: Sequence[Finding] | None = None,
        suppressed: Sequence[Suppressed] = (),
    ) -> str:
        """The whole report."""
        ...


REPORTERS: Final[Mapping[str, Reporter]] = MappingProxyType(
    {
        "text": text.report,
        "json": json_.report,
        "github": github.report,
        "sarif": sarif.report,
        "junit": junit.report,
    }
)
"""--output of commands that report findings, by name."""
