"""Whether a published tree still is what was written: after a crash of the machine nobody knows."""

# The paths of a commit are bytes, which pathlib does not take.
# ruff: noqa: PTH115, PTH118, PTH123
from __future__ import annotations

import os
import pathlib
import stat

from overlays_node.listing import CHUNK, FOLDER, LINK, MODES, Entry, entries, hash_of
from overlays_node.store import Remote
from overlays_node.trees import facts_of, git_texts, text_of, walk


def damage(remote: Remote, store: pathlib.Path, commit: str, folder: pathlib.Path, *, own_objects: bool) -> str | None:
    """How a published tree differs from its commit, or None. Every byte is read.

    Raises GitError and others as `entries` does: it cannot be judged.
    """
    listing = {e.path: e for e in entries(remote.git, store, commit, remote.limits, remote.fetch_timeout)}
    for name, text in git_texts(commit, None if own_objects else store.name).items():
        if text_of(folder / ".git" / name) != text:
            return f".git/{name} is not as it was written"
    may_lack = {os.fsencode(one.path) for one in facts_of(folder).left_out}
    root = os.fsencode(folder)
    there = set(walk(root, b""))
    for path in sorted(there - set(listing)):
        return f"{os.fsdecode(path)!r} is not in the commit"
    for path in sorted(set(listing) - there):
        if path not in may_lack or listing[path].mode in MODES:
            return f"{os.fsdecode(path)!r} is missing"
    for path in sorted(there):
        if not _as_written(os.path.join(root, path), listing[path]):
            return f"{os.fsdecode(path)!r} is not as it was written"
    return None


def _as_written(path: bytes, entry: Entry) -> bool:
    """Whether what stands there has the kind, the permissions and the content of the entry."""
    mode = os.lstat(path).st_mode
    if entry.mode == FOLDER:
        return stat.S_ISDIR(mode)
    if entry.mode == LINK:
        return stat.S_ISLNK(mode) and hash_of([os.readlink(path)], entry.size) == entry.blob
    if not stat.S_ISREG(mode) or stat.S_IMODE(mode) != MODES.get(entry.mode):
        return False
    with open(path, "rb") as file:
        return hash_of(iter(lambda: file.read(CHUNK), b""), entry.size) == entry.blob
