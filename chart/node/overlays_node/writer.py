"""The one writer of a volume: what each pass does, from the manifest to what is served, and what it remembers."""

from __future__ import annotations

import contextlib
import json
import math
import pathlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from overlays_node import NodeError, ending, health, log, metrics, pace, trees
from overlays_node.checks import ManifestError
from overlays_node.config import MERGED, Manifest, Repository, digest_of, parse_manifest, read_bytes
from overlays_node.credentials import Credential
from overlays_node.endpoints import Page
from overlays_node.git import ASKPASS_NAME, Git
from overlays_node.greetings import Greetings
from overlays_node.limits import DEFAULT, Limits, room, shortage
from overlays_node.loaded import Teller
from overlays_node.memory import last_status, remembered, unverified
from overlays_node.merge_facts import KEYS
from overlays_node.merged import Merger
from overlays_node.publisher import Publisher
from overlays_node.sets import Member, OverlaySet
from overlays_node.state import RepositoryStatus
from overlays_node.store import COMMIT, Remote, Resolved, Store
from overlays_node.update import Outcome, Task, update, verify
from overlays_node.volume import Volume
from overlays_node.wake import Wake
from overlays_node.workers import PATIENCE, Workers

BEAT = 1.0  # seconds between two sets of one pass, while fetches are still running; and between two looks around
STUCK = 120.0  # seconds without a heartbeat of the main loop after which it is not alive
REPACK = 3600.0  # seconds after which a store that let go of something may be packed anew
MANY_PACKS = 16  # of one store: then it is packed anew, even if that was done a short while ago
TRASH = ".trash"  # the name of the job that empties it; no repository has it
TELLER = ".teller"  # the name of the job that tells of items


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
    grace: float = 3600
    limits: Limits = DEFAULT
    listen: str | None = None
    credentials: Sequence[Credential] = ()


