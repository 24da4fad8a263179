"""What a ref means, and the bare shallow repository that holds the commits of one overlay repository."""

from __future__ import annotations

import contextlib
import pathlib
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from overlays_node import NodeError, log
from overlays_node.git import Git, GitError, GitStoppedError, GitTimeoutError
from overlays_node.greetings import LARGEST, Greetings
from overlays_node.limits import DEFAULT, MIB, LimitError, Limits, check_room, size_of

FULL = re.compile(r"[0-9a-fA-F]{40}")  # what a ref looks like that is a commit
COMMIT_ID = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
SHORT = re.compile(r"[0-9a-fA-F]{7,39}")
# Control or white space as the contract lists it, then what git forbids in a ref or the contract keeps free.
ILLEGAL = re.compile(
    "[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff\ufff0-\uffff"
    r"~^:?*\[\\$=,]|\.\.|@\{|//"
)
LOCAL_SECONDS = 60  # for a git command that talks to nobody
LEFT_OVER = ("**/*.lock", "objects/pack/tmp_*", "objects/pack/.tmp-*", "objects/??/tmp_*")  # of a killed git
# How servers say that they hand out the tips of refs only.
TIPS_ONLY = ("unadvertised object", "not valid")
ABSENT = "not our ref"  # how they say that they have no such object

HEAD, BRANCH, TAG, COMMIT = "head", "branch", "tag", "commit"


class RefError(NodeError):
    """A ref that names nothing, or not one thing."""


class NoRepositoryError(RefError):
    """No ref can name anything: there is no Git repository, an empty one, or one of another kind."""


@dataclass(frozen=True)
class Remote:
    """A repository on a server; timeouts in seconds: one round trip, one fetch. With `greetings` it is asked faster."""

    git: Git
    url: str
    timeout: float
    fetch_timeout: float
    limits: Limits = DEFAULT
    greetings: Greetings | None = None


