"""One immutable directory per commit: its files with the bytes of their blobs, and a small .git of its own."""

# The paths of a commit are bytes, which pathlib does not take.
# ruff: noqa: PTH102, PTH118, PTH123, PTH211
from __future__ import annotations

import json
import os
import pathlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from overlays_node import NodeError
from overlays_node.git import Git
from overlays_node.links import LONGEST_TARGET, judge_links
from overlays_node.store import Remote
from overlays_node.volume import Volume

CHUNK = 1 << 20  # bytes held in memory at a time

LINK = b"120000"
MODES = {b"100644": 0o444, b"100664": 0o444, b"100755": 0o555}  # of git -> as published
ODD = {LINK: "a link with an impossible target", b"160000": "a submodule"}
LEFT_OUT = "left-out.json"  # inside a published .git, when there is something to tell


class TreeError(NodeError):
    """The files of a commit cannot be published."""


@dataclass(frozen=True)
class Entry:
    """One line of a commit's listing; `size` in bytes, 0 for a submodule."""

    mode: bytes
    blob: bytes
    size: int
    path: bytes


@dataclass(frozen=True)
class LeftOut:
    """A path that is not published, and why."""

    path: str
    reason: str


def entries(git: Git, store: pathlib.Path, commit: str, timeout: float) -> Iterator[Entry]:
    """Every file, link and submodule of a commit, as it is read. Raises GitError; TreeError: an impossible path."""
    args = ["ls-tree", "-r", "-z", "-l", "--full-tree", commit]
    with git.reading(args, git_dir=store, timeout=timeout) as output:
        for line in _records(output):
            facts, _, path = line.partition(b"\t")
            mode, kind, blob, size = facts.split()
            _check_path(path)
            yield Entry(mode, blob, int(size) if kind == b"blob" else 0, path)


def _records(output: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while True:
        data = output.read(CHUNK)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\0")
        yield from lines
    if rest:
        raise TreeError("the listing of the commit ends in the middle")


def _check_path(path: bytes) -> None:
    """What fsck refuses at the fetch is refused here again: nothing is ever written beside or above the tree."""
    if any(part in (b"", b".", b"..") or part.lower() == b".git" for part in path.split(b"/")):
        raise TreeError(f"the commit holds the path {os.fsdecode(path)!r}")


def write(remote: Remote, store: pathlib.Path, commit: str, folder: pathlib.Path) -> tuple[LeftOut, ...]:
    """Write the tree of a commit into the new directory `folder`; gives what was left out, by path.

    Files are read-only, executables keep their x bits; attributes and filters have no say. The .git inside is made
    for the final place, .trees/<key>/<commit>. Raises NodeError or OSError: `folder` is half written and of no use.
    """
    git, timeout = remote.git, remote.fetch_timeout
    listing = list(entries(git, store, commit, timeout))
    folders = {parent for entry in listing for parent in _parents(entry.path)}
    folder.mkdir(mode=0o755)
    root = os.fsencode(folder)
    for name in sorted(folders):
        os.mkdir(os.path.join(root, name), 0o755)
    reasons = {entry.path: ODD.get(entry.mode, "no regular file") for entry in listing if not _publishable(entry)}
    files = [entry for entry in listing if entry.mode in MODES]
    links = [entry for entry in listing if entry.mode == LINK and entry.path not in reasons]
    targets = _write_files(git, store, links, files, root, timeout)
    reasons.update(judge_links(targets, {entry.path for entry in files}, folders))
    for path, target in targets.items():
        if path not in reasons:
            os.symlink(target, os.path.join(root, path))
    left_out = tuple(LeftOut(os.fsdecode(path), reason) for path, reason in sorted(reasons.items()))
    _write_git_dir(folder / ".git", store.name, commit, remote.url, left_out)
    return left_out


def _parents(path: bytes) -> Iterator[bytes]:
    at = path.find(b"/")
    while at >= 0:
        yield path[:at]
        at = path.find(b"/", at + 1)


def _publishable(entry: Entry) -> bool:
    return entry.mode in MODES or (entry.mode == LINK and 0 < entry.size <= LONGEST_TARGET)


def _write_files(
    git: Git, store: pathlib.Path, links: list[Entry], files: list[Entry], root: bytes, timeout: float
) -> dict[bytes, bytes]:
    """Write the files and give the targets of the links. Links are made later: no file is written through one."""
    with tempfile.TemporaryFile(dir=git.scratch) as wanted:
        wanted.writelines(entry.blob + b"\n" for entry in (*links, *files))
        wanted.seek(0)
        args = ["cat-file", "--batch", "--buffer"]
        with git.reading(args, git_dir=store, stdin=wanted, timeout=timeout) as blobs:
            targets = {entry.path: b"".join(_blob(blobs, entry)) for entry in links}
            for entry in files:
                _write_file(os.path.join(root, entry.path), MODES[entry.mode], _blob(blobs, entry))
    return targets


def _blob(blobs: IO[bytes], entry: Entry) -> Iterator[bytes]:
    """Bytes of the next blob of `cat-file --batch`, in chunks; they must be used up."""
    header = blobs.readline().split()
    if header != [entry.blob, b"blob", str(entry.size).encode()]:
        raise TreeError(f"the blob of {os.fsdecode(entry.path)!r} cannot be read")
    left = entry.size + 1  # git ends each with a newline
    while left > 0:
        data = blobs.read(min(left, CHUNK))
        if not data:
            raise TreeError(f"the blob of {os.fsdecode(entry.path)!r} ends early")
        left -= len(data)
        yield data if left else data[:-1]


def _write_file(path: bytes, mode: int, chunks: Iterable[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with open(descriptor, "wb", buffering=0) as file:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]


def _write_git_dir(folder: pathlib.Path, store: str, commit: str, url: str, left_out: tuple[LeftOut, ...]) -> None:
    """A .git with that one commit, whose objects are the store's, found by a relative path from any mount."""
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "refs").mkdir()
    texts = {
        "HEAD": f"{commit}\n",
        "shallow": f"{commit}\n",
        "config": git_config(url),
        "objects/info/alternates": f"../../../../../.store/{store}/objects\n",
    }
    if left_out:
        texts[LEFT_OUT] = json.dumps({one.path: one.reason for one in left_out}, indent=2) + "\n"
    for name, text in texts.items():
        _write_file(os.fsencode(folder / name), 0o444, [text.encode()])


def git_config(url: str) -> str:
    """Text of a published tree's .git/config."""
    core = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
    return f'{core}[remote "origin"]\n\turl = {url}\n'


def left_out_of(tree: pathlib.Path) -> dict[str, str]:
    """Path -> reason, of what was left out of a published tree."""
    try:
        found = json.loads((tree / ".git" / LEFT_OUT).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(path): str(reason) for path, reason in found.items()} if isinstance(found, dict) else {}


def follow_url(volume: Volume, tree: pathlib.Path, url: str) -> None:
    """Let a tree that is already there name the clone URL of today: the one thing in it that a commit does not fix."""
    config = tree / ".git" / "config"
    text = git_config(url).encode()
    if config.read_bytes() != text:
        volume.write(config, text, 0o444)
