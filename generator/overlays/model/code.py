"""What there is to say of a kind of finding."""

from __future__ import annotations

from typing import Final, NamedTuple

from overlays.model.finding import Severity


class Code(NamedTuple):
    """title: lower case, one line. explanation: Markdown, why it matters and what to do."""

    title: str
    explanation: str
    severity: Severity = Severity.ERROR


W: Final = Severity.WARNING
