"""The files of the sources, for the commands that look into the repositories."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import click

from overlays.cli.pipeline import Checked
from overlays.content.checkouts import Checkout, locate
from overlays.core.compat import disabled
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.finding import Problem
from overlays.schema.place import finding

Command = TypeVar("Command", bound=Callable[..., Any])


class Origin(NamedTuple):
    """Where the files come from. checkouts: the directory of --checkouts, None to fetch them."""

    checkouts: str | None


def contents_options(command: Command) -> Command:
    """Add the flags that say where the files come from; the command gets `origin` (Origin)."""

    @functools.wraps(command)
    def run(checkouts: str | None, **rest: Any) -> Any:
        if checkouts == "":
            raise click.UsageError("--checkouts needs the name of a directory")
        return command(origin=Origin(checkouts), **rest)

    for option in reversed(_OPTIONS):
        run = option(run)
    return cast(Command, run)


_OPTIONS = (
    click.option(
        "--checkouts",
        metavar="DIR",
        help="Look at what is checked out in DIR, at owner/name; the cache of a node will do, too.",
    ),
)


def contents(checked: Checked, inputs: Inputs, origin: Origin) -> Mapping[str, Checkout]:
    """The checkouts of the repositories of all enabled sources, by "owner/name".

    inputs: what `checked` was made from. Raises InvalidInput, with a finding for each repository that is missing.
    """
    sources = checked.plan.sources
    if origin.checkouts is None:
        raise click.UsageError("--checkouts is needed")
    located = locate((source.repo for source in sources), origin.checkouts)
    first = {source.repo: source.origin for source in reversed(sources)}
    problems = [
        Problem(
            (*first[repo], "repo"),
            "OVL501",
            f"there is no checkout of {repo!r}",
            why,
            "check the repository out there, name another directory, or leave --checkouts out to fetch it",
        )
        for repo, why in located.missing.items()
    ]
    if problems:
        raise InvalidInput(*sorted({*checked.findings, *(finding(problem, checked.read) for problem in problems)}))
    return located.checkouts


def known_contents(checked: Checked, origin: Origin, checkouts: Mapping[str, Checkout]) -> Mapping[str, Checkout]:
    """The checkouts, and those of disabled sources whose files are at hand."""
    if origin.checkouts is None:
        return checkouts
    return {**locate((source.repo for source in disabled(checked.values)), origin.checkouts).checkouts, **checkouts}
