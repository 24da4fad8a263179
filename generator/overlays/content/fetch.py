"""The files of the repositories at given commits, in a cache of the user: fetched and written as a node does it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Final, NamedTuple

from overlays.content.checkouts import Checkout
from overlays.io.remotes import Remotes, resolve_all
from overlays.model.lock import Failure
from overlays.model.plan import Repository
from overlays_node import NodeError, log
from overlays_node.config import Repository as Kept
from overlays_node.store import Store
from overlays_node.update import Task, update
from overlays_node.volume import Volume, real_directory, writer_lock

KEPT: Final = 5
"""Trees of one repository that stay when more are written."""
GRACE: Final = 3600
"""Seconds for which a tree that was used is not removed: another run may read it."""
LONGEST: Final = 150
"""Characters of a clone URL in a file name, before it is cut."""
_KEY: Final = "repository"  # each repository has a cache of its own, in which it is the only one


class Fetched(NamedTuple):
    """The files by "owner/name"; of the others, why there are none."""

    checkouts: dict[str, Checkout]
    failures: dict[str, str]


class Asked(NamedTuple):
    """What the refs mean now, by "owner/name": commits, or why there is none; and what is odd about a ref."""

    commits: dict[str, str]
    failures: dict[str, Failure]
    warnings: dict[str, tuple[str, ...]]


def resolve(repositories: Mapping[str, Repository], remotes: Remotes, each: Callable[[int], None]) -> Asked:
    """Ask all servers. each: called with the number of repositories that are done."""
    answers = resolve_all(remotes, repositories.values(), each)
    found = {repo: answer for repo, answer in answers.items() if not isinstance(answer, Failure)}
    return Asked(
        {repo: answer.commit for repo, answer in found.items()},
        {repo: answer for repo, answer in answers.items() if isinstance(answer, Failure)},
        {repo: answer.warnings for repo, answer in found.items()},
    )


def present(
    cache: pathlib.Path, repositories: Mapping[str, Repository], commits: Mapping[str, str]
) -> dict[str, Checkout]:
    """What is there already, without asking anybody. All maps are by "owner/name"."""
    found = {}
    for repo, commit in commits.items():
        tree = _volume(cache, repositories[repo].clone_url).tree(_KEY, commit)
        if real_directory(tree):
            with contextlib.suppress(OSError):  # the cache of somebody else
                os.utime(tree)
            found[repo] = Checkout(tree, commit)
    return found


def fetch(
    cache: pathlib.Path,
    repositories: Mapping[str, Repository],
    commits: Mapping[str, str],
    remotes: Remotes,
    each: Callable[[int], None],
) -> Fetched:
    """Bring what is missing, some repositories at a time; one that fails costs no other its files.

    each: called with the number of repositories that are done. Two runs may do this at once.
    """
    log.only_errors()
    there = present(cache, repositories, commits)
    failures: dict[str, str] = {}
    pool = ThreadPoolExecutor(remotes.access.jobs)
    jobs: dict[Future[str | None], str] = {
        pool.submit(_bring, cache, repositories[repo].clone_url, commit, remotes): repo
        for repo, commit in commits.items()
        if repo not in there
    }
    try:
        for number, job in enumerate(as_completed(jobs), start=1):
            repo, failure = jobs[job], job.result()
            each(number)
            if failure is not None:
                failures[repo] = failure
    except BaseException:
        remotes.close()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return Fetched(present(cache, repositories, commits), failures)


def folder_of(clone_url: str) -> str:
    """Name of the directory of a repository: its whole URL, so that two hosts never mix."""
    name = urllib.parse.quote(clone_url, safe="")
    digest = hashlib.sha256(clone_url.encode()).hexdigest()
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{digest}"


def _volume(cache: pathlib.Path, clone_url: str) -> Volume:
    return Volume(cache / folder_of(clone_url))


def _bring(cache: pathlib.Path, clone_url: str, commit: str, remotes: Remotes) -> str | None:
    """Fetch and write one tree; None, or why it failed."""
    volume = _volume(cache, clone_url)
    remote = remotes.remote(clone_url)
    try:
        volume.create()
        with writer_lock(volume, remotes.access.fetch_timeout):
            if real_directory(volume.tree(_KEY, commit)):  # another run was faster
                return None
            volume.clear()
            outcome = update(volume, remote, Task(Kept(_KEY, clone_url, commit), None))
            if outcome.staged is None:
                return outcome.error
            volume.flush()
            volume.place(outcome.staged, _KEY, commit)
            _collect(volume, remotes)
    except (NodeError, OSError) as error:
        return str(error)
    return None


def _collect(volume: Volume, remotes: Remotes) -> None:
    """Let go of the trees that were not used for longest, and of their commits."""
    trees = sorted((volume.trees / _KEY).iterdir(), key=lambda tree: tree.stat().st_mtime, reverse=True)
    gone = [tree for tree in trees[KEPT:] if tree.stat().st_mtime < time.time() - GRACE]
    for tree in gone:
        volume.discard(tree)
    if gone:
        Store(volume.stores / f"{_KEY}.git").tidy(remotes.git, {tree.name for tree in gone}, repack=True)
    volume.empty_trash()


@contextlib.contextmanager
def scratch_folder(cache: pathlib.Path) -> Iterator[pathlib.Path]:
    """A folder for temporary files on the volume of the cache, gone afterwards; those of killed runs go now.

    Raises OSError: the cache cannot be written.
    """
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(cache / ".lock"):
        for left in cache.glob(".run-*"):
            with contextlib.suppress(OSError), _held(left / "lock", wait=False):
                shutil.rmtree(left)
        folder = pathlib.Path(tempfile.mkdtemp(prefix=".run-", dir=cache))
        mine = contextlib.ExitStack()
        mine.enter_context(_held(folder / "lock"))
    with mine:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _held(lock: pathlib.Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file. Raises OSError: somebody else does, and we do not wait."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
