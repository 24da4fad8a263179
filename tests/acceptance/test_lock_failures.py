"""overlays lock: repositories that fail, lock files that are none, and places that cannot be written."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.support.git_http import Fault, GitServer, Hang, Status
from tests.support.git_repo import GitRepo
from tests.support.locking import Team

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LOCK = f"""\
schemaVersion: 1
repositories:
  acme/one:
    url: "https://git.example.com/acme/one.git"
    ref: "main"
    commit: "{COMMIT}"
"""
PAGE = Status(200, b"<html>Who are you?</html>", kind="text/html")


@pytest.fixture
def team(tmp_path: pathlib.Path) -> Iterator[Team]:
    with GitServer(tmp_path / "served") as server:
        yield Team(tmp_path, server)


@pytest.fixture
def two(team: Team) -> Team:
    """Two repositories; the first one fails once a test orders a fault."""
    team.repo("acme/bad")
    team.repo("acme/good")
    team.want("acme/bad@main", "acme/good")
    return team


# Repositories


def asked(team: Team) -> set[str]:
    return {request.repo for request in team.server.requests}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Status(404), "git ls-remote: fatal: repository 'BASE/acme/bad.git/' not found"),
        (Status(401), "git ls-remote: fatal: could not read Username for 'BASE': terminal prompts disabled"),
        (PAGE, "the remote lists no branch and no tag: an empty repository, or no Git repository at all"),
        (Hang(), "git remote-http: no answer within 1 s"),
    ],
    ids=["gone", "refuses", "a page", "hangs"],
)
def test_a_repository_that_fails_names_itself_and_nothing_is_written(two: Team, fault: Fault, reason: str) -> None:
    two.server.faults["acme/bad"] = fault
    ran = two.lock("--timeout", "1")
    base = two.server.base
    assert ran.told == (
        f"values.yaml:6:15: error OVL406: 'acme/bad' cannot be asked: {reason.replace('BASE', base)}\n"
        f"  hint: see what `git ls-remote {base}/acme/bad.git` says; credentials come from git's helpers or "
        "--token-file\n"
    )
    assert (ran.code, ran.stdout, two.file.exists()) == (1, b"", False)
    assert "acme/good" in asked(two)


def test_all_that_fail_are_told_in_the_order_of_the_values(team: Team) -> None:
    for repo in ("acme/a", "acme/b", "acme/c", "acme/d"):
        team.repo(repo)
    team.want("acme/d@gone", "acme/b", "acme/c@main", "acme/a")
    team.server.faults |= {"acme/a": Status(500), "acme/b": Hang()}
    ran = team.lock("--timeout", "2")
    heads = [line.split(": ")[:3] for line in ran.told.splitlines() if not line.startswith("  ")]
    assert heads == [
        ["values.yaml:7:10", "error OVL407", "ref 'gone' of 'acme/d' has no commit"],
        ["values.yaml:9:15", "error OVL406", "'acme/b' cannot be asked"],
        ["values.yaml:14:15", "error OVL406", "'acme/a' cannot be asked"],
    ]


def test_more_that_hang_than_are_asked_at_a_time(team: Team) -> None:
    for number in range(6):
        team.repo(f"acme/r{number}")
        team.server.faults[f"acme/r{number}"] = Hang()
    del team.server.faults["acme/r5"]
    team.want(*(f"acme/r{number}" for number in range(6)))
    ran = team.lock("--timeout", "1", "--jobs", "2")
    assert ran.told.count("no answer within 1 s") == 5
    assert "acme/r5" in asked(team)


def commit_of_a_tree(repo: GitRepo) -> str:
    return repo.git("rev-parse", "refs/heads/main^{tree}")


def tag_of_a_tree(repo: GitRepo) -> str:
    repo.tag("tree", "refs/heads/main^{tree}")
    return "tree"


def tag_of_a_file(repo: GitRepo) -> str:
    repo.tag("file", repo.write("blob", b"x"), annotated=True)
    return "file"


def branch_that_is_gone(repo: GitRepo) -> str:
    repo.commit({"x": "1"}, branch="topic")
    repo.delete_branch("topic")
    return "topic"


def commit_that_is_nowhere(_: GitRepo) -> str:
    return COMMIT


def short_commit_that_is_nowhere(_: GitRepo) -> str:
    return COMMIT[::-1][:9]


def tag_as_a_commit(repo: GitRepo) -> str:
    return repo.tag("v1", "refs/heads/main", annotated=True)


@pytest.mark.parametrize("protocol_v2", [True, False], ids=["version 2", "version 0"])
@pytest.mark.parametrize(
    "make",
    [
        branch_that_is_gone,
        commit_that_is_nowhere,
        short_commit_that_is_nowhere,
        commit_of_a_tree,
        tag_of_a_tree,
        tag_of_a_file,
        tag_as_a_commit,
    ],
)
def test_a_ref_without_a_commit(two: Team, make: object, protocol_v2: bool) -> None:
    two.server.protocol_v2 = protocol_v2
    assert callable(make)
    ref = make(two.repos["acme/bad"])
    two.want(f"acme/bad@{ref}", "acme/good")
    ran = two.lock()
    assert ran.told.startswith(f"values.yaml:7:10: error OVL407: ref '{ref}' of 'acme/bad' has no commit: ")
    assert ran.told.endswith("\n  hint: correct the ref; without one, the default branch is taken\n")
    assert (ran.code, ran.told.count("\n"), two.file.exists()) == (1, 2, False)


def test_the_place_of_a_ref_is_where_it_is_stated(two: Team) -> None:
    two.want("acme/bad@main", "acme/good", repositoryRefs={"acme/bad": "gone"})
    assert two.lock().told.startswith("values.yaml:15:15: error OVL407: ref 'gone' of 'acme/bad' has no commit: ")
    url = two.server.url("acme/bad")
    two.want("acme/bad@main", "acme/good", repositories=[{"repo": "acme/bad", "ref": "gone", "cloneUrl": url}])
    assert two.lock().told.startswith("values.yaml:16:10: error OVL407: ref 'gone' of 'acme/bad' has no commit: ")
    ran = two.run("lock", "-f", "values.yaml", "--set", "repoCache.repositories[0].ref=nix")
    assert ran.told.startswith("--set repoCache.repositories[0].ref=nix: error OVL407: ref 'nix' of 'acme/bad' has no ")


def test_an_empty_repository_and_one_without_a_default_branch(team: Team) -> None:
    GitRepo(team.server.root / "acme/empty.git")
    team.repo("acme/none").git("symbolic-ref", "HEAD", "refs/heads/trunk")
    team.want("acme/empty", "acme/none")
    told = team.lock().told
    assert "error OVL407: the default branch of 'acme/empty' has no commit: the remote has no default branch " in told
    assert "error OVL407: the default branch of 'acme/none' has no commit: the remote has no default branch " in told


def test_words_of_a_server_cannot_steer_the_terminal(two: Team) -> None:
    line = b"ERR \x1b[2Jgo away\xc2\x9b31m"
    body = b"001e# service=git-upload-pack\n0000%04x%b" % (len(line) + 4, line)
    two.server.faults["acme/bad"] = Status(200, body, kind="application/x-git-upload-pack-advertisement")
    ran = two.lock()
    assert ran.code == 1
    assert "go away" in ran.told
    assert all(character.isprintable() for character in ran.told.replace("\n", ""))


def test_values_that_are_wrong_are_told_before_anybody_is_asked(two: Team) -> None:
    ran = two.run("lock", "-f", "values.yaml", "--set", "repoCache.hostPath=x")
    assert (ran.code, two.server.requests) == (1, [])
    assert "error OVL115: repoCache.hostPath is 'x'" in ran.told


# Git itself


def test_git_is_not_installed(two: Team) -> None:
    ran = two.lock(env={"PATH": str(two.home)})
    assert (ran.code, two.file.exists()) == (1, False)
    assert ran.told == (
        "git: error OVL409: cannot be run: No such file or directory: the repositories are read with it\n"
        "  hint: install git 2.32 or later, and have it on PATH\n"
    )


def test_git_is_too_old(two: Team, tmp_path: pathlib.Path) -> None:
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nprintf 'git version 2.29.9\\n'\n")
    old.chmod(0o755)
    ran = two.lock(env={"PATH": f"{old.parent}:{os.environ['PATH']}"})
    assert ran.code == 1
    assert "git: error OVL409: git 2.29 is too old: 2." in ran.told


def test_a_configuration_of_git_that_cannot_be_read(two: Team) -> None:
    (two.home / ".gitconfig").write_text("[credential\n")
    ran = two.lock()
    assert (ran.code, two.server.requests) == (1, [])
    assert ran.told == (
        f"git: error OVL409: git config: fatal: bad config line 1 in file {two.home}/.gitconfig: the repositories are "
        "read with it\n  hint: correct this file: credential helpers are read from there\n"
    )


# Lock files


MARKED = f"""\
schemaVersion: 1
repositories:
  acme/one:
    url: "https://git.example.com/acme/one.git"
    ref: "main"
