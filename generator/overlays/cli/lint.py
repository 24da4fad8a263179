"""overlays lint: everything about the content of overlay repositories."""

from __future__ import annotations

import functools
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import click

from overlays.cli.agents_seen import builtins_of, builtins_option
from overlays.cli.contents import Origin, contents_options
from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.lint_config import Configured, config_options
from overlays.cli.verdict import conclude, conclude_portability, output_option, strict_option
from overlays.content.codes import UNSEEN
from overlays.content.lint.repository import Examined, Repository, examine
from overlays.core.existing import Apart, apart
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Finding, Severity
from overlays.model.portability import PROFILES, Row

Command = TypeVar("Command", bound=Callable[..., Any])

_PLACES: Final = {
    "tools": ("--tools-subdir", "tools"),
    "workflows": ("--workflows-subdir", "workflows"),
    "skills": ("--skills-subdir", ".agents/skills"),
    "personas": ("--personas-subdir", ""),
    "prompt": ("--prompt-path", ""),
}
"""Surface to its flag, and where it is without that."""


def _places_options(command: Command) -> Command:
    """Add the flags that say where the surfaces are; the command gets `places`, those that were given."""

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        places = {surface: given.pop(f"{surface}_place") for surface in _PLACES}
        return command(places={key: path for key, path in places.items() if path is not None}, **given)

    for surface, (flag, default) in reversed(_PLACES.items()):
        shown = f"With DIR: its {surface}; '' for none.  [default: {default or 'none'}]"
        run = click.option(flag, f"{surface}_place", metavar="PATH", callback=_path, help=shown)(run)
    return cast(Command, run)


def _path(_context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value:
        import json
        import re

        from overlays.schema.check import schema_text

        definition = json.loads(schema_text("values"))["definitions"]["subdir"]
        if re.search(definition["not"]["pattern"], value):
            raise click.BadParameter(f"{value!r} is no relative path in normal form")
    return value


@click.command()
@click.argument("directories", nargs=-1, type=FILE, metavar="[DIR]...")
@output_option
@strict_option
@click.option(
    "--base",
    metavar="REV",
    help="Only what is new since REV fails. With -f its lock file says what was in the sources; not with --checkouts.",
)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    type=click.Choice(PROFILES),
    help="Readers for which skills are meant: what one of them skips, mangles or refuses is an error, besides what the "
    "specification forbids. Repeatable; all: every reader that is known.  "
    "[default: what the configuration says, else spec]",
)
@click.option(
    "--portability",
    is_flag=True,
    help="Instead of findings a table of what each reader makes of each skill, as text or, with --output json, JSON. "
    "Exits with 1 if a reader of --profile loses one or takes it wrongly.",
)
@builtins_option
@config_options
@_places_options
@contents_options
@values_options
def lint(
    directories: tuple[str, ...],
    inputs: Inputs,
    release: str,
    origin: Origin,
    places: Mapping[str, str],
    output: str,
    strict: bool,
    base: str | None,
    profiles: tuple[str, ...],
    portability: bool,
    builtins: str | None,
    config: str | None,
    no_config: bool,
) -> int:
    """Check the content of overlay repositories.

    Layout, names, links, sizes, permissions, workflow names, every SKILL.md; with values also what shadows what,
    and whether agents find what they name. Exits with 1 if a finding is an error (with --strict also if one is a
    warning).

    \b
    Examples:
      overlays lint checkouts/acme/team-overlay
      overlays lint checkouts/acme/team-overlay --base origin/main --output sarif
      overlays lint checkouts/acme/team-overlay --profile cao --profile claude
      overlays lint checkouts/acme/team-overlay --portability
      overlays lint -f values.yaml --checkouts checkouts
      overlays lint -f values.yaml --base origin/main --strict
    """
    with_values = any(inputs)
    _check_usage(directories, with_values, origin, places, base)
    _check_portability(portability, output, base)
    if builtins is not None and directories:
        raise click.UsageError("--builtins goes with -f: agents are in the values")
    rows: list[Row] = []
    configured = Configured(config, profiles, off=no_config)
    try:
        if with_values:
            from overlays.cli.lint_list import lint_list

            found = lint_list(inputs, release, origin, base, configured, rows, builtins_of(builtins))
        else:
            found = _directories(directories, places, base, configured, rows)
    except InvalidInput as error:
        found, portability = Apart(error.findings, ()), False
    unseen = [one for one in found.new if one.code in UNSEEN and (strict or one.severity is Severity.ERROR)]
    if portability and unseen:  # a table would be silent about what is not in it
        return conclude(unseen, output, strict=strict)
    if portability:
        return conclude_portability(rows, configured.used_profiles, output, strict=strict)
    existing = None if base is None else found.existing
    suppressed = sorted(configured.suppressed, key=lambda one: one.finding)
    return conclude(found.new, output, strict=strict, existing=existing, suppressed=suppressed)


