"""Where the files that come with the program are: the chart and the schemas."""

from __future__ import annotations

import pathlib

_PACKAGED = pathlib.Path(__file__).parent / "_data"
_CHECKOUT = pathlib.Path(__file__).parents[2]


def root() -> pathlib.Path:
    """The directory that holds `chart` and `schemas`: in an installed wheel, or in a checkout of the project."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
