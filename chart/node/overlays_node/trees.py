"""One immutable directory per commit: its files with the bytes of their blobs, and a small .git of its own."""

# The paths of a commit are bytes, which pathlib does not take.
# ruff: noqa: PTH102, PTH112, PTH114, PTH115, PTH118, PTH123, PTH211
from __future__ import annotations

import json
import os
import pathlib
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from overlays_node import links
from overlays_node.git import Git
from overlays_node.limits import check_room
from overlays_node.links import LONGEST_TARGET, judge_links
from overlays_node.listing import (
    CHUNK,
    FOLDER,
    LINK,
    MODES,
    DamageError,
    Entry,
    Listing,
    blob_hash,
    is_file,
    listing_of,
)
from overlays_node.store import Remote
from overlays_node.volume import Volume

ODD = {LINK: "a link with an impossible target", b"160000": "a submodule"}
FACTS = "overlays.json"  # inside a published .git: what was counted, and what was left out


@dataclass(frozen=True)
class LeftOut:
    """A path that is not published, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """What a published tree holds, and path -> reason of what it does not hold."""

    files: int = 0
    bytes: int = 0
    left_out: tuple[LeftOut, ...] = ()


def write(
    remote: Remote, store: pathlib.Path, commit: str, folder: pathlib.Path, *, like: pathlib.Path | None = None
) -> tuple[LeftOut, ...]:
    """Write the tree of a commit into the new directory `folder`; gives what was left out, by path.

    Files are read-only, executables keep their x bits; attributes and filters have no say. A file that is
    in the published tree `like`, byte for byte and at the same path, becomes a hard link to it. The .git inside is
    made for the final place, .trees/<key>/<commit>. Raises NodeError or OSError: `folder` is half written and of no
    use.
    """
    git, timeout = remote.git, remote.fetch_timeout
    with listing_of(git, store, commit, remote.limits, timeout) as listing:
        check_room(folder.parent, remote.limits, add_bytes=listing.space, add_inodes=listing.inodes)
        folder.mkdir(mode=0o755)
        root = os.fsencode(folder)
        reasons = {entry.path: ODD.get(entry.mode, "no regular file") for entry in listing if not _publishable(entry)}
        targets = _write_files(git, store, listing, root, like, timeout)
    reasons.update(judge_links(targets, partial(_kind_of, root)))
    for path, target in targets.items():
        if path not in reasons:
            os.symlink(target, os.path.join(root, path))
    left_out = tuple(LeftOut(os.fsdecode(path), reason) for path, reason in sorted(reasons.items()))
    facts = Facts(listing.files - len(targets.keys() | reasons.keys()), listing.bytes, left_out)
    _write_git_dir(folder / ".git", commit, remote.url, facts, store=store.name)
    return left_out


def _publishable(entry: Entry) -> bool:
    return entry.mode in MODES or entry.mode == FOLDER or _is_link(entry)


def _is_link(entry: Entry) -> bool:
    return entry.mode == LINK and 0 < entry.size <= LONGEST_TARGET


def _write_files(
    git: Git, store: pathlib.Path, listing: Listing, root: bytes, like: pathlib.Path | None, timeout: float
) -> dict[bytes, bytes]:
    """Write directories and files; gives the targets of the links. Links come later: nothing is written through one."""
    targets = {}
    linked = bytearray()  # of one file after the other: whether it is there before the blobs are read
    with tempfile.TemporaryFile(dir=git.scratch) as wanted:
        for entry in listing:
            if entry.mode == FOLDER:
                os.mkdir(os.path.join(root, entry.path), 0o755)
            elif entry.mode in MODES:
                linked.append(like is not None and _linked(os.fsencode(like), root, entry))
            if _is_link(entry) or (entry.mode in MODES and not linked[-1]):
                wanted.write(entry.blob + b"\n")
        wanted.seek(0)
        args = ["cat-file", "--batch", "--buffer"]
        with git.reading(args, git_dir=store, stdin=wanted, timeout=timeout) as blobs:
            there = iter(linked)
            for entry in listing:
                if entry.mode in MODES and not next(there):
                    write_file(os.path.join(root, entry.path), MODES[entry.mode], _blob(blobs, entry))
                elif _is_link(entry):
                    targets[entry.path] = b"".join(_blob(blobs, entry))
    return targets


def _linked(like: bytes, root: bytes, entry: Entry) -> bool:
    """Make the file one with that of the other tree, if it is the same and the volume allows it."""
    old = os.path.join(like, entry.path)
    try:
        if is_file(old, entry):
            os.link(old, os.path.join(root, entry.path))
            return True
    except OSError:  # not there, too many links, a file of another user
        pass
    return False


def _kind_of(root: bytes, path: bytes) -> str | None:
    """What was written there."""
    try:
        mode = os.lstat(os.path.join(root, path)).st_mode
    except OSError:
        return None
    return links.FOLDER if stat.S_ISDIR(mode) else links.FILE


def _blob(blobs: IO[bytes], entry: Entry) -> Iterator[bytes]:
    """Bytes of the next blob of `cat-file --batch`, in chunks; they must be used up. Raises DamageError."""
    header = blobs.readline().split()
    if header != [entry.blob, b"blob", str(entry.size).encode()]:
        raise DamageError(f"the blob of {os.fsdecode(entry.path)!r} cannot be read")
    found = blob_hash(entry.size)
    left = entry.size + 1  # git ends each with a newline
    while left > 0:
        data = blobs.read(min(left, CHUNK))
        if not data:
            raise DamageError(f"the blob of {os.fsdecode(entry.path)!r} ends early")
        left -= len(data)
        data = data if left else data[:-1]
        found.update(data)
        yield data
    if found.hexdigest().encode() != entry.blob:
        raise DamageError(f"the blob of {os.fsdecode(entry.path)!r} does not have the content of its id")


def write_file(path: bytes, mode: int, chunks: Iterable[bytes]) -> None:
    """Write a new file of that mode. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with open(descriptor, "wb", buffering=0) as file:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]


