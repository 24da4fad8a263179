"""overlays status: which versions of what were in play on nodes and in pods."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import click

from overlays.cli.file import FILE
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.core.loaded import apart
from overlays.errors import InvalidInput
from overlays.io.loaded import load
from overlays.io.source import Sources
from overlays.model.finding import Finding
from overlays.model.loaded import Document
from overlays.report import text
from overlays.report.loaded import as_json, as_text

AT_ONCE: Final = 8
"""Documents that are read at the same time."""


@click.command()
@click.argument("documents", nargs=-1, required=True, type=FILE, metavar="FILE|URL...")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Format.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when the documents differ.")
def status(documents: tuple[str, ...], output: str, detailed_exitcode: bool) -> int:
    """Tell which versions nodes and pods have, and where they differ.

    Reads .status.json of caches and installed.json of workspaces: files, - or http and https URLs, at most 16 MiB each.
    One that cannot be read is an error; the others are told of all the same.

    \b
    Examples:
      overlays status node-1.json node-2.json
      overlays status --output json installed.json
      overlays status --detailed-exitcode node-1.json installed.json
    """
    streams = Streams.standard()
    found, wrong = _loaded(documents)
    differences = apart(found)
    if found:
        streams.write((as_json if output == "json" else as_text)(found, differences))
    streams.tell(text.report(wrong))
    if wrong:
        return Exit.INVALID
    return Exit.DRIFT if differences and detailed_exitcode else Exit.OK


def _loaded(names: Sequence[str]) -> tuple[list[Document], list[Finding]]:
    """In the order of the names: servers may be slow, so several are asked at once."""
    sources = Sources()
    found: list[Document] = []
    wrong: list[Finding] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for job in [pool.submit(load, name, sources) for name in names]:
            try:
                found.append(job.result())
            except InvalidInput as error:
                wrong += error.findings
    return found, wrong
