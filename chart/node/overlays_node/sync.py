"""The writer: one pass after another over the repositories of the manifest, publishing sets as fetches end."""

from __future__ import annotations

import pathlib
import socket
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from overlays_node import NodeError, health, log, sets, trees
from overlays_node.config import Manifest, ManifestError, Repository, digest_of, parse_manifest, read_bytes
from overlays_node.git import Credential, Git
from overlays_node.health import RepositoryStatus, Status
from overlays_node.sets import Member, OverlaySet
from overlays_node.store import COMMIT, FULL, Remote, Resolved, Store, resolve
from overlays_node.trees import LeftOut
from overlays_node.volume import Volume, probe, writer_lock
from overlays_node.workers import Workers

BEAT = 1.0  # seconds between two sets of one pass, while fetches are still running


@dataclass(frozen=True)
class Options:
    """What `sync` was asked to do; times in seconds."""

    manifest: pathlib.Path
    root: pathlib.Path
    once: bool
    interval: float
    jobs: int
    timeout: float
    fetch_timeout: float
    credentials: Sequence[Credential] = ()


@dataclass(frozen=True)
class Outcome:
    """What one job brought: the commit, and its tree if it was not there yet; or why it failed."""

    repository: Repository
    resolved: Resolved | None = None
    staged: pathlib.Path | None = None
    left_out: tuple[LeftOut, ...] = ()
    error: str | None = None


def sync(options: Options) -> int:
    """Run one pass, or passes for ever; the exit status. Raises NodeError: no lock, no usable volume, no git."""
    volume = Volume(options.root)
    volume.create()
    with writer_lock(volume, options.timeout if options.once else None) as descriptor:
        probe(volume)
        git = Git(volume.tmp, credentials=options.credentials, inherit=(descriptor,))
        git.require()
        writer = Writer(options, volume, git)  # from here on nothing is ready because of an earlier writer
        volume.clear()
        try:
            return writer.run()
        finally:
            git.stop()


