"""The writers of `overlays diff`; WRITERS is the table of --output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from overlays.model.difference import Difference
from overlays.report.difference import json_, markdown, text

WRITERS: Final[Mapping[str, Callable[[Difference], str]]] = MappingProxyType(
    {"text": text.report, "json": json_.report, "markdown": markdown.report}
)
"""Name to writer of a difference."""
