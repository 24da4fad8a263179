"""overlays lock: who gives git its passwords, and what else of the user git gets to see."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.git_http import Answer, GitServer, Request, Unauthorized
from tests.support.internet import Internet
from tests.support.locking import Team

TOKEN, OTHER = "t0ken-7f3a", "t0ken-91bc"
HELPER = '!f() { test "$1" = get && echo username=bot && echo "password=$CI_TOKEN"; }; f'
CI = {"CI_TOKEN": TOKEN}


@pytest.fixture
def team(tmp_path: pathlib.Path) -> Iterator[Team]:
    """Two private repositories."""
    with GitServer(tmp_path / "served") as server:
        made = Team(tmp_path, server)
        made.repo("acme/one")
        made.repo("acme/two")
        made.want("acme/one", f"acme/two@{made.head('acme/two')}")
        server.faults["*"] = Unauthorized("bot", TOKEN)
        yield made


def configure(team: Team, *settings: tuple[str, str]) -> None:
    """Set them in the user's own ~/.gitconfig."""
    for key, value in settings:
        command = ["git", "config", "--file", str(team.home / ".gitconfig"), "--add", key, value]
        subprocess.run(command, check=True)


def server_in_store(team: Team) -> str:
    """The server as `git credential-store` writes it."""
    return team.server.base.removeprefix("http://").replace(":", "%3a")


def sent(team: Team) -> set[tuple[str, str] | None]:
    return {request.auth for request in team.server.requests} - {None}


# Helpers of git


def test_a_helper_of_the_user_gives_the_password(team: Team) -> None:
    configure(team, ("credential.helper", HELPER))
    assert team.lock(env=CI).code == 0
    assert sent(team) == {("bot", TOKEN)}
    assert team.lock("--check", env=CI).code == 0


def test_the_store_of_git_gives_the_password_and_keeps_it(team: Team) -> None:
    configure(team, ("credential.helper", "store"))
    store = team.home / ".git-credentials"
    store.write_text(f"http://bot:{TOKEN}@{server_in_store(team)}\n")
    before = store.read_bytes()
    assert team.lock().code == 0
    assert store.read_bytes() == before


def test_settings_for_one_server_count_for_that_server(team: Team, tmp_path: pathlib.Path) -> None:
    configure(team, (f"credential.{team.server.base}.helper", HELPER))
    assert team.lock(env=CI).code == 0
    with GitServer(tmp_path / "other") as server:
        server.faults["*"] = Unauthorized("bot", TOKEN)
        (tmp_path / "next").mkdir()
        other = Team(tmp_path / "next", server)
        other.repo("acme/one")
        other.want("acme/one")
        shutil.copy(team.home / ".gitconfig", other.home)
        assert other.lock(env=CI).code == 1
        assert sent(other) == set()


def test_two_repositories_of_one_server_may_have_two_passwords(team: Team) -> None:
    team.want("acme/one", "acme/two")
    team.server.faults = {"acme/one": Unauthorized("bot", TOKEN), "acme/two": Unauthorized("bot", OTHER)}
    configure(team, ("credential.helper", "store"), ("credential.useHttpPath", "true"))
    server = server_in_store(team)
    lines = [f"http://bot:{TOKEN}@{server}/acme/one.git\n", f"http://bot:{OTHER}@{server}/acme/two.git\n"]
    (team.home / ".git-credentials").write_text("".join(lines))
    assert team.lock("--jobs", "1").code == 0
    given = {(request.repo, request.auth[1]) for request in team.server.requests if request.auth}
    assert given == {("acme/one", TOKEN), ("acme/two", OTHER)}
    assert sorted((team.home / ".git-credentials").read_text().splitlines(keepends=True)) == sorted(lines)