class Writer:
    """Remembers the last good commit of every request while it lives."""

    def __init__(self, options: Options, volume: Volume, git: Git) -> None:
        self.options = options
        self.volume = volume
        self.git = git
        self.manifest: Manifest | None = None
        self.shown = Publisher(volume, options.grace, Merger(volume, git, options.limits, self.alive))
        self.known: dict[Repository, RepositoryStatus] = remembered(volume)
        self.workers: Workers[Outcome | None] = Workers(options.jobs, min(options.interval, PATIENCE))
        self.greetings = Greetings(git)
        self.teller = Teller(volume)
        self.counters = metrics.Counters()
        self._sessions: dict[Repository, Git] = {}  # of the jobs that wait or run
        self._answered: set[Repository] = set()  # requests that a remote answered, or failed to, since they are listed
        self._due: dict[Repository, float] = {}  # monotonic time before which a failing one is left alone
        self._refused: dict[Repository, tuple[str, str]] = {}  # a commit that broke a limit, and the words for it
        self._checked: set[str] = set()  # keys of the stores that were checked since the start
        self._packed: dict[str, float] = {}  # key -> monotonic time at which its store was packed last
        self._needed = 0  # bytes that some repository had no room for in this pass
        self._beat = time.monotonic()
        self._unverified = unverified(volume)
        self.status = last_status(volume, options.interval, options.timeout)
        self._write_status()

    def pages(self) -> dict[str, Page]:
        """What the endpoints answer; called by their threads."""
        return {"/metrics": self._metrics, "/readyz": self._readyz, "/livez": self._livez, "/status": self._status}

    def _readyz(self) -> tuple[int, str]:
        reason = self._not_ready()
        return (200, "ready\n") if reason is None else (503, f"not ready: {reason}\n")

    def _livez(self) -> tuple[int, str]:
        silent = time.monotonic() - self._beat
        return (200, "alive\n") if silent < STUCK else (503, f"no heartbeat for {silent:.0f} s\n")

    def _metrics(self) -> tuple[int, str]:
        try:
            space = room(self.volume.root)
        except OSError:
            space = None
        return 200, metrics.render(self.status, self.counters, space, ready=self._not_ready() is None)

    def _status(self) -> tuple[int, str]:
        return 200, json.dumps(health.document(self.volume, self.status), indent=2) + "\n"

    def _not_ready(self) -> str | None:
        try:
            digest = digest_of(read_bytes(self.options.manifest))
        except ManifestError as why:
            return str(why)
        return health.why_not_ready(self.volume, self.status, digest, self.status.pod, time.time())

    def retry_at(self) -> float:
        """When a failing repository is to be tried again first (monotonic seconds); infinite: none fails."""
        listed = () if self.manifest is None else self.manifest.repositories
        return min((self._due[one] for one in listed if one in self._due), default=math.inf)

    def alive(self) -> None:
        """The heartbeat of the main loop. Raises Terminated: see `ending`."""
        ending.look()
        self._beat = time.monotonic()

    def run_pass(self, wake: Wake | None, *, retries: bool = False) -> bool:
        """One pass; whether the current set is complete, of this manifest, and every repository succeeded.

        With `retries` only those are asked that failed and are due. With `wake` it ends after one interval, or when
        another pass is asked for; what still runs goes on in the next one. Raises VolumeError or OSError: the volume
        fails.
        """
        started = time.monotonic()
        self.volume.create()  # somebody may have tidied up
        if wake is not None and wake.begin():
            self._due.clear()
        self._needed = 0
        self._read_manifest()
        self._write_status()
        if self.counters.passes == 0:
            self._verify_trees()
        fine = self.manifest is not None and self._update(started, wake, retries)
        self._collect()
        self._tell_of_items()
        self._drain(started, wake)
        boot_id = self.status.boot_id if self._unverified else health.boot_id()
        if self._verified():  # until then nothing is ready
            self.status = replace(self.status, finished_at=health.now_text())
        self.status = replace(self.status, boot_id=boot_id, pass_error=None)
        self._write_status()
        reason = health.why_not_ready(
            self.volume, self.status, self.status.requested_digest, self.status.pod, time.time()
        )
        seconds = time.monotonic() - started
        self.counters.passes += 1
        self.counters.pass_seconds = seconds
        log.info("pass-finished", set=self.status.set, ready=reason is None, reason=reason, seconds=round(seconds, 3))
        return reason is None and fine

    def failed(self, reason: str) -> None:
        """A pass failed as a whole: say so, where that can be written."""
        log.error("pass-failed", reason=reason)
        self.status = replace(self.status, pass_error=reason)
        with contextlib.suppress(OSError):
            health.write(self.volume, self.status)

    def _read_manifest(self) -> None:
        """Take the manifest as it is now; an invalid one leaves the last good one in force."""
        digest, error = None, None
        try:
            data = read_bytes(self.options.manifest)
            digest = digest_of(data)
            if self.manifest is None or self.manifest.digest != digest:
                self.manifest = parse_manifest(data)
                self._give_up_others(self.manifest)
                self._answered.intersection_update(self.manifest.repositories)
                log.info("manifest-read", digest=digest, repositories=len(self.manifest.repositories))
        except ManifestError as why:
            error = f"the manifest cannot be used: {why}"
            log.error(
                "manifest-invalid", path=str(self.options.manifest), reason=str(why), kept=self.manifest is not None
            )
        self.status = replace(self.status, requested_digest=digest, manifest_error=error)

    def _give_up_others(self, manifest: Manifest) -> None:
        """End the jobs for requests that the manifest does not make any more."""
        for repository in [one for one in self._sessions if one not in manifest.repositories]:
            self._sessions[repository].stop()
            if self.workers.withdraw(repository):
                del self._sessions[repository]

    def _verify_trees(self) -> None:
        """After a crash of the machine no tree is used before its bytes were compared with its commit."""
        for key in sorted(self._unverified):
            self.workers.submit(("verify", key), key, partial(self._verify, key, self.git.session()))

    def _verified(self) -> bool:
        """Whether every tree that may be served was compared."""
        return self._unverified.isdisjoint([*(one.key for one, _ in self._listed()), *KEYS])

    def _verify(self, key: str, git: Git) -> None:
        """In a worker's thread."""
        if verify(self.volume, self._remote(git, ""), key):
            self._unverified.discard(key)

    def _update(self, started: float, wake: Wake | None, retries: bool) -> bool:
        """Bring every repository up to date; False when one failed, is left alone or is still running."""
        assert self.manifest is not None  # noqa: S101  (for mypy)
        now = time.monotonic()
        for repository in self.manifest.repositories:
            if self._due.get(repository, math.inf if retries else now) <= now:
                self._submit(repository)
        self._publish()  # what left the list is out at once
        self._drain(started, wake)
        self.greetings.close()
        self._publish(last=wake is None or not wake.asked())
        states = [self.known.get(repository) for repository in self.manifest.repositories]
        merged = not self.shown.not_merged
        return merged and not self.workers.busy() and all(one is not None and one.last_error is None for one in states)

    def _submit(self, repository: Repository) -> None:
        assert self.manifest is not None  # noqa: S101  (for mypy)
        if repository in self._sessions:
            return
        session = self._sessions[repository] = self.git.session()
        before = self.known.get(repository)
        public = repository.repo in self.manifest.public
        first, refused = repository.key not in self._checked, self._refused.get(repository)
        task = Task(repository, before, public, first, refused)
        remote = self._remote(session, repository.clone_url)
        if before is None or before.last_error is None:  # where something is wrong, ls-remote says what it is
            remote = replace(remote, greetings=self.greetings)
        self.workers.submit(repository, repository.key, partial(update, self.volume, remote, task))

    def _remote(self, git: Git, url: str) -> Remote:
        options = self.options
        return Remote(git, url, options.timeout, options.fetch_timeout, options.limits)

    def _drain(self, started: float, wake: Wake | None) -> None:
        """Take results as they come, until no more are to come or the pass must end."""
        arrived: list[Outcome] = []
        beat = time.monotonic() + BEAT
        while self.workers.busy():
            outcome = self.workers.next(beat - time.monotonic())
            if outcome is not None:
                self._sessions.pop(outcome.task.repository, None)
                arrived.append(outcome)
            if time.monotonic() >= beat:
                self.alive()
                if arrived:
                    self._take(arrived)
                    self._publish()
                arrived, beat = [], time.monotonic() + BEAT
                if wake is not None and (wake.asked() or time.monotonic() >= started + self.options.interval):
                    break
        self._take(arrived)

    def _take(self, arrived: Sequence[Outcome]) -> None:
        """Put new trees in place, and note how each job went."""
        lost = None
        try:
            if any(outcome.staged or outcome.staged_public for outcome in arrived):
                self.volume.flush()
        except OSError as why:
            lost = str(why)
        for outcome in arrived:
            self._note(self._placed(outcome) if lost is None else self._given_up(outcome, lost))

    def _given_up(self, outcome: Outcome, reason: str) -> Outcome:
        """The outcome after its trees could not be put in place."""
        left = [folder for folder in (outcome.staged, outcome.staged_public) if folder is not None]
        for folder in left:
            self.volume.discard(folder)
        return replace(outcome, resolved=None, staged=None, staged_public=None, error=reason) if left else outcome

    def _placed(self, outcome: Outcome) -> Outcome:
        """The outcome after its trees were put in place, which may fail as well."""
        key, resolved = outcome.task.repository.key, outcome.resolved
        staged = ((self.volume, outcome.staged), (self.volume.public, outcome.staged_public))
        for volume, folder in staged:
            if folder is None or resolved is None:
                continue
            try:
                if volume is not self.volume:
                    volume.create_inside()
                volume.place(folder, key, resolved.commit)
            except OSError as why:
                return self._given_up(outcome, str(why))
        return outcome

    def _note(self, outcome: Outcome) -> None:
        """Remember how a job went. One that was stopped went no way at all."""
        self.counters.received += outcome.received
        if outcome.stopped:
            return
        repository = outcome.task.repository
        self._checked.add(repository.key)
        self._answered.add(repository)
        before = self.known.get(repository) or RepositoryStatus(repository.ref, repository.clone_url)
        if outcome.resolved is None:
            self.known[repository] = self._failed(outcome, before)
            return
        self._due.pop(repository, None)
        self._refused.pop(repository, None)
        resolved = outcome.resolved
        files, total, left_out = before.files, before.bytes, before.left_out
        if resolved.commit != before.commit or before.last_success is None:
            facts = trees.facts_of(self.volume.tree(repository.key, resolved.commit))
            files, total, left_out = facts.files, facts.bytes, len(facts.left_out)
        after = RepositoryStatus(
            repository.ref,
            repository.clone_url,
            resolved.commit,
            resolved.kind,
            last_success=health.now_text(),
            warnings=resolved.warnings,
            left_out=left_out,
            files=files,
            bytes=total,
        )
        self.known[repository] = after
        _tell(repository.repo, before, after)

    def _failed(self, outcome: Outcome, before: RepositoryStatus) -> RepositoryStatus:
        repository, failures = outcome.task.repository, before.failures + 1
        self._needed = max(self._needed, outcome.needed or 0)
        if outcome.refused is not None:
            self._refused[repository] = outcome.refused
            self._packed.pop(repository.key, None)  # what it brought is of no use
        self.counters.failures[repository.repo] = self.counters.failures.get(repository.repo, 0) + 1
        pause = pace.pause(failures, self.options.interval, outcome.retry_after)
        self._due[repository] = time.monotonic() + pause - BEAT  # the pass that comes at that very time may ask
        retry_at = None if self.options.once else log.rfc3339(time.time() + pause)
        log.error(
            "repository-failed", repository=repository.repo, reason=outcome.error, failures=failures, retryAt=retry_at
        )
        return replace(before, last_error=outcome.error, failures=failures, retry_at=retry_at)

    def _publish(self, *, last: bool = False) -> None:
        """Make the set of the last good commits current, if the rules allow it, and write the status.

        What is served already is taken as it is. A request that is new waits for its answer, so that nobody sees what
        it meant some time ago; not beyond the end of the pass, though, of which this may be the last set.
        """
        manifest = self.manifest
        assert manifest is not None  # noqa: S101  (for mypy)
        asked = (one for one in manifest.repositories if last or one in self._answered or one in self.shown.served)
        there = tuple(member for member in map(self._member, asked) if member is not None)
        complete = len(there) == len(manifest.repositories)
        wanted = OverlaySet(manifest.digest, complete, there, manifest.delivery, manifest.sources)
        if manifest.delivery != MERGED or self._unverified.isdisjoint(KEYS):
            self.shown.show(wanted, manifest, last=last)
        self._write_status()

    def _member(self, repository: Repository) -> Member | None:
        one = self.known.get(repository)
        if one is None or one.commit is None or repository.key in self._unverified:
            return None
        if not self.volume.tree(repository.key, one.commit).is_dir():
            return None
        assert self.manifest is not None  # noqa: S101  (for mypy)
        return Member(repository, Resolved(one.commit, one.kind or COMMIT), repository.repo in self.manifest.public)

    def _collect(self) -> None:
        """Let go of what nobody needs any more: sets, trees, commits in stores."""
        if not self.workers.busy():  # so nobody uses it: a failed clean-up of some job, on a bad disk, say
            self.volume.discard_temporary(keep=ASKPASS_NAME)
        if self.manifest is not None:
            wanted = [(repository, one.commit) for repository, one in self._listed() if one.commit is not None]
            stay = self.shown.collect(wanted, self.manifest.public, self._enough)
            commits: dict[str, set[str]] = {}
            for key, _, commit in (tree.partition("/") for tree in stay):
                commits.setdefault(key, set()).add(commit)
            enough = self._enough()
            for folder in sorted(self.volume.stores.iterdir()):
                self._tidy(folder, commits.get(folder.stem, set()), enough=enough)
        self.workers.submit(TRASH, TRASH, self.volume.empty_trash)

    def _tell_of_items(self) -> None:
        """Have a worker say what is served, if that is another set than last time."""
        shown = self.shown.current
        if shown is not None and not self.teller.has_told(shown):
            files = sum(one.files for _, one in self._listed())
            self.workers.submit(TELLER, TELLER, partial(self.teller.tell, shown, files))

    def _listed(self) -> list[tuple[Repository, RepositoryStatus]]:
        """What is known of the repositories of the manifest."""
        listed = () if self.manifest is None else self.manifest.repositories
        return [(one, self.known.get(one) or RepositoryStatus(one.ref, one.clone_url)) for one in listed]

    def _enough(self) -> bool:
        needed = max(self._needed, self.shown.needed)
        return shortage(room(self.volume.root), self.options.limits, add_bytes=needed) is None

    def _tidy(self, folder: pathlib.Path, keep: set[str], *, enough: bool) -> None:
        """Have a store let go of its other commits, unless a job works on it."""
        key = folder.stem
        if self.workers.busy(key):
            return
        if not keep:
            self._packed.pop(key, None)
            self.volume.let_go(folder)
            return
        store = Store(folder)
        there = store.kept()
        packs, gone = store.packs(), there - keep
        garbage = packs > max(len(there & keep), 1)  # each commit brings one pack at most
        late = time.monotonic() - self._packed.get(key, -REPACK) >= REPACK
        repack = garbage and (late or packs > MANY_PACKS or not enough)
        if gone or repack:
            if repack:
                self._packed[key] = time.monotonic()
            self.workers.submit(("tidy", key), key, partial(_tidied, store, self.git.session(), gone, repack))

    def _told(self, repository: Repository, one: RepositoryStatus) -> RepositoryStatus:
        """The status of a repository, with what is wrong about its stable path."""
        problem = self.shown.problems.get(repository.repo)
        return one if problem is None or one.last_error is not None else replace(one, last_error=problem)

    def _write_status(self) -> None:
        shown = self.shown.current
        repositories: Mapping[str, RepositoryStatus] = self.status.repositories
        if self.manifest is not None:
            repositories = {repository.repo: self._told(repository, one) for repository, one in self._listed()}
        self.status = replace(
            self.status,
            set=None if shown is None else shown.id,
            manifest_digest=None if shown is None else shown.manifest_digest,
            complete=self.shown.complete,
            repositories=repositories,
            merged=self.shown.merged(),
        )
        health.write(self.volume, self.status)


def _tidied(store: Store, git: Git, gone: set[str], repack: bool) -> None:
    try:
        store.tidy(git, gone, repack=repack)
    except (NodeError, OSError) as why:
        log.warning("not-tidied", path=str(store.path), reason=str(why))


def _tell(repo: str, before: RepositoryStatus, after: RepositoryStatus) -> None:
    """Log what changed for a repository that succeeded."""
    if after.commit != before.commit:
        log.info("repository-updated", repository=repo, ref=after.ref, commit=after.commit, previous=before.commit)
    if before.failures:
        log.info("repository-recovered", repository=repo, failures=before.failures)
    for warning in after.warnings if after.warnings != before.warnings else ():
        log.warning("repository-warning", repository=repo, reason=warning)
