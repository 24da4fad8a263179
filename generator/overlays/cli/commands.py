"""The table of commands, by what people come for. A command's module is imported when the command is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Check and render a list": ("validate", "render"),
        "Change a list safely": ("diff", "migrate", "lock"),
        "Look into repositories, nodes and pods": ("explain", "catalog", "lint", "skills", "report", "status"),
    }
)
"""Section of the help to its commands. Command "some-name" is the object `some_name` of the module of that name."""
MODULES: Final[Mapping[str, str]] = MappingProxyType({"status": "loaded"})
"""Commands whose module has another name."""
OTHER: Final = ("schema", "chart-path", "completion")
"""Those that are named without a word: the page has to fit a screen."""


class Commands(click.Group):
    """The commands of SECTIONS, and OTHER."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, section by section."""
        return [name for names in (*SECTIONS.values(), OTHER) for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"overlays.cli.{MODULES.get(name, name)}"), name)
        assert isinstance(command, click.Command)  # noqa: S101  (for mypy)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, and the two options in one line: the page has to fit a screen."""
        self.format_commands(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(f"Other: {', '.join(OTHER)}.")
        formatter.write_text("Options: --version, and -h or --help, also after each command.")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One list per section, each command with the first sentence of its help."""
        longest = max(map(len, self.list_commands(ctx)))
        for title, names in SECTIONS.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                assert command is not None  # noqa: S101  (for mypy)
                rows.append((name.ljust(longest), command.get_short_help_str(formatter.width - 6 - longest)))
            with formatter.section(title):
                formatter.write_dl(rows)