def _write_git_dir(folder: pathlib.Path, commit: str, url: str, facts: Facts, *, store: str | None) -> None:
    """A .git with that one commit. Its objects are those of the store of that name, or its own when there is none."""
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "objects" / "pack").mkdir()
    (folder / "refs").mkdir()
    left_out = {one.path: one.reason for one in facts.left_out}
    told = {"files": facts.files, "bytes": facts.bytes, "leftOut": left_out}
    texts = {**git_texts(commit, store), "config": git_config(url), FACTS: json.dumps(told, indent=2) + "\n"}
    for name, text in texts.items():
        write_file(os.fsencode(folder / name), 0o444, [text.encode()])


def git_texts(commit: str, store: str | None) -> dict[str, str]:
    """The files of a .git that follow from the commit; the way to the objects is relative, for any mount."""
    texts = {"HEAD": f"{commit}\n", "shallow": f"{commit}\n"}
    if store is not None:
        texts["objects/info/alternates"] = f"../../../../../.store/{store}/objects\n"
    return texts


def git_config(url: str) -> str:
    """Text of a published tree's .git/config."""
    core = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
    return f'{core}[remote "origin"]\n\turl = {url}\n'


def facts_of(tree: pathlib.Path) -> Facts:
    """What was counted when a published tree was written."""
    try:
        found = json.loads((tree / ".git" / FACTS).read_bytes())
        left_out = tuple(LeftOut(str(path), str(reason)) for path, reason in found["leftOut"].items())
        return Facts(int(found["files"]), int(found["bytes"]), left_out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Facts()


def _link_or_copy(there: bytes, new: bytes) -> None:
    try:
        os.link(there, new)
    except OSError:  # too many links, or a file of another user
        shutil.copy(there, new)


def text_of(path: pathlib.Path) -> str | None:
    """Text of a file; None when it is not there or no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def follow_url(volume: Volume, tree: pathlib.Path, url: str) -> None:
    """Let a tree that is already there name the clone URL of today: the one thing in it that a commit does not fix."""
    config = tree / ".git" / "config"
    if text_of(config) != git_config(url):
        volume.write(config, git_config(url).encode(), 0o444)


def write_public(remote: Remote, store: pathlib.Path, commit: str, tree: pathlib.Path, folder: pathlib.Path) -> None:
    """Write a published tree once more into the new directory `folder`, with the objects of its commit inside.

    Files are hard links to those of `tree`. Raises GitError or OSError: `folder` is half written and of no use.
    """
    root, copy = os.fsencode(tree), os.fsencode(folder)
    folder.mkdir(mode=0o755)
    for path in sorted(walk(root, b"")):
        there, new = os.path.join(root, path), os.path.join(copy, path)
        if os.path.islink(there):
            os.symlink(os.readlink(there), new)
        elif os.path.isdir(there):
            os.mkdir(new, 0o755)
        else:
            _link_or_copy(there, new)
    _write_git_dir(folder / ".git", commit, remote.url, facts_of(tree), store=None)
    pack = folder / ".git" / "objects" / "pack" / "pack"
    with tempfile.TemporaryFile(dir=remote.git.scratch) as wanted:
        wanted.write(f"{commit}\n".encode())
        wanted.seek(0)
        args = ["pack-objects", "--revs", "--quiet", str(pack)]
        remote.git.run(args, git_dir=store, timeout=remote.fetch_timeout, stdin=wanted)


def walk(root: bytes, path: bytes) -> Iterator[bytes]:
    """Every path below a directory but .git, parents first."""
    with os.scandir(os.path.join(root, path)) as found:
        for entry in found:
            below = path + b"/" + entry.name if path else entry.name
            if below == b".git":
                continue
            yield below
            if entry.is_dir(follow_symlinks=False):
                yield from walk(root, below)