def _check_usage(
    directories: tuple[str, ...], with_values: bool, origin: Origin, places: Mapping[str, str], base: str | None
) -> None:
    if with_values == bool(directories):
        raise click.UsageError(
            "name directories, or values with -f" if not with_values else "DIR and -f exclude each other"
        )
    if "" in directories:
        raise click.UsageError("DIR needs the name of a directory")
    if base == "":
        raise click.UsageError("--base needs a revision")
    if with_values and places:
        flag = _PLACES[next(iter(places))][0]
        raise click.UsageError(f"{flag} goes with DIR: the values say where the items of a source are")
    if directories and origin.checkouts is not None:
        raise click.UsageError("--checkouts goes with -f: a DIR is looked at as it is")
    if base is not None and origin.checkouts is not None:
        raise click.UsageError(
            "--checkouts shows no files of --base: lint each checkout, as DIR, with --base, "
            "or leave --checkouts out, so that the lock file of that revision is used"
        )


def _check_portability(portability: bool, output: str, base: str | None) -> None:
    if portability and output not in ("text", "json"):
        raise click.UsageError(f"--portability is text or json, not {output}")
    if portability and base is not None:
        raise click.UsageError("--portability says how skills are now: leave --base out")


def _directories(
    directories: tuple[str, ...], places: Mapping[str, str], base: str | None, configured: Configured, rows: list[Row]
) -> Apart:
    """Findings; what readers make of skills is added to `rows`."""
    from overlays.io import worktree

    paths = {surface: places.get(surface, default) for surface, (_, default) in _PLACES.items()}
    subdirs = {surface: path for surface, path in paths.items() if path}
    found: set[Finding] = set()
    before: set[Finding] = set()
    for name in dict.fromkeys(directories):
        root = pathlib.Path(name)
        named = _named(name)
        settings = configured.of(root, named)
        profiles = frozenset(settings.profiles)
        here = Repository(root, named, subdirs, worktree.ignored(root), profiles, budget=settings.budget)
        examined: Examined = examine(here)
        found.update(configured.settle(examined.findings, settings, named))
        rows += examined.rows
        if base is not None and root.is_dir():
            before.update(configured.settle(_past(here, base), settings, named, past=True))
    found.update(configured.stale())
    return apart(sorted(found), sorted(before))


def _named(name: str) -> str:
    """How paths in the directory are shown: "./" adds nothing."""
    while name.startswith("./") and name.strip("./"):
        name = name[2:].lstrip("/")
    return "." if not name.strip("./") and not name.startswith(("/", "..")) else name


def _past(here: Repository, base: str) -> Iterator[Finding]:
    """What was found in a repository at a revision."""
    from overlays.io import worktree

    with tempfile.TemporaryDirectory(prefix="overlays.") as scratch:
        past = worktree.write_past(here.root, base, pathlib.Path(scratch))
        if past is not None:
            yield from examine(here._replace(root=past, ignored=frozenset())).findings
