"""Whether a published tree still is what was written: after a crash of the machine nobody knows."""

# The paths of a commit are bytes, which pathlib does not take.
# ruff: noqa: PTH115, PTH118
from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Mapping

from overlays_node.limits import Limits
from overlays_node.listing import FOLDER, LINK, MODES, Entry, Listing, hash_of, is_file, listing_of
from overlays_node.merge_commit import fixed_texts
from overlays_node.store import Remote
from overlays_node.trees import facts_of, git_texts, text_of, walk

ANY = 1 << 60
UNLIMITED = Limits(ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY)  # what is merged was within limits before


def damage(remote: Remote, store: pathlib.Path, commit: str, folder: pathlib.Path, *, own_objects: bool) -> str | None:
    """How a published tree differs from its commit, or None. Every byte is read.

    Raises GitError and others as `listing_of` does: it cannot be judged.
    """
    reason = _git_damage(folder, git_texts(commit, None if own_objects else store.name))
    if reason is not None:
        return reason
    may_lack = {os.fsencode(one.path) for one in facts_of(folder).left_out}
    with listing_of(remote.git, store, commit, remote.limits, remote.fetch_timeout) as listing:
        return _difference(listing, os.fsencode(folder), may_lack, empty_folders=False)


def merged_damage(remote: Remote, folder: pathlib.Path) -> str | None:
    """The same for a merged tree, whose own .git finds its objects. Raises as `damage`."""
    commit = folder.name
    reason = _git_damage(folder, fixed_texts(folder.parent.name.replace("%2F", "/"), commit))
    if reason is not None:
        return reason
    remote.git.run(["diff-index", "--cached", "--quiet", commit], git_dir=folder / ".git", timeout=remote.fetch_timeout)
    with listing_of(remote.git, folder / ".git", commit, UNLIMITED, remote.fetch_timeout) as listing:
        return _difference(listing, os.fsencode(folder), set(), empty_folders=True)


def _git_damage(folder: pathlib.Path, texts: Mapping[str, str]) -> str | None:
    wrong = [name for name, text in texts.items() if text_of(folder / ".git" / name) != text]
    return f".git/{wrong[0]} is not as it was written" if wrong else None


def _difference(listing: Listing, root: bytes, may_lack: set[bytes], *, empty_folders: bool) -> str | None:
    """How a directory differs from a listing; with `empty_folders` it may have more of these."""
    found = 0
    for entry in listing:
        path = os.path.join(root, entry.path)
        if os.path.lexists(path):
            found += not (empty_folders and entry.mode == FOLDER)
            if not _as_written(path, entry):
                return f"{os.fsdecode(entry.path)!r} is not as it was written"
        elif entry.path not in may_lack or entry.mode in MODES:
            return f"{os.fsdecode(entry.path)!r} is missing"
    there = (path for path in walk(root, b"") if not (empty_folders and _is_folder(os.path.join(root, path))))
    return None if sum(1 for _ in there) == found else "something is there that is not in the commit"


def _is_folder(path: bytes) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _as_written(path: bytes, entry: Entry) -> bool:
    """Whether what stands there has the kind, the permissions and the content of the entry."""
    mode = os.lstat(path).st_mode
    if entry.mode == FOLDER:
        return stat.S_ISDIR(mode) and mode & 0o777 == 0o755  # a volume may add the set-gid bit
    if entry.mode == LINK:
        return stat.S_ISLNK(mode) and hash_of([os.readlink(path)], entry.size) == entry.blob
    return entry.mode in MODES and is_file(path, entry)