class Writer:
    """The one writer of a volume: remembers the last good commit of every request while it lives."""

    def __init__(self, options: Options, volume: Volume, git: Git) -> None:
        self.options = options
        self.volume = volume
        self.git = git
        self.manifest: Manifest | None = None
        self.current = sets.current(volume)
        self.known: dict[Repository, RepositoryStatus] = _remembered(volume)
        self.workers: Workers[Outcome] = Workers(options.jobs, options.interval)
        self.status = Status(socket.gethostname(), health.now_text(), options.interval, options.timeout)
        before = health.read(volume)
        if before is not None:
            self.status = replace(self.status, repositories=before.repositories)
        self._write_status()

    def run(self) -> int:
        """Pass after pass, one interval from start to start; with `once` the exit status of a single one."""
        while True:
            started = time.monotonic()
            try:
                fine = self.run_pass()
            except OSError as why:  # a full disk, say: what is current stays, and the next pass tries again
                fine = False
                log.error("pass-failed", reason=str(why))
            if self.options.once:
                return 0 if fine else 1
            time.sleep(max(0.0, started + self.options.interval - time.monotonic()))

    def run_pass(self) -> bool:
        """One pass; whether the current set is complete, of this manifest, and every repository succeeded."""
        started = time.monotonic()
        self._read_manifest()
        self._write_status()
        failed = self._work(started) if self.manifest is not None else True
        self.volume.empty_trash()
        self.status = replace(self.status, finished_at=health.now_text())
        self._write_status()
        reason = health.why_not_ready(
            self.volume, self.status, self.status.requested_digest, self.status.pod, time.time()
        )
        seconds = round(time.monotonic() - started, 3)
        log.info("pass-finished", set=self.status.set, ready=reason is None, reason=reason, seconds=seconds)
        return reason is None and not failed

    def _read_manifest(self) -> None:
        """Take the manifest as it is now; an invalid one leaves the last good one in force."""
        digest, error = None, None
        try:
            data = read_bytes(self.options.manifest)
            digest = digest_of(data)
            if self.manifest is None or self.manifest.digest != digest:
                self.manifest = parse_manifest(data)
                log.info("manifest-read", digest=digest, repositories=len(self.manifest.repositories))
        except ManifestError as why:
            error = f"the manifest cannot be used: {why}"
            log.error(
                "manifest-invalid", path=str(self.options.manifest), reason=str(why), kept=self.manifest is not None
            )
        self.status = replace(self.status, requested_digest=digest, manifest_error=error)

    def _work(self, started: float) -> bool:
        """Bring every repository up to date; whether one failed or is still running when the interval is over."""
        assert self.manifest is not None  # noqa: S101  (for mypy)
        deadline = None if self.options.once else started + self.options.interval
        self.workers.retain({repository.repo for repository in self.manifest.repositories})
        for repository in self.manifest.repositories:
            self.workers.submit(repository.repo, partial(self._bring, repository, self.known.get(repository)))
        failed, arrived, beat = False, [], started + BEAT
        while self.workers.busy():
            until = beat if deadline is None else min(beat, deadline)
            outcome = self.workers.next(until - time.monotonic())
            if outcome is not None:
                arrived.append(outcome)
                failed = failed or outcome.error is not None
            now = time.monotonic()
            if now >= beat:
                if arrived:
                    self._take(arrived)
                arrived, beat = [], now + BEAT
            if deadline is not None and now >= deadline:
                break
        self._take(arrived)
        return failed or self.workers.busy()

    def _bring(self, repository: Repository, before: RepositoryStatus | None) -> Outcome:
        """In a worker's thread: resolve the ref, and write its tree aside when it is not there."""
        try:
            return self._fetched(repository, before)
        except (NodeError, OSError) as why:
            return Outcome(repository, error=str(why))
        except Exception:  # our bug costs this repository, not the others
            log.error("internal-error", repository=repository.repo, traceback=traceback.format_exc())
            return Outcome(repository, error="internal error, see the log")

    def _fetched(self, repository: Repository, before: RepositoryStatus | None) -> Outcome:
        options = self.options
        remote = Remote(self.git, repository.clone_url, options.timeout, options.fetch_timeout)
        known = Resolved(before.commit, before.kind or "") if before is not None and before.commit else None
        resolved = resolve(remote, repository.ref, known)
        tree = self._tree(repository, resolved.commit)
        if tree.is_dir():
            trees.follow_url(self.volume, tree, repository.clone_url)
            return Outcome(repository, resolved)
        store = Store(self.volume.stores / f"{repository.key}.git")
        store.fetch(remote, repository.ref, resolved)
        staged = self.volume.temporary("tree")
        try:
            left_out = trees.write(remote, store.path, resolved.commit, staged)
        except BaseException:
            self.volume.discard(staged)
            raise
        return Outcome(repository, resolved, staged, left_out)

    def _tree(self, repository: Repository, commit: str) -> pathlib.Path:
        return self.volume.trees / repository.key / commit

    def _take(self, arrived: list[Outcome]) -> None:
        """Put new trees in place, note how each job went, and publish what that makes possible."""
        if any(outcome.staged is not None for outcome in arrived):
            self.volume.flush()
        for outcome in arrived:
            self._note(self._placed(outcome))
        self._publish()

    def _placed(self, outcome: Outcome) -> Outcome:
        if outcome.staged is None or outcome.resolved is None:
            return outcome
        tree = self._tree(outcome.repository, outcome.resolved.commit)
        try:
            tree.parent.mkdir(exist_ok=True)
            outcome.staged.rename(tree)
        except OSError as why:
            self.volume.discard(outcome.staged)
            return Outcome(outcome.repository, error=str(why))
        return outcome

    def _note(self, outcome: Outcome) -> None:
        repository, resolved = outcome.repository, outcome.resolved
        before = self.known.get(repository) or RepositoryStatus(repository.ref, repository.clone_url)
        if resolved is None:
            after = replace(before, last_error=outcome.error, failures=before.failures + 1)
            log.error("repository-failed", repository=repository.repo, reason=outcome.error, failures=after.failures)
        else:
            left_out = trees.left_out_of(self._tree(repository, resolved.commit))
            after = RepositoryStatus(
                repository.ref,
                repository.clone_url,
                resolved.commit,
                resolved.kind,
                last_success=health.now_text(),
                warnings=resolved.warnings,
                left_out=len(left_out),
            )
            _tell(outcome, before, after)
        self.known[repository] = after

    def _publish(self) -> None:
        """Make the set of the last good commits current, if the rules allow it, and write the status."""
        manifest = self.manifest
        assert manifest is not None  # noqa: S101  (for mypy)
        members = tuple(self._member(repository) for repository in manifest.repositories)
        there = tuple(member for member in members if member is not None)
        wanted = OverlaySet(manifest.digest, len(there) == len(members), there)
        if _may_follow(self.current, wanted, manifest):
            if sets.publish(self.volume, wanted):
                log.info("set-published", set=wanted.id, complete=wanted.complete, repositories=len(there))
            self.current = wanted
        self._write_status()

    def _member(self, repository: Repository) -> Member | None:
        one = self.known.get(repository)
        if one is None or one.commit is None or not self._tree(repository, one.commit).is_dir():
            return None
        return Member(repository, Resolved(one.commit, one.kind or COMMIT))

    def _write_status(self) -> None:
        shown = self.current
        repositories = self.status.repositories
        if self.manifest is not None:
            listed = self.manifest.repositories
            repositories = {one.repo: self.known.get(one) or RepositoryStatus(one.ref, one.clone_url) for one in listed}
        self.status = replace(
            self.status,
            set=None if shown is None else shown.id,
            manifest_digest=None if shown is None else shown.manifest_digest,
            complete=shown is not None and shown.complete,
            repositories=repositories,
        )
        health.write(self.volume, self.status)


