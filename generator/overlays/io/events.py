"""Events of the YAML parser, and what its scalars mean to Helm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yaml._yaml import CParser

from overlays.helm.scalar import TAG_PREFIX, Exact, exact, exact_tagged


def read_events(text: str) -> Iterator[Any]:
    """All events of the text. Raises yaml.YAMLError where the YAML is wrong."""
    next_event: Any = CParser(text).get_event
    event = next_event()
    while event is not None:
        yield event
        event = next_event()


def exact_scalar(event: Any) -> Exact:
    """Value of a scalar event, an integer as int. Raises ValueError with a one-line reason."""
    if event.tag is not None:
        return exact_tagged(event.tag, event.value)
    return event.value if event.style else exact(event.value)


def is_merge(event: Any) -> bool:
    """Whether a key is `<<`, plain or so tagged (the non-specific tag `!` makes even a quoted one so)."""
    return bool(event.value == "<<" and (event.implicit[0] or event.tag == f"{TAG_PREFIX}merge"))
