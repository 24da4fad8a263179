"""overlays lock: what it writes, what it keeps, and what --check says."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Iterator

import jsonschema
import pytest
import yaml

from tests.support.git_http import GitServer
from tests.support.locking import Team
from tests.support.overlays import overlays

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def team(tmp_path: pathlib.Path) -> Iterator[Team]:
    with GitServer(tmp_path / "served") as server:
        yield Team(tmp_path, server)


@pytest.fixture
def three(team: Team) -> Team:
    """Three sources: a branch, a tag and the default branch; they are locked."""
    team.repo("acme/zebra")
    tagged = team.repo("acme/base")
    tagged.tag("v1", "refs/heads/main", annotated=True)
    team.repo("acme/extra")
    team.want("acme/zebra@main", "acme/base@v1", "acme/extra")
    assert team.lock().code == 0
    return team


def test_the_file_to_the_byte(three: Team) -> None:
    base = three.server.base
    want = f"""\
schemaVersion: 1
repositories:
  acme/zebra:
    url: "{base}/acme/zebra.git"
    ref: "main"
    commit: "{three.head("acme/zebra")}"
  acme/base:
    url: "{base}/acme/base.git"
    ref: "v1"
    commit: "{three.head("acme/base")}"
  acme/extra:
    url: "{base}/acme/extra.git"
    ref: ""
    commit: "{three.head("acme/extra")}"
