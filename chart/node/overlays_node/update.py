"""The work on one repository in one pass: mend its store, resolve the ref, fetch the commit, write the tree aside."""

from __future__ import annotations

import pathlib
import traceback
from dataclasses import dataclass

from overlays_node import NodeError, audit, log, trees
from overlays_node.config import Repository
from overlays_node.git import GitError, GitStoppedError, GitTimeoutError
from overlays_node.limits import LimitError, SpaceError, size_of
from overlays_node.listing import DamageError
from overlays_node.merge_facts import is_merged
from overlays_node.state import RepositoryStatus
from overlays_node.store import COMMIT, Remote, Resolved, Store, resolve
from overlays_node.volume import Volume

MOST_TOLD = 100  # left-out paths of one commit that the log names; its .git/overlays.json has them all


@dataclass(frozen=True)
class Task:
    """What one job is asked to do.

    `before` is what is known of the very same request. With `first` the store is checked before it is used. With
    `public` there is a second tree, for consumers that see public ones only. `refused` is a commit that broke a limit
    or holds an impossible path, and the words for it: it is not fetched again.
    """

    repository: Repository
    before: RepositoryStatus | None
    public: bool = False
    first: bool = False
    refused: tuple[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """What one job brought: the commit, and its trees if they were not there yet; or why it failed.

    `needed` is the room in bytes that it failed for, `received` the bytes that it fetched, `refused` a commit that
    broke a limit and the words for it.
    """

    task: Task
    resolved: Resolved | None = None
    staged: pathlib.Path | None = None
    staged_public: pathlib.Path | None = None
    error: str | None = None
    retry_after: float | None = None
    needed: int | None = None
    received: int = 0
    refused: tuple[str, str] | None = None
    stopped: bool = False


def update(volume: Volume, remote: Remote, task: Task) -> Outcome:
    """Do it. Never raises: what goes wrong is in the outcome."""
    job = _Job(volume, remote, task)
    try:
        return job.run()
    except GitStoppedError as why:
        return Outcome(task, error=str(why), received=job.received, stopped=True)
    except GitError as why:
        return Outcome(task, error=str(why), retry_after=why.retry_after, received=job.received)
    except LimitError as why:
        refused = None if job.wanted is None else (job.wanted, str(why))
        return Outcome(task, error=str(why), received=job.received, refused=refused)
    except SpaceError as why:
        return Outcome(task, error=str(why), needed=why.needed, received=job.received)
    except (NodeError, OSError) as why:
        return Outcome(task, error=str(why), received=job.received)
    except Exception:  # our bug costs this repository, not the others
        log.error("internal-error", repository=task.repository.repo, traceback=traceback.format_exc())
        return Outcome(task, error="internal error, see the log", received=job.received)


def verify(volume: Volume, remote: Remote, key: str) -> bool:
    """Discard every tree of one repository that is not, byte for byte, its commit. False: some may be left."""
    done = True
    store = volume.stores / f"{key}.git"
    for place in (volume, volume.public):
        for tree in sorted((place.trees / key).glob("*")):
            try:
                if is_merged(tree):
                    reason = audit.merged_damage(remote, tree)
                else:
                    reason = audit.damage(remote, store, tree.name, tree, own_objects=place is not volume)
            except GitStoppedError:
                return False
            except Exception as why:  # not to be able to tell is no reason to serve it
                reason = f"it cannot be checked: {why}"
            if reason is not None:
                log.error("tree-damaged", tree=f"{key}/{tree.name}", reason=reason)
                done = volume.let_go(tree) and done
    return done


class _Job:
    def __init__(self, volume: Volume, remote: Remote, task: Task) -> None:
        self.volume = volume
        self.remote = remote
        self.task = task
        self.key = task.repository.key
        self.store = Store(volume.stores / f"{self.key}.git")
        self.received = 0
        self.wanted: str | None = None  # the commit, as soon as it is known

    def run(self) -> Outcome:
        """Raises NodeError or OSError."""
        sound = True
        if self.task.first and self.store.path.exists():
            sound = self.store.sound(self.remote.git)
        self._restore()
        resolved = resolve(self.remote, self.task.repository.ref, self._known())
        self.wanted = resolved.commit
        if self.task.refused is not None and self.task.refused[0] == resolved.commit:
            raise LimitError(self.task.refused[1])
        if not sound:
            self._replace(resolved)
        try:
            return self._brought(resolved)
        except (GitStoppedError, GitTimeoutError):
            raise
        except (GitError, DamageError) as why:
            if isinstance(why, GitError) and (not self.store.path.exists() or self.store.sound(self.remote.git)):
                raise
            log.warning("store-damaged", path=str(self.store.path), reason=str(why))
        self._replace(resolved)
        return self._brought(resolved)

    def _known(self) -> Resolved | None:
        before = self.task.before
        return None if before is None or before.commit is None else Resolved(before.commit, before.kind or COMMIT)

    def _restore(self) -> None:
        """Bring the last good commit back from the store, should its tree be lost."""
        before = self._known()
        if before is None or self.volume.tree(self.key, before.commit).is_dir() or not self.store.path.exists():
            return
        if self.store.has(self.remote.git, before.commit):
            try:
                staged = self._write(before.commit)
                self.volume.flush()
                self.volume.place(staged, self.key, before.commit)
            except (GitStoppedError, GitTimeoutError):
                raise
            except (NodeError, OSError) as why:  # the rest of the job may still bring it
                log.warning("not-restored", repository=self.task.repository.repo, reason=str(why))

    def _brought(self, resolved: Resolved) -> Outcome:
        staged = self._staged(resolved)
        try:
            staged_public = self._staged_public(resolved.commit, staged) if self.task.public else None
        except BaseException:
            if staged is not None:
                self.volume.discard(staged)
            raise
        return Outcome(self.task, resolved, staged, staged_public, received=self.received)

    def _staged(self, resolved: Resolved) -> pathlib.Path | None:
        """The tree of the commit in .tmp; None when it is in place already."""
        tree = self.volume.tree(self.key, resolved.commit)
        if not tree.is_dir():
            self._fetch(self.store, resolved)
            return self._write(resolved.commit)
        trees.follow_url(self.volume, tree, self.task.repository.clone_url)
        if not self.store.names(resolved.commit):  # the tree's own .git is nothing without it
            self._fetch(self.store, resolved)
        return None

    def _fetch(self, store: Store, resolved: Resolved) -> None:
        before = size_of(store.path)
        try:
            store.fetch(self.remote, self.task.repository.ref, resolved)
        finally:
            self.received += max(size_of(store.path) - before, 0)

    def _replace(self, resolved: Resolved) -> None:
        """Fetch a damaged store anew, aside; also the commit that is served until now, if the server still has it."""
        folder = self.volume.temporary("store")
        try:
            self._fetch_anew(Store(folder), resolved)
            self.volume.flush()
        except BaseException:
            self.volume.discard(folder)
            raise
        self.volume.discard(self.store.path)
        folder.rename(self.store.path)
        log.warning("store-replaced", path=str(self.store.path))

    def _fetch_anew(self, new: Store, resolved: Resolved) -> None:
        self._fetch(new, resolved)
        served = self._known()
        if served is not None and served.commit != resolved.commit:
            try:
                new.fetch(self.remote, self.task.repository.ref, Resolved(served.commit, COMMIT))
            except (GitStoppedError, GitTimeoutError):
                raise
            except NodeError as why:
                log.warning("commit-lost", path=str(self.store.path), commit=served.commit, reason=str(why))

    def _write(self, commit: str) -> pathlib.Path:
        staged = self.volume.temporary("tree")
        try:
            left_out = trees.write(self.remote, self.store.path, commit, staged, like=self._served())
        except BaseException:
            self.volume.discard(staged)
            raise
        repo = self.task.repository.repo
        for one in left_out[:MOST_TOLD]:
            log.warning("left-out", repository=repo, commit=commit, path=one.path, reason=one.reason)
        if len(left_out) > MOST_TOLD:
            log.warning("left-out-more", repository=repo, commit=commit, paths=len(left_out) - MOST_TOLD)
        return staged

    def _served(self) -> pathlib.Path | None:
        """The tree that is served until now: most of the next one is like it."""
        before = self._known()
        tree = None if before is None else self.volume.tree(self.key, before.commit)
        return tree if tree is not None and tree.is_dir() else None

    def _staged_public(self, commit: str, staged: pathlib.Path | None) -> pathlib.Path | None:
        """The same tree for consumers that see public ones only, in .tmp; None when it is in place already."""
        place = self.volume.public.tree(self.key, commit)
        if place.is_dir():
            trees.follow_url(self.volume, place, self.task.repository.clone_url)
            return None
        copy = self.volume.temporary("public")
        try:
            tree = staged or self.volume.tree(self.key, commit)
            trees.write_public(self.remote, self.store.path, commit, tree, copy)
        except BaseException:
            self.volume.discard(copy)
            raise
        return copy
