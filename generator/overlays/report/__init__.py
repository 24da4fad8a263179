"""How findings and rendered data become text. Pure functions; REPORTERS is the table of --output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from overlays.model.finding import Finding
from overlays.report import github, json_, text

REPORTERS: Final[Mapping[str, Callable[[tuple[Finding, ...]], str]]] = MappingProxyType(
    {"text": text.report, "json": json_.report, "github": github.report}
)
"""--output of commands that report findings: name to writer of the sorted findings."""
