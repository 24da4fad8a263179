"""The flags of every command that takes values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from overlays.cli.file import FILE
from overlays.io.values import Inputs

Command = TypeVar("Command", bound=Callable[..., Any])


_RELEASE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_MAX_RELEASE = 53


def values_options(command: Command) -> Command:
    """Add the values flags; the command gets `inputs` (Inputs) and `release` (str)."""

    def run(
        values: tuple[str, ...],
        set_: tuple[str, ...],
        set_string: tuple[str, ...],
        set_json: tuple[str, ...],
        set_file: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        return command(inputs=Inputs(values, set_, set_string, set_json, set_file), **rest)

    run.__doc__, run.__name__ = command.__doc__, command.__name__
    for option in reversed(_OPTIONS):
        run = option(run)
    return cast(Command, run)


def _release(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(_RELEASE, value) or len(value) > _MAX_RELEASE:
        raise click.BadParameter(
            f"{value!r} is no release name: lower-case letters, digits, '-' and '.', at most {_MAX_RELEASE} characters"
        )
    return value


_OPTIONS = (
    click.option(
        "-f",
        "--values",
        multiple=True,
        type=FILE,
        metavar="FILE",
        help="Values file; '-' is standard input. Repeatable, also as a comma list; later files win.",
    ),
    click.option("--set", "set_", multiple=True, metavar="KEY=VALUE", help="Set values, as in Helm."),
    click.option("--set-string", multiple=True, metavar="KEY=TEXT", help="Set values as text, as in Helm."),
    click.option("--set-json", multiple=True, metavar="KEY=JSON", help="Set values from JSON, as in Helm."),
    click.option("--set-file", multiple=True, metavar="KEY=FILE", help="Set values to the text of files, as in Helm."),
    click.option(
        "--release",
        default="agent-overlays",
        show_default=True,
        metavar="NAME",
        callback=_release,
        help="Release name, from which names of objects are made.",
    ),
)
