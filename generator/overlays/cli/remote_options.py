"""The flags of every command that asks the servers of the repositories."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import click

from overlays.cli.file import FILE
from overlays.core.resolve import host_of
from overlays.model.plan import Repository

if TYPE_CHECKING:
    from overlays.io.remotes import Access

Command = TypeVar("Command", bound=Callable[..., Any])


class RemoteOptions(NamedTuple):
    """The flags as they were given; token_file is "" for none."""

    jobs: int
    timeout: int
    fetch_timeout: int
    token_file: str
    token_user: str
    token_host: tuple[str, ...]

    def access(self, repositories: Iterable[Repository]) -> Access:
        """How these repositories are reached.

        Raises click.UsageError: a token, and no host that it is for. InvalidInput: no token in its file, or a git
        configuration that cannot be read.
        """
        from overlays.io import remotes  # only who asks servers pays for it

        tokens = []
        if self.token_file:
            hosts = self.token_host or _only_host(repositories)
            tokens.append(remotes.token(self.token_file, self.token_user, hosts))
        return remotes.Access(self.jobs, self.timeout, self.fetch_timeout, tuple(tokens), remotes.user_settings())


def _only_host(repositories: Iterable[Repository]) -> tuple[str, ...]:
    hosts = sorted({host_of(repository.clone_url) for repository in repositories})
    if len(hosts) > 1:
        named = ", ".join(hosts)
        raise click.UsageError(f"--token-file needs --token-host: the repositories are on {len(hosts)} hosts ({named})")
    return tuple(hosts)


def remote_options(command: Command) -> Command:
    """Add the flags; the command gets `remote` (RemoteOptions)."""

    @functools.wraps(command)
    def run(
        jobs: int,
        timeout: int,
        fetch_timeout: int,
        token_file: str | None,
        token_user: str | None,
        token_host: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        if not token_file and (token_host or token_user is not None):
            raise click.UsageError(f"{'--token-host' if token_host else '--token-user'} needs --token-file")
        remote = RemoteOptions(jobs, timeout, fetch_timeout, token_file or "", token_user or _USER, token_host)
        return command(remote=remote, **rest)

    for option in reversed(_OPTIONS):
        run = option(run)
    return cast(Command, run)


def _hosts(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        if not re.fullmatch(_HOST, host):
            raise click.BadParameter(f"{host!r} is no host: write git.example.com, or git.example.com:8443")
    return value


_USER: Final = "x-access-token"
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[1-9][0-9]{0,4})?"

_OPTIONS = (
    click.option(
        "--jobs", type=click.IntRange(1, 64), default=8, show_default=True, help="Repositories asked at a time."
    ),
    click.option(
        "--timeout",
        type=click.IntRange(1, 86400),
        default=120,
        show_default=True,
        metavar="SECONDS",
        help="Longest wait for one answer of a server.",
    ),
    click.option(
        "--fetch-timeout",
        type=click.IntRange(1, 86400),
        default=900,
        show_default=True,
        metavar="SECONDS",
        help="Longest time of one fetch.",
    ),
    click.option(
        "--token-file",
        type=FILE,
        metavar="FILE",
        help="File whose first line is a token or password. Without it git's own credential helpers are asked.",
    ),
    click.option("--token-user", show_default=_USER, metavar="NAME", help="User name for the token."),
    click.option(
        "--token-host",
        multiple=True,
        callback=_hosts,
        metavar="HOST[:PORT]",
        help="Host that gets the token. Repeatable. Default: the host of all repositories, if it is one.",
    ),
)
