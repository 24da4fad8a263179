"""Bare repositories made by `git fast-import`: any path, mode and byte, fixed author and dates."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

WHO = b"Overlay Author <author@example.invalid>"
FIRST = 1_700_000_000  # POSIX time of the first commit; each later one is a minute after it


@dataclass(frozen=True)
class Executable:
    """Content of a file with its x bits set."""

    content: str | bytes


@dataclass(frozen=True)
class Symlink:
    """A symlink with that target."""

    target: str | bytes


@dataclass(frozen=True)
class Submodule:
    """A submodule at that commit."""

    commit: str


Content = str | bytes | Executable | Symlink | Submodule | None  # None deletes the path
Files = Mapping[str, Content]  # a path that is no UTF-8 is written as os.fsdecode gives it


class GitRepo:
    """A bare repository in `path`, to be served by GitServer or read in place."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self._commits = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)]
        subprocess.run(command, check=True, env=environment())

    def git(self, *args: str, stdin: bytes = b"") -> str:
        """Output of a git command in the repository, without the final newline."""
        command = ["git", f"--git-dir={self.path}", *args]
        done = subprocess.run(command, check=True, env=environment(), input=stdin, stdout=subprocess.PIPE)
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def commit(self, files: Files, *, branch: str = "main", parent: str | None = None, fresh: bool = False) -> str:
        """Add a commit to a branch: these changes over what it had (or over `parent`, or over nothing when fresh).

        Gives its full id.
        """
        ref = f"refs/heads/{branch}"
        base = parent or (ref if not fresh and ref in self.refs() else None)
        date = b"%d +0000" % (FIRST + 60 * self._commits)
        self._commits += 1
        message = b"Change %d" % self._commits
        stream = [b"commit refs/fast-import/new\n"]
        stream += [b"author %b %b\ncommitter %b %b\n" % (WHO, date, WHO, date), data(message)]
        if base is not None:
            stream.append(b"from %b\n" % self.git("rev-parse", f"{base}^{{commit}}").encode())
        for path, content in files.items():
            stream.append(_change(os.fsencode(path), content))
        self.git("fast-import", "--quiet", "--force", stdin=b"".join(stream) + b"\n")
        new = self.git("rev-parse", "refs/fast-import/new")
        self.git("update-ref", ref, new)
        self.git("update-ref", "-d", "refs/fast-import/new")
        return new

    def write(self, kind: str, data: bytes) -> str:
        """Store an object as it is, right or wrong; gives its id. `kind` is blob, tree or commit."""
        return self.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", stdin=data)

    def write_tree(self, *entries: tuple[str, bytes, str]) -> str:
        """Store a tree of these modes, names and ids, in this order, right or wrong; gives its id."""
        raw = [b"%b %b\0%b" % (mode.encode(), name, bytes.fromhex(entry)) for mode, name, entry in entries]
        return self.write("tree", b"".join(raw))

    def commit_tree(self, tree: str, *, branch: str = "main", who: bytes = WHO, message: bytes = b"x") -> str:
        """Let a branch be one commit of that tree, right or wrong; gives its id."""
        lines = (
            b"tree " + tree.encode(),
            b"author %b %d +0000" % (who, FIRST),
            b"committer %b %d +0000" % (who, FIRST),
        )
        commit = self.write("commit", b"\n".join((*lines, b"", message)))
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def refs(self) -> dict[str, str]:
        """Ref name -> id."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def tag(self, name: str, commit: str, *, annotated: bool = False) -> str:
        """Make or move a tag; gives the id it points to."""
        identity = ["-c", "user.name=Overlay Author", "-c", "user.email=author@example.invalid"]
        self.git(*identity, "tag", "--force", *(["-a", "-m", name] if annotated else []), name, commit)
        return self.git("rev-parse", f"refs/tags/{name}")

    def delete_branch(self, name: str) -> None:
        """Remove a branch."""
        self.git("update-ref", "-d", f"refs/heads/{name}")


def _change(path: bytes, content: Content) -> bytes:
    quoted = b'"' + b"".join(b"\\%03o" % byte if byte in b'"\\\n' else bytes([byte]) for byte in path) + b'"'
    if content is None:
        return b"D " + quoted + b"\n"
    if isinstance(content, Submodule):
        return b"M 160000 " + content.commit.encode() + b" " + quoted + b"\n"
    mode = b"100644"
    text: str | bytes
    if isinstance(content, Executable):
        mode, text = b"100755", content.content
    elif isinstance(content, Symlink):
        mode, text = b"120000", content.target
    else:
        text = content
    return b"M " + mode + b" inline " + quoted + b"\n" + data(text if isinstance(text, bytes) else text.encode())


def data(content: bytes) -> bytes:
    """Bytes in the language of `git fast-import`."""
    return b"data %d\n%b\n" % (len(content), content)


def environment() -> dict[str, str]:
    """All that git sees: no configuration of the machine, and a fixed date."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_COMMITTER_DATE": f"{FIRST} +0000",
    }
