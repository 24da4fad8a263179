"""overlays/merged of sources that nobody may trust: odd names, attributes, links, and very many of them."""

# The names are bytes, which pathlib does not take.
# ruff: noqa: PTH118
from __future__ import annotations

import os

import pytest

from overlays_node.limits import size_of
from tests.node.test_hostile_content import CASES, NAMES, contents
from tests.node.test_hostile_cost import cost
from tests.support.git_repo import Files, Symlink
from tests.support.merged import MERGED, PUBLIC, git, tree_of, want
from tests.support.node import Node

ONE, TWO = "acme/one", "acme/two"
ODD = (*NAMES, b"cr\r", b"\r", b"in\r/x", b"tab\t", b'"', b"a\\", b"\\n", b"\\056git", b"git~2", b".gitmodules.d")


def settled(node: Node, place: str = MERGED) -> None:
    """Git agrees with the disk, and finds everything."""
    tree = node.root / place
    assert git(tree, "status", "--porcelain", "-z") == ""
    assert git(tree, "fsck", "--strict", "--no-dangling") == ""


def test_names_are_delivered_byte_for_byte(node: Node) -> None:
    """As parts of items, as items, as loose files and as folders of these; each in a source of its own as well."""
    names = [
        os.path.join(*parts)
        for name in ODD
        for parts in ((b"tool", name), (b"loose", name), (b"more", name), (name, b"x"))
    ]
    wanted = {b"tools/" + path: b"<" + path + b">" for path in (*names, *(b"cases/" + name for name in CASES))}
    wanted[b"tools/tool/pyproject.toml"] = b""
    items = {b"personas/" + name + b"/persona.md": b"" for name in ODD if b"/" not in name and name[:1] not in b"._"}
    more = {b"tools/other/" + name: b"" for name in ODD}
    node.repo(ONE, {os.fsdecode(path): data for path, data in {**wanted, **items}.items()})
    node.repo(TWO, {os.fsdecode(path): data for path, data in more.items()})
    want(node, ONE, TWO, public=(ONE, TWO))
    assert node.sync() == 0, node.status()
    for place in (MERGED, PUBLIC, f"public/{PUBLIC}"):
        assert contents(os.fsencode((node.root / place).resolve())) == {**wanted, **items, **more}
        settled(node, place)
        shown = git(node.root / place, "ls-tree", "-r", "-z", "--name-only", "HEAD")
        assert {os.fsencode(path) for path in shown.split("\0")[:-1]} == {*wanted, *items, *more}


def test_attributes_and_settings_of_a_source_have_no_say(node: Node) -> None:
    files: Files = {
        "tools/a/pyproject.toml": "[project]\r\n",
        "tools/a/.gitattributes": "* text eol=crlf ident filter=run working-tree-encoding=UTF-16\n",
        "tools/a/.gitignore": "*\n",
        "tools/a/.gitmodules": '[submodule "x"]\n\tpath = x\n\turl = https://git.example/x\n',
        "tools/a/id": "$Id$\nunix\n",
        "tools/.gitattributes": "* text=auto eol=lf\n",
        "tools/.gitignore": "b\n",
        "tools/b/pyproject.toml": "\r\n",
    }
    node.repo(ONE, files)
    want(node, ONE)
    assert node.sync() == 0
    found = contents(os.fsencode((node.root / MERGED).resolve()))
    assert found == {os.fsencode(path): str(text).encode() for path, text in files.items()}
    settled(node)


@pytest.mark.parametrize("target", ["../../../../two/tools/a/secret", "/etc/passwd", "../../../../../.store", "../b"])
def test_no_link_leads_out_of_its_item(node: Node, target: str) -> None:
    node.repo(TWO, {"tools/a/secret": "secret"})
    links = {f"{place}/link": Symlink(target) for place in ("tools/a", "tools/a/d", "tools/loose", ".agents/skills/s")}
    skill = "---\nname: s\n---\n"
    node.repo(
        ONE, {"tools/a/pyproject.toml": "", "tools/b/pyproject.toml": "b", ".agents/skills/s/SKILL.md": skill, **links}
    )
    want(node, ONE)
    assert node.sync() == 0
    tree = (node.root / MERGED).resolve()
    for path in tree.rglob("*"):
        assert path.resolve().is_relative_to(tree)
        assert not path.is_symlink()
    assert "root:" not in "".join(tree_of(tree).values())
    settled(node)


def test_as_deep_as_a_repository_may_be(node: Node) -> None:
    deep = {f"tools/{'d/' * 97}{name}": name for name in ("pyproject.toml", "x")}
    node.repo(ONE, {**deep, f"tools/a/{'e' * 250}/{'f' * 250}/pyproject.toml": "", "tools/a/pyproject.toml": ""})
    node.repo(TWO, {f"workflows/{'w' * 200}/x": ""})
    want(node, ONE, TWO)
    assert node.sync() == 0
    found = tree_of(node.root / MERGED)
    assert {path: found.get(path) for path in deep} == deep
    settled(node)


def test_files_where_folders_should_be(node: Node) -> None:
    folders = ("tools", "workflows", ".agents", "personas")
    node.repo(ONE, {**dict.fromkeys(folders, "a file"), "PROMPT.md/x": ""})
    node.repo(TWO, {"tools/a/pyproject.toml": "", "PROMPT.md": "two"})
    want(node, ONE, TWO)
    assert node.sync() == 0
    assert {path: text for path, text in tree_of(node.root / MERGED).items() if text != "/"} == {
        "tools/a/pyproject.toml": "",
        "SYSTEM_PROMPT.md": "two\n",
    }
    settled(node)


def test_five_thousand_items_take_little_memory(node: Node) -> None:
    for at, repo in enumerate((ONE, TWO)):
        items: dict[str, str] = {}
        for number in range(at, 3500):  # most names are there twice
            items[f"tools/t{number:04}/pyproject.toml"] = f"{repo} {number}"
            items[f"tools/t{number:04}/run.py"] = "run"
            items[f"personas/p{number:04}.md"] = f"{repo} {number}"
        node.repo(repo, items)
    want(node, ONE, TWO)
    status, peak = cost(node)
    assert status == 0
    assert node.status()["merged"][MERGED]["items"] == 7000
    assert peak < 60_000  # KiB
    tree = (node.root / MERGED).resolve()
    assert size_of(tree / ".git") < 4 << 20
