"""`overlays explain` without checkouts: what is fetched, at which commit, and what stays in the user's cache."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.checkouts import PLAIN, skill, tool
from tests.support.git_http import GitServer, Hang, Status, Unauthorized
from tests.support.git_repo import Content, GitRepo, Submodule, Symlink
from tests.support.overlays import Ran, overlays


class World:
    """Repositories on a server, and a list of them in `folder`, which is also where the user's cache is."""

    def __init__(self, folder: pathlib.Path, server: GitServer) -> None:
        self.folder, self.server = folder, server
        self.cache = folder / "cache"
        self.repos: dict[str, GitRepo] = {}

    def commit(self, repo: str, *files: Mapping[str, Content], branch: str = "main") -> str:
        if repo not in self.repos:
            self.repos[repo] = GitRepo(self.server.root / f"{repo}.git")
        return self.repos[repo].commit(
            {path: content for some in files for path, content in some.items()}, branch=branch
        )

    def source(self, **refs: str) -> None:
        """Write values.yaml: acme/<name> at that ref, in this order."""
        sources = [
            {"repo": f"acme/{name}", "cloneUrl": self.server.url(f"acme/{name}"), **({"ref": ref} if ref else {})}
            for name, ref in refs.items()
        ]
        values = {**PLAIN, "overlays": {"sources": sources}, "repoCache": {"egressPorts": [self.port]}}
        (self.folder / "values.yaml").write_text(json.dumps(values))

    @property
    def port(self) -> int:
        return int(self.server.base.rpartition(":")[2])

    def run(self, *arguments: str, command: str = "explain", env: Mapping[str, str] | None = None) -> Ran:
        environment = {"XDG_CACHE_HOME": str(self.cache), "HOME": str(self.folder), **(env or {})}
        return overlays(command, "-f", "values.yaml", *arguments, cwd=self.folder, env=environment)

    def commits(self, *arguments: str) -> dict[str, str]:
        """Commit of each item."""
        ran = self.run("--output", "json", *arguments)
        assert (ran.code, ran.told) == (0, ""), ran.told
        return {one["name"]: one["winner"]["commit"] for one in json.loads(ran.stdout)["items"]}

    def trees(self) -> list[pathlib.Path]:
        return sorted(self.cache.glob("agent-overlays/*/.trees/repository/*"))


@pytest.fixture
def world(tmp_path: pathlib.Path) -> Iterator[World]:
    with GitServer(tmp_path / "served") as server:
        yield World(tmp_path, server)


def test_refs_are_resolved_now(world: World) -> None:
    old = world.commit("acme/a", skill("pdf"))
    dev = world.commit("acme/a", skill("dev"), branch="dev")
    new = world.commit("acme/a", skill("web"))
    base = world.commit("acme/b", tool("jira"))
    world.source(a="", b="main")
    assert world.commits() == {"jira": base, "pdf": new, "web": new}
    world.source(a="dev", b="main")
    assert world.commits() == {"jira": base, "dev": dev}
    world.source(a=old, b="main")
    assert world.commits() == {"jira": base, "pdf": old}


