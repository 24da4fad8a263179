"""overlays completion: what a shell needs to complete our commands."""

from __future__ import annotations

import click

from overlays.cli.status import Exit
from overlays.cli.streams import Streams

VARIABLE = "_OVERLAYS_COMPLETE"
"""What the scripts set when they ask; click derives it from the name of the program."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that completes commands in a shell.

    \b
    Examples:
      overlays completion bash > overlays.bash
      overlays completion zsh > _overlays
      overlays completion fish > overlays.fish
    """
    from click import shell_completion

    found = shell_completion.get_completion_class(shell)
    assert found is not None  # noqa: S101  (click has these three)
    Streams.standard().write(found(context.find_root().command, {}, "overlays", VARIABLE).source())
    return Exit.OK
