"""Names of the rendered objects that values depend on (contract 1.4)."""

from __future__ import annotations

CHART = "agent-overlays"
MAX_LENGTH = 52
"""Longest full name: what controllers append must still fit a label of 63 characters."""


def fullname(release: str, name_override: str, fullname_override: str) -> str:
    """`fullnameOverride`, else the release if it contains the chart name, else "<release>-<name>"; at most 52 bytes."""
    name = name_override or CHART
    full = fullname_override or (release if name in release else f"{release}-{name}")
    return full[:MAX_LENGTH].rstrip("-")
