"""Hostile links, published by a real sync: nothing below a tree leads out of it, and links that are fine stay."""

# The text of a link is bytes, and pathlib would clean it up.
# ruff: noqa: PTH115, PTH118
from __future__ import annotations

import os
import pathlib

import pytest

from tests.support.git_repo import Files, Submodule, Symlink
from tests.support.node import Node

FILES: Files = {
    "dir/file": "inside",
    "new\nline": "new line",
    os.fsdecode(b"\xff\xfe"): "no UTF-8",
    "top/file": "top",
    "other": "other of the tree",
    "p/other": "other of p",
    "p/q/other": "other of p/q",
    "p/q/r/file": "deep",
    "folder/file": "beside a link out",
    "sub": Submodule("1" * 40),
}
# Path -> target; and what it leads to, as bytes of a file or None for a directory.
FINE: dict[str, tuple[str | bytes, str | None]] = {
    "to-file": ("dir/file", "inside"),
    "to-folder": ("dir", None),
    "to-the-tree": (".", None),
    "dir/up": ("..", None),
    "dir/over": ("../p/q/r/file", "deep"),
    "odd-way": ("./dir//./../dir/file", "inside"),
    "with-slash": ("dir/", None),
    "through": ("to-folder/file", "inside"),
    "chain-1": ("chain-2", "inside"),
    "chain-2": ("dir/../chain-3", "inside"),
    "chain-3": ("to-file", "inside"),
    "newline": ("new\nline", "new line"),
    "bytes": (b"\xff\xfe", "no UTF-8"),
    "longest": ("./" * 2000 + "dir/file", "inside"),
    "to-a-folder-with-a-link-out": ("folder", None),
    # A link in the way: what its "..", read as text, would remove is not what the kernel goes up from.
    "p/q/r/l": ("../../../top", None),
    "deep": ("p/q/r", None),
    "elsewhere": ("p/q/r/l/../other", "other of the tree"),  # as text p/q/r/other
    "text-says-out": ("deep/../../other", "other of p"),  # as text ../other
}
BAD: dict[str, tuple[str | bytes, str]] = {
    "text-says-in": ("p/q/r/l/../../other", "a link that leaves the tree"),  # as text p/q/other
    "dir/text-says-in": ("../p/q/r/l/../../other", "a link that leaves the tree"),
    "absolute": ("/etc/passwd", "an absolute link"),
    "absolute-2": ("//etc/passwd", "an absolute link"),
    "process": ("/proc/self/root", "an absolute link"),
    "folder/out": ("/", "an absolute link"),
    "parent": ("..", "a link that leaves the tree"),
    "dir/parent": ("../..", "a link that leaves the tree"),
    "out-and-back": ("../../acme%2Fone", "a link that leaves the tree"),
    "deeper": ("dir/../../x", "a link that leaves the tree"),
    "through-up": ("dir/up/..", "a link that leaves the tree"),
    "dangling": ("nowhere", "a link to nothing"),
    "other-case": ("DIR/FILE", "a link to nothing"),
    "nowhere-and-back": ("nowhere/../dir/file", "a link to nothing"),
    "file-as-folder": ("dir/file/", "a link to nothing"),
    "file-and-up": ("dir/file/../file", "a link to nothing"),
    "too-long-a-name": ("n" * 300, "a link to nothing"),
    "git": (".git", "a link to nothing"),
    "git-config": (".git/config", "a link to nothing"),
    "git-objects": (".git/objects/info/alternates", "a link to nothing"),
    "dir/git-head": ("../.git/HEAD", "a link to nothing"),
    "to-submodule": ("sub", "a link to nothing"),
    "past-submodule": ("sub/../dir/file", "a link to nothing"),
    "to-left-out": ("absolute", "a link through 'absolute', which is left out"),
    "to-that": ("to-left-out", "a link through 'to-left-out', which is left out"),
    "through-folder": ("folder/out/etc/passwd", "a link through 'folder/out', which is left out"),
    "through-text": ("text-says-in/x", "a link through 'text-says-in', which is left out"),
    "self": ("self", "a link in a loop"),
    "self-deep": ("self-deep/x", "a link in a loop"),
    "loop-1": ("dir/../loop-2", "a link in a loop"),
    "loop-2": ("loop-1", "a link in a loop"),
    "into-loop": ("loop-1/x", "a link through 'loop-1', which is left out"),
    "empty": ("", "a link with an impossible target"),
    "nul": (b"dir/file\0", "a link with an impossible target"),
    "too-long": ("./" * 2044 + "dir/file", "a link with an impossible target"),
}


