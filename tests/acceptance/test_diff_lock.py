"""`overlays diff --base` and `overlays report --base`: what has changed in the lock file."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from tests.acceptance.test_diff import SCHEMA
from tests.acceptance.test_diff_sides import git
from tests.support.checkouts import List, tool
from tests.support.overlays import Ran, overlays

ONE, TWO = "1" * 40, "2" * 40
NAME = "overlays.lock.yaml"
NOTE = "note: the rest is told without the lock, whose commits only 'overlays render --locked' renders"


def lock(**entries: tuple[str, str]) -> str:
    """A lock file: name in acme to ref and commit."""
    repositories = {
        f"acme/{name}": {"url": f"https://github.com/acme/{name}.git", "ref": ref, "commit": commit}
        for name, (ref, commit) in entries.items()
    }
    return json.dumps({"schemaVersion": 1, "repositories": repositories}, indent=1) + "\n"


@pytest.fixture
def listed(tmp_path: pathlib.Path) -> List:
    """A list in a repository, without a lock and without a commit."""
    made = List(tmp_path, {"repo": "acme/base", "ref": "main"})
    made.has("acme/base", tool("jira"))
    git("init", "-q", cwd=tmp_path)
    return made


def commit(listed: List, text: str | None, name: str = NAME) -> None:
    """Commit the values, and a lock of that text."""
    put(listed, text, name)
    git("add", "--all", cwd=listed.folder)
    git("commit", "-qm", "change", cwd=listed.folder)


def put(listed: List, text: str | None, name: str = NAME) -> None:
    """Write a lock of that text; None: there is none."""
    file = listed.folder / name
    if text is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def diff(listed: List, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
    return overlays(
        "diff", "--base", "HEAD", "-f", "values.yaml", "--detailed-exitcode", *arguments, cwd=listed.folder, env=env
    )


def body(ran: Ran) -> list[str]:
    """The lines below the names of the sides, with "…" for the digest."""
    return re.sub("sha256:[0-9a-f]{64}", "…", ran.stdout.decode()).splitlines()[2:]


NOTHING_RESTARTS = ["", "what restarts: nothing", "    nothing: no workload has other pods"]


def test_a_moved_commit_is_a_change(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, lock(base=("main", TWO)))
    ran = diff(listed)
    assert (ran.code, ran.told) == (2, "")
    assert body(ran) == [
        NOTE,
        "digest: … on both sides",
        "",
        "commits of the lock: 1 changed",
        f"  ~ acme/base: {ONE[:12]} → {TWO[:12]}",
        *NOTHING_RESTARTS,
    ]


def test_commits_that_come_go_and_change_their_ref(listed: List) -> None:
    near = "1" * 39 + "2"
    commit(listed, lock(base=("main", ONE), gone=("", ONE), ref=("main", ONE), near=("main", ONE)))
    put(listed, lock(new=("v1", TWO), base=("v2", TWO), ref=("", ONE), near=("main", near)))
    text = diff(listed).stdout.decode()
    section = text.partition("commits of the lock: ")[2].partition("\n\n")[0]
    assert section.splitlines() == [
        "1 added, 1 removed, 3 changed",
        f"  + acme/new: commit {TWO[:12]}; ref v1",
        f"  ~ acme/base: {ONE[:12]} → {TWO[:12]}",
        "        ref moved: main → v2",
        "  ~ acme/ref",
        "        ref moved: main → the default branch",
        f"  ~ acme/near: {ONE} → {near}",
        f"  - acme/gone: commit {ONE[:12]}",
    ]


def test_json_has_the_whole_commits_and_says_that_it_is_not_the_same(listed: List) -> None:
    commit(listed, lock(base=("main", ONE), gone=("", ONE)))
    put(listed, lock(base=("main", TWO)))
    document: dict[str, Any] = json.loads(diff(listed, "--output", "json").stdout)
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    assert document["same"] is False
    assert document["notes"] == [NOTE.removeprefix("note: ")]
    url = "https://github.com/acme/gone.git"
    assert document["commits"] == [
        {
            "kind": "changed",
            "repo": "acme/base",
            "fields": [{"kind": "changed", "field": "commit", "before": ONE, "after": TWO}],
        },
        {
            "kind": "removed",
            "repo": "acme/gone",
            "fields": [
                {"kind": "removed", "field": "commit", "before": ONE, "after": None},
                {"kind": "removed", "field": "cloneUrl", "before": url, "after": None},
            ],
        },
    ]


def test_markdown_counts_them_and_has_no_word_of_no_change(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, lock(base=("main", TWO)))
    text = diff(listed, "--output", "markdown").stdout.decode()
    assert "| commits of the lock | 1 changed |\n" in text
    assert f"```diff\n~ acme/base: {ONE[:12]} → {TWO[:12]}\n```\n" in text
    assert "No change" not in text


@pytest.mark.parametrize("text", [None, lock(base=("main", ONE)), lock()])
def test_a_lock_that_stays_as_it_is_is_no_change(listed: List, text: str | None) -> None:
    commit(listed, text)
    ran = diff(listed)
    assert (ran.code, body(ran)) == (0, ["no change: both give …"])


def test_a_lock_that_is_only_written_in_another_way_is_no_change(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, "# by hand\n" + lock(base=("main", ONE)).replace("\n", "\n\n"))
    assert diff(listed).code == 0


@pytest.mark.parametrize(("then", "now", "side", "sign"), [(None, ONE, "old", "+"), (ONE, None, "new", "-")])
def test_a_lock_that_comes_or_goes(listed: List, then: str | None, now: str | None, side: str, sign: str) -> None:
    commit(listed, then and lock(base=("main", then)))
    put(listed, now and lock(base=("main", now)))
    ran = diff(listed)
    assert ran.code == 2
    assert body(ran)[0] == f"note: {NAME} is not there in the {side} side"
    assert f"  {sign} acme/base: commit {ONE[:12]}; ref main" in body(ran)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< HEAD\nschemaVersion: 1\n", ":1:1: OVL401: a conflict marker: Git could not merge two versions"),
        ("schemaVersion: [\n", ":2:1: OVL401: "),
        ("schemaVersion: 7\nrepositories: {}\n", ":1:16: OVL402: the lock file has schemaVersion 7, and this program"),
        ("schemaVersion: 1\n", ":1:1: OVL403: "),
        (lock(base=("main", "1" * 39)), ":7:14: OVL403: "),
        ("\x00\xff", ":1:1: OVL401: "),
    ],
)
def test_a_lock_of_then_that_is_broken_is_told_with_its_place_and_counts_as_empty(
    listed: List, text: str, said: str
) -> None:
    commit(listed, text)
    put(listed, lock(base=("main", ONE)))
    ran = diff(listed)
    assert (ran.code, ran.told) == (2, "")
    place = f"git:HEAD:./{NAME}{said}"
    assert body(ran)[0].startswith(f"note: the lock of the old side cannot be read, and counts as empty: {place}")
    assert f"  + acme/base: commit {ONE[:12]}; ref main" in body(ran)


def test_a_lock_of_now_that_is_broken_is_an_error_beside_those_of_the_values(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, "<<<<<<< HEAD\n")
    ran = diff(listed, "--set", "repoCache.jobs=many")
    assert (ran.code, ran.stdout) == (1, b"")
    places = [line.split(": ")[:2] for line in ran.told.splitlines() if not line.startswith(" ")]
    assert places == [["--set repoCache.jobs=many", "error OVL113"], [f"{NAME}:1:1", "error OVL401"]]


def test_a_lock_that_git_cannot_give_is_an_error(listed: List) -> None:
    (listed.folder / NAME).symlink_to("/etc/hostname")
    commit(listed, None, "other.yaml")
    (listed.folder / NAME).unlink()
    ran = diff(listed)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.startswith(f"git:HEAD:./{NAME}: error OVL422: './{NAME}' is a symbolic link")


def test_a_lock_at_another_place(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)), "locks/prod.yaml")
    put(listed, lock(base=("main", TWO)), "locks/prod.yaml")
    assert diff(listed).code == 0
    ran = diff(listed, "--lock-file", "locks/prod.yaml")
    assert (ran.code, f"  ~ acme/base: {ONE[:12]} → {TWO[:12]}" in body(ran)) == (2, True)
    ran = diff(listed, "--lock-file", "locks/none.yaml")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.startswith("locks/none.yaml: error OVL401: there is no lock file 'locks/none.yaml'")


def test_it_is_beside_the_first_values_file(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)), f"one/{NAME}")
    (listed.folder / "one" / "values.yaml").write_text("{}\n")
    commit(listed, lock(base=("main", TWO)), f"one/{NAME}")
    here = ("diff", "-f", "one/values.yaml", "-f", "values.yaml", "--detailed-exitcode", "--base")
    ran = overlays(*here, "HEAD~1", cwd=listed.folder)
    assert f"~ acme/base: {ONE[:12]} → {TWO[:12]}" in ran.stdout.decode()


@pytest.mark.parametrize("flags", [["a.yaml", "b.yaml"], ["--base", "HEAD", "-f", "values.yaml", "--helm-output"]])
def test_the_flag_means_nothing_without_values_of_a_base(listed: List, flags: list[str]) -> None:
    ran = overlays("diff", *flags, "--lock-file", NAME, cwd=listed.folder)
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith("overlays: --lock-file is of --base, and of values\n")


def test_two_files_are_compared_without_a_lock(listed: List) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, "<<<<<<< HEAD\n")
    ran = overlays("diff", "git:HEAD:./values.yaml", "values.yaml", "--detailed-exitcode", cwd=listed.folder)
    assert (ran.code, ran.told) == (0, "")


@pytest.mark.parametrize("flags", [[], ["--lock-file", NAME]])
def test_the_report_has_them_too(listed: List, flags: list[str]) -> None:
    commit(listed, lock(base=("main", ONE)))
    put(listed, lock(base=("main", TWO)))
    ran = listed.report("--base", "HEAD", *flags)
    assert ran.code == 0, ran.told
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", ran.stdout.decode()))
    assert "The digest is the same." in text
    assert f"Commits of the lock 1 changed ~changed: acme/base: {ONE[:12]} → {TWO[:12]} " in text
    assert "no change" not in text.lower()


def test_the_report_takes_a_lock_beside_checkouts_only_for_a_base(listed: List) -> None:
    ran = listed.report("--lock-file", NAME)
    assert (ran.code, ran.stdout) == (64, b"")
    assert "with --checkouts nothing is fetched: no --cache-dir, --lock-file or --token-file" in ran.told
