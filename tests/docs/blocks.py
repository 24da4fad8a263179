"""The code blocks of a Markdown page, and what they do when a reader follows it.

```yaml title=NAME    the block is the content of the file NAME
```sh                 every command must succeed; what it prints does not matter
```console            lines that begin with "$ " are commands ("> " continues one); what follows is their exact output
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from docs.gen.shell import run

_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """line: 1-based, of the fence. info: the words after it."""

    line: int
    info: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order; those of list items without their indentation."""
    for found in _FENCE.finditer(page):
        text = re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE)
        yield Block(page.count("\n", 0, found.start()) + 1, found[2].strip(), text)


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """(command, output) of a console block. Raises ValueError: text before the first command."""
    command = ""
    output = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:].rstrip("\n"), ""
        elif command.endswith("\\") and not output and line.startswith("> "):
            command += "\n" + line[2:].rstrip("\n")
        elif not command:
            raise ValueError(f"no command before {line!r}")
        else:
            output += line
    if command:
        yield command, output


def follow(block: Block, folder: pathlib.Path, bin_: pathlib.Path, environment: Mapping[str, str] | None = None) -> str:
    """Do what a block says in a folder. What went otherwise than the page says; "" when nothing did."""
    kind, _, rest = block.info.partition(" ")
    if rest.startswith("title="):
        file = folder / rest.removeprefix("title=")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text)
        return ""
    if kind == "sh":
        ran = run(f"set -e\n{block.text}", folder, bin_, environment)
        return f"exit status {ran.code}\n{ran.output}" if ran.code else ""
    if kind == "console":
        for command, want in commands(block.text):
            got = run(command, folder, bin_, environment).output
            if got != want:
                return f"$ {command}\n--- the page says\n{want}--- it prints\n{got}"
    return ""
