"""A directory that a user works in, as Git sees it: what it ignores there, and what was there at a commit."""

from __future__ import annotations

import os
import pathlib
from typing import Final

from overlays.errors import InvalidInput
from overlays.io import revision
from overlays.io.codes import PAST
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted
from overlays_node import NodeError, trees
from overlays_node.git import Git
from overlays_node.limits import Limits
from overlays_node.store import Remote

_LIMITS: Final = Limits(min_free=0)
"""As on a node, but how full the disk of a user is nobody's business."""
_SECONDS: Final = 600
_SHA_1: Final = 40
"""Digits of an object's id."""
_IGNORED: Final = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")
"""A repository may name a program that watches its files; it is not run."""


def ignored(directory: pathlib.Path) -> frozenset[str]:
    """Paths below a directory that Git ignores, a directory for all that is in it; none where Git cannot be asked."""
    try:
        done = revision.ask_git(directory, Location(str(directory)), *_QUIET, *_IGNORED)
    except InvalidInput:
        return frozenset()
    names = done.stdout.split(b"\0") if done.returncode == 0 else []
    return frozenset(os.fsdecode(name.rstrip(b"/")) for name in names if name)


def write_past(directory: pathlib.Path, name: str, scratch: pathlib.Path) -> pathlib.Path | None:
    """The files of a directory as they were at a revision, written by the rules of the node into a new directory.

    Nothing is checked out: neither filters nor hooks have a say. None: the directory was not there then.
    scratch: an existing folder for temporary files. Raises InvalidInput OVL421, OVL422 and OVL542.
    """
    where = Location(f"--base {name}")
    commit = revision.commit_of(name, directory, where)
    prefix = _line(directory, where, "rev-parse", "--show-prefix").rstrip("/")
    tree = _line(directory, where, "rev-parse", "--verify", "--quiet", f"{commit}:{prefix}")
    if not tree:
        return None
    git_dir = pathlib.Path(_line(directory, where, "rev-parse", "--absolute-git-dir"))
    target = scratch / "past"
    try:
        trees.write(Remote(Git(scratch), "", _SECONDS, _SECONDS, _LIMITS), git_dir, tree, target)
    except (NodeError, OSError) as error:
        why, hint = str(error), "if the clone is partial, fetch that commit as a whole"
        if len(tree) > _SHA_1:
            why, hint = "it is a SHA-256 repository, which the cache does not take either", "use a SHA-1 repository"
        what = f"the files of {quoted(str(directory))} at {quoted(name)} cannot be looked at"
        raise InvalidInput(Finding(where, PAST, "", what, why, hint)) from None
    return target


def _line(directory: pathlib.Path, where: Location, *arguments: str) -> str:
    """One line that git prints, "" when it prints none."""
    return os.fsdecode(revision.ask_git(directory, where, *arguments).stdout).removesuffix("\n")
