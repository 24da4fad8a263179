"""What one skill may cost."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """lines, warn_tokens: of the body; beyond them a warning comes. tokens: beyond them an error comes; None: never.

    files, size: number and bytes of all files of the skill, beyond which a warning comes.
    """

    lines: int = 500
    warn_tokens: int = 5000
    tokens: int | None = None
    files: int = 500
    size: int = 1 << 20


DEFAULT = Budget()
