"""overlays schema: the schemas as they are shipped."""

from __future__ import annotations

import click

from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.schema.check import schema_text


@click.command()
@click.argument(
    "name",
    type=click.Choice(["values", "lock", "findings", "portability", "diff", "explain", "catalog", "skills", "status"]),
)
def schema(name: str) -> int:
    """Print a JSON schema: of an input, or of a JSON output.

    \b
    Examples:
      overlays schema values
      overlays schema lock
      overlays schema findings
    """
    Streams.standard().write(schema_text(name).decode())
    return Exit.OK