def _may_follow(current: OverlaySet | None, wanted: OverlaySet, manifest: Manifest) -> bool:
    """Whether `wanted` may replace the current set.

    A complete one always. An incomplete one only where no complete one was served, and then only if no repository
    that is served now and still listed would be lost.
    """
    if wanted.complete:
        return True
    if current is None:
        return bool(wanted.members)
    return not current.complete and wanted.holds(current, manifest)


def _remembered(volume: Volume) -> dict[Repository, RepositoryStatus]:
    """The last good commit of every request that a set or the status on disk tells of."""
    known: dict[Repository, RepositoryStatus] = {}
    for found in sets.history(volume):
        for member in found.members:
            asked, got = member.repository, member.resolved
            known[asked] = RepositoryStatus(asked.ref, asked.clone_url, got.commit, got.kind)
    status = health.read(volume)
    for repo, one in status.repositories.items() if status is not None else ():
        asked = Repository(repo, one.clone_url, one.ref)
        before = known.get(asked)
        if one.commit is None and before is not None:
            one = replace(one, commit=before.commit, kind=before.kind)
        known[asked] = one
    return {asked: one for asked, one in known.items() if one.commit is None or FULL.fullmatch(one.commit)}


def _tell(outcome: Outcome, before: RepositoryStatus, after: RepositoryStatus) -> None:
    """Log what changed for a repository that succeeded."""
    repo = outcome.repository.repo
    if after.commit != before.commit:
        log.info("repository-updated", repository=repo, ref=after.ref, commit=after.commit, previous=before.commit)
    if before.failures:
        log.info("repository-recovered", repository=repo, failures=before.failures)
    for warning in after.warnings if after.warnings != before.warnings else ():
        log.warning("repository-warning", repository=repo, reason=warning)
    for one in outcome.left_out:
        log.warning("left-out", repository=repo, commit=after.commit, path=one.path, reason=one.reason)
