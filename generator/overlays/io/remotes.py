"""The repositories on their servers: how they are reached, and what their refs mean now."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import tempfile
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from overlays.errors import InvalidInput
from overlays.io.codes import NO_GIT, UNREADABLE
from overlays.model.finding import Finding, Location
from overlays.model.lock import Cause, Failure
from overlays.model.plan import Pairs, Repository
from overlays_node import NodeError
from overlays_node.credentials import Credential
from overlays_node.git import Git, GitError
from overlays_node.greetings import Greetings
from overlays_node.limits import Limits
from overlays_node.store import NoRepositoryError, RefError, Remote, Resolved, resolve, verify
from overlays_node.workers import PATIENCE, Workers

_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
LIMITS: Final = Limits(min_free=0)
"""As on a node, but how full the disk of a user is nobody's business."""


class Access(NamedTuple):
    """How remotes are reached.

    jobs: repositories that are asked at a time.
    timeout, fetch_timeout: seconds of one round trip and of one fetch.
    credentials: tokens from files; the first that serves a host is used.
    user_settings: the user's own `credential.*` configuration, for what they do not serve.
    """

    jobs: int
    timeout: float
    fetch_timeout: float
    credentials: tuple[Credential, ...]
    user_settings: Pairs


class Remotes:
    """Servers that can be asked, from `opened`. Safe for threads."""

    def __init__(self, git: Git, access: Access) -> None:
        self.git, self.access = git, access
        self._greetings = None if _by_path(access.user_settings) else Greetings(git)

    def remote(self, url: str) -> Remote:
        """The repository of that clone URL. Many questions to one server are quick."""
        timeout, fetch_timeout = self.access.timeout, self.access.fetch_timeout
        return Remote(self.git, url, timeout, fetch_timeout, LIMITS, self._greetings)

    def close(self) -> None:
        """End every git that runs."""
        self.git.stop()
        if self._greetings is not None:
            self._greetings.close()


def _by_path(user_settings: Pairs) -> bool:
    """Whether two repositories of one server may have different credentials; then they share no connection."""
    for key, value in user_settings:
        url = key.removeprefix("credential").rpartition(".")[0].removeprefix(".")
        if urllib.parse.urlsplit(url).path.strip("/") or (key.endswith(".usehttppath") and value != "false"):
            return True
    return False


@contextmanager
def opened(access: Access, scratch: pathlib.Path) -> Iterator[Remotes]:
    """Git, ready to ask servers; at the end, also an early one, nothing of it runs any more.

    For the main thread: meanwhile the signals that end a program do as Ctrl-C does, so that nothing is left behind.
    scratch: an existing folder for temporary files. Raises InvalidInput OVL409: git is missing or too old.
    """
    git = Git(scratch, credentials=access.credentials, user_settings=access.user_settings)
    try:
        git.require()
    except GitError as error:
        raise _no_git(str(error), "install git 2.32 or later, and have it on PATH") from None
    remotes = Remotes(git, access)
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in _ENDING
        if signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield remotes
    finally:
        remotes.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def user_settings() -> Pairs:
    """(key, value) of the user's own `credential.*` configuration, as git sees it in the working directory.

    Raises InvalidInput OVL409: git cannot read its configuration.
    """
    command = ["git", "config", "-z", "--get-regexp", r"^credential\."]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return ()  # there is no git, which `opened` tells
    if done.returncode > 1:
        words = done.stderr.decode("utf-8", "replace").split()
        raise _no_git(f"git config: {' '.join(words)}", "correct this file: credential helpers are read from there")
    settings = (setting.partition("\n") for setting in done.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return tuple((key, value if newline else "true") for key, newline, value in settings if key)


def _no_git(what: str, hint: str) -> InvalidInput:
    why = "the repositories are read with it"
    return InvalidInput(Finding(Location("git"), NO_GIT, "", what.removeprefix("git: "), why, hint))


def token(name: str, user: str, hosts: Iterable[str]) -> Credential:
    """The token in the file of that name, for these hosts ("host" or "host:port").

    Raises InvalidInput OVL101: the file cannot be read, or its first line is empty.
    """
    where = Location(f"--token-file {name}")
    credential = Credential(user, pathlib.Path(name).absolute(), tuple(hosts))
    try:
        why = "" if credential.token_file.read_bytes().split(b"\n")[0].strip() else "its first line is empty"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    if why:
        hint = "name a readable file that has the token in its first line"
        raise InvalidInput(Finding(where, UNREADABLE, "", f"cannot read a token from {name!r}", why, hint))
    return credential


def resolve_all(
    remotes: Remotes,
    repositories: Iterable[Repository],
    each: Callable[[int], None],
    known: Mapping[str, str] | None = None,
) -> dict[str, Resolved | Failure]:
    """The commits of all effective refs, in the order of the repositories; one that fails costs no other its result.

    What a full commit or a tag names is seen to be a commit of the remote.
    each: called with the number of repositories that are done, from 0.
    known: "owner/name" to a commit of it; a tag that still names it is not looked at again.
    """
    wanted = {repository.repo: repository for repository in repositories}
    workers: Workers[tuple[str, Resolved | Failure | Exception]] = Workers(remotes.access.jobs, PATIENCE)
    done: dict[str, Resolved | Failure] = {}
    for repo, repository in wanted.items():
        workers.submit(repo, repo, _job(remotes, repository, (known or {}).get(repo, "")))
    each(0)
    try:
        while len(done) < len(wanted):
            outcome = workers.next(_LOOK)
            if outcome is not None:
                repo, result = outcome
                if isinstance(result, Exception):
                    raise result
                done[repo] = result
                each(len(done))
    except BaseException:
        remotes.close()
        workers.finish()  # the last thread has removed its temporary files then
        raise
    return {repo: done[repo] for repo in wanted}


_LOOK: Final = 0.5  # seconds after which a result that is awaited is looked for again


def _job(
    remotes: Remotes, repository: Repository, known: str
) -> Callable[[], tuple[str, Resolved | Failure | Exception]]:
    def job() -> tuple[str, Resolved | Failure | Exception]:
        try:
            return repository.repo, _resolve(remotes, repository, known)
        except Exception as bug:  # raised again by whoever waits for it
            return repository.repo, bug

    return job


def _resolve(remotes: Remotes, repository: Repository, known: str) -> Resolved | Failure:
    remote = remotes.remote(repository.clone_url)
    try:
        found = resolve(remote, repository.ref)
        if found.commit != known or found.commit == repository.ref.lower():
            verify(remote, repository.ref, found)
    except NoRepositoryError as error:
        return Failure(Cause.REPOSITORY, str(error))
    except RefError as error:
        return Failure(Cause.REF, str(error))
    except NodeError as error:
        return Failure(Cause.REPOSITORY, str(error))
    return found


@contextmanager
def scratch_folder() -> Iterator[pathlib.Path]:
    """A folder for temporary files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="overlays-") as folder:
        yield pathlib.Path(folder)
