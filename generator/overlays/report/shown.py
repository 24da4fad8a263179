"""Text from repositories, which may hold anything, in what people read."""

from __future__ import annotations

from overlays.report.text import safe


def shown(text: str) -> str:
    r"""Text on one line that cannot steer a terminal; bytes that are no UTF-8 as \xff."""
    plain = text.encode("utf-8", "surrogateescape") if not text.isascii() else text
    return safe(plain if isinstance(plain, str) else plain.decode("utf-8", "backslashreplace"))
