"""The .git of a merged directory: a repository for every reader, from any place, whose commit is its content's."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from tests.node.test_directories_of_others import WITHOUT_CAPABILITIES
from tests.support.chaos_mount import bound
from tests.support.git_repo import Executable, Files, Symlink
from tests.support.merged import MERGED, PUBLIC, SUBDIRS, git, tree_of, want
from tests.support.node import Node
from tests.support.program import once

BASE, OVER, SECRET = "acme/base", "acme/over", "acme/secret"
CONTENT: dict[str, Files] = {
    BASE: {
        "tools/a/pyproject.toml": "base",
        "tools/b/run": Executable("#!/bin/sh\n"),
        "tools/b/pyproject.toml": "b",
        "tools/b/link": Symlink("run"),
        "tools/lib.py": "lib",
        "PROMPT.md": "base",
    },
    OVER: {"tools/a/pyproject.toml": "over", "shared/x": "x", "tools/a/copy": Symlink("../../shared/x")},
    SECRET: {"tools/a/pyproject.toml": "secret", "personas/s.md": "secret", "shared/x": "secret"},
}
ALL = {
    "tools/a/pyproject.toml": "secret",
    "tools/b/run": "#!/bin/sh\n",
    "tools/b/pyproject.toml": "b",
    "tools/b/link": "-> run",
    "tools/lib.py": "lib",
    "personas/s.md": "secret",
    "SYSTEM_PROMPT.md": "base\n",
}
OPEN = {path: text for path, text in ALL.items() if text != "secret"} | {
    "tools/a/pyproject.toml": "over",
    "tools/a/copy": "x",
}
WANTED = {MERGED: ALL, PUBLIC: OPEN}


@pytest.fixture
def served(node: Node) -> Node:
    """A cache that serves all three; SECRET is private."""
    for repo, files in CONTENT.items():
        node.repo(repo, files)
    want(node, *CONTENT, public=(BASE, OVER))
    assert node.sync() == 0
    return node


def check(folder: pathlib.Path, scratch: pathlib.Path, wanted: dict[str, str], url: str) -> str:
    """What consumers of a repository do there: wait for its HEAD, ask where it is from, clone it; the commit."""
    commit = git(folder, "rev-parse", "HEAD")
    assert (folder / ".git/HEAD").read_text() == f"{commit}\n"
    assert git(folder, "log", "-1", "--format=%H %an %ae %cn %ce %at %ct %s") == (
        f"{commit} agent-overlays agent-overlays@localhost agent-overlays agent-overlays@localhost 0 0 "
        "What won of these commits, the last one first asked"
    )
    assert git(folder, "for-each-ref") == ""  # HEAD is all there is
    assert git(folder, "rev-list", "--count", "HEAD") == "1"
    assert git(folder, "config", "--get", "remote.origin.url") == url
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    for kind in ((), ("--shared",), ("--no-local",)):
        clone = scratch / "clone"
        git(scratch, "clone", "--quiet", *kind, str(folder), str(clone))
        assert git(clone, "rev-parse", "HEAD") == commit
        assert tree_of(clone) == wanted
        assert git(clone, "fsck", "--strict") == ""
        shutil.rmtree(clone)
    return commit


@pytest.mark.parametrize("repo", WANTED)
def test_consumers_of_a_repository_find_one(served: Node, tmp_path: pathlib.Path, repo: str) -> None:
    commit = check(served.root / repo, tmp_path, WANTED[repo], repo)
    assert check((served.root / repo).resolve(), tmp_path, WANTED[repo], repo) == commit
    assert (served.root / repo).resolve().name == commit == served.status()["merged"][repo]["commit"]
    assert git(served.root / repo / "tools", "rev-parse", "--show-prefix") == "tools/"


@pytest.mark.parametrize("how", ["mounted elsewhere", "behind a link", "moved", "copied"])
def test_at_any_place(served: Node, tmp_path: pathlib.Path, how: str) -> None:
    there = tmp_path / "some where" / "else"
    there.parent.mkdir()
    if how == "mounted elsewhere":
        with bound(served.root, there, read_only=True):
            check(there / MERGED, tmp_path, ALL, MERGED)
        return
    if how == "behind a link":
        there.symlink_to(served.root)
    elif how == "moved":
        served.root.rename(there)
    else:
        subprocess.run(["cp", "-a", served.root, there], check=True)
        shutil.rmtree(served.root)
    check(there / MERGED, tmp_path, ALL, MERGED)


def test_public_part_needs_nothing_else_and_tells_of_nothing_else(served: Node, tmp_path: pathlib.Path) -> None:
    there = tmp_path / "alone"
    commit = git(served.root / PUBLIC, "rev-parse", "HEAD")
    (served.root / "public").rename(there)
    shutil.rmtree(served.root)
    assert check(there / PUBLIC, tmp_path, OPEN, PUBLIC) == commit
    assert sorted(path.name for path in (there / "overlays").iterdir()) == ["merged-public"]
    packs = [*(there / PUBLIC / ".git").rglob("*.pack")]
    assert len(packs) == 1
    objects = git(there / PUBLIC, "cat-file", "--batch-all-objects", "--batch")
    told = objects + "".join(path.read_text(errors="replace") for path in there.rglob("*") if path.is_file())
    assert "secret" not in told


def test_message_names_the_commits_in_their_order(served: Node) -> None:
    commits = {repo: served.of(repo)["commit"] for repo in CONTENT}
    lines = [f"{repo} {commit}" for repo, commit in commits.items()]
    assert git(served.root / MERGED, "log", "-1", "--format=%b").splitlines() == lines
    assert git(served.root / PUBLIC, "log", "-1", "--format=%b").splitlines() == lines[:2]


def commit_of(node: Node) -> str:
    assert node.sync() == 0
    return git(node.root / MERGED, "rev-parse", "HEAD")


def test_commit_is_a_function_of_the_content_and_the_list(served: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever, wherever and under whatever settings it is made; in whatever other manifest."""
    first = commit_of(served)
    served.root = served.folder / "deeper" / "other-root"
    served.root.parent.mkdir()
    for name, value in {
        "TZ": "Asia/Tokyo",
        "GIT_AUTHOR_NAME": "Somebody",
        "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z",
        "HOME": str(served.folder),
        "LC_ALL": "C",
    }.items():
        monkeypatch.setenv(name, value)
    (served.folder / ".gitconfig").write_text(
        "[user]\n\tname = Somebody\n[core]\n\tfileMode = false\n\tautocrlf = true\n"
    )
    assert commit_of(served) == first
    served.root = served.folder / "other-umask"
    done = once(served, prefix=("sh", "-c", 'umask 077; exec "$@"', "sh", *WITHOUT_CAPABILITIES))
    assert done.returncode == 0, done.stderr
    assert git(served.root / MERGED, "rev-parse", "HEAD") == first
    served.repo("acme/other", {"x": ""})
    sources = tuple({"repo": repo, **SUBDIRS} for repo in CONTENT)
    served.want(*CONTENT, "acme/other", sources=sources, public=(SECRET,), delivery="merged")
    assert commit_of(served) == first


def test_another_order_or_another_commit_is_another_commit(served: Node) -> None:
    """Even where nothing that is delivered changes: the message tells what it is made of."""
    commits = {commit_of(served): git(served.root / MERGED, "rev-parse", "HEAD^{tree}")}
    want(served, OVER, BASE, SECRET, public=(BASE, OVER))
    commits[commit_of(served)] = git(served.root / MERGED, "rev-parse", "HEAD^{tree}")
    served.repos[OVER].commit({"README": "nothing that is delivered"})
    commits[commit_of(served)] = git(served.root / MERGED, "rev-parse", "HEAD^{tree}")
    assert (len(commits), len({*commits.values()})) == (3, 1)
