"""`overlays explain SURFACE/NAME`: the whole story of one item, and the difference from the copy it shadows."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.support.checkouts import List, skill, tool, workflow

ONE, TWO = "1" * 40, "2" * 40


def test_who_wins_who_loses_and_why(tmp_path: pathlib.Path) -> None:
    listed = List(
        tmp_path,
        {"repo": "acme/base", "ref": "main"},
        {"repo": "acme/broken", "overrides": []},
        {"repo": "acme/off", "enabled": False},
        {"repo": "acme/gone", "enabled": False},
        {"repo": "acme/empty", "enabled": False},
        {"repo": "acme/last", "overrides": ["skills/pdf"]},
    )
    listed.has("acme/base", skill("pdf"), commit=ONE)
    listed.has("acme/broken", {".agents/skills/pdf/SKILL.md": ""})
    listed.has("acme/off", skill("pdf"), commit=TWO)
    listed.has("acme/empty", skill("other"))
    listed.has("acme/last", skill("pdf"))
    ran = listed.explain("skills/pdf")
    assert ran.stdout.decode() == (
        "skills/pdf: served from acme/last\n"
        "\n"
        "acme/last: wins\n"
        "  commit  -\n"
        "  path    .agents/skills/pdf\n"
        "  in      checkouts/acme/last/.agents/skills/pdf\n"
        "  why     the last of 3 sources that have it\n"
        "\n"
        "acme/broken: loses\n"
        "  commit  -\n"
        "  path    .agents/skills/pdf\n"
        "  in      checkouts/acme/broken/.agents/skills/pdf\n"
        "  why     acme/last comes later in the list; it could not be served either: "
        "SKILL.md does not begin with a line ---\n"
        "\n"
        "acme/base@main: loses\n"
        f"  commit  {ONE}\n"
        "  path    .agents/skills/pdf\n"
        "  in      checkouts/acme/base/.agents/skills/pdf\n"
        "  why     acme/last comes later in the list\n"
        "\n"
        "acme/off: does not count\n"
        f"  commit  {TWO}\n"
        "  path    .agents/skills/pdf\n"
        "  in      checkouts/acme/off/.agents/skills/pdf\n"
        "  why     enabled is false\n"
        "\n"
        "with overlays.delivery: separate consumers agree:\n"
        "  sandboxes: the last copy: acme/last (CENTAUR_SKILL_DIRS)\n"
        "\n"
        "undeclared: acme/broken over acme/base@main (overlays.sources[1].overrides does not list it)\n"
        "declared: acme/last over acme/base@main, acme/broken (overlays.sources[5].overrides)\n"
        "not looked into, since disabled and not checked out: acme/gone\n"
    )
    assert ran.code == 1
    assert "error OVL505: 'skills/pdf' of 'acme/broken' shadows" in ran.told


def test_not_served(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    listed.has("acme/a", skill("pdf"))
    listed.has("acme/b", {".agents/skills/pdf/SKILL.md": "---\n"})
    text = listed.explain("skills/pdf").stdout.decode()
    assert text.startswith("skills/pdf: not served\n\nacme/b: takes the name and is not served\n")
    assert (
        "  why     acme/b: .agents/skills/pdf: SKILL.md has no closing line ---; no older copy takes its place\n"
        in text
    )


def test_the_only_source(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", workflow("daily/report"))
    ran = listed.explain("workflows/daily/report", "--diff")
    assert ran.stdout.decode().endswith(
        "  why     the only source that has it\n\n(no difference: no other source has it)\n"
    )


def test_only_findings_of_the_item(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", {"repo": "acme/b", "overrides": ["skills/own", "tools/none"]})
    for repo in ("acme/a", "acme/b"):
        listed.has(repo, skill("pdf"), {"workflows/x.py": "WORKFLOW_NAME = f()"})
    listed.has("acme/b", skill("own"))
    ran = listed.explain("skills/own")
    assert (ran.code, ran.told.count("OVL")) == (0, 1)
    assert "warning OVL508: the override 'skills/own' shadows nothing" in ran.told


def test_json_of_one_item(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", skill("pdf"), tool("pdf"))
    document = json.loads(listed.explain("skills/pdf", "--output", "json").stdout)
    assert [(one["surface"], one["name"]) for one in document["items"]] == [("skills", "pdf")]


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        ("skills/pfd", "did you mean 'skills/pdf'?"),
        ("pdf", "did you mean 'skills/pdf', 'tools/pdf'?"),
        ("zzz", "leave it out to see all items"),
        ("", "leave it out to see all items"),
        ("\x1b[2J", "leave it out to see all items"),
    ],
)
def test_an_unknown_item(tmp_path: pathlib.Path, item: str, hint: str) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", skill("pdf"), tool("pdf"))
    ran = listed.explain(item)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        f"SURFACE/NAME: error OVL512: there is no item {item!r}: no source of the list has one of that surface and "
        f"name\n  hint: {hint}\n"
    )


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("skills", "is a surface, not an item: the list has 4 of that surface"),
        ("skills/", "is a surface, not an item: the list has 4 of that surface"),
        ("tools", "is a surface, not an item: the list has 1 of that surface"),
        ("prompt", "is a surface, not an item: no source of the list has any"),
        (
            "tools/shared.txt",
            "is a file that is part of no item: files of no item are merged path by path, the last source wins",
        ),
    ],
)
def test_what_is_no_item_but_there(tmp_path: pathlib.Path, item: str, words: str) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", *map(skill, "dcba"), tool("jira"), {"tools/shared.txt": ""})
    hints = {
        "skills": "write SURFACE/NAME: 'skills/a', 'skills/b', 'skills/c', …",
        "tools": "write SURFACE/NAME: 'tools/jira'",
        "prompt": "leave it out to see all items",
    }
    hint = hints.get(item.rstrip("/"), "leave it out to see which of them shadow another")
    ran = listed.explain(item)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == f"SURFACE/NAME: error OVL512: {item!r} {words}\n  hint: {hint}\n"


def diff(listed: List, item: str = "skills/pdf") -> str:
    ran = listed.explain(item, "--diff")
    assert ran.code == 0
    return ran.stdout.decode().partition("overrides)\n\n")[2]


def test_the_difference(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", {"repo": "acme/b", "ref": "dev"})
    listed.has(
        "acme/a",
        skill("pdf", "one\ntwo\n"),
        {".agents/skills/pdf/gone.txt": "x\n", ".agents/skills/pdf/same.txt": "x", ".agents/skills/pdf/empty": ""},
    )
    listed.has(
        "acme/b",
        skill("pdf", "one\n\x1b[2Jtwo\tthree"),
        {".agents/skills/pdf/a/new.txt": "y\n", ".agents/skills/pdf/same.txt": "x"},
    )
    assert diff(listed) == (
        "--- acme/a/.agents/skills/pdf/SKILL.md\n"
        "+++ acme/b@dev/.agents/skills/pdf/SKILL.md\n"
        "@@ -2,4 +2,4 @@\n"
        " name: pdf\n"
        " ---\n"
        " one\n"
        "-two\n"
        "+\\x1b[2Jtwo\tthree (no line end)\n"
        "--- /dev/null\n"
        "+++ acme/b@dev/.agents/skills/pdf/a/new.txt\n"
        "@@ -0,0 +1 @@\n"
        "+y\n"
        "--- acme/a/.agents/skills/pdf/empty\n"
        "+++ /dev/null\n"
        "--- acme/a/.agents/skills/pdf/gone.txt\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-x\n"
    )


def test_the_difference_from_the_nearest(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b", "acme/c")
    for repo in ("acme/a", "acme/b", "acme/c"):
        listed.has(repo, skill("pdf", f"{repo}\n"))
    assert "-acme/b\n+acme/c\n" in diff(listed)


def test_equal_copies(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    for repo in ("acme/a", "acme/b"):
        listed.has(repo, workflow("daily", f"{repo[-1]}.py"))
    assert diff(listed, "workflows/daily") == "(no difference: both copies hold the same files)\n"


def test_the_executable_bit_is_a_difference(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    folder = ".agents/skills/pdf"
    files: dict[str, str | bytes] = {
        f"{folder}/gone": "",
        f"{folder}/both": "b\n",
        f"{folder}/run": "x\n",
        f"{folder}/large": b"\0" * 100_000,
    }
    first = listed.has("acme/a", skill("pdf"), files)
    second = listed.has("acme/b", skill("pdf"), {**files, f"{folder}/both": "c\n"})
    for path in ("run", "large", "gone"):
        (first / folder / path).chmod(0o755)
    (second / folder / "both").chmod(0o744)
    (second / folder / "gone").unlink()
    (second / folder / "gone").symlink_to("run")
    a, b = f"acme/a/{folder}", f"acme/b/{folder}"
    assert diff(listed).splitlines() == [
        *(f"--- {a}/both", f"+++ {b}/both", "@@ -1 +1 @@", "-b", "+c", "-mode: not executable", "+mode: executable"),
        f"{a}/gone and {b}/gone differ: 0 bytes of text, link to run",
        *(f"--- {a}/large", f"+++ {b}/large", "-mode: executable", "+mode: not executable"),
        *(f"--- {a}/run", f"+++ {b}/run", "-mode: executable", "+mode: not executable"),
    ]


def test_what_is_no_text_is_told_in_one_line(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    folder = ".agents/skills/pdf"
    listed.has("acme/a", skill("pdf"), {f"{folder}/bin": b"a\0b", f"{folder}/latin": "é".encode("latin-1")})
    root = listed.has(
        "acme/b", skill("pdf"), {f"{folder}/bin": b"a\0c", f"{folder}/latin": "x", f"{folder}/big": b"x" * 100_000}
    )
    (root / folder / "link").symlink_to("SKILL.md")
    a, b = f"acme/a/{folder}", f"acme/b/{folder}"
    assert diff(listed).splitlines() == [
        f"/dev/null and {b}/big differ: nothing, 100000 bytes",
        f"{a}/bin and {b}/bin differ: 3 bytes, binary, 3 bytes, binary",
        f"{a}/latin and {b}/latin differ: 1 bytes, binary, 1 bytes of text",
        f"/dev/null and {b}/link differ: nothing, link to SKILL.md",
    ]


def test_a_file_against_a_directory(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, *({"repo": repo, "personasSubdir": "p"} for repo in ("acme/a", "acme/b")))
    listed.has("acme/a", {"p/ada.md": "one\n"})
    listed.has("acme/b", {"p/ada/persona.md": "two\n"})
    assert [line for line in diff(listed, "personas/ada").splitlines() if line[:3] in ("---", "+++")] == [
        "--- acme/a/p/ada.md",
        "+++ /dev/null",
        "--- /dev/null",
        "+++ acme/b/p/ada/persona.md",
    ]


def test_the_difference_has_an_end(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/b")
    listed.has("acme/a", skill("pdf"))
    listed.has("acme/b", skill("pdf"), {f".agents/skills/pdf/{at}.txt": "line\n" * 100 for at in range(30)})
    lines = diff(listed).splitlines()
    assert (len(lines), lines[-1]) == (2001, "(the rest is not shown: more than 2000 lines)")
