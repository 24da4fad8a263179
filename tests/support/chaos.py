"""What a cache serves, judged from outside: every file against git's own listing of the commit it is said to be.

    served = Truth(node).served()      # raises AssertionError: something is served that is not whole and right
    served.commits                     # {"acme/base": "<40 hex>"}

Nothing here uses the runtime's code: an error of it must not hide itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import stat
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.node import Node

PUBLISHED = {"100644": 0o444, "100755": 0o555}  # of git -> on disk
GIT = ("git", "-c", "safe.directory=*")
Entry = tuple[str, str]  # mode and blob id as git lists them
Listing = Mapping[str, Entry]


@dataclass(frozen=True)
class Served:
    """A current set, found whole and right. `unlinked`: repositories of it that have no stable path of ours."""

    set: str
    complete: bool
    commits: Mapping[str, str]
    unlinked: frozenset[str] = frozenset()


@dataclass
class Truth:
    """Compares a cache with the repositories on the server. Commits never change, so what git said is kept."""

    node: Node
    listings: dict[str, Listing] = field(default_factory=dict)
    seen: set[tuple[str, int, int]] = field(default_factory=set)

    def served(self, *, objects: bool = True) -> Served | None:
        """The current set; None when there is none. Every other published tree and the public part are looked at too.

        Without `objects` the stores are known to be damaged: the files must be right, git need not work.
        """
        root = self.node.root
        for place in (root, root / "public"):
            self.check_trees(place / ".trees")
        self.current(root / "public", objects=True)  # it has objects of its own
        return self.current(root, objects=objects)

    def current(self, root: pathlib.Path, *, objects: bool = True) -> Served | None:
        """The current set of the cache, or of its public part."""
        if not os.path.lexists(root / ".current"):
            return None
        target = str((root / ".current").readlink())
        assert re.fullmatch(r"\.sets/[0-9a-f]{16}", target), target
        record = json.loads((root / target / ".set.json").read_bytes())
        commits = {repo: str(entry["commit"]) for repo, entry in record["repositories"].items()}
        links = {
            str(path.relative_to(root / target)): str(path.readlink())
            for path in (root / target).glob("*/*")
            if path.is_symlink()
        }
        assert links == {repo: f"../../../.trees/{key(repo)}/{commit}" for repo, commit in commits.items()}
        for repo, commit in commits.items():
            assert self.faults(root / ".trees" / key(repo) / commit) == []
        unlinked = {repo for repo in commits if not _stable_path_is_right(root / repo, repo, commits[repo], objects)}
        return Served(target.rpartition("/")[2], record["complete"] is True, commits, frozenset(unlinked))

    def check_trees(self, folder: pathlib.Path) -> None:
        """Every published tree is whole and right, served or not. One that was seen before is not read again."""
        for tree in sorted(folder.glob("*/*")):
            state = tree.lstat()
            mark = (str(tree), state.st_ino, state.st_ctime_ns)
            if mark not in self.seen:
                assert self.faults(tree) == []
                self.seen.add(mark)

    def faults(self, tree: pathlib.Path) -> list[str]:
        """How the tree of a commit differs from what git lists for the commit it is named after."""
        repo, commit = tree.parent.name.replace("%2F", "/"), tree.name
        want, found = self.listing(repo, commit), listing_on_disk(tree)
        wrong = [
            f"{tree}/{path}: {found.get(path, 'missing')}, not {want.get(path, 'there')}"
            for path in sorted({*want, *found})
            if want.get(path) != found.get(path)
        ]
        head = tree / ".git" / "HEAD"
        if not head.is_file() or head.read_text() != f"{commit}\n":
            wrong.append(f"{head}: not the commit")
        return wrong

    def listing(self, repo: str, commit: str) -> Listing:
        """Path -> mode and blob of every file of a commit, as the repository on the server lists it."""
        if commit not in self.listings:
            lines = self.node.repos[repo].git("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
            pairs = (line.partition("\t") for line in lines if line)
            self.listings[commit] = {path: (facts.split()[0], facts.split()[2]) for facts, _, path in pairs}
        return self.listings[commit]

    def newest(self, repos: Collection[str]) -> dict[str, str]:
        """Repo -> the commit its default branch is at, on the server."""
        return {repo: self.node.repos[repo].git("rev-parse", "HEAD") for repo in repos}

    def check_healed(self, repos: Collection[str], *, public: Collection[str] = ()) -> Served:
        """A pass has ended well: the newest commits, nothing left over, stores that git finds complete."""
        served, shown = self.served(), self.current(self.node.root / "public")
        assert served is not None
        assert (shown.commits if shown else {}) == self.newest(public)
        assert (served.complete, served.commits, served.unlinked) == (True, self.newest(repos), frozenset())
        assert left_overs(self.node.root) == []
        for store in sorted((self.node.root / ".store").iterdir()):
            command = [*GIT, f"--git-dir={store}", "fsck", "--connectivity-only", "--no-progress"]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert done.returncode == 0, f"{store}: {done.stdout}{done.stderr}"
        status: Mapping[str, Any] = self.node.status()
        assert (status["set"], status["complete"], status["notReadyReason"]) == (served.set, True, None)
        assert {repo: one["commit"] for repo, one in status["repositories"].items()} == served.commits
        return served


def _stable_path_is_right(link: pathlib.Path, repo: str, commit: str, objects: bool) -> bool:
    """Whether a stable path of ours stands there; then git must find the commit through it."""
    if not link.is_symlink() or str(link.readlink()) != f"../.current/{repo}":
        return False
    names = ["HEAD", *(["HEAD^{tree}"] if objects else [])]
    done = subprocess.run([*GIT, "-C", str(link), "rev-parse", *names], check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[:1] == [commit], f"{link}: {done.stdout}{done.stderr}"
    assert done.returncode == 0, f"{link}: {done.stderr}"
    return True


def key(repo: str) -> str:
    """Name of a repository's folder in .trees, and of its store without ".git"."""
    return repo.replace("/", "%2F")


