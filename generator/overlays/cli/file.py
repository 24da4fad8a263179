"""The type of options and arguments that name a file or directory."""

from __future__ import annotations

from typing import Final

import click

FILE: Final = click.Path(readable=False)
"""Shells complete it. Whether it can be read or written is found out by doing so."""
