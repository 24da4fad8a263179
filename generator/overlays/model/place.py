"""Where something stands in the merged values."""

from __future__ import annotations

from typing import TypeAlias

Pointer: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes: ("overlays", "sources", 0, "ref")."""
