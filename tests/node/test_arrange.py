"""arrange.parcels: what of a winner is delivered, and that no link reaches out of its item."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping

import pytest

from overlays_node import items
from overlays_node.arrange import LINK, Parcel, parcels
from overlays_node.config import Source
from overlays_node.items import FILE, FOLDER
from overlays_node.limits import DEFAULT, Limits
from tests.support.git_repo import Symlink

Trees = Mapping[str, str | Symlink]


def write(folder: pathlib.Path, files: Trees) -> None:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Symlink):
            place.symlink_to(os.fsdecode(content.target))
        else:
            place.write_text(content)


def arranged(folder: pathlib.Path, *trees: Trees, surface: str = "tools", limits: Limits = DEFAULT) -> list[Parcel]:
    """The parcels of these trees, as sources org/0, org/1, …; paths are from the root of the repository."""
    for at, files in enumerate(trees):
        (folder / f"org/{at}").mkdir(parents=True)
        write(folder / f"org/{at}", files)
    sources = [Source(f"org/{at}", ((surface, surface),)) for at in range(len(trees))]
    served = next(one for one in items.survey(sources, folder.joinpath) if one.surface == surface)
    return list(parcels(served, sources, folder.joinpath, limits))


def pieces(folder: pathlib.Path, parcel: Parcel) -> dict[str, str]:
    """Path -> "/" for a folder, "-> text" for a link, and for a file where it is, from the folder of the sources."""
    found = {}
    for one in parcel.pieces:
        assert one.path not in found
        assert "/" not in one.path or one.path.rpartition("/")[0] in found or one.path == parcel.path
        if one.kind == FILE:
            real = pathlib.Path(one.real)
            assert real.resolve() == real
            assert real.is_file()
            found[one.path] = str(real.relative_to(folder.resolve()))
        else:
            found[one.path] = {FOLDER: "/", LINK: f"-> {one.target}"}[one.kind]
    return found


def only(folder: pathlib.Path, files: Trees, limits: Limits = DEFAULT) -> tuple[dict[str, str], dict[str, str]]:
    """The pieces of the tool "a", and what of it is left out."""
    (parcel,) = (one for one in arranged(folder, {"tools/a/pyproject.toml": "", **files}, limits=limits) if one.item)
    found = pieces(folder, parcel)
    assert found.pop("a") == "/"
    assert found.pop("a/pyproject.toml") == "org/0/tools/a/pyproject.toml"
    return found, dict(parcel.left_out)


def test_winners_with_what_they_shadow_and_loose_files(tmp_path: pathlib.Path) -> None:
    base: Trees = {"tools/a/pyproject.toml": "", "tools/a/old.py": "", "tools/lib/x.py": "", "tools/lib/y.py": ""}
    later: Trees = {"tools/group/a/pyproject.toml": "", "tools/group/a/src/new.py": "", "tools/lib/x.py": ""}
    found = arranged(tmp_path, base, later)
    told = [(one.path, one.item.name if one.item else None, one.source, one.shadowed) for one in found]
    assert told == [("group/a", "a", 1, (0,)), ("lib/x.py", None, 1, (0,)), ("lib/y.py", None, 0, ())]
    assert [pieces(tmp_path, one) for one in found] == [
        {
            "group/a": "/",
            "group/a/pyproject.toml": "org/1/tools/group/a/pyproject.toml",
            "group/a/src": "/",
            "group/a/src/new.py": "org/1/tools/group/a/src/new.py",
        },
        {"lib/x.py": "org/1/tools/lib/x.py"},
        {"lib/y.py": "org/0/tools/lib/y.py"},
    ]


def test_an_item_that_is_one_file(tmp_path: pathlib.Path) -> None:
    (one,) = arranged(tmp_path, {"personas/ada.md": ""}, surface="personas")
    assert (one.path, pieces(tmp_path, one)) == ("ada.md", {"ada.md": "org/0/personas/ada.md"})


def test_the_prompt_has_no_parcels(tmp_path: pathlib.Path) -> None:
    assert arranged(tmp_path, {"prompt": "be kind"}, surface="prompt") == []


def test_a_name_without_a_winner_delivers_nothing(tmp_path: pathlib.Path) -> None:
    right: Trees = {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n"}
    assert arranged(tmp_path, right, {"skills/pdf/SKILL.md": "wrong"}, surface="skills") == []


@pytest.mark.parametrize("target", ["b", "./b", "d/../b", "d/up", "d/", "."])
def test_a_link_inside_its_item_stays(tmp_path: pathlib.Path, target: str) -> None:
    found, left_out = only(
        tmp_path, {"tools/a/b": "", "tools/a/d/c": "", "tools/a/d/up": Symlink("../b"), "tools/a/link": Symlink(target)}
    )
    assert (found["a/link"], found["a/d/up"], left_out) == (f"-> {target}", "-> ../b", {})


@pytest.mark.parametrize("target", ["../lib/x", "../../shared/x", "../../tools/lib/x", "over/x", "../a/over/x"])
def test_a_link_to_a_file_elsewhere_becomes_the_file(tmp_path: pathlib.Path, target: str) -> None:
    found, left_out = only(
        tmp_path,
        {
            "tools/lib/x": "",
            "shared/x": "",
            "tools/a/over": Symlink("../../shared"),
            "tools/a/link": Symlink(target),
        },
    )
    real = "org/0/tools/lib/x" if "lib" in target else "org/0/shared/x"
    assert found == {"a/link": real, "a/over": "/", "a/over/x": "org/0/shared/x"}
    assert left_out == {}


def test_a_link_to_a_folder_elsewhere_becomes_the_folder_with_links_of_its_own(tmp_path: pathlib.Path) -> None:
    found, left_out = only(
        tmp_path,
        {
            "shared/x": "",
            "shared/deep/y": "",
            "shared/deep/inside": Symlink("../x"),
            "shared/further": Symlink("../other/z"),
            "shared/back": Symlink("../shared/x"),
            "other/z": "",
            "tools/a/link": Symlink("../../shared"),
        },
    )
    assert found == {
        "a/link": "/",
        "a/link/back": "org/0/shared/x",
        "a/link/deep": "/",
        "a/link/deep/inside": "-> ../x",
        "a/link/deep/y": "org/0/shared/deep/y",
        "a/link/further": "org/0/other/z",
        "a/link/x": "org/0/shared/x",
    }
    assert left_out == {}


def test_a_link_that_leaves_its_item_to_come_back_is_a_copy(tmp_path: pathlib.Path) -> None:
    """At its place there may be another name."""
    found, left_out = only(tmp_path, {"tools/a/b": "", "tools/a/link": Symlink("../a/b")})
    assert (found["a/link"], left_out) == ("org/0/tools/a/b", {})


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../../../1/secret", "a link that leaves the tree"),
        ("../../../../../../../../../../etc/passwd", "a link that leaves the tree"),
        ("/etc/passwd", "an absolute link"),
        ("nowhere", "a link to nothing"),
        ("pyproject.toml/..", "a link to nothing"),
        ("link", "a link in a loop"),
        ("other", "a link in a loop"),
        ("../../.git/config", "a link to nothing"),
        ("../../.GIT", "a link to nothing"),
        ("..", "a link to a directory that it is in"),
        ("../..", "a link to a directory that it is in"),
    ],
)
def test_a_link_to_anything_else_is_left_out(tmp_path: pathlib.Path, target: str, reason: str) -> None:
    files: Trees = {"tools/a/link": Symlink(target), ".git/config": "", "../1/secret": ""}
    if target == "other":
        files = {**files, "tools/a/other": Symlink("link")}
    found, left_out = only(tmp_path, files)
    assert (found, left_out["a/link"]) == ({}, reason)


def test_folders_that_link_to_each_other_end(tmp_path: pathlib.Path) -> None:
    found, left_out = only(
        tmp_path,
        {
            "one/x": "",
            "one/two": Symlink("../two"),
            "two/y": "",
            "two/one": Symlink("../one"),
            "tools/a/link": Symlink("../../one"),
        },
    )
    assert [*found] == ["a/link", "a/link/two", "a/link/two/y", "a/link/x"]
    assert left_out == {"a/link/two/one": "a link to a directory that it is in"}


def bomb(levels: int, wide: int) -> Trees:
    """Folders of links to the next folder: wide ** levels files when each becomes a copy."""
    files: dict[str, str | Symlink] = {f"bomb/{levels}/x": "x" * 10, "tools/a/link": Symlink("../../bomb/0")}
    for level in range(levels):
        for number in range(wide):
            files[f"bomb/{level}/{number}"] = Symlink(f"../{level + 1}")
    return files


def test_a_bomb_of_links_is_bounded(tmp_path: pathlib.Path) -> None:
    found, left_out = only(tmp_path, {**bomb(20, 10), "tools/a/kept": ""}, dataclasses.replace(DEFAULT, files=5000))
    assert [*found] == ["a/kept"]
    most = "what links lead to is more than 5,000 files and directories and 2,048 MiB in all, which is the limit"
    assert left_out == {"a/link": most}


def test_bytes_behind_links_are_bounded(tmp_path: pathlib.Path) -> None:
    found, left_out = only(tmp_path, bomb(3, 10), dataclasses.replace(DEFAULT, bytes=9_999))
    assert (found, [*left_out]) == ({}, ["a/link"])
    assert len(only(tmp_path / "again", bomb(3, 10), dataclasses.replace(DEFAULT, bytes=10_000))[0]) > 1000


def test_any_number_of_items_behind_links_to_one_folder_is_bounded(tmp_path: pathlib.Path) -> None:
    files: Trees = {
        **{f"shared/{number}": "" for number in range(100)},
        **{f"personas/{number:02}": Symlink("../shared") for number in range(20)},
        "personas/real/x": "",
    }
    found = arranged(tmp_path, files, surface="personas", limits=dataclasses.replace(DEFAULT, files=1000))
    assert [one.path for one in found if one.pieces] == [*(f"{number:02}" for number in range(9)), "real"]
    assert {one.left_out[0][0] for one in found if one.left_out} == {f"{number:02}" for number in range(9, 20)}


@pytest.mark.parametrize(
    ("files", "limits", "reason"),
    [
        ({f"shared/{'d/' * 98}x": ""}, DEFAULT, "behind it is a path of more than 100 levels, which is the limit"),
        (
            {f"shared/{'d' * 250}/{'e' * 250}/x": ""},
            dataclasses.replace(DEFAULT, path=500),
            "behind it is a path of more than 500 bytes, which is the limit",
        ),
    ],
    ids=["levels", "bytes"],
)
def test_paths_behind_links_are_bounded(tmp_path: pathlib.Path, files: Trees, limits: Limits, reason: str) -> None:
    found, left_out = only(tmp_path, {**files, "tools/a/link": Symlink("../../shared")}, limits)
    assert (found, left_out) == ({}, {"a/link": reason})


def test_an_item_behind_a_link_is_a_folder_of_its_own(tmp_path: pathlib.Path) -> None:
    (one,) = arranged(
        tmp_path,
        {
            "shared/pdf/SKILL.md": "---\nname: doc\n---\n",
            "shared/pdf/same": Symlink("../pdf/SKILL.md"),
            "skills/doc": Symlink("../shared/pdf"),
        },
        surface="skills",
    )
    text = "org/0/shared/pdf/SKILL.md"
    assert (one.path, one.left_out) == ("doc", ())
    assert pieces(tmp_path, one) == {"doc": "/", "doc/SKILL.md": text, "doc/same": text}


def test_loose_links_become_what_they_lead_to(tmp_path: pathlib.Path) -> None:
    found = arranged(
        tmp_path,
        {
            "shared/x": "",
            "shared/y": "",
            "tools/data": Symlink("../shared"),
            "tools/lib.py": "",
            "tools/same.py": Symlink("lib.py"),
        },
    )
    assert [pieces(tmp_path, one) for one in found] == [
        {"data/x": "org/0/shared/x"},
        {"data/y": "org/0/shared/y"},
        {"lib.py": "org/0/tools/lib.py"},
        {"same.py": "org/0/tools/lib.py"},
    ]


def test_loose_files_behind_links_are_copies_within_the_limits(tmp_path: pathlib.Path) -> None:
    files: Trees = {
        **{f"shared/d/{number}": "x" * 10 for number in range(10)},
        "shared/d/up": Symlink("../data"),
        "shared/data": "data",
        "tools/lib": Symlink("../shared"),
        "tools/own": "x" * 100,
    }
    found = arranged(tmp_path, files, limits=dataclasses.replace(DEFAULT, bytes=59))
    assert {one.path for one in found if one.pieces} == {*(f"lib/d/{number}" for number in range(5)), "own"}
    most = "what links lead to is more than 200,000 files and directories and 0 MiB in all, which is the limit"
    assert {one.left_out for one in found if not one.pieces} == {
        ((path, most),) for path in (*(f"lib/d/{number}" for number in range(5, 10)), "lib/d/up", "lib/data")
    }
    assert {one.path: one.as_is for one in found if one.pieces and one.as_is} == {"own": True}


def test_what_is_called_git_is_never_delivered(tmp_path: pathlib.Path) -> None:
    files: Trees = {"tools/a/.git/config": "", "tools/a/d/.GIT": "", "tools/lib/.git/HEAD": "", "tools/.git": ""}
    (one,) = arranged(tmp_path, {"tools/a/pyproject.toml": "", **files})
    assert [*pieces(tmp_path, one)] == ["a", "a/d", "a/pyproject.toml"]


def test_names_that_are_no_text_keep_their_bytes_and_order(tmp_path: pathlib.Path) -> None:
    names = [os.fsdecode(name) for name in (b"z", b"\xff", "é".encode(), b"new\nline", b"\xf0\x9f\x98\x80")]
    found, _ = only(tmp_path, {f"tools/a/d/{name}": "" for name in names})
    assert [os.fsencode(path) for path in found][1:] == [
        b"a/d/" + os.fsencode(name) for name in sorted(names, key=os.fsencode)
    ]


def test_a_subdir_behind_a_link(tmp_path: pathlib.Path) -> None:
    (one,) = arranged(
        tmp_path,
        {
            "packages/t/a/pyproject.toml": "",
            "packages/t/a/link": Symlink("pyproject.toml"),
            "tools": Symlink("packages/t"),
        },
    )
    assert pieces(tmp_path, one) == {
        "a": "/",
        "a/link": "-> pyproject.toml",
        "a/pyproject.toml": "org/0/packages/t/a/pyproject.toml",
    }


def test_workflows_are_no_package(tmp_path: pathlib.Path) -> None:
    files: Trees = {"workflows/__init__.py": "", "workflows/deep/__init__.py": "", "workflows/lib.py": ""}
    found = arranged(tmp_path, files, surface="workflows")
    assert [(one.path, len(one.pieces), one.left_out) for one in found] == [
        ("__init__.py", 0, (("__init__.py", "would hide the workflows of other directories"),)),
        ("deep/__init__.py", 1, ()),
        ("lib.py", 1, ()),
    ]


def test_what_is_as_it_is_on_the_disk_is_told(tmp_path: pathlib.Path) -> None:
    inside: Trees = {"personas/a/x": "", "personas/a/link": Symlink("x")}
    outside: Trees = {"shared/x": "", "personas/b/copy": Symlink("../../shared/x"), "personas/c": Symlink("../shared")}
    broken: Trees = {"personas/d/broken": Symlink("nowhere")}
    found = arranged(tmp_path, {**inside, **outside, **broken}, surface="personas")
    assert {one.path: one.as_is for one in found} == {"a": True, "b": False, "c": False, "d": False}
