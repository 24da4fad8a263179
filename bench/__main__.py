"""Measure and write RESULTS.md beside this file: everything, or only the parts that are named ("render", "node")."""

from __future__ import annotations

import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping

from bench import catalog, diff, explain, install, lint, lock, merged, node_report, node_sync, render

RESULTS = pathlib.Path(__file__).parent / "RESULTS.md"
HEAD = (
    "# Results\n\nWritten by `make bench`. Times of one machine say little about another; ratios of paired runs do.\n"
)
PARTS: Mapping[str, Callable[[pathlib.Path], str]] = {
    "render": lambda folder: render.report(render.measure(folder)),
    "diff": lambda folder: diff.report(diff.measure(folder)),
    "explain": lambda folder: explain.report(explain.measure(folder)),
    "lint": lambda folder: lint.report(lint.measure(folder)),
    "catalog": lambda folder: catalog.report(catalog.measure(folder)),
    "lock": lambda folder: lock.report(lock.measure(folder)),
    "install": lambda folder: install.report(install.measure(folder)),
    "merged": lambda folder: merged.report(merged.measure(folder)),
    "node": lambda folder: node_report.report(node_sync.measure(folder)),
}
MARK = "<!-- {} -->\n"  # before each part, so that one can be measured anew without the others


def main(names: list[str]) -> None:
    """Run the measurements of these names, or all."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"bench: no part is called {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    texts = _written()
    for name in names or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            texts[name] = f"{PARTS[name](pathlib.Path(folder))}\n{_machine(folder)}"
        RESULTS.write_text(HEAD + "".join("\n" + MARK.format(part) + texts[part] for part in PARTS if part in texts))
        print(texts[name])


def _written() -> dict[str, str]:
    """The parts of RESULTS.md as it is."""
    pieces = re.split(r"\n<!-- ([a-z]+) -->\n", RESULTS.read_text() if RESULTS.exists() else "")
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _machine(folder: str) -> str:
    files = subprocess.run(["stat", "-f", "-c", "%T", folder], check=True, capture_output=True, text=True).stdout
    return (
        f"Measured with {os.cpu_count()} cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}, files on {files.strip()}.\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
