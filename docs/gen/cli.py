"""Print docs/cli.md: every command with its help, from the command tree itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from overlays.cli.app import app
from overlays.cli.status import Exit

HEAD = """\
# Commands

Data goes to standard output, everything else to standard error. `-f`, `--set`, `--set-string`, `--set-json` and
`--set-file` mean what they mean in Helm, in the same order of precedence: files in their order, then `--set-json`,
`--set`, `--set-string`, `--set-file`. Without `-f` the values are the chart's defaults. `-` is standard input.

| exit status | |
| --- | --- |"""

MEANING = {
    Exit.OK: "fine; warnings may have been printed",
    Exit.INVALID: "an error in the input, or a file that cannot be read or written: nothing is rendered or written. Or "
    "an error that `validate`, `lint`, `explain`, `catalog`, `report` or `lock --check` tells of, whose result is "
    "printed or written all the same",
    Exit.DRIFT: "`--check`, `diff --detailed-exitcode` or `catalog --diff --detailed-exitcode` found a difference",
    Exit.USAGE: "wrong usage: an unknown flag, flags that exclude each other, a malformed `--set`",
    Exit.BUG: "a bug of ours; the only case that prints a traceback",
    Exit.INTERRUPTED: "interrupted",
}


def commands(command: click.Command, parent: click.Context | None, name: str) -> Iterator[tuple[str, str]]:
    """Path and help of a command and of all below it."""
    settings = {**command.context_settings, "terminal_width": 100}
    context = click.Context(command, parent, info_name=name, **settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from commands(found, context, child)


def main() -> None:
    """Print the page."""
    print(HEAD)
    for status in sorted(Exit):
        print(f"| {int(status)} | {MEANING[status]} |")
    for path, text in commands(app, None, "overlays"):
        print(f"\n## `{path}`\n\n```text\n{text}\n```")


if __name__ == "__main__":
    main()
