"""The files of the sources, for the commands that look into the repositories."""

from __future__ import annotations

import functools
import os
import pathlib
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import click

from overlays.cli.file import FILE
from overlays.cli.locks import LOCK_FILE_HELP, find_lock, read_lock
from overlays.cli.pipeline import Checked, located
from overlays.cli.progress import progress
from overlays.cli.remote_options import RemoteOptions, remote_options
from overlays.cli.streams import Streams
from overlays.content.checkouts import Checkout, locate
from overlays.core.compat import disabled
from overlays.core.lock import doubtful, failed, unusable
from overlays.errors import InvalidInput
from overlays.io.lockfile import lock_path
from overlays.io.values import Inputs
from overlays.model.finding import Finding, Location, Problem, Severity
from overlays.model.plan import Plan
from overlays.model.quoted import quoted
from overlays.report import text

Command = TypeVar("Command", bound=Callable[..., Any])


class Origin(NamedTuple):
    """Where the files come from.

    checkouts: the directory of --checkouts, None to fetch them, with `remote`, at the commits of the lock file if there
    is one. cache_dir, lock_file: None for the usual place.
    """

    checkouts: str | None
    cache_dir: str | None
    lock_file: str | None
    remote: RemoteOptions


def contents_options(command: Command) -> Command:
    """Add the flags that say where the files come from; the command gets `origin` (Origin)."""

    @functools.wraps(command)
    def run(
        checkouts: str | None, cache_dir: str | None, lock_file: str | None, remote: RemoteOptions, **rest: Any
    ) -> Any:
        if "" in (checkouts, cache_dir, lock_file):
            raise click.UsageError("--checkouts, --cache-dir and --lock-file need a name")
        locked = lock_file and not rest.get("base")  # a base is compared with the lock, too
        if checkouts is not None and (cache_dir or locked or remote.token_file):
            raise click.UsageError("with --checkouts nothing is fetched: no --cache-dir, --lock-file or --token-file")
        return command(origin=Origin(checkouts, cache_dir, lock_file, remote), **rest)

    run = remote_options(run)
    for option in reversed(_OPTIONS):
        run = option(run)
    return cast(Command, run)


_OPTIONS = (
    click.option(
        "--checkouts",
        type=FILE,
        metavar="DIR",
        help="Look at what is checked out in DIR, at owner/name; the cache of a node will do, too. Default: fetch it, "
        "at the commits of the lock file if there is one.",
    ),
    click.option(
        "--cache-dir",
        type=FILE,
        metavar="DIR",
        help="Where fetched files are kept. Default: agent-overlays in the user's cache.",
    ),
    click.option("--lock-file", type=FILE, metavar="FILE", help=LOCK_FILE_HELP),
)


def contents(checked: Checked, inputs: Inputs, origin: Origin) -> Mapping[str, Checkout]:
    """The checkouts of the repositories of all enabled sources, by "owner/name".

    inputs: what `checked` was made from. Raises InvalidInput, with a finding for each repository that is missing.
    """
    return _fetched(checked, inputs, origin) if origin.checkouts is None else checked_out(checked, origin.checkouts)


def checked_out(checked: Checked, directory: str) -> Mapping[str, Checkout]:
    """The same from a directory. Raises InvalidInput, with a finding for each repository that is missing."""
    found = locate((source.repo for source in checked.plan.sources), directory)
    if found.missing:
        _is_directory(directory)
        hint = "check the repository out there, name another directory, or leave --checkouts out to fetch it"
        missing = _problems(checked.plan, "OVL501", "there is no checkout of {}", found.missing, lambda _: hint)
        raise InvalidInput(*sorted({*checked.findings, *located(missing, checked)}))
    return found.checkouts


def _is_directory(checkouts: str) -> None:
    """Raises InvalidInput: the directory of --checkouts is none, whatever is in the list."""
    try:
        why = None if stat.S_ISDIR(pathlib.Path(checkouts).stat().st_mode) else "not a directory"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    if why is not None:
        what, hint = (
            f"there is no directory {quoted(checkouts)}",
            "name another one, or leave --checkouts out to fetch all",
        )
        raise InvalidInput(Finding(Location("--checkouts"), "OVL501", "", what, why, hint))