<<<<<<< HEAD
    commit: "{COMMIT}"
=======
    commit: "{COMMIT[::-1]}"
>>>>>>> theirs
"""


NOT_A_COMMIT = "not accepted: The commit that the ref meant: 40 lower-case hex digits."
NOT_A_URL = "not accepted: The effective clone URL: http or https, without user information, query or fragment."
A_REF = 'The effective ref that the list asks for; `""` is the remote\'s default branch.'
NO_KEY = "repositories.acme/one has no such key, and a misspelt one would be ignored in silence"


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (LOCK.replace(COMMIT, "main"), "6:13", f"repositories.acme/one.commit is 'main': {NOT_A_COMMIT}"),
        (LOCK.replace(COMMIT, "A" * 40), "6:13", f"repositories.acme/one.commit is '{'A' * 40}': {NOT_A_COMMIT}"),
        (LOCK.replace(COMMIT, "0" * 64), "6:13", f"repositories.acme/one.commit is '{'0' * 64}': {NOT_A_COMMIT}"),
        (LOCK.replace(f'"{COMMIT}"', "1" * 40), "6:13", "repositories.acme/one.commit is a number: it must be text"),
        (
            LOCK.replace("https://git.example.com", "x:"),
            "4:10",
            f"repositories.acme/one.url is 'x:/acme/one.git': {NOT_A_URL}",
        ),
        (
            LOCK.replace("git.example.com/acme", "bot:s3cret@git"),
            "4:10",
            f"repositories.acme/one.url is 'https://***@git/one.git': {NOT_A_URL}",
        ),
        (LOCK.replace('"main"', '"a..b"'), "5:10", f"repositories.acme/one.ref is 'a..b': not accepted: {A_REF}"),
        (LOCK.replace('    ref: "main"\n', ""), "4:5", f"repositories.acme/one has no 'ref': ref is required: {A_REF}"),
        (
            LOCK.replace("acme/one:", "acme:"),
            "3:3",
            "'acme' cannot be a key of repositories: not accepted: `owner/name`, as in the list.",
        ),
        (LOCK + '    title: "x"\n', "7:5", f"unknown key 'title': {NO_KEY}"),
        (
            LOCK.replace("schemaVersion: 1", "schemaVersion: 0"),
            "1:16",
            "schemaVersion is 0: not accepted: Version of this shape: 1.",
        ),
    ],
)
def test_a_lock_that_was_edited_by_hand(two: Team, text: str, place: str, what: str) -> None:
    check_refused(two, text, f"{place}: error OVL403: {what}", "correct it, or remove the file and run `overlays lock`")


def test_a_lock_with_another_commit_than_the_one_asked_for(two: Team) -> None:
    check_refused(
        two,
        LOCK.replace('"main"', f'"{"0F" * 20}"'),
        f"6:13: error OVL403: 'acme/one' is locked at {COMMIT!r}: its ref is another commit, {'0F' * 20!r}, "
        "and that can mean nothing else",
        "write that commit, or remove the file and run `overlays lock`",
    )


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (
            LOCK + '    commit: "0"\n',
            "7:5",
            "the key 'commit' stands twice in one map: a key stands once in a map; Helm silently takes the last one",
        ),
        ("- 1\n", "1:1", "the file holds a list: a lock file is a map"),
        ("a: [1\n", "2:1", "did not find expected ',' or ']': the file is not YAML"),
        (
            LOCK + "---\n",
            "7:1",
            "a second document begins here: Helm 3 reads only the first one, Helm 4 merges them all",
        ),
    ],
)
def test_a_file_that_is_no_lock(two: Team, text: str, place: str, what: str) -> None:
    check_refused(two, text, f"{place}: error OVL401: {what}", "correct it, or remove the file and run `overlays lock`")


def test_a_lock_with_conflict_markers(two: Team) -> None:
    what = "6:1: error OVL401: a conflict marker: Git could not merge two versions of the lock"
    hint = "take one of the two, or remove the file; then run `overlays lock`"
    check_refused(two, MARKED, what, hint)
    check_refused(two, MARKED.replace("\n", "\r\n"), what, hint)


def test_a_lock_of_a_newer_version(two: Team) -> None:
    what = "1:16: error OVL402: the lock file has schemaVersion 2, and this program knows 1: "
    why = "a newer version of overlays wrote it, and may mean something else by it"
    newer = LOCK.replace("schemaVersion: 1", "schemaVersion: 2") + '    title: "new"\n'
    check_refused(two, newer, what + why, "use that version of overlays")


def check_refused(two: Team, text: str, what: str, hint: str) -> None:
    """Every way to use that lock file ends with these words, and it stays."""
    two.file.write_bytes(text.encode())
    lock = ("lock", "-f", "values.yaml")
    render = ("render", "env", "-f", "values.yaml", "--locked")
    for command in (lock, (*lock, "--check"), (*lock, "--check", "--offline"), (*lock, "--update", "acme/bad"), render):
        ran = two.run(*command)
        assert (ran.code, ran.stdout) == (1, b"")
        assert ran.told == f"overlays.lock.yaml:{what}\n  hint: {hint}\n"
    assert two.file.read_bytes() == text.encode()
    assert two.server.requests == []


def test_all_that_is_wrong_in_a_lock_file_is_told(two: Team) -> None:
    two.file.write_text(LOCK.replace(COMMIT, "x").replace("https:", "x:").replace(": 1", ": 0"))
    assert [line.split(": ")[0] for line in two.lock("--check").told.splitlines() if line[0] == "o"] == [
        f"overlays.lock.yaml:{place}" for place in ("1:16", "4:10", "6:13")
    ]


def test_an_empty_file_is_no_lock(two: Team) -> None:
    two.file.write_text("")
    ran = two.lock()
    assert (ran.code, two.file.read_text()) == (1, "")
    assert ran.told.count("error OVL403: the top level has no ") == 1


def test_the_values_file_is_never_overwritten(two: Team) -> None:
    before = (two.folder / "values.yaml").read_bytes()
    ran = two.lock("--lock-file", "values.yaml")
    assert (ran.code, (two.folder / "values.yaml").read_bytes()) == (1, before)


def directory(file: pathlib.Path) -> str:
    file.mkdir()
    return "it is a directory"


def locked_away(file: pathlib.Path) -> str:
    file.write_text(LOCK)
    file.chmod(0)
    return "permission denied"


def huge(file: pathlib.Path) -> str:
    file.write_text("#" * (20 << 20))
    return "a file has at most 16 MiB"


def loop(file: pathlib.Path) -> str:
    file.symlink_to(file.name)
    return "too many levels of symbolic links"


def binary(file: pathlib.Path) -> str:
    file.write_bytes(b"\xff\xfe\0")
    return "a lock file is UTF-8"


@pytest.mark.parametrize("make", [directory, locked_away, huge, loop, binary])
def test_a_lock_file_that_cannot_be_read(two: Team, make: object) -> None:
    if make is locked_away and os.geteuid() == 0:
        # Root reads everything; a folder that is a file cannot be looked into by anybody.
        (two.folder / "folder").write_text("")
        name, why = "folder/lock.yaml", "not a directory"
    else:
        assert callable(make)
        name, why = two.file.name, make(two.file)
    for arguments in ((), ("--check",)):
        ran = two.lock("--lock-file", name, *arguments)
        assert (ran.code, ran.stdout) == (1, b"")
        assert ran.told.startswith(name)
        assert "error OVL401: " in ran.told
        assert why in ran.told.splitlines()[0]


@pytest.mark.parametrize("name", ["missing/overlays.lock.yaml", "/proc/overlays.lock.yaml"])
def test_a_folder_that_cannot_be_written(two: Team, name: str) -> None:
    ran = two.lock("--lock-file", name)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        f"{name}: error OVL118: cannot write '{name}': no such file or directory\n"
        "  hint: name a file in a directory that exists and that this user may write to\n"
    )


def test_a_device_is_no_lock(two: Team) -> None:
    assert two.lock("--lock-file", "/dev/full").code == 1