@dataclass(frozen=True)
class Resolved:
    """What a ref stands for: a full commit id, and as what it was found (head, branch, tag or commit)."""

    commit: str
    kind: str
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises RefError: no commit id, which becomes the name of a directory."""
        if not COMMIT_ID.fullmatch(self.commit):
            raise RefError(f"{self.commit!r} is no commit id")


def check_ref(ref: str) -> None:
    """Raises RefError: not a legal ref or commit (contract 1.5); one that begins with "-" would be an option."""
    parts = ref.split("/")
    if (
        ILLEGAL.search(ref)
        or ref == "@"
        or ref.startswith(("-", "/"))
        or ref.endswith(("/", "."))
        or any(part.startswith(".") or part.endswith(".lock") for part in parts)
    ):
        raise RefError(f"ref {ref!r} is not a legal branch, tag or commit")


def resolve(remote: Remote, ref: str, known: Resolved | None = None) -> Resolved:
    """The commit that `ref` means, with at most one round trip unless it is a short hash seen for the first time.

    "" is the remote's HEAD; 40 hex digits are a commit and nothing else; otherwise a branch, a tag, and for 7 to 39
    hex digits a commit. `known` is what the same ref at the same URL meant before.
    Raises RefError: illegal, absent, ambiguous. GitError: the remote does not answer.
    """
    if not ref:
        return _head(remote)
    check_ref(ref)
    if FULL.fullmatch(ref):
        return Resolved(ref.lower(), COMMIT)
    branch, tag = f"refs/heads/{ref}", f"refs/tags/{ref}"
    found = _advertised(remote, branch, tag, tag + "^{}")
    commit = found.get(branch) or found.get(tag + "^{}") or found.get(tag)
    short = SHORT.fullmatch(ref)
    was_commit = known is not None and known.kind == COMMIT
    if commit is None:
        if not short:
            raise RefError(f"ref {ref!r} does not exist: the remote has no such branch or tag")
        warning = f"ref {ref!r} is an abbreviated commit, not a pin: write all 40 digits"
        if known is not None and was_commit:
            return Resolved(known.commit, COMMIT, (warning,))
        return Resolved(_by_prefix(remote, ref), COMMIT, (warning,))
    if short and was_commit:
        raise RefError(f"ref {ref!r} was a commit and is now also a branch or tag: write all 40 digits of the commit")
    warnings = []
    if branch in found and tag in found:
        warnings.append(f"ref {ref!r} is a branch and a tag: the branch is taken")
    if short:
        warnings.append(f"ref {ref!r} looks like a commit but is a {BRANCH if branch in found else TAG}, not a pin")
    return Resolved(commit, BRANCH if branch in found else TAG, tuple(warnings))


def _head(remote: Remote) -> Resolved:
    commit = _advertised(remote, "HEAD").get("HEAD")
    if commit is None:
        raise RefError("the remote has no default branch with a commit")
    return Resolved(commit, HEAD)


def _advertised(remote: Remote, *names: str) -> dict[str, str]:
    """Ref name -> id, of those names that the remote has."""
    found = None
    if remote.greetings is not None:
        found = remote.greetings.refs(remote.git, remote.url, names, remote.timeout)
    if found is None:
        found = _listed(remote, names)
    for name, commit in found.items():
        if SHA256.fullmatch(commit):
            raise NoRepositoryError("this is a SHA-256 repository; only SHA-1 repositories are supported")
        if not COMMIT_ID.fullmatch(commit):  # it becomes the name of a directory
            raise NoRepositoryError(f"the remote says {commit!r} for {name}, which is no commit id")
    return found


def _listed(remote: Remote, names: Sequence[str]) -> dict[str, str]:
    """The same by `git ls-remote`. Names given to it would spare nothing: the server lists all refs in any case."""
    found, size = {}, 0
    with remote.git.reading(
        ["ls-remote", "--quiet", "--", remote.url], url=remote.url, timeout=remote.timeout
    ) as lines:
        for line in lines:
            size += len(line)
            if size > LARGEST:
                raise LimitError(f"the server lists more than {LARGEST // MIB} MiB of refs, which is the limit")
            commit, _, name = line.decode("utf-8", "surrogateescape").rstrip("\n").partition("\t")
            if name in names:
                found[name] = commit
    if not size:  # also what a page of one line looks like
        raise NoRepositoryError(
            "the remote lists no branch and no tag: an empty repository, or no Git repository at all"
        )
    return found


def verify(remote: Remote, ref: str, found: Resolved) -> None:
    """See that the remote hands out what `ref` was resolved to, and that it is a commit; nothing is kept.

    Only a full commit and a tag are asked for: a default branch, a branch and what a short hash names are commits.
    Raises RefError: it is not there, or no commit. GitError, LimitError, SpaceError: as Store.fetch.
    """
    if found.kind != TAG and not FULL.fullmatch(ref):
        return
    with tempfile.TemporaryDirectory(prefix="verify.", dir=remote.git.scratch) as folder:
        store = Store(pathlib.Path(folder, "one.git"))
        try:
            store.peek(remote, found.commit)
        except GitError as why:
            if any(words in str(why) for words in TIPS_ONLY):
                _by_prefix(remote, found.commit)
            elif ABSENT in str(why):
                raise RefError(f"commit {found.commit} does not exist: the remote has no such object") from None
            else:
                raise


def _by_prefix(remote: Remote, prefix: str) -> str:
    """The one commit, reachable from a branch or tag, whose id begins like that."""
    wanted = prefix.lower().encode()
    with _copy(remote, "--filter=tree:0") as copy:
        # Not rev-list: at a tag of a tree that the filter left out it would fail, or ask for that tree.
        args = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"]
        with remote.git.reading(args, git_dir=copy, timeout=remote.fetch_timeout) as lines:
            objects = (line.decode().split() for line in lines if line.startswith(wanted))
            commits = [name for name, kind in objects if kind == "commit"]
    if len(commits) != 1:
        what = f"names {len(commits)} commits" if commits else "does not exist: no branch, tag or commit of that name"
        raise RefError(f"ref {prefix!r} {what}")
    return commits[0]


@contextlib.contextmanager
def _copy(remote: Remote, *options: str) -> Iterator[pathlib.Path]:
    """A bare clone with all branches and tags, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="copy.", dir=remote.git.scratch) as folder:
        copy = pathlib.Path(folder, "copy.git")
        args = ["clone", "--quiet", "--bare", "--template=", *options, "--", remote.url, str(copy)]
        remote.git.run(args, url=remote.url, timeout=remote.fetch_timeout, watch=_watch(remote, pathlib.Path(folder)))
        yield copy


def _watch(remote: Remote, folder: pathlib.Path) -> Callable[[], None]:
    """What looks after a fetch into that folder: it raises LimitError (grew too much) or SpaceError (no room left)."""
    before, most = size_of(folder), remote.limits.fetch

    def look() -> None:
        if size_of(folder) - before > most:
            raise LimitError(f"the fetch brings more than {most // MIB} MiB, which is the limit")
        check_room(folder, remote.limits)

    return look


