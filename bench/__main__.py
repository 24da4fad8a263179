"""Measure everything and write RESULTS.md beside this file."""

from __future__ import annotations

import os
import pathlib
import platform
import tempfile

from bench import render

RESULTS = pathlib.Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Run all measurements on this machine."""
    with tempfile.TemporaryDirectory() as directory:
        text = "\n".join([_head(), render.report(render.measure(pathlib.Path(directory)))])
    RESULTS.write_text(text)
    print(text)


def _head() -> str:
    return (
        "# Results\n\n"
        "Written by `make bench`. Times of one machine say little about another; ratios of paired runs do.\n\n"
        f"Machine: {os.cpu_count()} cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}.\n"
    )


if __name__ == "__main__":
    main()
