from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping

import pytest

from overlays_node import items
from overlays_node.config import Source
from overlays_node.items import Item, Loose, Note, Served, join_prompts

SUBDIRS = {
    "tools": "tools",
    "workflows": "workflows",
    "skills": ".agents/skills",
    "personas": "personas",
    "prompt": "PROMPT.md",
}


def skill(name: str, body: str = "") -> str:
    return f"---\nname: {name}\n---\n{body}"


def serve(folder: pathlib.Path, surface: str, *trees: Mapping[str, str], subdir: str | None = None) -> Served:
    """What these trees serve on one surface, as sources org/0, org/1, …; a path in them is below the subdir."""
    place = subdir or SUBDIRS[surface]
    for at, tree in enumerate(trees):
        for path, text in tree.items():
            file = folder / f"org/{at}" / (place if surface == "prompt" else f"{place}/{path}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (folder / f"org/{at}").mkdir(parents=True, exist_ok=True)
    sources = [Source(f"org/{at}", ((surface, place),)) for at in range(len(trees))]
    return next(one for one in items.survey(sources, folder.joinpath) if one.surface == surface)


def winners(served: Served) -> dict[str, tuple[int, str] | None]:
    return {one.name: (one.winner.source, one.winner.path) if one.winner else None for one in served.choices}


def test_tools_are_one_or_two_levels_down(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "tools",
        {
            "a/pyproject.toml": "",
            "a/inner/pyproject.toml": "an item is not searched for items",
            "group/b/pyproject.toml": "",
            "group/readme.txt": "",
            "group/deep/er/pyproject.toml": "",
            "_x/pyproject.toml": "",
            ".y/pyproject.toml": "",
            "_group/c/pyproject.toml": "",
            "group/_d/pyproject.toml": "",
            "lib.py": "",
        },
    )
    assert winners(served) == {"a": (0, "a"), "b": (0, "group/b")}
    assert [one.path for one in served.loose] == [
        ".y/pyproject.toml",
        "_group/c/pyproject.toml",
        "_x/pyproject.toml",
        "group/_d/pyproject.toml",
        "group/deep/er/pyproject.toml",
        "group/readme.txt",
        "lib.py",
    ]
    assert served.notes == ()


def test_later_source_wins_wholesale(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "tools",
        {"a/pyproject.toml": "", "a/only_here.py": "", "b/pyproject.toml": ""},
        {"group/a/pyproject.toml": ""},
        {"a/pyproject.toml": ""},
    )
    assert winners(served) == {"a": (2, "a"), "b": (0, "b")}
    (choice,) = (one for one in served.choices if one.name == "a")
    assert [(one.source, one.path) for one in choice.shadowed] == [(0, "a"), (1, "group/a")]
    assert served.loose == ()  # a/only_here.py does not shine through


def test_second_item_of_a_name_in_one_source(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "tools", {"z/a/pyproject.toml": "", "a/pyproject.toml": "", "m/a/pyproject.toml": ""})
    assert winners(served) == {"a": (0, "a")}
    assert [(note.path, note.error) for note in served.notes] == [("m/a", True), ("z/a", True)]
    assert served.loose == ()


def test_workflows_go_by_their_static_name(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "workflows",
        {
            "one.py": 'WORKFLOW_NAME = "daily"',
            "deep/er/two.py": 'WORKFLOW_NAME = "weekly"',
            "_hidden.py": 'WORKFLOW_NAME = "hidden"',
            "broken.py": "WORKFLOW_NAME = f()",
            "lib.py": "",
            "data.json": "{}",
        },
        {"other.py": 'WORKFLOW_NAME = "daily"', "__init__.py": ""},
    )
    assert winners(served) == {"daily": (1, "other.py"), "weekly": (0, "deep/er/two.py")}
    assert [one.path for one in served.loose] == ["__init__.py", "data.json", "lib.py"]
    assert [(note.path, note.error) for note in served.notes] == [("_hidden.py", False), ("broken.py", True)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("big.py", "#" * (1 << 20) + "\n"),
        ("_big.py", "#" * (1 << 20) + "\n"),
        ("_hidden.py", 'WORKFLOW_NAME = "hidden"'),
        ("_hidden.py", "WORKFLOW_NAME = f()"),
        (".hidden.py", 'WORKFLOW_NAME = "hidden"'),
        ("by_its_name.py", 'WORKFLOW_NAME = "_nightly"'),
        ("_deep/by_its_name.py", 'WORKFLOW_NAME: str = ".nightly"'),
    ],
)
def test_a_file_that_may_name_a_workflow_is_never_loose(tmp_path: pathlib.Path, path: str, text: str) -> None:
    served = serve(tmp_path, "workflows", {path: text, "lib.py": "", "_lib.py": "", "docs.py": '"""\nWORKFLOW_NAME"""'})
    assert (served.choices, [one.path for one in served.loose]) == ((), ["_lib.py", "docs.py", "lib.py"])
    assert [(note.path, note.error) for note in served.notes] == [(path, False)]