"""
    assert three.file.read_text() == want
    schema = json.loads((ROOT / "schemas" / "lock.schema.json").read_bytes())
    jsonschema.validate(yaml.safe_load(want), schema)


def test_order_is_that_of_repositories(team: Team) -> None:
    for repo in ("acme/b", "acme/a", "acme/c"):
        team.repo(repo)
    listed = {"repo": "acme/c", "cloneUrl": team.server.url("acme/c")}
    team.want("acme/b", "acme/a", "acme/b", repositories=[listed])
    assert team.lock().code == 0
    environment = json.loads(team.run("render", "env", "-f", "values.yaml").stdout)
    assert [*team.locked()] == environment["repoCache"]["REPOSITORIES"].split() == ["acme/c", "acme/b", "acme/a"]


def test_a_list_of_nothing_needs_no_git(team: Team) -> None:
    team.want()
    ran = team.lock(env={"PATH": ""})
    assert (ran.code, ran.told) == (0, "overlays.lock.yaml: written (0 repositories)\n")
    assert team.file.read_text() == "schemaVersion: 1\nrepositories: {}\n"
    assert team.lock("--check").code == 0


def test_nothing_is_written_when_nothing_changed(three: Team) -> None:
    before = three.file.stat()
    ran = three.lock()
    assert (ran.code, ran.stdout, ran.told) == (0, b"", "overlays.lock.yaml: unchanged (3 repositories)\n")
    after = three.file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_moved_branch_changes_one_line(three: Team) -> None:
    before, old = three.file.read_text(), three.head("acme/zebra")
    new = three.repos["acme/zebra"].commit({"x": "2"})
    ran = three.lock()
    assert three.file.read_text() == before.replace(old, new)
    assert ran.told == (f"acme/zebra: 'main' moved from {old} to {new}\noverlays.lock.yaml: written (3 repositories)\n")


def test_what_a_ref_means_is_what_a_node_takes(team: Team) -> None:
    repo = team.repo("acme/one")
    first = team.head("acme/one")
    second = repo.commit({"x": "2"})
    repo.tag("both", first)
    repo.commit({"x": "3"}, branch="both", parent=second)
    repo.tag("outer", repo.tag("inner", first, annotated=True), annotated=True)
    refs = {
        first: first,
        first.upper(): first,
        first[:12]: first,
        "outer": first,
        "both": team.head("acme/one", "refs/heads/both"),
    }
    for ref, commit in refs.items():
        team.want(f"acme/one@{ref}")
        assert team.lock().code == 0
        assert team.locked()["acme/one"] == {"url": team.server.url("acme/one"), "ref": ref, "commit": commit}


def test_odd_refs_are_told_and_locked(team: Team) -> None:
    repo = team.repo("acme/one")
    repo.tag("both", "refs/heads/main")
    repo.commit({"x": "3"}, branch="both")
    team.want("acme/one@both")
    ran = team.lock()
    assert ran.code == 0
    assert (
        "values.yaml:7:10: warning OVL408: 'acme/one': ref 'both' is a branch and a tag: the branch is taken"
        in ran.told
    )
    assert team.lock("--check").code == 0


# Where the file is


def test_it_stands_beside_the_first_values_file(three: Team) -> None:
    deploy = three.folder / "deploy"
    deploy.mkdir()
    (three.folder / "values.yaml").rename(deploy / "base.yaml")
    (three.folder / "more.yaml").write_text("{}\n")
    assert three.run("lock", "-f", "deploy/base.yaml,more.yaml").told.startswith("deploy/overlays.lock.yaml: written")
    assert (deploy / "overlays.lock.yaml").read_bytes() == three.file.read_bytes()
    assert three.run("lock", "-f", "more.yaml", "-f", "deploy/base.yaml", "--check").code == 0
    assert three.run("lock", "-f", "deploy/base.yaml", "--lock-file", "overlays.lock.yaml", "--check").code == 0


def test_without_a_values_file_it_stands_here(three: Team) -> None:
    values = (three.folder / "values.yaml").read_bytes()
    three.file.rename(three.folder / "before")
    assert three.run("lock", "-f", "-", stdin=values).told == "overlays.lock.yaml: written (3 repositories)\n"
    assert three.file.read_bytes() == (three.folder / "before").read_bytes()
    repo, url = "acme/base", three.server.url("acme/base")
    sets = ["--set", f"toolServer.repo={repo}", "--set", f"toolServer.cloneUrl={url}"]
    assert three.run("lock", *sets, "--lock-file", "sets.yaml").code == 0
    assert [*yaml.safe_load((three.folder / "sets.yaml").read_bytes())["repositories"]] == [repo]


def test_a_lock_that_is_a_link_stays_one(three: Team) -> None:
    target = three.folder / "elsewhere.yaml"
    three.file.rename(target)
    three.file.symlink_to("elsewhere.yaml")
    three.repos["acme/base"].tag("v1", three.repos["acme/base"].commit({"x": "2"}))
    assert three.lock().code == 0
    assert three.file.is_symlink()
    assert three.locked()["acme/base"]["commit"] == three.head("acme/base")
    three.file.unlink()
    target.unlink()
    three.file.symlink_to("elsewhere.yaml")  # leads nowhere
    assert three.lock().code == 0
    assert (three.file.is_symlink(), target.is_file()) == (True, True)


def test_the_mode_of_the_file_stays_and_a_new_one_is_as_the_umask_says(three: Team) -> None:
    three.file.chmod(0o640)
    three.repos["acme/zebra"].commit({"x": "2"})
    assert three.lock().code == 0
    assert three.file.stat().st_mode & 0o777 == 0o640


# --update


def test_update_asks_for_those_that_are_named(three: Team) -> None:
    before = three.locked()
    for repo in three.repos.values():
        repo.commit({"x": "2"})
    three.server.requests.clear()
    ran = three.lock("--update", "acme/extra")
    after = three.locked()
    assert (ran.code, after["acme/extra"]["commit"]) == (0, three.head("acme/extra"))
    assert {**after, "acme/extra": before["acme/extra"]} == before
    assert {request.repo for request in three.server.requests} == {"acme/extra"}


def test_update_takes_more_than_one(three: Team) -> None:
    for repo in ("acme/zebra", "acme/extra"):
        three.repos[repo].commit({"x": "2"})
    assert three.lock("--update", "acme/extra", "--update", "acme/zebra").code == 0
    assert {repo: entry["commit"] for repo, entry in three.locked().items()} == {
        repo: three.head(repo, "v1" if repo == "acme/base" else "main") for repo in three.repos
    }


def test_update_adds_what_is_new_and_drops_what_has_left(three: Team) -> None:
    three.repo("acme/new")
    three.repos["acme/zebra"].commit({"x": "2"})
    before = three.locked()
    three.want("acme/new", "acme/zebra@main", "acme/extra")
    assert three.lock("--update", "acme/extra").code == 0
    after = three.locked()
    assert [*after] == ["acme/new", "acme/zebra", "acme/extra"]
    assert after["acme/new"]["commit"] == three.head("acme/new")
    assert after["acme/zebra"] == before["acme/zebra"]


def test_update_keeps_no_stale_entry(three: Team) -> None:
    three.want("acme/zebra@main", "acme/base@main", "acme/extra")
    before = three.file.read_bytes()
    ran = three.lock("--update", "acme/extra")
    assert (ran.code, three.file.read_bytes()) == (1, before)
    assert ran.told == (
        "values.yaml:10:10: error OVL405: 'acme/base' is locked for another ref: 'overlays.lock.yaml' has the commit "
        "for 'v1', and the list asks for 'main'\n  hint: run `overlays lock --update acme/base`\n"
    )
    assert three.lock("--update", "acme/base").code == 0


def test_update_of_nothing_known(three: Team) -> None:
    ran = three.lock("--update", "acme/none")
    assert (ran.code, ran.told) == (
        64,
        "overlays: --update acme/none: the list has no such repository\nTry 'overlays lock --help'.\n",
    )
    three.file.unlink()
    ran = three.lock("--update", "acme/base")
    assert (ran.code, ran.told) == (
        1,
        "overlays.lock.yaml: error OVL401: there is no lock file 'overlays.lock.yaml': it says which commits are "
        "meant\n  hint: run `overlays lock`\n",
    )


# --check


HINT = "hint: run `overlays lock`, or `overlays lock --update REPO` for some of them\n"


def test_check_of_what_is_up_to_date(three: Team) -> None:
    ran = three.lock("--check")
    assert (ran.code, ran.stdout, ran.told) == (0, b"", "overlays.lock.yaml: up to date (3 repositories)\n")


def test_check_names_the_moved_refs_with_old_and_new(three: Team) -> None:
    before = three.file.read_bytes()
    old = {repo: entry["commit"] for repo, entry in three.locked().items()}
    new = {repo: made.commit({"x": "2"}) for repo, made in three.repos.items()}
    three.repos["acme/base"].tag("v1", new["acme/base"])
    ran = three.lock("--check")
    assert ran.stdout.decode() == (
        f"acme/zebra: 'main' moved from {old['acme/zebra']} to {new['acme/zebra']}\n"
        f"acme/base: 'v1' moved from {old['acme/base']} to {new['acme/base']}\n"
        f"acme/extra: the default branch moved from {old['acme/extra']} to {new['acme/extra']}\n"
    )
    assert (ran.code, ran.told, three.file.read_bytes()) == (2, HINT, before)


def test_check_names_where_list_and_lock_disagree(three: Team) -> None:
    three.repo("acme/new")
    three.want("acme/new", "acme/zebra", "acme/base@v1")
    url = three.server.url("acme/base").replace("127.0.0.1", "localhost")
    text = (three.folder / "values.yaml").read_text().replace(three.server.url("acme/base"), url)
    (three.folder / "values.yaml").write_text(text)
    want = (
        "acme/new: in the list, and not in the lock\n"
        "acme/zebra: the lock is for 'main', the list asks for the default branch\n"
        f"acme/base: the lock is for '{three.server.url('acme/base')}', the list asks for '{url}'\n"
        "acme/extra: in the lock, and not in the list\n"
    )
    for arguments in ((), ("--offline",)):
        ran = three.lock("--check", *arguments)
        assert (ran.code, ran.stdout.decode(), ran.told) == (2, want, HINT)


def test_check_offline_contacts_nobody_and_sees_no_moved_ref(three: Team) -> None:
    three.repos["acme/zebra"].commit({"x": "2"})
    three.server.requests.clear()
    ran = three.lock("--check", "--offline", env={"PATH": ""})
    assert (ran.code, ran.stdout, three.server.requests) == (0, b"", [])


@pytest.mark.parametrize("offline", [(), ("--offline",)])
def test_check_without_a_lock_is_drift(three: Team, offline: tuple[str, ...]) -> None:
    three.file.unlink()
    ran = three.lock("--check", *offline)
    assert (ran.code, ran.stdout, ran.told) == (
        2,
        b"overlays.lock.yaml: there is no lock file\n",
        "hint: run `overlays lock`\n",
    )


def test_check_asks_no_tag_twice_and_looks_at_full_commits_again(three: Team) -> None:
    three.server.requests.clear()
    assert three.lock("--check").code == 0
    assert [request.pack for request in three.server.requests] == [False] * 3
    pin = three.head("acme/base")
    three.want(f"acme/base@{pin}")
    assert three.lock().code == 0
    three.repos["acme/base"].commit({"x": "other"}, fresh=True)
    three.repos["acme/base"].git("tag", "-d", "v1")
    three.repos["acme/base"].git("gc", "--quiet", "--prune=now")
    ran = three.lock("--check")
    assert ran.code == 1
    assert f"has no commit: commit {pin} does not exist: the remote has no such object" in ran.told


def test_an_error_beats_drift_and_both_are_told(three: Team) -> None:
    three.repos["acme/zebra"].commit({"x": "2"})
    three.repos["acme/extra"].path.rename(three.server.root / "gone")
    ran = three.lock("--check")
    assert ran.code == 1
    assert ran.stdout.startswith(b"acme/zebra: 'main' moved from ")
    assert "error OVL406: 'acme/extra' cannot be asked: git ls-remote: " in ran.told


def test_a_hook_of_git_can_run_it(three: Team) -> None:
    # Git gives its hooks variables that lead other gits astray.
    subprocess.run(["git", "init", "--quiet", three.folder], check=True)
    variables = {"GIT_DIR": str(three.folder / ".git"), "GIT_INDEX_FILE": "nowhere", "GIT_WORK_TREE": str(three.folder)}
    assert three.lock("--check", env=variables).code == 0


# Usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--offline"], "--offline needs --check: only the servers know what a ref means"),
        (["--check", "--update", "a/b"], "--update and --check exclude each other"),
        (["--lock-file", ""], "overlays: --lock-file needs the name of a file\n"),
        (["--lock-file", "-"], "overlays: --lock-file needs the name of a file\n"),
        (["--token-host", "a"], "--token-host needs --token-file"),
        (["--token-user", "bot"], "--token-user needs --token-file"),
        (["--token-host", "https://github.com/"], "'https://github.com/' is no host: write git.example.com, or"),
        (["--token-host", "a b"], "'a b' is no host"),
        (["--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range 1<=x<=64."),
        (["--timeout", "0"], "Invalid value for '--timeout': 0 is not in the range 1<=x<=86400."),
        (["--fetch-timeout", "x"], "Invalid value for '--fetch-timeout': 'x' is not a valid integer range."),
    ],
)
def test_usage(tmp_path: pathlib.Path, arguments: list[str], message: str) -> None:
    ran = overlays("lock", *arguments, cwd=tmp_path)
    assert (ran.code, ran.stdout, [*tmp_path.iterdir()]) == (64, b"", [])
    assert message in ran.told
