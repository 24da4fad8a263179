"""overlays chart-path: where the chart is."""

from __future__ import annotations

import click

from overlays import data
from overlays.cli.status import Exit
from overlays.cli.streams import Streams


@click.command(name="chart-path")
def chart_path() -> int:
    """Print the directory of the Helm chart that came along.

    \b
    Examples:
      helm template my-release "$(overlays chart-path)" -f values.yaml
    """
    Streams.standard().write(f"{data.root() / 'chart'}\n")
    return Exit.OK
