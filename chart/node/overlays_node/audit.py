"""Whether a published tree still is what was written: after a crash of the machine nobody knows."""

# The paths of a commit are bytes, which pathlib does not take.
# ruff: noqa: PTH115, PTH118
from __future__ import annotations

import os
import pathlib
import stat

from overlays_node.listing import FOLDER, LINK, MODES, Entry, hash_of, is_file, listing_of
from overlays_node.store import Remote
from overlays_node.trees import facts_of, git_texts, text_of, walk


def damage(remote: Remote, store: pathlib.Path, commit: str, folder: pathlib.Path, *, own_objects: bool) -> str | None:
    """How a published tree differs from its commit, or None. Every byte is read.

    Raises GitError and others as `listing_of` does: it cannot be judged.
    """
    for name, text in git_texts(commit, None if own_objects else store.name).items():
        if text_of(folder / ".git" / name) != text:
            return f".git/{name} is not as it was written"
    root = os.fsencode(folder)
    may_lack = {os.fsencode(one.path) for one in facts_of(folder).left_out}
    found = 0
    with listing_of(remote.git, store, commit, remote.limits, remote.fetch_timeout) as listing:
        for entry in listing:
            path = os.path.join(root, entry.path)
            if os.path.lexists(path):
                found += 1
                if not _as_written(path, entry):
                    return f"{os.fsdecode(entry.path)!r} is not as it was written"
            elif entry.path not in may_lack or entry.mode in MODES:
                return f"{os.fsdecode(entry.path)!r} is missing"
    if sum(1 for _ in walk(root, b"")) != found:
        return "something is there that is not in the commit"
    return None


def _as_written(path: bytes, entry: Entry) -> bool:
    """Whether what stands there has the kind, the permissions and the content of the entry."""
    mode = os.lstat(path).st_mode
    if entry.mode == FOLDER:
        return stat.S_ISDIR(mode) and mode & 0o777 == 0o755  # a volume may add the set-gid bit
    if entry.mode == LINK:
        return stat.S_ISLNK(mode) and hash_of([os.readlink(path)], entry.size) == entry.blob
    return entry.mode in MODES and is_file(path, entry)