def test_what_is_there_is_not_fetched_again(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    world.commits()
    asked = len(world.server.requests)
    world.commits()
    assert not any(request.pack for request in world.server.requests[asked:])


def test_locked_commits_are_taken_and_cost_no_request(world: World) -> None:
    first = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    assert world.run(command="lock").code == 0
    second = world.commit("acme/a", skill("web"))
    assert world.commits() == {"pdf": first}
    world.server.requests.clear()
    assert world.commits() == {"pdf": first}
    assert world.server.requests == []
    (world.folder / "overlays.lock.yaml").rename(world.folder / "other.yaml")
    assert world.commits() == {"pdf": second, "web": second}
    assert world.commits("--lock-file", "other.yaml") == {"pdf": first}


def test_offline(world: World) -> None:
    commit = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    world.run(command="lock")
    world.commits()
    world.server.faults["*"] = Status(500)
    assert world.commits() == {"pdf": commit}
    shutil.rmtree(world.server.root)
    assert world.commits() == {"pdf": commit}


def test_a_stale_lock_is_the_error_of_render_locked(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.commit("acme/b", skill("pdf"))
    world.source(a="main")
    world.run(command="lock")
    world.source(a="other", b="main")
    ran = world.run()
    rendered = overlays("render", "env", "-f", "values.yaml", "--locked", cwd=world.folder)
    assert (ran.code, ran.stdout, ran.told) == (1, b"", rendered.told)
    assert ran.told.count(": error OVL40") == 2


@pytest.mark.parametrize("arguments", [(), ("--lock-file", "nowhere.yaml")])
def test_a_lock_that_cannot_be_used(world: World, arguments: tuple[str, ...]) -> None:
    world.source(a="main")
    (world.folder / "overlays.lock.yaml").write_text("<<<<<<< ours\n")
    ran = world.run(*arguments)
    assert (ran.code, ran.stdout, ran.told.count("error OVL401")) == (1, b"", 1)


def test_every_repository_that_fails_is_told_and_costs_no_other_its_files(world: World) -> None:
    world.commit("acme/good", skill("pdf"))
    world.commit("acme/gone", skill("pdf"))
    world.commit("acme/ref", skill("pdf"))
    world.commit("acme/pack", skill("pdf"))
    world.source(good="", gone="", ref="nowhere", pack="")
    world.server.faults["acme/gone"] = Status(404)
    world.server.faults["acme/pack"] = lambda request, server: Status(500)(request, server) if request.pack else None
    ran = world.run()
    assert (ran.code, ran.stdout) == (1, b"")
    assert [line.partition(": error ")[2][:45] for line in ran.told.splitlines() if "error" in line] == [
        "OVL406: 'acme/gone' cannot be asked: reposito",
        "OVL407: ref 'nowhere' of 'acme/ref' has no co",
        "OVL503: the files of 'acme/pack' cannot be fe",
    ] or ran.told
    assert len(world.trees()) == 1


def test_a_locked_commit_that_is_gone(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    hint = "  hint: see whether the server has the commit and lets this user read it"
    world.server.faults["acme/a"] = lambda request, server: Status(500)(request, server) if request.pack else None
    assert world.run().told.splitlines()[-1] == hint
    del world.server.faults["acme/a"]
    assert world.run(command="lock").code == 0
    world.server.faults["acme/a"] = Status(404)
    ran = world.run()
    assert (ran.code, ran.told.count("error OVL503")) == (1, 1)
    more = "; another one comes into 'overlays.lock.yaml' by `overlays lock --update acme/a`"
    assert ran.told.splitlines()[-1] == hint + more


def test_credentials(world: World) -> None:
    commit = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    world.server.faults["*"] = Unauthorized("bot", "secret")
    (world.folder / "token").write_text("secret\n")
    assert world.commits("--token-file", "token", "--token-user", "bot") == {"pdf": commit}
    refused = world.run("--token-file", "values.yaml", "--token-user", "bot", "--cache-dir", "other")
    assert (refused.code, "secret" in refused.told) == (1, False)


def test_hostile_content_is_that_of_a_node(world: World) -> None:
    world.commit(
        "acme/a",
        skill("pdf"),
        {"tools/out": Symlink("/etc"), "tools/sub": Submodule("1" * 40), "elsewhere/out": Symlink("/etc")},
    )
    world.source(a="main")
    ran = world.run("--fail-on", "invalid")
    assert ran.code == 1
    assert [line.partition("OVL510: ")[2] for line in ran.told.splitlines() if "OVL510" in line] == [
        "'tools/out' of 'acme/a' is broken and not served: an absolute link",
        "'tools/sub' of 'acme/a' is broken and not served: a submodule",
    ]
    assert "{" not in ran.told  # no line of the node's log


def test_two_hosts_never_mix(world: World, tmp_path: pathlib.Path) -> None:
    ours = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    with GitServer(tmp_path / "others") as server:
        other = World(tmp_path, server)
        theirs = other.commit("acme/a", skill("web"))
        assert world.commits() == {"pdf": ours}
        other.source(a="main")
        assert other.commits() == {"web": theirs}
        world.source(a="main")
        assert world.commits() == {"pdf": ours}
        # What one host served is not there for the other, even if its lock names the commit.
        other.source(a="main")
        assert other.run(command="lock").code == 0
        lock = tmp_path / "overlays.lock.yaml"
        lock.write_text(lock.read_text().replace(theirs, ours))
        ran = other.run()
        assert (ran.code, ran.told.count("error OVL503: the files of 'acme/a' cannot be fetched")) == (1, 1)
    assert len(world.trees()) == 2


def test_five_trees_of_a_repository_stay(world: World) -> None:
    commits = []
    for at in range(7):
        commits.append(world.commit("acme/a", skill(f"s{at}")))
        world.source(a=commits[-1])
        world.commits()
        for age, tree in enumerate(sorted(world.trees(), key=lambda one: -commits.index(one.name))):
            past = time.time() - 7200 - age
            os.utime(tree, (past, past))
    (store,) = world.cache.glob("agent-overlays/*/.store/repository.git")
    assert sorted(tree.name for tree in world.trees()) == sorted(commits[-5:])
    assert sorted(path.name for path in (store / "refs/overlays").iterdir()) == sorted(commits[-5:])
    world.source(a=commits[0])
    assert world.commits()["s0"] == commits[0]


def test_a_tree_that_was_used_lately_stays(world: World) -> None:
    for at in range(7):
        world.source(a=world.commit("acme/a", skill(f"s{at}")))
        world.commits()
    assert len(world.trees()) == 7


def test_two_runs_at_once(world: World) -> None:
    repos = [f"r{at}" for at in range(6)]
    commits = {f"s{repo}": world.commit(f"acme/{repo}", skill(f"s{repo}")) for repo in repos}
    world.source(**dict.fromkeys(repos, "main"))
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: world.commits(), range(4))]
    assert found == [commits] * 4
    assert len(world.trees()) == 6
    assert sum(request.pack for request in world.server.requests) == 6


def test_a_killed_run_leaves_nothing_half(world: World) -> None:
    commit = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    hang = world.server.faults["acme/a"] = Hang(advertisement=False)
    command = [sys.executable, "-m", "overlays", "explain", "-f", "values.yaml"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(world.cache)}
    process = subprocess.Popen(command, cwd=world.folder, env=environment, stdout=subprocess.PIPE)
    assert hang.reached.wait(30)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hang.release.set()
    del world.server.faults["acme/a"]
    assert world.trees() == []
    assert world.commits() == {"pdf": commit}
    assert [*(world.cache / "agent-overlays").glob(".run-*")] == []


def test_interrupted(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    hang = world.server.faults["acme/a"] = Hang(advertisement=False)
    command = [sys.executable, "-m", "overlays", "explain", "-f", "values.yaml"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(world.cache)}
    process = subprocess.Popen(
        command, cwd=world.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert hang.reached.wait(30)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told.strip()) == (130, b"")
    assert [*(world.cache / "agent-overlays").glob(".run-*")] == []


def test_a_damaged_store_is_fetched_anew(world: World) -> None:
    world.source(a=world.commit("acme/a", skill("pdf")))
    world.commits()
    (store,) = world.cache.glob("agent-overlays/*/.store/repository.git")
    for pack in store.glob("objects/pack/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"damaged")
    shutil.rmtree(world.trees()[0])
    assert list(world.commits()) == ["pdf"]


def test_the_place_of_the_cache(world: World) -> None:
    commit = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    assert world.run("--cache-dir", "mine").code == 0
    assert (world.folder / "mine").stat().st_mode & 0o777 == 0o700
    assert world.run(env={"XDG_CACHE_HOME": "relative"}).code == 0
    for place in ("mine", ".cache/agent-overlays"):
        assert [path.name for path in (world.folder / place).glob("*/.trees/repository/*")] == [commit]
    assert not (world.folder / "relative").exists()


@pytest.mark.parametrize("home", ["", "relative"])
def test_a_user_without_a_home(world: World, home: str) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    ran = world.run(env={"XDG_CACHE_HOME": "", "HOME": home})
    assert (ran.code, ran.stdout) == (64, b"")
    assert "--cache-dir is needed: this user has no home directory" in ran.told
    assert not list(world.folder.glob("**/.cache"))


def test_the_story_does_not_tell_where_the_cache_is(world: World) -> None:
    commit = world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    assert world.run("skills/pdf", "-o", "story.txt").code == 0
    assert (world.folder / "story.txt").read_text().splitlines() == [
        "skills/pdf: served from acme/a@main",
        "",
        "acme/a@main: wins",
        f"  commit  {commit}",
        "  path    .agents/skills/pdf",
        "  why     the only source that has it",
    ]
    assert world.run("skills/pdf", "--check", "story.txt", "--cache-dir", "mine").code == 0


def test_a_cache_that_cannot_be_written(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    (world.folder / "file").touch()
    ran = world.run("--cache-dir", "file")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.endswith(
        "cannot be written: file exists\n  hint: name a directory that this user may write to with --cache-dir\n"
    )


def test_disabled_sources_are_not_fetched(world: World) -> None:
    world.commit("acme/a", skill("pdf"))
    world.source(a="main")
    values = json.loads((world.folder / "values.yaml").read_text())
    values["overlays"]["sources"].append({"repo": "acme/off", "enabled": False})
    (world.folder / "values.yaml").write_text(json.dumps(values))
    text = world.run("skills/pdf").stdout.decode()
    assert text.endswith("not looked into, since disabled and not checked out: acme/off\n")
