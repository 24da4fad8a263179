"""overlays/merged: what won, as files on the disk, for the public, and for every kind of consumer."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable

import pytest

from tests.support.git_repo import Executable, Files, Symlink
from tests.support.merged import BASE, MERGED, OVER, PUBLIC, REPOS, TOOL, git, merged, skill, tree_of, want
from tests.support.node import Node


def test_files_are_those_of_the_trees_in_real_folders(node: Node) -> None:
    merged(node, {"tools/a/run": Executable("x"), "tools/a/pyproject.toml": ""}, {"tools/b/pyproject.toml": ""})
    tree = node.root / MERGED
    assert (tree / "tools/a/run").samefile(node.root / BASE / "tools/a/run")
    assert (tree / "tools/a/run").stat().st_mode & 0o777 == 0o555
    assert git(tree, "ls-tree", "HEAD", "tools/a/run").startswith("100755 blob")
    folders = [tree.resolve(), *(path for path in tree.rglob("*") if path.is_dir() and ".git" not in path.parts)]
    assert {path.is_symlink() for path in folders} == {False}
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}


def test_every_surface_has_its_directory_whatever_the_sources_have(node: Node) -> None:
    merged(node, TOOL, {})
    tree = node.root / MERGED
    surfaces = [".git", "personas", "skills", "tools", "workflows"]
    assert sorted(path.name for path in tree.iterdir()) == surfaces
    node.want(*REPOS, sources=({"repo": BASE, "tools": "tools"}, {"repo": OVER}), delivery="merged")
    assert node.sync() == 0
    assert sorted(path.name for path in tree.iterdir()) == surfaces


def test_order_of_the_sources_decides(node: Node) -> None:
    node.repo(BASE, TOOL)
    node.repo(OVER, {"tools/a/pyproject.toml": "over"})
    for order, text in ((REPOS, "over"), (REPOS[::-1], "base")):
        want(node, *order)
        assert node.sync() == 0
        assert node.text(f"{MERGED}/tools/a/pyproject.toml") == text


def test_public_has_winners_of_public_sources_alone(node: Node) -> None:
    node.repo(BASE, {"tools/a/pyproject.toml": "public", "PROMPT.md": "public"})
    node.repo(
        OVER, {"tools/a/pyproject.toml": "secret", ".agents/skills/s/SKILL.md": skill("s"), "PROMPT.md": "secret"}
    )
    want(node, *REPOS, public=(BASE,))
    assert node.sync() == 0
    assert node.text(f"{MERGED}/tools/a/pyproject.toml") == "secret"
    for place in (PUBLIC, f"public/{PUBLIC}"):
        found = tree_of(node.root / place)
        assert {path: text for path, text in found.items() if text != "/"} == {
            "tools/a/pyproject.toml": "public",
            "SYSTEM_PROMPT.md": "public\n",
        }


@pytest.mark.parametrize("public", [(), (OVER,)], ids=["none", "one without surfaces"])
def test_no_public_directory_without_a_public_source(node: Node, public: tuple[str, ...]) -> None:
    node.repo(BASE, TOOL)
    node.repo(OVER, {"x": ""})
    node.want(*REPOS, sources=({"repo": BASE, "tools": "tools"},), public=public, delivery="merged")
    assert node.sync() == 0
    assert [*node.status()["merged"]] == [MERGED]
    assert not (node.root / PUBLIC).exists()
    assert not (node.root / "public" / PUBLIC).exists()


def first_wins(folders: Iterable[pathlib.Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in folders:
        for tool in sorted(folder.iterdir()):
            found.setdefault(tool.name, (tool / "pyproject.toml").read_text())
    return found


def last_wins(folders: Iterable[pathlib.Path]) -> dict[str, str]:
    return {tool.name: (tool / "pyproject.toml").read_text() for folder in folders for tool in sorted(folder.iterdir())}


def no_duplicates(folders: Iterable[pathlib.Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in folders:
        for tool in sorted(folder.iterdir()):
            assert tool.name not in found, f"{tool.name} is there twice"
            found[tool.name] = (tool / "pyproject.toml").read_text()
    return found


@pytest.mark.parametrize("consumer", [first_wins, last_wins, no_duplicates], ids=lambda one: one.__name__)
def test_every_kind_of_consumer_sees_the_same_winners(
    node: Node, consumer: Callable[[Iterable[pathlib.Path]], dict[str, str]]
) -> None:
    base: Files = {**TOOL, "tools/b/pyproject.toml": "base"}
    merged(node, base, {"tools/a/pyproject.toml": "over", "tools/c/pyproject.toml": "over"})
    found = consumer([node.root / MERGED / "tools"])
    assert found == {"a": "over", "b": "base", "c": "over"}


def test_many_findings_are_named_up_to_a_hundred(node: Node) -> None:
    merged(node, {f"tools/a{n}/pyproject.toml": "" for n in range(150)}, {"tools": "a file"})
    node.events()
    node.repos[OVER].commit({"tools": None, **{f"tools/x{n}": Symlink("/etc/passwd") for n in range(3)}})
    broken: Files = {f"tools/a{n}/broken": Symlink("..") for n in range(150)}
    node.repos[BASE].commit(broken)
    assert node.sync() == 0
    told = node.events()
    named = [event for event in told if event["event"] == "not-delivered"]
    (more,) = (event["paths"] for event in told if event["event"] == "not-delivered-more")
    assert len(named) == 100
    assert node.status()["merged"][MERGED]["problems"] == 100 + more
