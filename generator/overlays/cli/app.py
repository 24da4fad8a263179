"""The command group, and the one place where a run ends: exit status and last words."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

import overlays
from overlays.cli.commands import Commands
from overlays.cli.status import Exit
from overlays.cli.streams import StdoutClosedError, Streams
from overlays.errors import InvalidInput, UsageError
from overlays.report import text


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(overlays.__version__, prog_name="overlays", message="%(prog)s %(version)s")
def app() -> None:
    """One list of Git repositories gives agents their tools, skills and prompts."""


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    status = _run(sys.argv[1:])
    # Everything is written and flushed; taking the interpreter down object by object costs a tenth of a small run.
    os._exit(status)


def _run(arguments: list[str]) -> int:
    streams = Streams.standard()
    try:
        return int(app.main(arguments, prog_name="overlays", standalone_mode=False) or Exit.OK)
    except click.exceptions.NoArgsIsHelpError as error:
        streams.tell(f"{error.format_message()}\n")
        return Exit.USAGE
    except click.UsageError as error:
        hint = f"\nTry '{error.ctx.command_path} --help'." if error.ctx else ""
        streams.tell(f"overlays: {text.safe(' '.join(error.format_message().split()))}{hint}\n")
        return Exit.USAGE
    except UsageError as error:
        streams.tell(f"overlays: {text.safe(str(error))}\n")
        return Exit.USAGE
    except InvalidInput as error:
        streams.tell(text.report(error.findings))
        return Exit.INVALID
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    except StdoutClosedError as error:
        streams.tell(f"overlays: {error}\n" if str(error) else "")
        return Exit.INVALID
    except Exception:
        _tell_bug(streams)
        return Exit.BUG


def _tell_bug(streams: Streams) -> None:
    import platform
    import traceback

    versions = f"overlays {overlays.__version__}, Python {platform.python_version()}, {platform.platform()}"
    streams.tell(f"overlays: this is a bug; please report it with what follows\n{versions}\n{traceback.format_exc()}")
