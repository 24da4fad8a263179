"""The files of the repositories where they are checked out: a directory laid out owner/name, or a node cache."""

# Text and os calls: a list may have thousands of repositories.
# ruff: noqa: PTH113, PTH115, PTH116, PTH118

from __future__ import annotations

import os
import pathlib
import re
import stat
from collections.abc import Iterable
from typing import Final, NamedTuple

from overlays.model.quoted import quoted

MOST_BYTES: Final = 1 << 20
"""Of a file inside .git that is read."""


class Checkout(NamedTuple):
    """The files of one repository. commit: the full id, None when the directory is no checkout of Git."""

    root: pathlib.Path
    commit: str | None


class Located(NamedTuple):
    """The checkouts by "owner/name"; for the others what is wrong with their directory, in words."""

    checkouts: dict[str, Checkout]
    missing: dict[str, str]


def locate(repos: Iterable[str], directory: str) -> Located:
    """The checkouts of these repositories in a directory, each at owner/name.

    In a node cache every repository is that of the set which is current now, also when another one is published
    meanwhile.
    """
    current = os.path.realpath(os.path.join(directory, ".current"))
    checkouts, missing = {}, {}
    for repo in dict.fromkeys(repos):
        place = _place(directory, repo, current)
        try:
            why = None if stat.S_ISDIR(os.stat(place).st_mode) else "not a directory"
        except OSError as error:
            why = (error.strerror or str(error)).lower()
        if why is None:
            checkouts[repo] = Checkout(pathlib.Path(place), commit_of(place))
        else:
            missing[repo] = f"{quoted(os.path.join(directory, repo))}: {why}"
    return Located(checkouts, missing)


def _place(directory: str, repo: str, current: str) -> str:
    """Where the files are: the stable link of a node cache is followed by way of the set that was resolved once."""
    place = os.path.join(directory, repo)
    try:
        target = os.readlink(place)
    except OSError:
        return place
    if target != f"../.current/{repo}":
        return place
    return os.path.realpath(os.path.join(current, repo))


def commit_of(root: str) -> str | None:
    """The commit that is checked out there; None when there is none to be found.

    Reads what Git wrote: .git may be a directory or, in a linked worktree or a submodule, a file that names one.
    """
    git_dir = os.path.join(root, ".git")
    if os.path.isfile(git_dir):
        git_dir = os.path.join(root, _text(git_dir).removeprefix("gitdir:").strip())
    head = _text(os.path.join(git_dir, "HEAD"))
    if not head.startswith("ref:"):
        return _commit(head)
    name = head.removeprefix("ref:").strip()
    common = os.path.join(git_dir, _text(os.path.join(git_dir, "commondir")))
    folders = (git_dir, common)
    found = (_commit(_text(os.path.join(folder, name))) for folder in folders)
    return next(filter(None, found), None) or _packed(common, name)


def _packed(git_dir: str, name: str) -> str | None:
    for line in _text(os.path.join(git_dir, "packed-refs"), 64 * MOST_BYTES).splitlines():
        commit, _, other = line.partition(" ")
        if other == name:
            return _commit(commit)
    return None


def _commit(text: str) -> str | None:
    return text if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", text) else None


def _text(path: str, most: int = MOST_BYTES) -> str:
    """Text of a regular file without the white space around it, "" when there is none; never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            data = os.read(descriptor, most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return ""
    return os.fsdecode(data).strip()