def known_contents(checked: Checked, origin: Origin, checkouts: Mapping[str, Checkout]) -> Mapping[str, Checkout]:
    """The checkouts, and those of disabled sources whose files are at hand."""
    if origin.checkouts is None:
        return checkouts
    return {**locate((source.repo for source in disabled(checked.values)), origin.checkouts).checkouts, **checkouts}


def _problems(
    plan: Plan, code: str, what: str, reasons: Mapping[str, str], hint: Callable[[str], str]
) -> list[Problem]:
    """One for each repository, at its first source."""
    first = {source.repo: source.origin for source in reversed(plan.sources)}
    return [
        Problem((*first[repo], "repo"), code, what.format(repr(repo)), why, hint(repo)) for repo, why in reasons.items()
    ]


def _fetched(checked: Checked, inputs: Inputs, origin: Origin) -> Mapping[str, Checkout]:
    from overlays.content import fetch
    from overlays.io import remotes  # only who asks servers pays for it

    wanted = {source.repo for source in checked.plan.sources}
    repositories = {item.repo: item for item in checked.plan.repositories if item.repo in wanted}
    lock = lock_path(inputs.files, origin.lock_file)
    commits = _locked(checked, lock, origin, repositories)
    lock = "" if commits is None else lock
    cache = _cache(origin)
    there = fetch.present(cache, repositories, commits or {})
    if commits is not None and len(there) == len(commits):
        return there
    access = origin.remote.access(repositories.values())
    streams = Streams.standard()
    problems: list[Problem] = []
    try:
        with fetch.scratch_folder(cache) as scratch, remotes.opened(access, scratch) as servers:
            if commits is None:
                with progress(streams, "asking the servers", len(repositories)) as each:
                    asked = fetch.resolve(repositories, servers, each)
                commits = asked.commits
                problems += failed(checked.values, checked.plan, asked.failures)
                problems += doubtful(checked.values, checked.plan, asked.warnings)
            with progress(streams, "fetching", len(commits)) as each:
                found = fetch.fetch(cache, repositories, commits, servers, each)
    except OSError as error:
        raise _unusable(cache, error) from None
    what = "the files of {} cannot be fetched"
    problems += _problems(checked.plan, "OVL503", what, found.failures, functools.partial(_hint, lock))
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise InvalidInput(*sorted({*checked.findings, *located(problems, checked)}))
    streams.tell(text.report(sorted(located(problems, checked))))
    return found.checkouts


def _unusable(cache: pathlib.Path, error: OSError) -> InvalidInput:
    what, why = f"the cache {quoted(str(cache))} cannot be written", (error.strerror or str(error)).lower()
    hint = "name a directory that this user may write to with --cache-dir"
    return InvalidInput(Finding(Location("--cache-dir"), "OVL504", "", what, why, hint))


def _hint(lock: str, repo: str) -> str:
    """What to do when a commit cannot be fetched; lock: the file that names it, "" when a ref does."""
    hint = "see whether the server has the commit and lets this user read it"
    return f"{hint}; another one comes into {quoted(lock)} by `overlays lock --update {repo}`" if lock else hint


def _locked(checked: Checked, name: str, origin: Origin, repositories: Iterable[str]) -> dict[str, str] | None:
    """The commits of the lock file; None when there is none. Raises InvalidInput as `render --locked` does."""
    lock = read_lock(name) if origin.lock_file else find_lock(name)
    if lock is None:
        return None
    problems = unusable(checked.values, checked.plan, lock, name)
    if problems:
        raise InvalidInput(*sorted({*checked.findings, *located(problems, checked)}))
    return {repo: lock.repositories[repo].commit for repo in repositories}


def _cache(origin: Origin) -> pathlib.Path:
    """The directory of the cache: --cache-dir, else agent-overlays in $XDG_CACHE_HOME or ~/.cache."""
    if origin.cache_dir is not None:
        return pathlib.Path(origin.cache_dir).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = os.path.expanduser("~")  # noqa: PTH111 - pathlib takes a relative one for that of this directory
        if os.environ.get("HOME") == "" or not home.startswith("/"):
            raise click.UsageError("--cache-dir is needed: this user has no home directory")
        base = f"{home.rstrip('/')}/.cache"
    return pathlib.Path(base, "agent-overlays")
