"""Every check of a repository's content, each on a small tree."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest

from overlays.content.lint.repository import Repository, lint
from overlays.model.finding import Finding

SUBDIRS = {"tools": "tools", "workflows": "workflows", "skills": ".agents/skills"}
GOOD = "---\nname: {}\ndescription: Reads files.\n---\nbody\n"
TOOL = {"tools/fine/pyproject.toml": ""}  # so that something is offered


def tree(folder: pathlib.Path, files: Mapping[str, str | bytes | None]) -> pathlib.Path:
    """Write files; "name ->" is a link, "name/" a directory, "name*" an executable file."""
    for path, content in files.items():
        file = folder / path.rstrip("*/").removesuffix(" ->")
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(" ->"):
            file.symlink_to(str(content))
        elif path.endswith("/"):
            file.mkdir(exist_ok=True)
        else:
            file.write_bytes(content if isinstance(content, bytes) else str(content).encode())
            file.chmod(0o755 if path.endswith("*") else 0o644)
    return folder


def found(
    folder: pathlib.Path, files: Mapping[str, str | bytes | None] | None = None, **subdirs: str
) -> tuple[Finding, ...]:
    places = {surface: path for surface, path in {**SUBDIRS, **subdirs}.items() if path}
    return lint(Repository(tree(folder, files or {}), ".", places))


def told(folder: pathlib.Path, files: Mapping[str, str | bytes | None] | None = None, **subdirs: str) -> list[str]:
    """ "place code what" of each finding."""
    return [f"{one.where} {one.code} {one.what}" for one in found(folder, files, **subdirs)]


@pytest.mark.parametrize(("size", "codes"), [(1 << 20, []), ((1 << 20) + 1, ["OVL543"])])
def test_a_large_prompt(tmp_path: pathlib.Path, size: int, codes: list[str]) -> None:
    findings = found(tmp_path, {**TOOL, "PROMPT.md": "x" * size}, prompt="PROMPT.md")
    assert [(str(one.where), one.code) for one in findings] == [("PROMPT.md", code) for code in codes]


def test_a_good_repository(tmp_path: pathlib.Path) -> None:
    files = {
        "tools/a/pyproject.toml": "",
        "tools/a/run*": "#!/bin/sh\n",
        "tools/group/b/pyproject.toml": "",
        "workflows/daily.py": 'WORKFLOW_NAME = "daily"\n',
        "workflows/lib/common.py": "",
        ".agents/skills/pdf/SKILL.md": GOOD.format("pdf"),
        ".agents/skills/pdf/scripts/run*": "#!/bin/sh\n",
        ".agents/skills/pdf/shared.md ->": "../../../docs/shared.md",
        ".agents/skills/README.md": "",
        "docs/shared.md": "",
        "personas/ada.md": "",
        "PROMPT.md": "",
        "elsewhere/link ->": "/etc/passwd",
    }
    assert told(tmp_path, files, personas="personas", prompt="PROMPT.md") == []


LAYOUT: dict[str, tuple[dict[str, str | bytes | None], list[str]]] = {
    "a skill too deep": (
        {".agents/skills/group/pdf/SKILL.md": GOOD.format("pdf")},
        [
            ".agents/skills OVL524 the directory of the skills offers nothing",
            ".agents/skills/group/pdf/SKILL.md OVL525 SKILL.md at a depth at which nobody looks",
        ],
    ),
    "a skill not deep enough": (
        {".agents/skills/SKILL.md": GOOD.format("pdf"), ".agents/skills/a/SKILL.md": GOOD.format("a")},
        [".agents/skills/SKILL.md OVL525 SKILL.md right in the directory of skills"],
    ),
    "a skill inside a skill": (
        {".agents/skills/a/SKILL.md": GOOD.format("a"), ".agents/skills/a/b/c/SKILL.md": ""},
        [".agents/skills/a/b/c/SKILL.md OVL526 SKILL.md inside another skill"],
    ),
    "skill.md": (
        {
            ".agents/skills/a/skill.md": GOOD.format("a"),
            ".agents/skills/b/Skill.md": "",
            ".agents/skills/c/SKILL.md": GOOD.format("c"),
        },
        [
            ".agents/skills/a/skill.md OVL527 'skill.md' is not read",
            ".agents/skills/b/Skill.md OVL527 'Skill.md' is not read",
        ],
    ),
    "a directory without SKILL.md": (
        {".agents/skills/shared/a.txt": "", ".agents/skills/c/SKILL.md": GOOD.format("c")},
        [".agents/skills/shared OVL528 a directory of the skills without SKILL.md"],
    ),
    "hidden skills": (
        {
            ".agents/skills/.a/SKILL.md": "",
            ".agents/skills/_b/SKILL.md": "",
            ".agents/skills/_lib/x": "",
            ".agents/skills/c/SKILL.md": GOOD.format("c"),
        },
        [
            ".agents/skills/.a OVL529 an item of the skills that is hidden by its name",
            ".agents/skills/_b OVL529 an item of the skills that is hidden by its name",
        ],
    ),
    "tools": (
        {
            "tools/lib/a.py": "",
            "tools/g/h/i/pyproject.toml": "",
            "tools/fine/inner/deep/er/pyproject.toml": "",
            "tools/_a/pyproject.toml": "",
            "tools/k/_b/pyproject.toml": "",
            "tools/pyproject.toml": "",
        },
        [
            "tools/_a OVL529 an item of the tools that is hidden by its name",
            "tools/g/h/i/pyproject.toml OVL525 pyproject.toml at a depth at which nobody looks",
            "tools/k/_b OVL529 an item of the tools that is hidden by its name",
            "tools/lib OVL528 a directory of the tools without pyproject.toml",
        ],
    ),
    "one name twice": (
        {
            "tools/g/fine/pyproject.toml": "",
            "workflows/a.py": 'WORKFLOW_NAME = "x"',
            "workflows/b/c.py": "WORKFLOW_NAME = 'x'",
        },
        [
            "tools/g/fine OVL530 tools: 'fine' is there already, at fine",
            "workflows/b/c.py OVL530 workflows: 'x' is there already, at a.py",
        ],
    ),
    "names of workflows": (
        {
            "workflows/a.py": "import os\nWORKFLOW_NAME = f()\n",
            "workflows/b.py": 'WORKFLOW_NAME = "b"\n',
            "workflows/_c.py": 'WORKFLOW_NAME = "c"',
            "workflows/_d.py": "WORKFLOW_NAME = f()",
        },
        [
            "workflows/_c.py OVL529 an item of the workflows that is hidden by its name",
            "workflows/_d.py OVL529 an item of the workflows that is hidden by its name",
            "workflows/a.py:2:1 OVL531 WORKFLOW_NAME is not set to one plain string literal",
        ],
    ),
    "hidden workflows": (
        {
            "workflows/_c.py": 'WORKFLOW_NAME = "_c"',
            "workflows/_drafts/x.py": '\nWORKFLOW_NAME = "_x"\nWORKFLOW_NAME = "x"\n',
            "workflows/.h/y.py": 'WORKFLOW_NAME = ".y"\n',
            "workflows/_drafts/z.py": 'WORKFLOW_NAME = "z"\n',
            "workflows/z.py": 'WORKFLOW_NAME = "z"\n',
            "workflows/big.py": 'WORKFLOW_NAME = "_big"\n' + "#" * (1 << 20),
        },
        [
            "workflows/.h/y.py:1:1 OVL529 an item of the workflows that is hidden by its name",
            "workflows/_c.py OVL529 an item of the workflows that is hidden by its name",
            "workflows/_drafts/x.py:2:1 OVL529 an item of the workflows that is hidden by its name",
            "workflows/big.py OVL532 larger than 1 MiB and not looked into",
            "workflows/z.py OVL530 workflows: 'z' is there already, at _drafts/z.py",
        ],
    ),
    "a large workflow": (
        {"workflows/big.py": 'WORKFLOW_NAME = "big"\n' + "#" * (1 << 20), "workflows/b.py": 'WORKFLOW_NAME = "b"\n'},
        ["workflows/big.py OVL532 larger than 1 MiB and not looked into"],
    ),
    "workflows behind a link": (
        {
            "workflows/a.py": 'WORKFLOW_NAME = "a"',
            "workflows/vendor ->": "../lib",
            "lib/a.py": 'WORKFLOW_NAME = "a"',
            "lib/b.py": 'WORKFLOW_NAME = "b"',
            "lib/broken.py": "WORKFLOW_NAME = f()",
            "lib/draft.py": 'WORKFLOW_NAME = "_c"',
            "lib/up ->": "../lib",
        },
        [
            "workflows/vendor/a.py OVL530 workflows: 'a' is there already, at a.py",
            "workflows/vendor/broken.py:1:1 OVL531 WORKFLOW_NAME is not set to one plain string literal",
            "workflows/vendor/draft.py:1:1 OVL529 an item of the workflows that is hidden by its name",
            "workflows/vendor/up OVL534 a link to a directory that it is in",
        ],
    ),
    "__init__.py": (
        {"workflows/__init__.py": "", "workflows/lib/__init__.py": "", "workflows/b.py": 'WORKFLOW_NAME = "b"\n'},
        ["workflows/__init__.py OVL533 __init__.py in the directory of workflows"],
    ),
    "links": (
        {
            "tools/fine/abs ->": "/etc/passwd",
            "tools/fine/out ->": "../../../x",
            "tools/fine/gone ->": "gone.txt",
            "tools/fine/loop ->": "loop",
            "tools/fine/git ->": "../../.git/config",
            "tools/fine/through ->": "abs",
            "tools/fine/fine ->": "../../docs",
            "docs/": None,
            ".git/config": "",
        },
        [
            "tools/fine/abs OVL534 an absolute link",
            "tools/fine/git OVL534 a link to nothing",
            "tools/fine/gone OVL534 a link to nothing",
            "tools/fine/loop OVL534 a link in a loop",
            "tools/fine/out OVL534 a link that leaves the tree",
            "tools/fine/through OVL534 a link through 'tools/fine/abs', which is left out",
        ],
    ),
    "SKILL.md is a link": (
        {".agents/skills/pdf/SKILL.md ->": "../../../pdf.md", "pdf.md": GOOD.format("pdf")},
        [".agents/skills/pdf/SKILL.md OVL545 SKILL.md is no regular file"],
    ),
    "a skill behind a link": (
        {
            ".agents/skills/pdf ->": "../../shared/pdf",
            "shared/pdf/SKILL.md": GOOD.format("Pdf"),
            "shared/pdf/x ->": "/y",
        },
        [
            ".agents/skills/pdf/SKILL.md:2:7 OVL549 name is 'Pdf'",
            ".agents/skills/pdf/SKILL.md:2:7 OVL549 name is 'Pdf', the directory is 'pdf'",
            "shared/pdf/x OVL534 an absolute link",
        ],
    ),
    "the directory of the skills behind a link": (
        {
            ".agents/skills ->": "../skills",
            "skills/pdf/SKILL.md": GOOD.format("pdf"),
            "skills/pdf/x ->": "../../../y",
            "skills/z/": None,
        },
        [
            "skills/pdf/x OVL534 a link that leaves the tree",
            "skills/z OVL528 a directory of the skills without SKILL.md",
        ],
    ),
    "the directory of the skills behind a link that leaves the tree": (
        {".agents/skills ->": "/tmp"},
        [".agents/skills OVL522 the directory of the skills is no directory"],
    ),
    "a submodule": (
        {
            ".gitmodules": '[submodule "x"]\n\tpath = .agents/skills/x\n\turl = y\n[submodule "e"]\npath = e\n',
            ".agents/skills/x/": None,
            ".agents/skills/c/SKILL.md": GOOD.format("c"),
        },
        [".agents/skills/x OVL536 a submodule, or another repository"],
    ),
    "a submodule that holds a surface": (
        {".gitmodules": "[submodule]\npath = .agents\n", ".agents/skills/": None},
        [
            ".agents OVL536 a submodule, or another repository",
            ".agents/skills OVL524 the directory of the skills offers nothing",
        ],
    ),
    "another repository inside": (
        {"tools/other/.git/HEAD": "", "tools/other/pyproject.toml": ""},
        ["tools/other OVL536 a submodule, or another repository"],
    ),
    "a large file": (
        {"tools/fine/data": b"\0" * (11 << 20)},
        ["tools/fine/data OVL537 the file is larger than 10 MiB"],
    ),
    "case": (
        {
            "tools/fine/Read.me": "",
            "tools/fine/READ.ME": "",
            "tools/fine/straße": "",
            "tools/fine/STRASSE": "",
            "tools/fine/caf\u00e9": "",
            "tools/fine/cafe\u0301": "",
            "tools/g/Fine/pyproject.toml": "",
        },
        [
            "tools/fine/Read.me OVL538 'Read.me' and 'READ.ME' differ only by case",
            "tools/fine/caf\u00e9 OVL538 'caf\u00e9' and 'cafe\u0301' differ only by case",
            "tools/fine/straße OVL538 'straße' and 'STRASSE' differ only by case",
            "tools/g/Fine OVL538 'Fine' and 'fine' differ only by case",
        ],
    ),
    "executable bits": (
        {
            "tools/fine/a": "#!/bin/sh\n",
            "tools/fine/b*": "text",
            "tools/fine/c*": b"\x7fELF",
            "tools/fine/d*": "",
            "tools/fine/e*": "#!x",
        },
        [
            "tools/fine/a OVL539 it begins with #!, but is not executable",
            "tools/fine/b OVL539 executable, but it does not begin with #!",
            "tools/fine/d OVL539 executable, but it does not begin with #!",
        ],
    ),
    "names": (
        {
            "tools/fine/a\nb": "",
            "tools/fine/\u202ex": "",
            "tools/fine/é": "",
            "tools/fine/a b:c": "",
            "tools/fine/.GIT": "",
        },
        [
            "tools/fine/.GIT OVL541 something is named '.GIT'",
            "tools/fine/a\nb OVL540 the name 'a\\nb'",
            "tools/fine/\u202ex OVL540 the name '\\u202ex'",
        ],
    ),
    "empty directories": (
        {"workflows/": None, ".agents/skills/": None},
        [
            ".agents/skills OVL524 the directory of the skills offers nothing",
            "workflows OVL524 the directory of the workflows offers nothing",
        ],
    ),
    "a file where a directory belongs": (
        {"workflows": ""},
        ["workflows OVL522 the directory of the workflows is no directory"],
    ),
}


@pytest.mark.parametrize("name", LAYOUT)
def test_layout(name: str, tmp_path: pathlib.Path) -> None:
    files, want = LAYOUT[name]
    assert told(tmp_path, {**TOOL, **files}) == want


def test_personas_and_prompt(tmp_path: pathlib.Path) -> None:
    files = {"p/ada.md": "", "p/ada/x": "", "p/Bob.MD": "", "p/notes.txt": "", "p/_draft.md": ""}
    assert told(tmp_path, files, personas="p", prompt="PROMPT.md") == [
        "PROMPT.md OVL522 the file of the prompt is not there",
        "p/Bob.MD OVL528 'Bob.MD' is no persona: the name ends in .md, in small letters",
        "p/ada.md OVL530 personas: 'ada' is there already, at ada",
    ]


@pytest.mark.parametrize(
    ("path", "kind"), [("tools", ""), ("packages/tools", "is not there"), ("file", "is no directory")]
)
def test_only_a_directory_that_was_named_may_not_be_missing(path: str, kind: str, tmp_path: pathlib.Path) -> None:
    lines = told(tmp_path, {"workflows/a.py": 'WORKFLOW_NAME = "a"', "file": ""}, tools=path)
    assert lines == ([f"{path} OVL522 the directory of the tools {kind}"] if kind else [])


@pytest.mark.parametrize("files", [{}, {"README.md": ""}, {"tools/_hidden/x": ""}])
def test_a_repository_that_offers_nothing(files: dict[str, str], tmp_path: pathlib.Path) -> None:
    nothing = found(tmp_path, files)[0]
    assert (nothing.where.file, nothing.code, nothing.severity.value) == (".", "OVL523", "error")
    assert nothing.why == "there is no item in 'tools', 'workflows', '.agents/skills'"


def test_a_repository_that_is_none(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    for name, why in (("none", "there is no such directory"), ("file", "it is no directory")):
        (one,) = lint(Repository(tmp_path / name, name, SUBDIRS))
        assert (one.where.file, one.code, one.why) == (name, "OVL521", why)


def test_every_problem_of_a_skill_is_told(tmp_path: pathlib.Path) -> None:
    lines = told(tmp_path, {".agents/skills/pdf/SKILL.md": "---\nname: doc\nx: 1\n---\n"})
    assert [line.split(" ")[:2] for line in lines] == [
        [".agents/skills/pdf/SKILL.md:2:1", "OVL550"],
        [".agents/skills/pdf/SKILL.md:2:7", "OVL549"],
        [".agents/skills/pdf/SKILL.md:3:1", "OVL553"],
        [".agents/skills/pdf/SKILL.md:4:1", "OVL557"],
    ]


def test_what_is_no_file_is_told_and_never_opened(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, TOOL)
    for path in ("tools/fine/pipe", ".agents/skills/pdf/SKILL.md", "workflows/a.py", ".gitmodules"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(tmp_path / path)
    assert told(tmp_path) == [
        ".agents/skills/pdf/SKILL.md OVL535 neither file, directory nor link",
        ".agents/skills/pdf/SKILL.md OVL545 SKILL.md is no regular file",
        "tools/fine/pipe OVL535 neither file, directory nor link",
        "workflows OVL524 the directory of the workflows offers nothing",
        "workflows/a.py OVL535 neither file, directory nor link",
    ]


def test_submodules_are_found_in_one_pass(tmp_path: pathlib.Path) -> None:
    start = time.process_time()
    first = b'\tpath = "tools/a b" \r\n path\t=tools/c/\npaths = tools/fine\npath tools/fine\n'
    modules = first + b"path = a" + b" " * 300_000 + b"b\n"
    tree(tmp_path, {**TOOL, "tools/a b/": None, "tools/c/": None, ".gitmodules": modules})
    what = "a submodule, or another repository"
    assert told(tmp_path) == [f"tools/a b OVL536 {what}", f"tools/c OVL536 {what}"]
    assert time.process_time() - start < 30


def test_submodules_of_an_endless_file_are_those_of_its_first_bytes(tmp_path: pathlib.Path) -> None:
    modules = b"path = tools/a\n" + b"#" * (1 << 20) + b"\npath = tools/b\n"
    tree(tmp_path, {**TOOL, "tools/a/": None, "tools/b/": None, ".gitmodules": modules})
    what = "a directory of the tools without pyproject.toml"
    assert told(tmp_path) == ["tools/a OVL536 a submodule, or another repository", f"tools/b OVL528 {what}"]


def test_a_setuid_bit(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, {**TOOL, "tools/fine/x*": "#!/bin/sh\n"})
    (tmp_path / "tools/fine/x").chmod(0o4755)
    assert told(tmp_path) == ["tools/fine/x OVL539 a setuid, setgid or sticky bit"]


def test_a_name_that_is_no_utf8(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, {**TOOL, os.fsdecode(b"tools/fine/\xff"): ""})
    (one,) = found(tmp_path)
    assert (one.code, one.what, one.where.file) == ("OVL540", "the name '\\xff'", os.fsdecode(b"tools/fine/\xff"))


def test_what_git_ignores_is_not_told(tmp_path: pathlib.Path) -> None:
    files = {
        **TOOL,
        "tools/fine/.venv/bin/python ->": "/usr/bin/python3",
        "tools/fine/link ->": ".venv/bin",
        ".agents/skills/draft/SKILL.md": "",
        "tools/scratch/x": "",
    }
    ignored = frozenset({"tools/fine/.venv", ".agents/skills/draft", "tools/scratch"})
    lines = [
        f"{one.where} {one.code} {one.what}" for one in lint(Repository(tree(tmp_path, files), ".", SUBDIRS, ignored))
    ]
    assert lines == [
        ".agents/skills OVL524 the directory of the skills offers nothing",
        "tools/fine/link OVL534 a link to nothing",  # in a fetched tree
    ]


@pytest.mark.parametrize(
    ("named", "want"), [(".", "tools/fine/x"), ("a/b/", "a/b/tools/fine/x"), ("/", "/tools/fine/x")]
)
def test_places_begin_as_the_user_names_the_directory(named: str, want: str, tmp_path: pathlib.Path) -> None:
    (one,) = lint(Repository(tree(tmp_path, {**TOOL, "tools/fine/x ->": "/"}), named, SUBDIRS))
    assert one.where.file == want


def test_more_levels_than_the_cache_takes(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, TOOL)
    deep = "tools/fine/" + "d/" * 97
    (tmp_path / deep).mkdir(parents=True)
    (tmp_path / deep / "at the limit").touch()
    assert told(tmp_path) == []
    (tmp_path / deep / "e").mkdir()
    (tmp_path / deep / "e" / "x").touch()
    (tmp_path / deep / "e" / "f").mkdir()
    (tmp_path / deep / "e" / "f" / "y").touch()
    assert told(tmp_path) == [f"{deep}e OVL541 there are paths of more than 100 levels or 2048 bytes"]


def test_longer_paths_than_the_cache_takes(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, TOOL)
    here = os.open(tmp_path / "tools/fine", os.O_RDONLY)
    try:
        for _ in range(30):  # more than the kernel takes as one path
            os.mkdir("d" * 200, dir_fd=here)
            inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
    finally:
        os.close(here)
    (one,) = found(tmp_path)
    assert (one.code, one.what) == ("OVL541", "there are paths of more than 100 levels or 2048 bytes")


def test_a_hundred_thousand_files_take_seconds(tmp_path: pathlib.Path) -> None:
    tree(tmp_path, TOOL)
    for folder in range(100):
        base = tmp_path / f"tools/fine/{folder}"
        base.mkdir()
        for number in range(1000):
            os.close(os.open(f"{base}/{number}", os.O_CREAT | os.O_WRONLY, 0o755))
    start = time.process_time()
    assert len(found(tmp_path)) == 100_000  # executable, and nothing says how
    assert time.process_time() - start < 15


AS_NOBODY = """\
import os, pathlib, sys
from overlays.content.lint.repository import Repository, lint
import yaml.resolver, encodings.idna
if os.getuid() == 0: os.setuid(65534)
subdirs = {"tools": "tools", "workflows": "workflows", "skills": ".agents/skills"}
for one in lint(Repository(pathlib.Path("."), ".", subdirs)): print(one.where, one.code, one.what, one.why, sep=": ")
"""


def test_what_cannot_be_read_is_told_and_the_rest_is_checked(tmp_path: pathlib.Path) -> None:
    """As another user, since root may read everything."""
    files = {"tools/closed/x": "", "tools/fine/secret": "x", "workflows/a.py": "WORKFLOW_NAME = 'a'"}
    tree(tmp_path, {**TOOL, **files, ".agents/skills/pdf/SKILL.md": "", ".agents/skills/web/SKILL.md": "x"})
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and "pytest" in str(folder):
            folder.chmod(0o755)
    closed = ("tools/closed", "tools/fine/secret", "workflows/a.py", ".agents/skills/pdf/SKILL.md")
    for path in closed:
        (tmp_path / path).chmod(0)
    command = [sys.executable, "-c", AS_NOBODY]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "tools/closed").chmod(0o755)
    assert (done.stderr, done.stdout.splitlines()) == (
        "",
        [
            ".agents/skills/pdf/SKILL.md: OVL521: the file cannot be read: permission denied",
            ".agents/skills/web/SKILL.md:1:1: OVL546: there is no front matter: the front matter stands between two "
            "lines that are exactly ---, the first of which begins the file",
            "tools/closed: OVL521: the directory cannot be read: permission denied",
            "tools/fine/secret: OVL521: the file cannot be read: permission denied",
            "workflows/a.py: OVL521: the file cannot be read: permission denied",
        ],
    )
