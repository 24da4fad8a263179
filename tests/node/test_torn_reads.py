"""Readers during hundreds of updates of twenty repositories: no mixed set, no file that is not whole, none missing."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.chaos import key
from tests.support.chaos_loop import Loop
from tests.support.git_repo import FIRST, WHO, GitRepo
from tests.support.node import Node
from tests.support.rounds import Rounds

REPOS = tuple(f"owner{number % 3}/repo{number:02}" for number in range(20))
ALWAYS = tuple(f"tools/t{number}/run.py" for number in range(5))  # in every commit
SOMETIMES = "sometimes"  # in every second commit
LINES = 200  # of a file: some pages, so that a read is not one step
RECENT = 4  # commits that a branch may go back to
NEW = 0.25  # share of the updates that bring a new commit
PAUSE = 0.01  # seconds between two reads: the two cores are for the writer and the server too
KEPT = 5  # trees of a repository that stay besides those of the current and the previous set


@dataclass
class Found:
    """What the readers saw."""

    sets: set[str] = field(default_factory=set)
    whole: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)


class Branches:
    """Every commit is made beforehand, by one `git fast-import` for each repository; an update then moves a branch.

    Some updates bring a new commit, the others go back to one of the last few, whose tree may still be there.
    """

    def __init__(self, node: Node, count: int) -> None:
        self.commits = {name: _import(node.repo(name), name, count) for name in REPOS}
        self._repos = node.repos
        self._newest = dict.fromkeys(REPOS, 0)
        self._at = dict.fromkeys(REPOS, 0)
        for name in REPOS:
            self._move(name, 0)

    def push(self, name: str, dice: random.Random) -> None:
        """One update."""
        newest = self._newest[name]
        recent = [number for number in range(max(0, newest - RECENT), newest) if number != self._at[name]]
        if not recent or (dice.random() < NEW and newest + 1 < len(self.commits[name])):
            self._newest[name] += 1
            recent = [newest + 1]
        self._move(name, dice.choice(recent))

    def _move(self, name: str, number: int) -> None:
        """As git itself moves a branch."""
        self._at[name] = number
        repo = self._repos[name].path
        new = repo / "refs/heads/main.lock"
        new.write_text(self.commits[name][number] + "\n")
        new.rename(repo / "refs/heads/main")


def _import(repo: GitRepo, name: str, count: int) -> list[str]:
    stream: list[bytes] = []
    for number in range(count):
        who = b"%b %d +0000" % (WHO, FIRST + number)
        stream.append(b"commit refs/made/%d\nauthor %b\ncommitter %b\ndata 0\n" % (number, who, who))
        for path in (*ALWAYS, *([SOMETIMES] if number % 2 else [])):
            data = text(name, path, number).encode()
            stream.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(data), data))
    repo.git("fast-import", "--quiet", stdin=b"".join(stream))
    refs = repo.refs()
    return [refs[f"refs/made/{number}"] for number in range(count)]


def text(repo: str, path: str, number: int) -> str:
    """A file that says what it is, and ends with the digest of the lines before."""
    body = f"{repo} {path} {number}\n" * LINES
    return f"{body}{hashlib.sha256(body.encode()).hexdigest()}\n"


def number_in(content: str) -> int:
    """The commit number that a whole file holds. Raises ValueError: it is not whole."""
    body, digest = content[:-65], content[-65:-1]
    if hashlib.sha256(body.encode()).hexdigest() != digest:
        raise ValueError("the content does not fit its digest")
    return int(body.split(maxsplit=3)[2])


def read_set(root: pathlib.Path, branches: Branches, found: Found) -> None:
    """Resolve once, then read everything: one commit in each repository, and exactly the set that was published."""
    folder = pathlib.Path(os.path.realpath(root / ".current"))
    record = json.loads((folder / ".set.json").read_bytes())
    pairs = []
    for repo in REPOS:
        numbers = {number_in((folder / repo / path).read_text()) for path in ALWAYS}
        (number,) = numbers
        if (folder / repo / SOMETIMES).exists() != bool(number % 2):
            raise ValueError(f"{repo}: {SOMETIMES} of another commit")
        if number % 2:
            numbers.add(number_in((folder / repo / SOMETIMES).read_text()))
        (commit,) = {branches.commits[repo][number] for number in numbers}
        tree = pathlib.Path(os.path.realpath(folder / repo))
        if (tree.parent.name, tree.name) != (key(repo), commit):
            raise ValueError(f"{repo}: {tree} holds {commit}")
        pairs.append([repo, commit])
    name = json.dumps([1, record["manifestDigest"], pairs], separators=(",", ":"))  # the identity of a set: node.md 1
    if hashlib.sha256(name.encode()).hexdigest()[:16] != folder.name:
        raise ValueError(f"the commits read in {folder} are not the set of that name")
    found.sets.add(folder.name)


def read_stable(root: pathlib.Path, branches: Branches, found: Found) -> None:
    """Resolve every path anew: each file is whole, and none is missing that is in every commit."""
    for repo in REPOS:
        for path in (*ALWAYS, SOMETIMES):
            try:
                content = (root / repo / path).read_text()
            except FileNotFoundError:
                if path != SOMETIMES:
                    raise
                continue
            number_in(content)


def test_torn_reads(node: Node, rounds: Rounds) -> None:
    """500 updates of repositories, and in the long form 500 sets."""
    sets = rounds(short=38, long=500)
    fewest, most = rounds(short=8, long=1), rounds(short=20, long=6)  # repositories that move at a time
    dice = random.Random(0)
    branches = Branches(node, rounds(short=12, long=50))
    node.want(*REPOS)
    found, done = Found(), threading.Event()
    with Loop(node, interval=0.05) as loop:
        loop.wait_for("set-published", complete=True)
        readers = [
            threading.Thread(target=keep_reading, args=(read, node, loop, branches, found, done))
            for read in (read_set, read_stable)
        ]
        for reader in readers:
            reader.start()
        try:
            for _ in range(sets):
                names, so_far = dice.sample(REPOS, dice.randint(fewest, most)), len(loop.events)
                for name in names:
                    branches.push(name, dice)
                for name in names:
                    loop.wait_for("repository-updated", after=so_far, repository=name)
            loop.wait_for_passes()
        finally:
            done.set()
            for reader in readers:
                reader.join()
        published = {event["set"] for event in loop.named("set-published") if event["complete"]}
    assert found.wrong == []
    assert len(loop.named("repository-updated")) >= 500
    assert len(published) >= sets
    assert found.sets <= published
    assert len(found.sets) > len(published) / 2
    assert found.late <= found.whole / 100


def keep_reading(
    read: Callable[[pathlib.Path, Branches, Found], None],
    node: Node,
    loop: Loop,
    branches: Branches,
    found: Found,
    done: threading.Event,
) -> None:
    """Read again and again. One that took so long that its trees were collected under it is late, not wrong."""
    while not done.wait(PAUSE):
        before = len(loop.named("set-published"))
        try:
            read(node.root, branches, found)
            found.whole += 1
        except (OSError, ValueError) as why:
            if isinstance(why, FileNotFoundError) and len(loop.named("set-published")) - before > KEPT:
                found.late += 1
            else:
                found.wrong.append(f"{read.__name__}: {why}")
