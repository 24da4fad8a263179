"""How many tokens a text costs: one estimate for lint, budgets and catalogs."""

from __future__ import annotations

from typing import Final

BYTES_PER_TOKEN: Final = 4


def estimated(data: bytes) -> int:
    """An estimate, not a count: one token for every four bytes of UTF-8, rounded up.

    Models cut texts in different ways; the bytes are the same for all, so they are printed beside it.
    """
    return -(-len(data) // BYTES_PER_TOKEN)
