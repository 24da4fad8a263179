"""Moves the sources of a values file from toolServer to overlays.sources, by line: all else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from overlays.io.edit.by_line import in_lines
from overlays.io.edit.in_brackets import in_brackets
from overlays.io.edit.lines import BREAKS, edited
from overlays.io.edit.site import read_site
from overlays.model.migration import Wanted


def with_sources(name: str, text: str, own: Mapping[str, Any], wanted: Wanted) -> str:
    """The text with the sources in overlays.sources. Whether it says the same is not checked here.

    text: of a file that could be read. own: its value.
    Raises InvalidInput OVL312: what is to move stands where it cannot be moved. OVL313: it has no effect.
    """
    site = read_site(name, text, own, wanted)
    server = site.server[1] if site.server else None
    brackets = (site.root is not None and site.root.flow) or (server is not None and server.flow and site.moving)
    edits = in_brackets(site) if brackets else in_lines(site)
    result = edited(text, 0, len(text), edits)
    if text and text[-1] not in BREAKS and result[-1:] in [*BREAKS]:
        result = result[: -2 if result.endswith("\r\n") else -1]
    return result