def listing_on_disk(tree: pathlib.Path) -> Listing:
    """Path -> mode and blob id of everything below a published tree except .git, as git would list it.

    What git would never list (an empty folder, other permissions than those published) has a mode of its own.
    """
    found: dict[str, Entry] = {}
    for folder, folders, files in os.walk(tree):
        at = pathlib.Path(folder)
        if at == tree and ".git" in folders:
            folders.remove(".git")
        for name in [*files, *(one for one in folders if (at / one).is_symlink())]:
            found[str((at / name).relative_to(tree))] = _entry(at / name)
        permissions = stat.S_IMODE(at.lstat().st_mode)
        if permissions != 0o755 or (at != tree and not files and not folders):
            found[str(at.relative_to(tree))] = (f"a folder, {permissions:o}", "")
    return found


def _entry(path: pathlib.Path) -> Entry:
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode):
        return "120000", blob_id(os.fsencode(os.readlink(path)))  # noqa: PTH115  (the text as it is)
    if not stat.S_ISREG(state.st_mode):
        return f"{state.st_mode:o}", ""
    permissions = stat.S_IMODE(state.st_mode)
    modes = [mode for mode, published in PUBLISHED.items() if published == permissions]
    return modes[0] if modes else f"{permissions:o}", blob_id(path.read_bytes())


def blob_id(content: bytes) -> str:
    """Git's name of a file's content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


def left_overs(root: pathlib.Path) -> list[str]:
    """What only an unfinished pass leaves behind."""
    temporary = [path for folder in (".tmp", ".trash") for path in (root / folder).iterdir()]
    stores = root / ".store"
    return [str(path) for path in (*temporary, *stores.rglob("*.lock"), *stores.rglob("tmp_*"))]
