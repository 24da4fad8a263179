"""A repository on a code host as GitHub Actions sees it: pushes, pull requests, and what actions/checkout fetches."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

from tests.support.worktree import Worktree

Files = Mapping[str, str | bytes | None]  # None: the file goes


class PullRequest(NamedTuple):
    """head: its newest commit. merge: that merged with the base branch. left: the commit where it left that branch."""

    head: str
    merge: str
    left: str


class CodeHost:
    """The repository, with a branch main."""

    def __init__(self, folder: pathlib.Path, files: Mapping[str, str | bytes]) -> None:
        self.folder = folder
        self._tree = Worktree(folder, files)
        self._tree.git("config", "uploadpack.allowFilter", "true")
        self.first = self.head("main")

    def head(self, branch: str) -> str:
        """The newest commit of a branch."""
        return self._tree.git("rev-parse", f"refs/heads/{branch}")

    def branch(self, name: str) -> None:
        """A branch of any name at the newest commit of main."""
        self._tree.git("update-ref", f"refs/heads/{name}", self.head("main"))

    def tag(self, name: str, commit: str) -> None:
        """A tag at a commit."""
        self._tree.git("update-ref", f"refs/tags/{name}", commit)

    def grow(self, branch: str, commits: int) -> str:
        """Add so many commits that change nothing; gives the id of the last. A new branch has nothing before them."""
        ref = f"refs/heads/{branch}"
        known = self._tree.git("for-each-ref", "--format=%(objectname)", ref)
        stream = [f"reset {ref}", *([f"from {known}"] if known else []), ""]
        for number in range(commits):
            stream += [f"commit {ref}", f"committer A <a@example.invalid> {1700000000 + number} +0000", "data 1", "x"]
        command = ["git", "fast-import", "--quiet", "--force"]
        subprocess.run(command, cwd=self.folder, input="\n".join([*stream, ""]).encode(), check=True)
        return self.head(branch)

    def push(self, files: Files, branch: str = "main") -> str:
        """Commit to a branch; gives the id."""
        self._tree.git("checkout", "--quiet", "--detach", f"refs/heads/{branch}")
        self._write(files)
        commit = self._tree.commit()
        self._tree.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def pull_request(self, files: Files, base: str = "main") -> PullRequest:
        """Pull request 7 with one commit."""
        left = self.head(base)
        self._tree.git("checkout", "--quiet", "--detach", f"refs/heads/{base}")
        self._write(files)
        head = self._tree.commit()
        self._tree.git("update-ref", "refs/heads/topic", head)
        return PullRequest(head, self.merge(head, base), left)

    def merge(self, head: str, base: str = "main") -> str:
        """Merge a commit with what its base branch is now, as the host does for pull request 7."""
        self._tree.git("checkout", "--quiet", "--detach", f"refs/heads/{base}")
        self._tree.git("merge", "--quiet", "--no-ff", "-m", "Merge", head)
        merged = self._tree.git("rev-parse", "HEAD")
        self._tree.git("update-ref", "refs/pull/7/merge", merged)
        return merged

    def checkout(self, folder: pathlib.Path, commit: str, *, depth: int = 1, contents: bool = True) -> pathlib.Path:
        """What actions/checkout leaves there. depth 0: all commits. contents=False: no content but that of this one."""
        folder.mkdir(parents=True)
        options = [*([f"--depth={depth}"] if depth else []), *([] if contents else ["--filter=blob:none"])]
        what = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"] if not depth else []
        for command in (
            ["init", "--quiet", "--template="],
            ["remote", "add", "origin", f"file://{self._tree.folder}"],
            ["fetch", "--quiet", "--no-tags", *options, "origin", commit, *what],
            ["checkout", "--quiet", "--force", commit],
        ):
            subprocess.run(["git", *command], cwd=folder, check=True)
        return folder

    def _write(self, files: Files) -> None:
        self._tree.write({name: content for name, content in files.items() if content is not None})
        for name, content in files.items():
            if content is None:
                (self._tree.folder / name).unlink()
