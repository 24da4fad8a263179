"""References that a cache has to follow to the very commit: an older one, an annotated tag."""

from __future__ import annotations

import pytest

from tests.support.node import Node


@pytest.mark.parametrize("abbreviated", [False, True])
def test_a_commit_that_is_older_than_the_tip_is_fetched(node: Node, abbreviated: bool) -> None:
    repo = node.repo("acme/base", {"file": "old"})
    old = repo.git("rev-parse", "main")
    repo.commit({"file": "new"})
    repo.commit({"file": "newer"})
    node.want(f"acme/base@{old[:10] if abbreviated else old}")
    assert node.sync() == 0
    assert node.of("acme/base")["commit"] == old
    assert node.text("acme/base/file") == "old"


def test_an_annotated_tag_is_peeled_to_its_commit(node: Node) -> None:
    repo = node.repo("acme/base", {"file": "tagged"})
    commit = repo.git("rev-parse", "main")
    repo.git(
        "-c", "user.name=A", "-c", "user.email=a@example.invalid", "tag", "--annotate", "-m", "First", "v1", commit
    )
    repo.commit({"file": "later"})
    assert repo.git("rev-parse", "v1") != commit
    node.want("acme/base@v1")
    assert node.sync() == 0
    assert node.of("acme/base")["commit"] == commit
    assert node.text("acme/base/file") == "tagged"
