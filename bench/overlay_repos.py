"""Repositories as teams have them: ordinary source text with a history, made from the sources of Python's library."""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache

from tests.support.git_repo import data, environment

FILES = 150
COMMITS = 300
SIZES = (1_000, 20_000)  # bytes of a file: at least, at most
CHANGED_FILES = (1, 1, 1, 2, 2, 3, 5)  # files that a commit changes; one of these numbers is drawn
CHANGED_LINES = (3, 30)  # lines of each that it replaces: at least, at most
LOOKS_LIKE = (
    f"{FILES} files of {SIZES[0] // 1000} to {SIZES[1] // 1000} kB, taken from the sources of Python's library, and "
    f"{COMMITS} commits, each of which replaces {CHANGED_LINES[0]} to {CHANGED_LINES[1]} lines in "
    f"{min(CHANGED_FILES)} to {max(CHANGED_FILES)} files by lines of another file"
)
WHO = b"Overlay Author <author@example.invalid>"
FIRST = 1_700_000_000  # POSIX time of the first commit


class OverlayRepository:
    """A bare repository in `path` whose branch main grows by commits of ordinary size; the same for the same seed."""

    def __init__(self, path: pathlib.Path, seed: int) -> None:
        self.path = path
        self._random = random.Random(seed)
        self._files = {
            f"packages/part{number // 10:02d}/module{number:03d}.py": lines
            for number, lines in enumerate(self._random.sample(_library(), FILES))
        }
        self._commits = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)]
        subprocess.run(command, check=True, env=environment())
        history = [self._commit(sorted(self._files)), *(self._change() for _ in range(COMMITS - 1))]
        self._git("fast-import", "--quiet", stdin=b"".join(history))
        self._git("repack", "-a", "-d", "-q")

    def copy(self, path: pathlib.Path) -> None:
        """The same repository at another path."""
        shutil.copytree(self.path, path)

    def grow(self) -> str:
        """Add a commit to main; gives its id."""
        self._git("fast-import", "--quiet", stdin=self._change(b"from refs/heads/main^0\n"))
        return self.head()

    def head(self) -> str:
        """Commit of main."""
        return self._git("rev-parse", "refs/heads/main").decode().strip()

    def _change(self, parent: bytes = b"") -> bytes:
        names = self._random.sample(sorted(self._files), self._random.choice(CHANGED_FILES))
        for name in names:
            lines = self._files[name]
            other = self._random.choice(_library())
            count = self._random.randint(*CHANGED_LINES)
            at, start = self._random.randrange(len(lines)), self._random.randrange(len(other))
            self._files[name] = lines[:at] + other[start : start + count] + lines[at + count :]
        return self._commit(names, parent)

    def _commit(self, names: Sequence[str], parent: bytes = b"") -> bytes:
        """In the stream's language; without a parent it follows the commit before it in the same stream."""
        self._commits += 1
        date = b"%d +0000" % (FIRST + 3600 * self._commits)
        message = b"Change number %d of these files" % self._commits
        parts = [b"commit refs/heads/main\ncommitter %b %b\n" % (WHO, date), data(message), parent]
        for name in names:
            parts.append(b"M 100644 inline %b\n%b" % (name.encode(), data(b"".join(self._files[name]))))
        return b"".join(parts) + b"\n"

    def _git(self, *args: str, stdin: bytes = b"") -> bytes:
        command = ["git", f"--git-dir={self.path}", *args]
        return subprocess.run(command, check=True, env=environment(), input=stdin, stdout=subprocess.PIPE).stdout


@cache
def _library() -> list[list[bytes]]:
    """Lines of every file that a repository may hold."""
    return [path.read_bytes().splitlines(keepends=True) for path in _sources(pathlib.Path(os.__file__).parent)]


def _sources(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for path in sorted(folder.rglob("*.py")):
        if not {"site-packages", "test"} & set(path.parts) and SIZES[0] <= path.stat().st_size <= SIZES[1]:
            yield path