class Store:
    """One bare repository, always shallow and never a promisor; refs/overlays/<commit> keeps each fetched commit.

    Only one thread at a time may use a store.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def has(self, git: Git, commit: str) -> bool:
        """Whether that commit was fetched before."""
        try:
            self._verify(git, commit)
        except NodeError:
            return False
        return True

    def names(self, commit: str) -> bool:
        """Whether its ref is there; nothing is said of the objects."""
        return (self.path / "refs" / "overlays" / commit).exists()

    def fetch(self, remote: Remote, ref: str, wanted: Resolved) -> None:
        """Get that one commit, without its history, unless it is there.

        Raises GitError: the remote fails or does not have it. RefError: the id is not a commit's. LimitError and
        SpaceError: it is too large for the limits or the volume.
        """
        if not self.path.exists():
            self._create(remote.git)
        elif self.has(remote.git, wanted.commit):
            return
        check_room(self.path, remote.limits)
        self.clear()
        try:
            self._fetch(remote, remote.url, wanted.commit, wanted.commit)
        except GitError as why:
            if not any(words in str(why) for words in TIPS_ONLY):
                raise
            self._fetch_tips_only(remote, ref, wanted)
        self._verify(remote.git, wanted.commit)

    def peek(self, remote: Remote, commit: str) -> None:
        """Get that one commit without its files; this store cannot be used afterwards. Raises as `fetch`."""
        self._create(remote.git)
        self._fetch(remote, remote.url, commit, commit, "--filter=tree:0")
        self._verify(remote.git, commit)

    def sound(self, git: Git) -> bool:
        """Whether every object that its refs need is there. Raises GitTimeoutError and GitStoppedError: unknown."""
        self.clear()
        args = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"]
        try:
            git.run(args, git_dir=self.path, timeout=10 * LOCAL_SECONDS)
        except (GitTimeoutError, GitStoppedError):
            raise
        except GitError as why:
            log.warning("store-damaged", path=str(self.path), reason=str(why))
            return False
        return True

    def clear(self) -> None:
        """Remove what a killed git left: its lock files and half-written packs. No git may be running here."""
        for pattern in LEFT_OVER:
            for left_over in sorted(self.path.glob(pattern)):
                log.warning("left-over-removed", path=str(left_over))
                left_over.unlink()

    def tidy(self, git: Git, gone: Collection[str], *, repack: bool) -> None:
        """Let go of these commits; with `repack` the space of all that nothing needs is given back.

        Raises GitError; the store is whole then, too.
        """
        self.clear()
        for commit in sorted(gone):
            git.run(["update-ref", "-d", f"refs/overlays/{commit}"], git_dir=self.path, timeout=LOCAL_SECONDS)
        if repack:
            git.run(["repack", "-a", "-d", "-n", "--quiet"], git_dir=self.path, timeout=10 * LOCAL_SECONDS)

    def kept(self) -> set[str]:
        """The commits that it keeps. Nothing here ever packs refs, so each is a file."""
        return {path.name for path in self.path.glob("refs/overlays/*")}

    def packs(self) -> int:
        """How many packs it has: one more after each fetch."""
        return sum(1 for _ in self.path.glob("objects/pack/*.pack"))

    def _create(self, git: Git) -> None:
        """Made aside and renamed, so that what stands there is never half a repository."""
        with tempfile.TemporaryDirectory(prefix="store.", dir=git.scratch) as folder:
            new = pathlib.Path(folder, "new.git")
            git.run(["init", "--quiet", "--bare", "--template=", "--", str(new)], timeout=LOCAL_SECONDS)
            if self.path.is_symlink():  # not ours
                self.path.unlink()
            new.rename(self.path)

    def _fetch(self, remote: Remote, place: str, what: str, commit: str, *options: str, local: bool = False) -> None:
        args = ["fetch", "--quiet", "--no-auto-gc", "--no-tags", "--no-write-fetch-head", "--depth=1", *options]
        args += ["--", place, f"+{what}:refs/overlays/{commit}"]
        url = None if local else place
        watch = _watch(remote, self.path)
        remote.git.run(args, git_dir=self.path, url=url, local=local, timeout=remote.fetch_timeout, watch=watch)

    def _fetch_tips_only(self, remote: Remote, ref: str, wanted: Resolved) -> None:
        """From a server that hands out tips only: ask for the ref by name, for a commit copy all and pick it there."""
        names = {HEAD: "HEAD", BRANCH: f"refs/heads/{ref}", TAG: f"refs/tags/{ref}"}
        if wanted.kind in names:
            self._fetch(remote, remote.url, names[wanted.kind], wanted.commit)
            self._peel(remote.git, wanted.commit)
            return
        with _copy(remote) as copy:
            self._fetch(remote, str(copy), wanted.commit, wanted.commit, local=True)

    def _peel(self, git: Git, commit: str) -> None:
        """Let the ref of a fetched tag name the commit itself."""
        args = ["update-ref", f"refs/overlays/{commit}", f"refs/overlays/{commit}^{{commit}}"]
        git.run(args, git_dir=self.path, timeout=LOCAL_SECONDS)

    def _verify(self, git: Git, commit: str) -> None:
        """Raises RefError: refs/overlays/<commit> is not there or is not exactly that commit."""
        name = f"refs/overlays/{commit}"
        args = ["rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
        try:
            found = git.run(args, git_dir=self.path, timeout=LOCAL_SECONDS).decode("ascii", "replace").strip()
        except GitError:
            found = ""
        if found != commit:
            raise RefError(f"{commit} is not a commit, or moved while it was fetched")
