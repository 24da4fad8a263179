"""-o and --check: what becomes of a rendered text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import click

from overlays.cli.file import FILE
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.io.output import difference, write_if_changed

Command = TypeVar("Command", bound=Callable[..., Any])


class Target(NamedTuple):
    """written: of -o. check: of --check. None where the flag is not there; never both."""

    written: str | None
    check: str | None


def target_options(command: Command) -> Command:
    """Add -o and --check; the command gets `target` (Target)."""

    @functools.wraps(command)
    def run(written: str | None, check: str | None, **rest: Any) -> Any:
        if written == "" or check == "":
            raise click.UsageError("-o and --check need the name of a file")
        if written is not None and check is not None:
            raise click.UsageError("-o and --check exclude each other: one writes the file, the other compares it")
        return command(target=Target(written, check), **rest)

    for option in reversed(_OPTIONS):
        run = option(run)
    return cast(Command, run)


_OPTIONS = (
    click.option(
        "-o",
        "written",
        type=FILE,
        metavar="FILE",
        help="Write FILE (- is standard output), by rename and only if its bytes differ.",
    ),
    click.option(
        "--check",
        type=FILE,
        metavar="FILE",
        help="Compare with FILE (- is standard input) instead of printing; exit 2 on a difference.",
    ),
)


def deliver(streams: Streams, rendered: str, target: Target, status: Exit = Exit.OK) -> Exit:
    """Print, write or compare the text. The exit status: the given one, or that of a difference if that is OK.

    Raises InvalidInput: a file cannot be read or written.
    """
    if target.check is not None:
        drift = difference(target.check, rendered.encode())
        streams.tell(drift)
        return Exit.DRIFT if drift and status is Exit.OK else status
    if target.written is not None and target.written != "-":
        write_if_changed(target.written, rendered.encode())
    else:
        streams.write(rendered)
    return status
