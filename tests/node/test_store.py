from __future__ import annotations

import hashlib
import itertools
import pathlib
import subprocess

import pytest

from overlays_node.git import Git, GitError
from overlays_node.limits import Limits
from overlays_node.store import RefError, Remote, Resolved, Store, check_ref, resolve
from tests.support.git_http import GitServer
from tests.support.git_repo import GitRepo
from tests.support.node import Node


@pytest.fixture
def git(tmp_path: pathlib.Path) -> Git:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Git(scratch)


def remote_of(git: Git, server: GitServer) -> Remote:
    return Remote(git, server.url("acme/one"), 30, 60, Limits(min_free=0))


@pytest.fixture
def remote(git: Git, server: GitServer) -> Remote:
    return remote_of(git, server)


@pytest.fixture
def repo(server: GitServer) -> GitRepo:
    repo = GitRepo(server.root / "acme/one.git")
    repo.commit({"x": "1"})
    return repo


def head(repo: GitRepo) -> str:
    return repo.refs()["refs/heads/main"]


@pytest.mark.parametrize("ref", ["main", "feature/x", "v1.2.0", "release-2026.06", "a@b", "ü", "x" * 200, "0123456789"])
def test_legal_refs(ref: str) -> None:
    check_ref(ref)


@pytest.mark.parametrize(
    "ref",
    [
        *("-x", "/x", "x/", "x.", "@", ".x", "a/.x", "x.lock", "a.lock/b", "a..b", "a@{b", "a//b"),
        *("a" + char for char in "~^:?*[\\ $=,\t\n\x7f\u200b\u00a0"),
    ],
)
def test_illegal_refs(ref: str) -> None:
    with pytest.raises(RefError, match="not a legal"):
        check_ref(ref)


def test_absent_ref_is_the_remotes_head(remote: Remote, repo: GitRepo) -> None:
    assert resolve(remote, "") == Resolved(head(repo), "head")
    repo.commit({"x": "t"}, branch="trunk")
    repo.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert resolve(remote, "") == Resolved(repo.refs()["refs/heads/trunk"], "head")


def test_remote_without_a_commit(remote: Remote, server: GitServer) -> None:
    GitRepo(server.root / "acme/one.git")
    with pytest.raises(RefError, match="lists no branch and no tag"):
        resolve(remote, "")


def test_full_commit_asks_nobody(remote: Remote, server: GitServer) -> None:
    assert resolve(remote, "AB" * 20) == Resolved("ab" * 20, "commit")
    assert server.requests == []


def test_ref_names_must_be_equal_not_end_alike(remote: Remote, repo: GitRepo) -> None:
    repo.commit({"x": "2"}, branch="feature/dev")
    repo.commit({"x": "3"}, branch="x/refs/heads/dev")
    with pytest.raises(RefError, match="'dev' does not exist"):
        resolve(remote, "dev")


def test_branch_beats_tag_with_a_warning(remote: Remote, repo: GitRepo) -> None:
    branch = repo.commit({"x": "2"}, branch="v1")
    repo.tag("v1", head(repo), annotated=True)
    found = resolve(remote, "v1")
    assert (found.commit, found.kind) == (branch, "branch")
    assert "the branch is taken" in found.warnings[0]


def test_annotated_tag_is_peeled(remote: Remote, repo: GitRepo) -> None:
    tag = repo.tag("v1", head(repo), annotated=True)
    assert tag != head(repo)
    assert resolve(remote, "v1") == Resolved(head(repo), "tag")


def test_short_hash_is_a_commit_if_nothing_else_and_never_a_pin(remote: Remote, repo: GitRepo) -> None:
    first = head(repo)
    repo.commit({"x": "2"})
    found = resolve(remote, first[:10])
    assert (found.commit, found.kind) == (first, "commit")
    assert "not a pin" in found.warnings[0]
    with pytest.raises(RefError, match="does not exist"):
        resolve(remote, "0" * 10)


