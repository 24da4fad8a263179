"""The ids of files and folders in commits, many at a time: git looks up one path after the other, or lists it all."""

from __future__ import annotations

import os
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence

from overlays_node.git import Git
from overlays_node.listing import DamageError, records
from overlays_node.store import LOCAL_SECONDS

SECONDS = 10 * LOCAL_SECONDS  # for one git command, however large the commit is
FEW = 100  # paths of one commit: to look up more, each in folders of any size, takes longer than to list the commit
ID = re.compile(rb"[0-9a-f]{40}")
Numbers = Mapping[bytes, Sequence[int]]  # path -> where its id belongs


def askable(where: str) -> bool:
    """Whether git can be asked for a path in a commit: it reads lines, and takes a carriage return at their end off."""
    return "\n" not in where and not where.endswith("\r")


def ids_of(git: Git, git_dir: pathlib.Path, asked: Sequence[bytes], look: Callable[[], None]) -> list[bytes]:
    """The ids of these "<commit>:<path>", in their order. `look` is called again and again.

    All of it is held in memory. Raises GitError, DamageError: one is not there.
    """
    found = [b""] * len(asked)
    wanted: dict[bytes, dict[bytes, list[int]]] = {}
    for number, line in enumerate(asked):
        commit, _, where = line.partition(b":")
        wanted.setdefault(commit, {}).setdefault(where, []).append(number)
    few = [number for places in wanted.values() if len(places) <= FEW for all_ in places.values() for number in all_]
    if few:
        _look_up(git, git_dir, asked, few, found)
    for commit, places in wanted.items():
        if len(places) > FEW:
            _list(git, git_dir, commit, places, found, look)
    for number, one in enumerate(found):
        if not ID.fullmatch(one):
            raise DamageError(f"git does not find an object: {os.fsdecode(asked[number][:200])!r}")
    return found


def _look_up(
    git: Git, git_dir: pathlib.Path, asked: Sequence[bytes], numbers: Iterable[int], found: list[bytes]
) -> None:
    with tempfile.TemporaryFile(dir=git.scratch) as lines:
        lines.writelines(asked[number] + b"\n" for number in numbers)
        lines.seek(0)
        args = ["cat-file", "--batch-check=%(objectname)", "--buffer"]
        with git.reading(args, git_dir=git_dir, stdin=lines, timeout=SECONDS) as answers:
            for number in numbers:
                found[number] = answers.readline().rstrip(b"\n")


def _list(
    git: Git, git_dir: pathlib.Path, commit: bytes, places: Numbers, found: list[bytes], look: Callable[[], None]
) -> None:
    args = ["ls-tree", "-r", "-t", "-z", "--full-tree", commit.decode()]
    with git.reading(args, git_dir=git_dir, timeout=SECONDS) as output:
        for record in records(output):
            facts, _, path = record.partition(b"\t")
            for number in places.get(path, ()):
                look()
                found[number] = facts.split()[2]
