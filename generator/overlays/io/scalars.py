"""What a scalar event of the YAML parser means to Helm."""

from __future__ import annotations

from typing import Any

from overlays.helm.scalar import TAG_PREFIX, Exact, exact, exact_tagged


def exact_scalar(event: Any) -> Exact:
    """Value of a scalar event, an integer as int. Raises ValueError with a one-line reason."""
    if event.tag is not None:
        return exact_tagged(event.tag, event.value)
    return event.value if event.style else exact(event.value)


def is_merge(event: Any) -> bool:
    """Whether a key is `<<`, plain or so tagged (the non-specific tag `!` makes even a quoted one so)."""
    return bool(event.value == "<<" and (event.implicit[0] or event.tag == f"{TAG_PREFIX}merge"))