def test_short_hash_that_is_also_a_branch(remote: Remote, repo: GitRepo) -> None:
    short = head(repo)[:7]
    branch = repo.commit({"x": "2"}, branch=short)
    found = resolve(remote, short)
    assert (found.commit, found.kind) == (branch, "branch")
    assert "not a pin" in found.warnings[0]
    with pytest.raises(RefError, match="was a commit and is now also a branch"):
        resolve(remote, short, Resolved(head(repo), "commit"))


def test_known_short_hash_costs_one_round_trip(remote: Remote, repo: GitRepo, server: GitServer) -> None:
    known = Resolved(head(repo), "commit")
    assert resolve(remote, head(repo)[:8], known).commit == head(repo)
    assert server.greetings("acme/one") == 1


def test_ambiguous_short_hash(remote: Remote, repo: GitRepo) -> None:
    first, second = _colliding_commits(_git(repo.path, "rev-parse", "main^{tree}"))
    ids = {_raw_commit(repo, text, branch) for branch, text in (("main", first), ("other", second))}
    (prefix,) = {commit[:7] for commit in ids}
    with pytest.raises(RefError, match="names 2 commits"):
        resolve(remote, prefix)


def _colliding_commits(tree: str) -> tuple[str, str]:
    """Two commits whose ids begin with the same seven digits."""
    seen: dict[str, str] = {}
    for number in itertools.count():
        text = f"tree {tree}\nauthor A <a@b.invalid> 1 +0000\ncommitter A <a@b.invalid> 1 +0000\n\n{number}"
        prefix = hashlib.sha1(f"commit {len(text)}\0{text}".encode()).hexdigest()[:7]
        if prefix in seen:
            return seen[prefix], text
        seen[prefix] = text
    raise AssertionError


def test_sha256_repository_is_refused_by_name(remote: Remote, server: GitServer, git: Git) -> None:
    path = server.root / "acme/one.git"
    path.parent.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "--object-format=sha256", "-b", "main", str(path)], check=True)
    tree = _git(path, "mktree", stdin=b"")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    commit = _git(path, *identity, "commit-tree", "-m", "x", tree)
    _git(path, "update-ref", "refs/heads/main", commit)
    with pytest.raises(RefError, match="SHA-256"):
        resolve(remote, "")


def _git(path: pathlib.Path, *args: str, stdin: bytes = b"") -> str:
    command = ["git", f"--git-dir={path}", *args]
    return subprocess.run(command, check=True, input=stdin, stdout=subprocess.PIPE).stdout.decode().strip()


def test_store_is_shallow_keeps_its_commits_and_is_no_promisor(
    remote: Remote, repo: GitRepo, tmp_path: pathlib.Path
) -> None:
    store = Store(tmp_path / "one.git")
    commits = []
    for text in ("2", "3"):
        commits.append(repo.commit({"x": text}))
        store.fetch(remote, "main", Resolved(commits[-1], "branch"))
    refs = _git(store.path, "for-each-ref", "--format=%(refname)").split()
    assert refs == sorted(f"refs/overlays/{commit}" for commit in commits)
    assert _git(store.path, "rev-list", "--all", "--count") == "2"
    assert (store.path / "shallow").read_text().split() == sorted(commits)
    assert "promisor" not in (store.path / "config").read_text()
    assert not (store.path / "FETCH_HEAD").exists()
    _git(store.path, "fsck", "--strict")
    assert store.has(remote.git, commits[0])
    assert not store.has(remote.git, "0" * 40)


def test_old_commit_is_fetched_from_a_server_of_either_protocol(git: Git, tmp_path: pathlib.Path) -> None:
    for v2 in (True, False):
        with GitServer(tmp_path / f"v2-{v2}", protocol_v2=v2) as server:
            repo = GitRepo(server.root / "acme/one.git")
            first = repo.commit({"x": "1"})
            repo.commit({"x": "2"})
            store = Store(tmp_path / f"store-{v2}.git")
            store.fetch(remote_of(git, server), first, Resolved(first, "commit"))
            assert store.has(git, first)
            assert _git(store.path, "rev-list", "--all") == first


