"""overlays render --locked: the commits of the lock file, and what is wrong when it is not that of the list."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.support.overlays import Ran, overlays

ONE, TWO, DOCS, GONE = ("1" * 39 + "a", "2" * 39 + "b", "3" * 39 + "c", "4" * 39 + "d")
VALUES = """\
repoCache:
  repositories: [acme/docs, acme/one]
  repositoryRefs: {acme/two: v2, acme/elsewhere: v9}
overlays:
  sources:
    - {repo: paradigmxyz/centaur}
    - {repo: acme/one, ref: main}
    - {repo: acme/off, ref: main, enabled: false}
    - {repo: acme/two, skillsSubdir: ""}
"""
COMPAT = """\
toolServer:
  ref: v1
  extraSources:
    - {repo: acme/one, ref: main}
    - {repo: acme/two}
"""
BASE = "paradigmxyz/centaur"


def entry(repo: str, ref: str, commit: str) -> str:
    url = f"https://github.com/{repo}.git"
    return f'  {repo}:\n    url: "{url}"\n    ref: "{ref}"\n    commit: "{commit}"\n'


HEAD = "schemaVersion: 1\nrepositories:\n"
LOCK = HEAD + "".join(
    (entry("acme/docs", "", DOCS), entry("acme/one", "main", ONE), entry(BASE, "", GONE), entry("acme/two", "v2", TWO))
)
LOCK_OF_COMPAT = HEAD + entry(BASE, "v1", GONE) + entry("acme/one", "main", ONE) + entry("acme/two", "", TWO)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "values.yaml").write_text(VALUES)
    (tmp_path / "overlays.lock.yaml").write_text(LOCK)
    return tmp_path


def render(folder: pathlib.Path, what: str, *arguments: str) -> Ran:
    return overlays("render", what, "-f", "values.yaml", "--locked", *arguments, cwd=folder, env={"PATH": ""})


def test_variables_hold_the_commits(folder: pathlib.Path) -> None:
    ran = render(folder, "env")
    found = json.loads(ran.stdout)
    assert (ran.code, ran.told) == (0, "")
    assert found["repoCache"]["REPOSITORY_REFS"] == (
        f"acme/docs={DOCS} acme/elsewhere=v9 acme/one={ONE} acme/two={TWO} {BASE}={GONE}"
    )
    assert found["api"]["KUBERNETES_TOOLS_REF"] == GONE
    assert json.loads(found["api"]["KUBERNETES_TOOLS_EXTRA_SOURCES"]) == [
        {"ref": ONE, "repo": "acme/one", "subdir": "tools"},
        {"ref": TWO, "repo": "acme/two", "subdir": "tools"},
    ]


def test_the_manifest_holds_the_commits(folder: pathlib.Path) -> None:
    found = json.loads(render(folder, "manifest").stdout)
    assert [(item["repo"], item["ref"]) for item in found["repositories"]] == [
        ("acme/docs", DOCS),
        ("acme/one", ONE),
        (BASE, GONE),
        ("acme/two", TWO),
    ]
    assert [item["ref"] for item in found["sources"]] == [GONE, ONE, TWO]
    assert found["digest"] == json.loads(render(folder, "env").stdout)["api"]["OVERLAYS_DIGEST"]


def test_values_keep_the_requested_refs_as_comments(folder: pathlib.Path) -> None:
    ran = render(folder, "values")
    assert (
        ran.stdout.decode()
        == f"""\
overlays:
  sources:
    - repo: "{BASE}"
      ref: "{GONE}"  # default branch
      toolsSubdir: "tools"
      workflowsSubdir: "workflows"
      skillsSubdir: ".agents/skills"
    - repo: "acme/one"
      ref: "{ONE}"  # main
      toolsSubdir: "tools"
      workflowsSubdir: "workflows"
      skillsSubdir: ".agents/skills"
    - repo: "acme/two"
      ref: "{TWO}"  # v2
      toolsSubdir: "tools"
      workflowsSubdir: "workflows"
      skillsSubdir: ""
repoCache:
  repositoryRefs:
    acme/docs: "{DOCS}"  # default branch
    acme/one: "{ONE}"  # main
    acme/two: "{TWO}"  # v2
"""
    )


def test_values_for_an_older_chart(folder: pathlib.Path) -> None:
    ran = render(folder, "values", "--for", "repo-cache")
    assert (
        ran.stdout.decode()
        == f"""\
repoCache:
  repositories:
    - "acme/docs"
    - "acme/one"
    - "{BASE}"
    - "acme/two"
  repositoryRefs:
    acme/docs: "{DOCS}"  # default branch
    acme/elsewhere: "v9"
    acme/one: "{ONE}"  # main
    acme/two: "{TWO}"  # v2
    {BASE}: "{GONE}"  # default branch
