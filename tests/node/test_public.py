"""<root>/public: what consumers see that must not see private repositories."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from tests.support.git_repo import Symlink
from tests.support.node import Node


def tree_of(folder: pathlib.Path) -> dict[str, str]:
    """Path -> text, of all files below a folder that lie outside .git."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_only_where_some_repository_is_public(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    assert node.sync() == 0
    assert not (node.root / "public").exists()


def test_is_complete_without_the_rest_of_the_root(node: Node, tmp_path: pathlib.Path) -> None:
    one = node.repo("acme/one", {"d/x": "1", "link": Symlink("d/x")})
    node.repo("acme/secret", {"x": "secret"})
    node.want("acme/one", "acme/secret", public=("acme/one",))
    assert node.sync() == 0
    alone = tmp_path / "elsewhere"
    (node.root / "public").rename(alone)  # all that such a consumer mounts
    assert sorted(path.name for path in (alone / "acme").iterdir()) == ["one"]
    assert tree_of(alone / "acme/one") == {"d/x": "1", "link": "1"}
    assert (alone / "acme/one/link").is_symlink()
    for args in (["rev-parse", "HEAD"], ["log", "--format=%H"], ["fsck", "--connectivity-only"]):
        command = ["git", "-c", "safe.directory=*", "-C", str(alone / "acme/one"), *args]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert args[0] == "fsck" or done.stdout.strip() == one.refs()["refs/heads/main"]
    clone = ["git", "-c", "safe.directory=*", "clone", "-q", str(alone / "acme/one"), str(tmp_path / "clone")]
    subprocess.run(clone, check=True)
    everything = subprocess.run(["grep", "-r", "secret", str(alone)], check=False, capture_output=True)
    assert everything.returncode == 1


@pytest.mark.parametrize("delivery", ["separate", "merged"])
def test_no_file_names_a_private_repository(node: Node, delivery: str) -> None:
    node.repo("acme/one", {"tools/a/pyproject.toml": "", "PROMPT.md": "one"})
    node.repo("hidden/classified", {"confidential/a/pyproject.toml": "", "PROMPT.md": "classified"})
    sources = ({"repo": "acme/one", "tools": "tools"}, {"repo": "hidden/classified", "tools": "confidential"})
    node.want("acme/one", "hidden/classified", sources=sources, public=("acme/one",), delivery=delivery)
    assert node.sync() == 0
    public = node.root / "public"
    assert (public / "acme/one/tools/a/pyproject.toml").is_file()
    for word in ("hidden", "classified", "confidential"):
        found = subprocess.run(["grep", "-ral", word, str(public)], check=False, capture_output=True, text=True)
        assert (found.returncode, found.stdout) == (1, ""), word
    places = [str(path.relative_to(public)) for path in public.rglob("*")]
    assert not [place for place in places if "hidden" in place or "classified" in place]


def test_files_take_no_second_place_on_the_disk(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    node.sync()
    assert (node.root / "acme/one/x").samefile(node.root / "public/acme/one/x")


def test_follows_every_update(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    node.sync()
    one.commit({"x": "2"})
    assert node.sync() == 0
    assert (node.root / "public/acme/one/x").read_text() == "2"


def test_repository_that_becomes_private_is_out_in_the_same_pass_even_if_the_new_set_is_not_there(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one", "acme/two", public=("acme/one", "acme/two"))
    node.sync()
    node.want("acme/one", "acme/two", "acme/missing", public=("acme/two",))
    assert node.sync() == 1  # the previous set goes on
    assert node.text("acme/one/x") == "1"
    assert not (node.root / "public/acme/one").exists()
    assert not (node.root / "public/.current/acme/one").exists()
    assert (node.root / "public/acme/two/x").read_text() == "2"


def test_repository_that_becomes_public_shows_no_commit_of_before(node: Node) -> None:
    one = node.repo(
        "acme/one",
        {"x": "secret"},
    )
    one.commit({"x": "fine"}, branch="open", fresh=True)
    node.want("acme/one")
    node.sync()
    node.want("acme/one@open", "acme/missing", public=("acme/one",))
    assert node.sync() == 1
    assert node.text("acme/one/x") == "secret"
    assert not (node.root / "public/acme").exists()
    node.repo("acme/missing", {"x": "1"})
    assert node.sync() == 0
    assert (node.root / "public/acme/one/x").read_text() == "fine"


def test_public_tree_is_made_of_one_that_is_there_already(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    node.want("acme/one", public=("acme/one",))
    assert node.sync() == 0
    assert (node.root / "public/acme/one/x").read_text() == "1"


def test_directory_of_another_cache_there_is_left_alone_without_public_repositories(node: Node) -> None:
    other = node.root / "public/acme/one/x"
    other.parent.mkdir(parents=True)
    other.write_text("theirs")
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    assert node.sync() == 0
    assert other.read_text() == "theirs"
    node.want("acme/one", public=("acme/one",))
    assert node.sync() == 0
    assert other.read_text() == "1"


def test_file_in_its_place_makes_way(node: Node) -> None:
    node.root.mkdir()
    (node.root / "public").write_text("theirs")
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    assert node.sync() == 0
    assert (node.root / "public/acme/one/x").read_text() == "1"


def test_root_may_be_a_link(node: Node, tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").mkdir()
    node.root.symlink_to("real")
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    assert node.sync() == 0
    assert node.root.is_symlink()
    assert (tmp_path / "real/public/acme/one/x").read_text() == "1"
