from __future__ import annotations

import os
import pathlib

from hypothesis import given
from hypothesis import strategies as st

from overlays_node.links import FILE, FOLDER, LONGEST_TARGET, MOST_LINKS, judge_links

KINDS = {b"f": FILE, b"d/f": FILE, b"d/e/f": FILE, b"d": FOLDER, b"d/e": FOLDER}


def left_out(**targets: str) -> dict[str, str]:
    judged = judge_links({path.encode(): target.encode() for path, target in targets.items()}, KINDS.get)
    return {path.decode(): reason for path, reason in judged.items()}


def test_links_that_stay() -> None:
    assert left_out(a="f", b="d", c="d/e/../f", e="./d/./f", g="d/e/", h="d//f", i="b", j="b/e/f", k=".") == {}


def test_links_that_go() -> None:
    assert left_out(a="..") == {"a": "a link that leaves the tree"}
    assert left_out(a="d/../../x") == {"a": "a link that leaves the tree"}
    assert left_out(a="f/") == {"a": "a link to nothing"}
    assert left_out(a="f/.") == {"a": "a link to nothing"}
    assert left_out(a="f/..") == {"a": "a link to nothing"}
    assert left_out(a="nowhere/../f") == {"a": "a link to nothing"}
    assert left_out(a="/f") == {"a": "an absolute link"}
    assert left_out(a="") == {"a": "a link with an impossible target"}
    assert left_out(a="x" * (LONGEST_TARGET + 1)) == {"a": "a link with an impossible target"}


def test_links_are_walked_physically() -> None:
    assert left_out(a="d/e", b="a/../f") == {}  # a/.. is d, not the tree
    assert left_out(a="d/e", b="a/../../../f")["b"] == "a link that leaves the tree"


def test_a_link_through_one_that_goes_goes_too() -> None:
    assert left_out(a="/etc", b="a/passwd", c="b") == {
        "a": "an absolute link",
        "b": "a link through 'a', which is left out",
        "c": "a link through 'b', which is left out",
    }


def test_loops() -> None:
    assert set(left_out(a="b", b="a", c="a/x", ok="f")) == {"a", "b", "c"}


def test_chains_end_before_the_kernel_gives_up() -> None:
    chain = {f"l{number:03}": f"l{number + 1:03}" for number in range(50)}
    chain["l050"] = "f"
    gone = left_out(**chain)
    assert set(chain) - set(gone) == {f"l{number:03}" for number in range(51 - MOST_LINKS, 51)}
    backwards = {f"l{number:03}": f"l{number - 1:03}" if number else "f" for number in range(50)}
    assert set(backwards) - set(left_out(**backwards)) == {f"l{number:03}" for number in range(MOST_LINKS)}


PARTS = st.sampled_from(["", ".", "..", "a", "b", "c", "d", "e", "f", "x"])
PLACES = st.sampled_from(["a", "b", "c", "d/a", "d/b", "d/e/a", "d/e/c"])


@given(st.dictionaries(PLACES, st.lists(PARTS, min_size=1, max_size=5).map("/".join).filter(bool), max_size=6))
def test_agrees_with_the_kernel(tmp_path_factory: object, targets: dict[str, str]) -> None:
    """Make all links in a real tree: those that the kernel resolves to something inside are those that stay."""
    judged = judge_links({path.encode(): target.encode() for path, target in targets.items()}, KINDS.get)
    root = pathlib.Path(tmp_path_factory.mktemp("links").resolve(), "outer/tree")  # type: ignore[attr-defined]
    (root / "d/e").mkdir(parents=True)
    for name in ("f", "d/f", "d/e/f"):
        (root / name).touch()
    for path, target in targets.items():
        (root / path).symlink_to(target)
    for path, target in targets.items():
        assert (path.encode() not in judged) == _stays(root, path, target), (path, target, judged)


def _stays(root: pathlib.Path, path: str, target: str) -> bool:
    """The kernel's answer, step by step: no prefix of the walk may be outside the tree."""
    if target.startswith("/"):
        return False
    here = root / path
    try:
        here.stat()
    except OSError:
        return False
    return _inside(root, here.parent.resolve(), target)


def _inside(root: pathlib.Path, place: pathlib.Path, target: str) -> bool:
    for part in target.split("/"):
        step = place / part if part not in ("", ".") else place
        if part == "..":
            step = place.parent
        elif step.is_symlink():
            inner = os.readlink(step)  # noqa: PTH115  (the text as it is)
            if inner.startswith("/") or not _inside(root, place, inner):
                return False
            step = step.resolve()
        if step != root and root not in step.parents:
            return False
        place = step
    return True