def link(place: pathlib.Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def test_a_directory_behind_a_link_is_searched_like_any_other(tmp_path: pathlib.Path) -> None:
    library = {"t.py": 'WORKFLOW_NAME = "triage"', "bad.py": "WORKFLOW_NAME = f()", "deep/x.py": "", "__init__.py": ""}
    link(tmp_path / "org/1/workflows/vendor", "../lib")
    serve(tmp_path, "workflows", {"triage.py": 'WORKFLOW_NAME = "triage"'})
    serve(tmp_path / "org/1", "prompt", {})
    for path, text in library.items():
        (tmp_path / "org/1/lib" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "org/1/lib" / path).write_text(text)
    served = serve(tmp_path, "workflows", {}, {})
    assert winners(served) == {"triage": (1, "vendor/t.py")}
    assert [one.path for one in served.loose] == ["vendor/__init__.py", "vendor/deep/x.py"]
    assert [(note.source, note.path, note.error) for note in served.notes] == [(1, "vendor/bad.py", True)]


def test_a_tool_that_lost_does_not_come_back_with_the_link_that_led_to_it(tmp_path: pathlib.Path) -> None:
    (tmp_path / "org/0/shared/a").mkdir(parents=True)
    (tmp_path / "org/0/shared/a/pyproject.toml").touch()
    (tmp_path / "org/0/shared/lib.py").touch()
    link(tmp_path / "org/0/tools/group", "../shared")
    served = serve(tmp_path, "tools", {}, {"a/pyproject.toml": ""})
    assert winners(served) == {"a": (1, "a")}
    assert [one.path for one in served.loose] == ["group/lib.py"]


def test_the_place_of_its_own_counts_not_that_behind_a_link(tmp_path: pathlib.Path) -> None:
    link(tmp_path / "org/0/workflows/again", "sub")
    served = serve(tmp_path, "workflows", {"sub/x.py": 'WORKFLOW_NAME = "x"', "sub/lib.py": ""})
    assert (winners(served), served.notes) == ({"x": (0, "sub/x.py")}, ())
    assert [one.path for one in served.loose] == ["again/lib.py", "sub/lib.py"]


@pytest.mark.parametrize("target", [".", "..", "../workflows", "sub/..", "../..", "up"])
def test_no_directory_is_searched_inside_itself(tmp_path: pathlib.Path, target: str) -> None:
    link(tmp_path / "org/0/workflows/up", target)
    served = serve(tmp_path, "workflows", {"sub/x.py": 'WORKFLOW_NAME = "x"'})
    assert winners(served) == {"x": (0, "sub/x.py")}
    assert (served.loose, [(note.path, note.error) for note in served.notes]) == ((), [("up", True)])


def test_links_that_would_lead_to_more_than_a_tree_may_have_end_somewhere(tmp_path: pathlib.Path) -> None:
    """Ten ways on each of twenty levels."""
    for level in range(20):
        for way in range(10):
            link(tmp_path / f"org/0/bomb/{level}/{way}", f"../{level + 1}")
    (tmp_path / "org/0/bomb/20").mkdir()
    (tmp_path / "org/0/bomb/20/x.py").write_text('WORKFLOW_NAME = "x"')
    link(tmp_path / "org/0/workflows/in", "../bomb/0")
    served = serve(tmp_path, "workflows", {"ok.py": 'WORKFLOW_NAME = "ok"'})
    assert winners(served)["ok"] == (0, "ok.py")
    assert [note.text for note in served.notes if "20,000" in note.text] == [
        "behind links are more than 20,000 files or paths of 4 MiB: the rest is left out"
    ]
    assert len(served.notes) < 100


def test_two_winners_that_need_one_path(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "workflows",
        {"a.py": 'WORKFLOW_NAME = "old"', "b.py": 'WORKFLOW_NAME = "b"'},
        {"a.py": 'WORKFLOW_NAME = "new"'},
    )
    assert winners(served) == {"b": (0, "b.py"), "new": (1, "a.py"), "old": None}
    assert served.notes == (Note("workflows", 0, "a.py", "'old' is not served: source 2 needs the path a.py", True),)


def test_a_tool_group_of_one_source_under_a_tool_of_a_later_one(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "tools", {"g/a/pyproject.toml": ""}, {"g/pyproject.toml": ""})
    assert winners(served) == {"a": None, "g": (1, "g")}


def test_skills(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "skills",
        {
            "pdf/SKILL.md": skill("pdf"),
            "pdf/a.txt": "",
            "web/SKILL.md": skill("web"),
            "deep/er/SKILL.md": skill("er"),
            "notes/readme.md": "no skill",
        },
        {"web/SKILL.md": skill("web")},
    )
    assert winners(served) == {"pdf": (0, "pdf"), "web": (1, "web")}
    assert [one.path for one in served.loose] == ["deep/er/SKILL.md", "notes/readme.md"]


@pytest.mark.parametrize("text", ["", "---\nname: other\n---\n", "no front matter"])
def test_unservable_later_copy_is_no_fallback(tmp_path: pathlib.Path, text: str) -> None:
    served = serve(tmp_path, "skills", {"pdf/SKILL.md": skill("pdf")}, {"pdf/SKILL.md": text})
    assert winners(served) == {"pdf": None}
    (note,) = served.notes
    assert (note.source, note.path, note.error) == (1, "pdf", True)
    assert served.choices[0].shadowed == (Item("skills", "pdf", 0, "pdf"),)


def test_unservable_earlier_copy_is_just_shadowed(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "skills", {"pdf/SKILL.md": ""}, {"pdf/SKILL.md": skill("pdf")})
    assert winners(served) == {"pdf": (1, "pdf")}
    assert served.notes == ()


def test_nothing_slips_in_under_an_unservable_name(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "skills", {"pdf/readme.md": "loose"}, {"pdf/SKILL.md": ""})
    assert served.loose == ()


def test_a_linked_skill_md_is_not_a_regular_file(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "org/0/.agents/skills/pdf"
    folder.mkdir(parents=True)
    (tmp_path / "org/0/shared.md").write_text(skill("pdf"))
    (folder / "SKILL.md").symlink_to("../../../shared.md")
    assert winners(serve(tmp_path, "skills", {})) == {"pdf": None}


def test_links_inside_the_repository_are_followed_and_others_left_out(tmp_path: pathlib.Path) -> None:
    tree = tmp_path / "org/0"
    (tree / "shared/pdf").mkdir(parents=True)
    (tree / "shared/pdf/SKILL.md").write_text(skill("pdf"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/SKILL.md").write_text(skill("elsewhere"))
    (tree / ".agents/skills").mkdir(parents=True)
    (tree / ".agents/skills/pdf").symlink_to("../../shared/pdf")
    (tree / ".agents/skills/elsewhere").symlink_to(tmp_path / "elsewhere")
    (tree / ".agents/skills/loop").symlink_to("loop")
    served = serve(tmp_path, "skills", {})
    assert winners(served) == {"pdf": (0, "pdf")}
    assert [note.path for note in served.notes] == ["elsewhere", "loop"]
    assert served.loose == ()


def test_personas(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "personas",
        {"ada.md": "", "bob/persona.md": "", "_draft.md": "", ".md": "", "notes.txt": ""},
        {"ada/persona.md": ""},
    )
    assert winners(served) == {"ada": (1, "ada"), "bob": (0, "bob")}
    assert [one.path for one in served.loose] == [".md", "_draft.md", "notes.txt"]


def test_prompts_are_never_shadowed(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "prompt", {"": "one"}, {"": "two"})
    assert [(one.name, one.winner and one.winner.source, one.shadowed) for one in served.choices] == [
        ("org/0", 0, ()),
        ("org/1", 1, ()),
    ]


@pytest.mark.parametrize(("size", "served"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_a_prompt_of_more_than_a_mebibyte_is_not_served(tmp_path: pathlib.Path, size: int, served: bool) -> None:
    found = serve(tmp_path, "prompt", {"": "small"}, {"": "x" * size}, {"": "last"})
    assert [(one.name, one.winner is not None) for one in found.choices] == [
        ("org/0", True),
        ("org/1", served),
        ("org/2", True),
    ]
    told = [] if served else [(1, "the prompt is larger than 1 MiB; nothing is served as 'org/1'", True)]
    assert [(note.source, note.text, note.error) for note in found.notes] == told


def test_loose_files_merge_by_path(tmp_path: pathlib.Path) -> None:
    served = serve(
        tmp_path,
        "tools",
        {"lib/a.py": "", "lib/b.py": "", "x": "a file", "win/notes.txt": "", "y/inner": ""},
        {"lib/b.py": "", "x/y": "a folder", "win/pyproject.toml": "", "y": "a file"},
    )
    assert served.loose == (
        Loose("lib/a.py", 0, ()),
        Loose("lib/b.py", 1, (0,)),
        Loose("x/y", 1, ()),
        Loose("y", 1, ()),
    )
    assert [(note.source, note.path) for note in served.notes] == [(0, "win/notes.txt"), (0, "x"), (0, "y/inner")]


def test_a_loose_file_above_a_winner_is_dropped(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "tools", {"g/a/pyproject.toml": ""}, {"g": "a file"})
    assert winners(served) == {"a": (0, "g/a")}
    assert (served.loose, [note.path for note in served.notes]) == ((), ["g"])


@pytest.mark.parametrize(("subdir", "told"), [("tools", 0), ("packages/tools", 1)])
def test_missing_directory_is_told_only_when_it_was_set(tmp_path: pathlib.Path, subdir: str, told: int) -> None:
    served = serve(tmp_path, "tools", {}, subdir=subdir)
    assert [note.error for note in served.notes] == [False] * told
    assert served.choices == ()


def test_a_surface_that_is_off_offers_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tools/a").mkdir(parents=True)
    (tmp_path / "tools/a/pyproject.toml").touch()
    assert items.offer("tools", 0, tmp_path, Source("org/0", ())) == items.Offer()


def test_names_are_bytes_and_sorted_as_such(tmp_path: pathlib.Path) -> None:
    base = os.fsencode(tmp_path / "org/0/personas")
    pathlib.Path(os.fsdecode(base)).mkdir(parents=True)
    for name in (b"\xff.md", "é.md".encode(), b"Z.md", b"a.md"):
        pathlib.Path(os.fsdecode(base + b"/" + name)).touch()
    assert [os.fsencode(one.name) for one in serve(tmp_path, "personas", {}).choices] == [
        b"Z",
        b"a",
        "é".encode(),
        b"\xff",
    ]


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        ([], b""),
        ([b"one"], b"one\n"),
        ([b"\n \n  one\n\n", b"", b"two\nthree\n"], b"  one\n\n---\n\ntwo\nthree\n"),
        ([b"\r\n\t\r\n one \r\n\n two \t\n \t"], b" one \r\n\n two \t\n"),
        ([b" \n\v\f\r\n", b"", b"\n"], b""),
        ([b"one", b" "], b"one\n"),
    ],
)
def test_join_prompts(texts: list[bytes], joined: bytes) -> None:
    assert b"".join(join_prompts(texts)) == joined


def test_a_file_where_the_default_directory_belongs_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "org/0").mkdir(parents=True)
    (tmp_path / "org/0/tools").touch()
    (note,) = serve(tmp_path, "tools", {}).notes
    assert (note.text, note.error) == ("tools is no folder of org/0", False)


def serve_subdirs(folder: pathlib.Path, surface: str, *subdirs: str) -> Served:
    """What one repository serves on a surface when it is listed once for each of these directories."""
    sources = [Source("org/0", ((surface, subdir),)) for subdir in subdirs]
    return next(one for one in items.survey(sources, folder.joinpath) if one.surface == surface)


@pytest.mark.parametrize(
    ("subdirs", "place"),
    [
        (("tools", "tools"), (1, "group/a")),
        (("tools", "linked"), (1, "group/a")),
        (("tools", "deep/linked"), (1, "group/a")),
        (("tools", "tools/group"), (1, "a")),
        (("tools/group", "tools"), (1, "group/a")),
        (("tools/group", "tools", "linked/group"), (2, "a")),
    ],
)
def test_one_directory_reached_twice_is_one_item(
    tmp_path: pathlib.Path, subdirs: tuple[str, ...], place: tuple[int, str]
) -> None:
    tree = tmp_path / "org/0"
    (tree / "tools/group/a").mkdir(parents=True)
    (tree / "tools/group/a/pyproject.toml").touch()
    (tree / "tools/group/lib.py").touch()
    (tree / "linked").symlink_to("tools")
    (tree / "deep").mkdir()
    (tree / "deep/linked").symlink_to("../tools")
    served = serve_subdirs(tmp_path, "tools", *subdirs)
    (choice,) = served.choices
    assert choice.winner is not None
    assert ((choice.winner.source, choice.winner.path), choice.shadowed, served.notes) == (place, (), ())
    assert all(one.shadowed == () for one in served.loose)


def test_the_last_place_of_a_directory_counts(tmp_path: pathlib.Path) -> None:
    for repo in ("0", "1"):
        folder = tmp_path / f"org/{repo}/tools/a"
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").touch()
    sources = [Source(repo, (("tools", "tools"),)) for repo in ("org/0", "org/1", "org/0")]
    (choice,) = items.survey(sources, tmp_path.joinpath)[0].choices
    assert choice.winner is not None
    assert (choice.winner.source, [one.source for one in choice.shadowed]) == (2, [1])


def test_equal_files_in_two_directories_are_two_items(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "tools", {"a/pyproject.toml": ""}, {"a/pyproject.toml": ""})
    assert [one.source for one in served.choices[0].shadowed] == [0]


def test_one_prompt_listed_twice_is_one(tmp_path: pathlib.Path) -> None:
    (tmp_path / "org/0").mkdir(parents=True)
    (tmp_path / "org/0/a.md").touch()
    (tmp_path / "org/0/b.md").touch()
    served = serve_subdirs(tmp_path, "prompt", "a.md", "b.md", "a.md")
    assert [(one.name, one.last.source) for one in served.choices] == [("org/0", 1), ("org/0", 2)]


def test_a_second_name_of_one_directory_in_one_source_is_no_error(tmp_path: pathlib.Path) -> None:
    tree = tmp_path / "org/0/tools"
    (tree / "a").mkdir(parents=True)
    (tree / "a/pyproject.toml").touch()
    (tree / "group").mkdir()
    (tree / "group/a").symlink_to("../a")
    served = serve(tmp_path, "tools", {})
    assert (winners(served), served.loose, served.notes) == ({"a": (0, "a")}, (), ())


@pytest.mark.parametrize("subdir", ["out", "out/inner", "nowhere", "loop/x"])
def test_a_subdir_behind_a_link_that_leaves_the_tree_is_not_looked_into(tmp_path: pathlib.Path, subdir: str) -> None:
    (tmp_path / "org/0").mkdir(parents=True)
    (tmp_path / "elsewhere/inner/a").mkdir(parents=True)
    (tmp_path / "elsewhere/inner/a/pyproject.toml").touch()
    (tmp_path / "org/0/out").symlink_to("../../elsewhere")
    (tmp_path / "org/0/nowhere").symlink_to("x" * 4000)
    (tmp_path / "org/0/loop").symlink_to("loop")
    served = serve_subdirs(tmp_path, "tools", subdir)
    assert (served.choices, [note.text for note in served.notes]) == ((), [f"{subdir} is no folder of org/0"])


def test_what_is_in_the_way_is_told(tmp_path: pathlib.Path) -> None:
    served = serve(tmp_path, "tools", {"g/a/pyproject.toml": ""}, {"g/pyproject.toml": ""})
    assert served.choices[0].in_the_way == items.InTheWay("g", 1)
    assert (served.choices[0].last.path, served.choices[0].last.problem) == ("g/a", None)


def test_a_tree_as_deep_as_a_path_can_be(tmp_path: pathlib.Path) -> None:
    folder = str(tmp_path / "org/0/workflows")
    names = ["d"] * ((4000 - len(folder)) // 2)
    script = 'mkdir -p "$1" && printf \'WORKFLOW_NAME = "one"\' > "$1/one.py"'
    subprocess.run(["sh", "-c", script, "sh", "/".join([folder, *names])], check=True)
    served = serve(tmp_path, "workflows", {})
    subprocess.run(["rm", "-r", folder], check=True)
    assert [one.name for one in served.choices] == ["one"]


def test_a_pipe_is_never_opened(tmp_path: pathlib.Path) -> None:
    for path in ("workflows/a.py", "tools/a/pyproject.toml", ".agents/skills/a/SKILL.md"):
        file = tmp_path / "org/0" / path
        file.parent.mkdir(parents=True)
        os.mkfifo(file)
    assert winners(serve(tmp_path, "workflows", {})) == winners(serve(tmp_path, "tools", {})) == {}
    assert winners(serve(tmp_path, "skills", {})) == {"a": None}


def test_a_directory_where_a_file_is_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "org/0/workflows/a.py").mkdir(parents=True)
    (tmp_path / "org/0/.agents/skills/a/SKILL.md").mkdir(parents=True)
    assert winners(serve(tmp_path, "workflows", {})) == {}
    assert winners(serve(tmp_path, "skills", {})) == {"a": None}
