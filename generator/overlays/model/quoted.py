"""Text of users in quotes."""

from __future__ import annotations

import re


def quoted(text: str) -> str:
    r"""As repr has it, but bytes of a name that are no UTF-8 as \xff, which is how they are shown everywhere."""
    return respelt(repr(text))


def respelt(made: str) -> str:
    """A text in which another program has put repr of such names: spelt as quoted does."""
    if "\\udc" not in made:
        return made
    return re.sub(r"(?<!\\)((?:\\\\)*)\\udc([89a-f][0-9a-f])", r"\1\\x\2", made)
