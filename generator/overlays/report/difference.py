"""The writers of `overlays diff`; WRITERS is the table of --output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from overlays.model.difference import Difference
from overlays.report import difference_json, difference_markdown, difference_text

WRITERS: Final[Mapping[str, Callable[[Difference], str]]] = MappingProxyType(
    {"text": difference_text.report, "json": difference_json.report, "markdown": difference_markdown.report}
)
"""Name to writer of a difference."""