def test_the_configuration_of_the_working_tree_and_of_the_environment_counts(team: Team) -> None:
    git = ["git", "-C", str(team.folder)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "config", "credential.helper", HELPER], check=True)
    assert team.lock(env=CI).code == 0
    subprocess.run([*git, "config", "--unset", "credential.helper"], check=True)
    variables = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.helper", "GIT_CONFIG_VALUE_0": HELPER}
    assert team.lock(env={**CI, **variables}).code == 0
    assert team.lock(env=CI).code == 1


def test_nothing_else_of_the_user_counts(team: Team) -> None:
    team.server.faults.clear()
    trap = team.home / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {team.home}/sprung\n")
    trap.chmod(0o755)
    configure(
        team,
        ("credential.helper", HELPER),
        ("url.https://elsewhere.invalid/.insteadOf", "http://127.0.0.1"),
        ("http.extraHeader", "X-Secret: a"),
        ("http.proxy", "http://127.0.0.1:1"),
        ("http.followRedirects", "false"),
        ("core.askPass", str(trap)),
        ("core.fsmonitor", str(trap)),
        ("core.hooksPath", str(team.home)),
        ("core.gitProxy", str(trap)),
        ("protocol.http.allow", "never"),
        ("fetch.fsckObjects", "nonsense"),
        ("init.defaultObjectFormat", "sha256"),
    )
    variables = {
        "GIT_ASKPASS": str(trap),
        "SSH_ASKPASS": str(trap),
        "GIT_SSH_COMMAND": str(trap),
        "GIT_EXTERNAL_DIFF": str(trap),
        "GIT_TRACE": str(team.home / "trace"),
        "GIT_TRACE_REDACT": "0",
        "GIT_DIR": "/nowhere",
        "LC_ALL": "de_DE.UTF-8",
    }
    del variables["GIT_TRACE"]  # `git config` writes it, which is the user's own wish
    assert team.lock(env=variables).code == 0
    team.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    configure(team, ("credential.helper", ""))
    ran = team.lock(env=variables)
    assert "could not read Username for" in ran.told
    assert not (team.home / "sprung").exists()


