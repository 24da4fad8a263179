"""Print chart/README.md: its text as it is, and the table of values from the comments of chart/values.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import yaml

from overlays import data

MARK: Final = "<!-- From here on written by `make gen-chart-readme`: the comments of values.yaml. -->\n"


class Row(NamedTuple):
    """One documented key."""

    path: str
    default: str
    text: str


def main() -> None:
    """Print the page."""
    chart = data.root() / "chart"
    print((chart / "README.md").read_text().partition(MARK)[0].rstrip())
    print(f"\n{MARK}\n## Values\n\n| key | default | |\n| --- | --- | --- |")
    for row in rows((chart / "values.yaml").read_text()):
        default = f"`` {row.default} ``" if "`" in row.default else f"`{row.default}`"
        print(f"| `{row.path}` | {default} | {row.text} |")


def rows(text: str) -> Iterator[Row]:
    """Every key of a values file that has a `# --` comment above it."""
    values = yaml.safe_load(text)
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if found := re.fullmatch(r" *# -- (.*)", line):
            comment = [found[1]]
        elif comment and (found := re.fullmatch(r" *# (.*)", line)):
            comment.append(found[1])
        elif found := re.match(r"((?:  )*)([A-Za-z]+):", line):
            path = [*path[: len(found[1]) // 2], found[2]]
            if comment:
                yield Row(".".join(path), _default(values, path), " ".join(comment).replace("|", "\\|"))
            comment = []
        else:
            comment = []


def _default(values: object, path: list[str]) -> str:
    for key in path:
        assert isinstance(values, dict)
        values = values[key]
    return json.dumps(values, ensure_ascii=False)


if __name__ == "__main__":
    main()