def links(table: dict[str, tuple[str | bytes, str]] | dict[str, tuple[str | bytes, str | None]]) -> dict[str, Symlink]:
    return {path: Symlink(target) for path, (target, _) in table.items()}


def check_contained(tree: pathlib.Path) -> None:
    """No path in the tree ends outside it, by name or when it is opened."""
    top = os.path.realpath(tree)
    for folder, folders, names in os.walk(top):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            try:
                ends = {os.path.realpath(path, strict=True), os.readlink(f"/proc/self/fd/{opened}")}
            finally:
                os.close(opened)
            assert all(end == top or end.startswith(top + "/") for end in ends), path


def left_out(node: Node) -> dict[str, str]:
    events = node.events()
    assert [event for event in events if event["level"] == "error"] == []
    return {event["path"]: event["reason"] for event in events if event["event"] == "left-out"}


@pytest.mark.parametrize("public", [(), ("acme/one",)], ids=["private", "public"])
def test_links_stay_when_they_are_fine_and_no_path_leads_out(node: Node, public: tuple[str, ...]) -> None:
    node.repo("acme/one", {**FILES, **links(FINE), **links(BAD)})
    node.want("acme/one", public=public)
    assert node.sync() == 0
    assert left_out(node) == {"sub": "a submodule"} | {path: reason for path, (_, reason) in BAD.items()}
    assert node.of("acme/one")["leftOut"] == len(BAD) + 1
    for root in (node.root, *([node.root / "public"] if public else [])):
        tree = (root / "acme/one").resolve()
        check_contained(tree)
        found = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_symlink()}
        assert found == set(FINE)
        for path, (target, text) in FINE.items():
            assert os.readlink(os.fsencode(tree / path)) == os.fsencode(target)
            assert (tree / path).is_dir() if text is None else (tree / path).read_text() == text


def test_folder_that_becomes_a_link_out_and_back(node: Node) -> None:
    outside = node.folder / "outside"
    outside.mkdir()
    one = node.repo("acme/one", {"d/x": "1", "e/x": "1"})
    node.want("acme/one")
    assert node.sync() == 0
    one.commit({"d/x": None, "d": Symlink(str(outside)), "e/x": None, "e": Symlink("../" * 20 + str(outside)[1:])})
    assert node.sync() == 0
    assert set(left_out(node)) == {"d", "e"}
    one.commit({"d": None, "d/x": "3", "e": None, "e/x": "3"})
    assert node.sync() == 0
    assert [node.text("acme/one/d/x"), node.text("acme/one/e/x")] == ["3", "3"]
    assert [*outside.iterdir()] == []


def test_many_links_to_links(node: Node) -> None:
    """Doubling at each step: as many ways as a walk without memory would take years for."""
    chain = {f"l{number}": Symlink(f"l{number + 1}/../l{number + 1}") for number in range(60)}
    node.repo("acme/one", {"d/x": "1", **chain, "l60": Symlink("d")})
    node.want("acme/one")
    assert node.sync() == 0
    check_contained(node.root / "acme/one")
    kept = {path.name for path in (node.root / "acme/one").iterdir() if path.is_symlink()}
    assert "l60" in kept
    assert "l0" not in kept