"""
    )


def test_without_pins_nothing_is_said_of_the_cache(folder: pathlib.Path) -> None:
    (folder / "values.yaml").write_text(COMPAT)
    (folder / "overlays.lock.yaml").write_text(LOCK_OF_COMPAT)
    ran = render(folder, "values")
    assert ran.code == 0
    assert b"repoCache" not in ran.stdout
    assert ran.stdout.decode().startswith(f'overlays:\n  sources:\n    - repo: "{BASE}"\n      ref: "{GONE}"  # v1\n')


@pytest.mark.parametrize(("values", "lock"), [(VALUES, LOCK), (COMPAT, LOCK_OF_COMPAT)], ids=["explicit", "compat"])
def test_what_is_printed_laid_over_the_input_gives_the_same(folder: pathlib.Path, values: str, lock: str) -> None:
    (folder / "values.yaml").write_text(values)
    (folder / "overlays.lock.yaml").write_text(lock)
    assert render(folder, "values", "-o", "locked.yaml").code == 0
    for what in ("env", "manifest"):
        over = overlays("render", what, "-f", "values.yaml", "-f", "locked.yaml", cwd=folder)
        assert (over.code, over.stdout) == (0, render(folder, what).stdout)


def test_merged_delivery_stays_and_names_no_commit(folder: pathlib.Path) -> None:
    flag = ("--set", "overlays.delivery=merged")
    env = json.loads(render(folder, "env", *flag).stdout)["api"]
    assert (env["KUBERNETES_TOOLS_REPO"], "KUBERNETES_TOOLS_REF" in env) == ("overlays/merged", False)
    manifest = json.loads(render(folder, "manifest", *flag).stdout)
    assert (manifest["delivery"], manifest["sources"][1]["ref"]) == ("merged", ONE)
    values = render(folder, "values", *flag).stdout.decode()
    assert values.startswith(f'overlays:\n  delivery: "merged"\n  sources:\n    - repo: "{BASE}"\n      ref: "{GONE}"')


def test_an_empty_plan(folder: pathlib.Path) -> None:
    (folder / "values.yaml").write_text("toolServer: {enabled: false}\nrepoCache: {repositories: [acme/docs]}\n")
    ran = render(folder, "values")
    assert ran.stdout.decode() == (
        "overlays:\n  sources: []\ntoolServer:\n  enabled: false\n"
        f'repoCache:\n  repositoryRefs:\n    acme/docs: "{DOCS}"  # default branch\n'
    )


def test_entries_that_left_the_list_do_no_harm(folder: pathlib.Path) -> None:
    (folder / "overlays.lock.yaml").write_text(LOCK + entry("acme/elsewhere", "v9", ONE))
    ran = render(folder, "values", "--for", "repo-cache")
    assert (ran.code, b'acme/elsewhere: "v9"\n' in ran.stdout) == (0, True)


def test_check_and_output(folder: pathlib.Path) -> None:
    assert render(folder, "env", "-o", "env.json").code == 0
    assert render(folder, "env", "--check", "env.json").code == 0
    (folder / "overlays.lock.yaml").write_text(LOCK.replace(ONE, "5" * 40))
    ran = render(folder, "env", "--check", "env.json")
    assert (ran.code, ran.stdout) == (2, b"")
    assert f"acme/one={'5' * 40}" in ran.told


def test_lock_file_of_another_name(folder: pathlib.Path) -> None:
    (folder / "overlays.lock.yaml").rename(folder / "other.yaml")
    assert render(folder, "env", "--lock-file", "other.yaml").code == 0
    ran = render(folder, "env")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "overlays.lock.yaml: error OVL401: there is no lock file 'overlays.lock.yaml': it says which commits are "
        "meant\n  hint: run `overlays lock`\n"
    )


def test_all_that_is_missing_or_stale_is_told(folder: pathlib.Path) -> None:
    lock = LOCK.replace(entry("acme/docs", "", DOCS), "")
    lock = lock.replace('"main"', '"dev"').replace(f"github.com/{BASE}", f"git.example.com/{BASE}")
    (folder / "overlays.lock.yaml").write_text(lock)
    ran = render(folder, "env")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "values.yaml:2:18: error OVL404: 'acme/docs' is not locked: 'overlays.lock.yaml' has no such entry, so no "
        "commit is known\n  hint: run `overlays lock --update acme/docs`\n"
        f"values.yaml:6:14: error OVL405: '{BASE}' is locked for another clone URL: 'overlays.lock.yaml' has the "
        f"commit for 'https://git.example.com/{BASE}.git', and the list asks for 'https://github.com/{BASE}.git'\n"
        f"  hint: run `overlays lock --update {BASE}`\n"
        "values.yaml:7:29: error OVL405: 'acme/one' is locked for another ref: 'overlays.lock.yaml' has the commit for "
        "'dev', and the list asks for 'main'\n  hint: run `overlays lock --update acme/one`\n"
    )


def test_a_pin_that_moved_is_told_where_it_stands(folder: pathlib.Path) -> None:
    (folder / "values.yaml").write_text(VALUES.replace("acme/two: v2", 'acme/two: ""'))
    ran = render(folder, "env")
    assert ran.told.startswith("values.yaml:3:30: error OVL405: 'acme/two' is locked for another ref: ")
    assert "has the commit for 'v2', and the list asks for the default branch" in ran.told


def test_warnings_are_those_of_the_values(folder: pathlib.Path) -> None:
    (folder / "values.yaml").write_text(VALUES.replace("acme/off", "Acme/One").replace(", enabled: false", ""))
    lock = LOCK + entry("Acme/One", "main", ONE)
    (folder / "overlays.lock.yaml").write_text(lock)
    plain = overlays("render", "env", "-f", "values.yaml", cwd=folder)
    assert plain.told.startswith("values.yaml:8:14: warning OVL222: ")
    assert render(folder, "env").stderr == plain.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lock-file", "x"], "overlays: --lock-file needs --locked: without it no lock is read"),
        (["--lock-file", "", "--locked"], "overlays: --lock-file needs the name of a file"),
    ],
)
def test_usage(folder: pathlib.Path, arguments: list[str], message: str) -> None:
    ran = overlays("render", "env", *arguments, cwd=folder)
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith(message)


def test_without_the_flag_the_lock_is_not_looked_at(folder: pathlib.Path) -> None:
    (folder / "overlays.lock.yaml").write_text("<<<<<<< HEAD\n")
    ran = overlays("render", "values", "-f", "values.yaml", cwd=folder)
    assert (ran.code, b"#" in ran.stdout) == (0, False)