def test_without_settings_git_sees_nothing_of_the_environment(team: Team, tmp_path: pathlib.Path) -> None:
    team.server.faults.clear()
    (team.home / ".netrc").write_text("machine 127.0.0.1 login bot password secret\n")
    proxies = {"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    assert team.lock(env=proxies).code == 0
    assert sent(team) == set()


# --token-file


@pytest.fixture
def token(tmp_path: pathlib.Path) -> str:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return str(file)


def test_a_token_from_a_file(team: Team, token: str) -> None:
    assert team.lock("--token-file", token, "--token-user", "bot").code == 0
    assert sent(team) == {("bot", TOKEN)}
    team.server.requests.clear()
    assert team.lock("--token-file", token).code == 1
    assert sent(team) == {("x-access-token", TOKEN)}


def test_a_token_comes_before_helpers_and_only_for_its_host(team: Team, token: str) -> None:
    configure(team, ("credential.helper", HELPER.replace("$CI_TOKEN", "wrong")))
    assert team.lock("--token-file", token, "--token-user", "bot").code == 0
    assert sent(team) == {("bot", TOKEN)}
    team.server.requests.clear()
    ran = team.lock("--token-file", token, "--token-user", "bot", "--token-host", "git.example.com")
    assert ran.code == 1
    assert sent(team) == {("bot", "wrong")}


def test_a_token_is_for_the_one_host_of_the_list_or_for_those_that_are_named(team: Team, token: str) -> None:
    values = (team.folder / "values.yaml").read_text()
    other = team.server.url("acme/two").replace("127.0.0.1", "localhost")
    (team.folder / "values.yaml").write_text(values.replace(team.server.url("acme/two"), other))
    port = team.server.base.rpartition(":")[2]
    ran = team.lock("--token-file", token, "--token-user", "bot")
    assert (ran.code, team.server.requests) == (64, [])
    hosts = f"127.0.0.1:{port}, localhost:{port}"
    assert f"--token-file needs --token-host: the repositories are on 2 hosts ({hosts})" in ran.told
    hosts_given = ("--token-host", "127.0.0.1", "--token-host", "localhost")
    ran = team.lock("--token-file", token, "--token-user", "bot", *hosts_given)
    assert ran.code == 1
    assert "(a token is never sent over http)" in ran.told
    assert {request.auth for request in team.server.requests if request.repo == "acme/two"} == {None}


@pytest.mark.parametrize(
    ("text", "why"), [(None, "no such file or directory"), ("", "its first line is empty"), ("\nx", "its first line")]
)
def test_a_token_file_without_a_token(team: Team, tmp_path: pathlib.Path, text: str | None, why: str) -> None:
    file = tmp_path / "none"
    if text is not None:
        file.write_text(text)
    ran = team.lock("--token-file", str(file))
    assert (ran.code, team.server.requests) == (1, [])
    assert ran.told.startswith(f"--token-file {file}: error OVL101: cannot read a token from '{file}': {why}")


def test_a_token_over_https_to_a_host_of_ones_own(tmp_path: pathlib.Path, token: str) -> None:
    with Internet(tmp_path / "served", tmp_path / "tls") as internet:
        team = Team(tmp_path, internet.server)
        team.repo("acme/one")
        url = "https://git.example.com/acme/one.git"
        team.write({"overlays": {"sources": [{"repo": "acme/one", "cloneUrl": url}]}})
        internet.server.faults["*"] = Unauthorized("x-access-token", TOKEN)
        ran = team.lock("--token-file", token, env=internet.environment)
        assert ran.code == 0
        assert team.locked()["acme/one"]["url"] == url
        configure(team, ("credential.https://git.example.com.helper", HELPER.replace("bot", "x-access-token")))
        assert team.lock("--check", env={**internet.environment, **CI}).code == 0


# What a token never gets into


@pytest.mark.parametrize("by", ["helper", "file"])
def test_a_token_is_in_no_argument_output_or_lock(team: Team, token: str, tmp_path: pathlib.Path, by: str) -> None:
    real = shutil.which("git")
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    seen = tmp_path / "arguments"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {seen}\nexec {real} "$@"\n')
    spy.chmod(0o755)
    path = {"PATH": f"{spy.parent}:{os.environ['PATH']}"}
    team.repo("acme/refused")
    team.server.faults["acme/refused"] = Unauthorized("bot", OTHER)
    arguments = ["--token-file", token, "--token-user", "bot"] if by == "file" else []
    if by == "helper":
        configure(team, ("credential.helper", HELPER))
    good = team.lock(*arguments, env={**CI, **path})
    assert good.code == 0
    team.want("acme/one", "acme/refused")
    bad = team.lock(*arguments, env={**CI, **path})
    assert (bad.code, bad.told.count("Authentication failed for ")) == (1, 1)
    everything = seen.read_bytes() + good.stderr + bad.stdout + bad.stderr + team.file.read_bytes()
    assert b"ls-remote" in everything
    assert TOKEN.encode() not in everything
    assert b"Ym90OnQwa2VuLTdmM2E=" not in everything  # bot:TOKEN in base 64


def test_a_server_that_repeats_the_token_is_not_repeated(team: Team, token: str) -> None:
    line = f"ERR what is {TOKEN} and Ym90OnQwa2VuLTdmM2E= to me".encode()
    body = b"001e# service=git-upload-pack\n0000%04x%b" % (len(line) + 4, line)
    kind = (("Content-Type", "application/x-git-upload-pack-advertisement"),)

    def repeat(request: Request, server: GitServer) -> Answer | None:
        return Unauthorized("bot", TOKEN)(request, server) or Answer(200, kind, body)

    team.server.faults["acme/one"] = repeat
    ran = team.lock("--token-file", token, "--token-user", "bot")
    assert ran.code == 1
    assert "what is *** and *** to me" in ran.told
