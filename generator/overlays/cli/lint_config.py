"""Which configuration a run of lint has, and what it makes of the findings."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import click

from overlays.cli.file import FILE
from overlays.content.hygiene.secrets import redacted
from overlays.core.settle import settle, stale
from overlays.errors import InvalidInput
from overlays.model.finding import Finding
from overlays.model.portability import SPEC
from overlays.model.settings import NONE, Settings, Suppressed

Command = TypeVar("Command", bound=Callable[..., Any])


class Configured:
    """The configurations of one run, and what they took out.

    file: the one that the user named, None to look for one. off: none at all. profiles: what the command line says.
    """

    def __init__(self, file: str | None, profiles: tuple[str, ...], *, off: bool) -> None:
        self.file, self.profiles, self.off = file, profiles, off
        self.suppressed: list[Suppressed] = []
        self.seen: list[Settings] = []

    def of(self, folder: pathlib.Path, named: str) -> Settings:
        """That of a directory. Raises InvalidInput OVL598 and OVL599."""
        from overlays.io.lint_config import find, read

        try:
            found = NONE if self.off else find(folder, named) if self.file is None else read(self.file)
        except InvalidInput as error:
            raise InvalidInput(*map(_redacted, error.findings)) from None
        suppressions = tuple(one._replace(reason=redacted(one.reason)) for one in found.suppressions)
        found = found._replace(suppressions=suppressions)
        found = found._replace(profiles=self.profiles or found.profiles or (SPEC,))
        if found not in self.seen:
            self.seen.append(found)
        return found

    @property
    def used_profiles(self) -> tuple[str, ...]:
        """Those of all configurations."""
        return tuple(dict.fromkeys(name for one in self.seen for name in one.profiles))

    def settle(
        self, findings: Iterable[Finding], settings: Settings, named: str, *, past: bool = False
    ) -> tuple[Finding, ...]:
        """The findings that count. named: how the user names the directory that globs begin in. past: of --base."""
        settled = settle(findings, settings, functools.partial(_below, named))
        if not past:
            self.suppressed += settled.suppressed
        return settled.findings

    def stale(self) -> list[Finding]:
        """What in the configurations has no effect, suppressions that were not needed among them."""
        return [_redacted(told) for one in self.seen for told in (*one.idle, *stale(one, self.suppressed))]


def _redacted(one: Finding) -> Finding:
    """A finding about a configuration, which quotes it."""
    return one._replace(what=redacted(one.what), why=redacted(one.why), hint=redacted(one.hint))


def _below(named: str, file: str) -> str:
    """A file as it is shown to its path in the directory; "." for that itself."""
    if named == ".":
        return file
    return "." if file == named else file.removeprefix(f"{named.rstrip('/')}/")


def config_options(command: Command) -> Command:
    """Add --config and --no-config; the command gets `config` and `no_config`."""

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        if given["config"] is not None and given["no_config"]:
            raise click.UsageError("--config and --no-config exclude each other")
        return command(**given)

    off = "Take no configuration, whatever the repository has."
    run = click.option("--no-config", "no_config", is_flag=True, help=off)(run)
    named = (
        "Configuration to take.  [default: overlays.toml, else pyproject.toml with [tool.overlays], in DIR; with -f in "
        "the working directory]"
    )
    run = click.option("--config", type=FILE, metavar="FILE", help=named)(run)
    return cast(Command, run)