def test_annotated_tag_from_a_server_that_hands_out_tips_only(git: Git, tmp_path: pathlib.Path) -> None:
    with GitServer(tmp_path / "v0", protocol_v2=False) as server:
        repo = GitRepo(server.root / "acme/one.git")
        first = repo.commit({"x": "1"})
        repo.tag("v1", first, annotated=True)
        repo.commit({"x": "2"})
        store, remote = Store(tmp_path / "store.git"), remote_of(git, server)
        store.fetch(remote, "v1", resolve(remote, "v1"))
        assert _git(store.path, "for-each-ref", "--format=%(refname) %(objectname) %(objecttype)") == (
            f"refs/overlays/{first} {first} commit"
        )


def test_id_that_is_not_a_commit(remote: Remote, repo: GitRepo, tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "one.git")
    tag = repo.tag("v1", head(repo), annotated=True)
    with pytest.raises(RefError, match="is not a commit"):
        store.fetch(remote, tag, Resolved(tag, "commit"))
    with pytest.raises(GitError):
        store.fetch(remote, "0" * 40, Resolved("0" * 40, "commit"))


@pytest.mark.parametrize("name", [b".git", b".GIT", b"git~1", b".gitmodules", b".."])
def test_look_alikes_of_git_are_refused_at_the_fetch(
    remote: Remote, repo: GitRepo, tmp_path: pathlib.Path, name: bytes
) -> None:
    blob = _git(repo.path, "hash-object", "-w", "--stdin", stdin=b"../elsewhere")
    raw = b"120000 " + name + b"\0" + bytes.fromhex(blob)
    tree = _git(repo.path, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    commit = _raw_commit(repo, f"tree {tree}\nauthor A <a@b.invalid> 1 +0000\ncommitter A <a@b.invalid> 1 +0000\n\nx")
    with pytest.raises(GitError, match="fsck error"):
        Store(tmp_path / "one.git").fetch(remote, "main", Resolved(commit, "branch"))


def test_old_mistakes_of_real_repositories_are_taken(remote: Remote, repo: GitRepo, tmp_path: pathlib.Path) -> None:
    blob = _git(repo.path, "hash-object", "-w", "--stdin", stdin=b"x")
    raw = b"0100644 x\0" + bytes.fromhex(blob)
    tree = _git(repo.path, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    text = f"tree {tree}\nauthor A<a@b.invalid> 1 +051800\ncommitter A <a@b.invalid> 1 +051800\n\nx"
    commit = _raw_commit(repo, text)
    Store(tmp_path / "one.git").fetch(remote, "main", Resolved(commit, "branch"))


def _raw_commit(repo: GitRepo, text: str, branch: str = "main") -> str:
    commit = _git(repo.path, "hash-object", "-w", "-t", "commit", "--literally", "--stdin", stdin=text.encode())
    _git(repo.path, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def test_existing_consumers_read_the_published_tree(node: Node) -> None:
    """They wait for .git, compare HEAD, read the origin, and clone; from any mount."""
    commit = node.repo("acme/one", {"x": "1"}).refs()["refs/heads/main"]
    node.want("acme/one")
    node.sync()
    mounted = node.folder / "mounted"
    node.root.rename(mounted)
    tree = mounted / "acme/one"
    git = ["git", "-c", "safe.directory=*", "-C", str(tree)]

    def say(*args: str) -> str:
        return subprocess.run([*git, *args], check=True, capture_output=True, text=True).stdout.strip()

    assert (tree / ".git").is_dir()
    assert say("rev-parse", "HEAD") == commit
    assert say("log", "-1", "--format=%H") == commit
    assert say("config", "--get", "remote.origin.url") == node.server.url("acme/one")
    for number, options in enumerate(([], ["--shared"])):
        say("clone", "--quiet", *options, ".", str(node.folder / f"clone{number}"))
        assert (node.folder / f"clone{number}/x").read_text() == "1"
