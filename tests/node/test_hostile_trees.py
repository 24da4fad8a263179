"""Hostile trees, published by a real sync: bombs, look-alikes of .git, and objects that no git would write."""

from __future__ import annotations

import pathlib
import stat
from collections.abc import Callable, Mapping

import pytest

import overlays_node
from overlays_node.limits import Limits
from tests.support.git_repo import Executable, Files, GitRepo, Symlink
from tests.support.node import Node

CODE = pathlib.Path(overlays_node.__file__).parent.parent
MIB = 1 << 20
SMALL = Limits(files=1000, bytes=MIB, path=200, name=50, min_free=0)


def file_bomb(one: GitRepo) -> str:
    """Ten to the tenth power of files, none of them empty."""
    blob = one.write("blob", b"boom")
    return nested(one, one.write_tree(*(("100644", b"%d" % number, blob) for number in range(10))), 9)


def folder_bomb(one: GitRepo) -> str:
    """Ten to the tenth power of directories, all of them empty: a plain listing shows nothing."""
    return nested(one, one.write_tree(), 10)


def byte_bomb(one: GitRepo) -> str:
    """One blob under a hundred names."""
    blob = one.write("blob", bytes(MIB // 64))
    return one.write_tree(*(("100644", b"%02d" % number, blob) for number in range(100)))


def zip_bomb(one: GitRepo) -> str:
    """Much that is packed into next to nothing."""
    return one.write_tree(("100644", b"zeros", one.write("blob", bytes(16 * MIB))))


def nested(one: GitRepo, tree: str, levels: int) -> str:
    for _ in range(levels):
        tree = one.write_tree(*(("40000", b"%d" % number, tree) for number in range(10)))
    return tree


def deep_path(one: GitRepo) -> str:
    tree = one.write_tree(("100644", b"x", one.write("blob", b"")))
    for _ in range(300):
        tree = one.write_tree(("40000", b"d", tree))
    return tree


def long_name(one: GitRepo) -> str:
    return one.write_tree(("100644", b"n" * 51, one.write("blob", b"")))


BOMBS: dict[Callable[[GitRepo], str], str] = {
    file_bomb: "the commit holds more than 1000 files, which is the limit",
    folder_bomb: "the commit holds more than 1000 directories, which is the limit",
    byte_bomb: "the commit holds more than 1 MiB, which is the limit",
    zip_bomb: "the commit holds more than 1 MiB, which is the limit",
    deep_path: "the commit holds a path of more than 100 levels, which is the limit",
    long_name: "the commit holds a name of more than 50 bytes, which is the limit",
}


def size_of(folder: pathlib.Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


@pytest.mark.parametrize("make", BOMBS)
def test_bomb_is_refused_by_a_limit_and_the_last_good_stays(node: Node, make: Callable[[GitRepo], str]) -> None:
    bomb, good = node.repo("acme/bomb", {"x": "1"}), node.repo("acme/good", {"x": "1"})
    node.want("acme/bomb", "acme/good")
    assert node.sync(limits=SMALL) == 0
    before = node.of("acme/bomb")["commit"]
    bomb.commit_tree(make(bomb))
    good.commit({"x": "2"})
    for failures in (1, 2):
        assert node.sync(limits=SMALL) == 1
        now = node.of("acme/bomb")
        assert (now["commit"], now["failures"]) == (before, failures)
        assert now["lastError"].startswith(BOMBS[make])
        assert [*(node.root / ".tmp").iterdir()] == []
        assert size_of(node.root) < MIB
    assert (node.text("acme/bomb/x"), node.text("acme/good/x")) == ("1", "2")
    bomb.commit({"x": "3"}, fresh=True)
    assert node.sync(limits=SMALL) == 0
    assert node.text("acme/bomb/x") == "3"


def test_what_is_as_large_as_the_limits_allow_is_served(node: Node) -> None:
    files: Files = {f"d{number}/f": "" for number in range(997)}
    long = "/".join(["n" * 49] * 4)  # 199 bytes
    node.repo("acme/one", {**files, long: bytes(MIB - 4), "n" * 50: "1234"})
    node.want("acme/one")
    assert node.sync(limits=SMALL) == 0
    assert len(node.text(f"acme/one/{long}")) == MIB - 4


# Names that some file system takes for .git, where a hook or a configuration could be put.

LOOK_ALIKES = (
    *(b".git", b".GIT", b".git ", b".git.", b"git~1", b"GIT~1", b".git::$INDEX_ALLOCATION", b".git\\x"),
    *(f".g{char}it".encode() for char in "\u200c\u200d\ufeff"),
)


def as_file(one: GitRepo, name: bytes) -> str:
    return one.write_tree(("100755", name, one.write("blob", b"gitdir: /elsewhere\n")))


def as_folder(one: GitRepo, name: bytes) -> str:
    config = one.write_tree(("100644", b"config", one.write("blob", b"[core]\n\tfsmonitor = touch owned\n")))
    return one.write_tree(("40000", name, config))


def as_link(one: GitRepo, name: bytes) -> str:
    return one.write_tree(("120000", name, one.write("blob", b"d")))


@pytest.mark.parametrize(("make", "depth"), [(as_file, 0), (as_folder, 3), (as_link, 1)])
def test_look_alikes_of_git_are_errors_of_their_repository(
    node: Node, make: Callable[[GitRepo, bytes], str], depth: int
) -> None:
    trees: dict[str, Callable[[GitRepo], str]] = {}
    for number, name in enumerate(LOOK_ALIKES):
        trees[f"acme/r{number}"] = lambda one, name=name: at_depth(one, make(one, name), depth)  # type: ignore[misc]
    check_refused(node, trees, ("fsck error",))


def at_depth(one: GitRepo, tree: str, depth: int) -> str:
    for _ in range(depth):
        tree = one.write_tree(("40000", b"d", tree))
    return tree


def check_refused(node: Node, trees: Mapping[str, Callable[[GitRepo], str]], words: tuple[str, ...]) -> None:
    """Each of these repositories was good and then gets such a tree: the good one stays, the error is told."""
    repos = {repo: node.repo(repo, {"x": "1"}) for repo in (*trees, "acme/good")}
    node.want(*repos)
    assert node.sync() == 0
    before = {repo: node.of(repo)["commit"] for repo in repos}
    for repo, make in trees.items():
        repos[repo].commit_tree(make(repos[repo]))
    new = repos["acme/good"].commit({"x": "2"})
    assert node.sync() == 1
    told = {repo: node.of(repo)["lastError"] for repo in trees}
    assert {repo for repo, error in told.items() if not any(word in str(error) for word in words)} == set(), told
    assert {repo: node.of(repo)["commit"] for repo in repos} == {**before, "acme/good": new}
    for repo in trees:
        assert sorted(path.name for path in (node.root / repo).iterdir()) == [".git", "x"]


# Trees that no git would write.


def blob(one: GitRepo) -> str:
    return one.write("blob", b"text")


def folder(one: GitRepo) -> str:
    return one.write_tree(("100644", b"y", blob(one)))


BROKEN: dict[str, Callable[[GitRepo], str]] = {
    "two-of-a-name": lambda one: one.write_tree(("100644", b"x", blob(one)), ("100755", b"x", blob(one))),
    "file-and-folder": lambda one: one.write_tree(("100644", b"x", blob(one)), ("40000", b"x", folder(one))),
    "link-and-folder": lambda one: one.write_tree(("120000", b"x", blob(one)), ("40000", b"x", folder(one))),
    "file-between-and-folder": lambda one: one.write_tree(
        ("100644", b"x", blob(one)), ("100644", b"x.y", blob(one)), ("40000", b"x", folder(one))
    ),
    "not-in-order": lambda one: one.write_tree(("100644", b"y", blob(one)), ("100644", b"x", blob(one))),
    "slash": lambda one: one.write_tree(("100644", b"a/x", blob(one))),
    "up": lambda one: one.write_tree(("100644", b"../x", blob(one))),
    "around-and-up": lambda one: one.write_tree(("100644", b"a/../../x", blob(one))),
    "absolute": lambda one: one.write_tree(("100644", b"/x", blob(one))),
    "dot": lambda one: one.write_tree(("40000", b".", folder(one))),
    "two-dots": lambda one: one.write_tree(("40000", b"..", folder(one))),
    "no-name": lambda one: one.write_tree(("100644", b"", blob(one))),
    "nothing": lambda one: one.write_tree(("100644", b"x", "0" * 40)),
    "absent": lambda one: one.write_tree(("100644", b"x", "12" * 20)),
    "folder-is-a-blob": lambda one: one.write_tree(("40000", b"x", blob(one))),
    "file-is-a-tree": lambda one: one.write_tree(("100644", b"x", folder(one))),
    "half": lambda one: one.write("tree", b"100644 x\0half an id"),
    "no-tree": lambda one: blob(one),
    "modules-with-an-option": lambda one: modules(one, b'[submodule "x"]\n\tpath = x\n\turl = -u./payload\n'),
    "modules-with-an-option-as-path": lambda one: modules(one, b'[submodule "x"]\n\tpath = -x\n\turl = /x\n'),
    "modules-with-a-name-that-leaves": lambda one: modules(one, b'[submodule "../../x"]\n\tpath = x\n\turl = /x\n'),
    "modules-link": lambda one: one.write_tree(("120000", b".gitmodules", blob(one))),
}


def modules(one: GitRepo, text: bytes) -> str:
    return one.write_tree(("100644", b".gitmodules", one.write("blob", text)), ("160000", b"x", "1" * 40))


def test_trees_that_no_git_would_write_are_errors_of_their_repository(node: Node) -> None:
    trees = {f"acme/{name}": make for name, make in BROKEN.items()}
    check_refused(node, trees, ("fsck error", "git fetch: ", "git ls-tree: "))


def test_no_mode_of_a_tree_reaches_the_disk(node: Node) -> None:
    one = node.repo("acme/one")
    plain = ("100000", "100444", "100600", "100644", "100664", "0100644", "102644", "104644")
    executable = ("100755", "0100755", "100777", "102755", "104755", "106755", "101755")
    devices = ("010644", "020644", "060644", "140644", "160644")
    files = [(mode, mode.encode(), blob(one)) for mode in sorted((*plain, *executable, *devices))]
    folders = [(mode, b"z" + mode.encode(), folder(one)) for mode in ("040000", "40000", "40755", "42777", "44755")]
    one.commit_tree(one.write_tree(*files, *folders))
    node.want("acme/one")
    assert node.sync() == 0
    tree = (node.root / "acme/one").resolve()
    modes = {path.name: path.lstat().st_mode for path in tree.iterdir()}
    assert {name for name in modes if stat.S_ISREG(modes[name])} == {*plain, *executable}
    assert {stat.S_IMODE(modes[name]) for name in plain} == {0o444}
    assert {stat.S_IMODE(modes[name]) for name in executable} == {0o555}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in tree.rglob("*") if path.is_dir()} == {0o755}
    assert node.of("acme/one")["leftOut"] == len(devices)


def test_links_and_files_change_places(node: Node) -> None:
    one = node.repo("acme/one", {"a": "file", "b": Symlink("a"), "c/x": "", "d": Executable("")})
    node.want("acme/one")
    assert node.sync() == 0
    one.commit({"a": Symlink("b"), "b": "file", "c/x": None, "c": "file", "d": None, "d/x": "file"})
    assert node.sync() == 0
    assert [node.text(f"acme/one/{path}") for path in ("a", "b", "c", "d/x")] == ["file"] * 4
