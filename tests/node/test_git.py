from __future__ import annotations

import json
import os
import pathlib
import subprocess
import threading

import pytest

from overlays_node.credentials import ASKPASS, Credential, may_carry_token, prompts
from overlays_node.git import Git, GitError
from tests.support.git_http import Answer, GitServer, Hang, Redirect, Request, Status, Unauthorized
from tests.support.git_repo import GitRepo
from tests.support.node import Node

TOKEN = "t0ken-7f3a"
Settings = tuple[tuple[str, str], ...]


@pytest.fixture
def token(tmp_path: pathlib.Path) -> Credential:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return Credential("bot", file, ("127.0.0.1",))


def make(tmp_path: pathlib.Path, *credentials: Credential) -> Git:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Git(scratch, credentials=credentials)


def ls_remote(git: Git, url: str, timeout: float = 30) -> bytes:
    return git.run(["ls-remote", "--quiet", "--", url, "HEAD"], url=url, timeout=timeout)


def test_token_from_a_file_reaches_its_own_server(node: Node, token: Credential) -> None:
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    node.want("acme/one")
    assert node.sync(token) == 0
    assert node.text("acme/one/x") == "1"


def test_rotated_token_is_read_anew(node: Node, token: Credential) -> None:
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", "next")
    node.want("acme/one")
    assert node.sync(token) == 1
    token.token_file.write_text("next")
    assert node.sync(token) == 0


def test_token_is_in_no_log_status_argument_or_file(
    node: Node, token: Credential, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    spy = tmp_path / "bin/git"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/arguments\nenv >> {tmp_path}/arguments\nexec {real} "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    node.repo("acme/good", {"x": "1"})
    node.repo("acme/bad", {"x": "1"})
    node.server.faults["acme/good"] = Unauthorized("bot", TOKEN)
    line = f"ERR what is {TOKEN} and Ym90OnQwa2VuLTdmM2E= to me".encode()  # a server that repeats what it got
    body = b"001e# service=git-upload-pack\n0000%04x%b" % (len(line) + 4, line)
    kind = (("Content-Type", "application/x-git-upload-pack-advertisement"),)

    def repeat(request: Request, server: GitServer) -> Answer | None:
        return Unauthorized("bot", TOKEN)(request, server) or Answer(200, kind, body)

    node.server.faults["acme/bad"] = repeat
    node.want("acme/good", "acme/bad")
    assert node.sync(token) == 1
    assert "what is *** and *** to me" in node.of("acme/bad")["lastError"]
    seen = json.dumps(node.events()) + (tmp_path / "arguments").read_text()
    for folder, _, names in os.walk(node.root):
        seen += "".join(pathlib.Path(folder, name).read_text(errors="replace") for name in names)
    assert "acme/bad" in seen
    assert TOKEN not in seen
    assert "Ym90OnQwa2VuLTdmM2E=" not in seen


def test_token_does_not_follow_a_redirect_to_another_port(
    node: Node, token: Credential, tmp_path: pathlib.Path
) -> None:
    with GitServer(tmp_path / "other") as other:
        GitRepo(other.root / "acme/one.git").commit({"x": "other"})
        other.faults["acme/one"] = Unauthorized("bot", TOKEN)
        node.repo("acme/one", {"x": "1"})
        node.server.faults["acme/one"] = Redirect(other.base)
        node.want("acme/one")
        assert node.sync(token) == 1
        assert other.requests != []
        assert [request.auth for request in other.requests if request.auth] == []
        assert "could not read Username" in node.of("acme/one")["lastError"]


def test_token_is_kept_from_other_hosts_and_plain_http() -> None:
    credential = Credential("bot", pathlib.Path("t"), ("git.example", "other.example:8443"))
    assert credential.serves("https://git.example/a.git")
    assert credential.serves("https://GIT.example:9/a.git")
    assert credential.serves("https://other.example:8443/a.git")
    assert not credential.serves("https://other.example/a.git")
    assert not credential.serves("https://git.example.evil/a.git")
    assert may_carry_token("https://git.example/a")
    assert may_carry_token("http://127.0.0.1:8080/a")
    assert not may_carry_token("http://git.example/a")
    assert not may_carry_token("http://localhost/a")
    assert not may_carry_token("http://127.0.0.1.evil/a")


def test_localhost_by_name_over_http_gets_no_token(node: Node, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    node.want("acme/one", one=node.server.url("acme/one").replace("127.0.0.1", "localhost"))
    assert node.sync(Credential("bot", file, ("localhost",))) == 1
    assert [request.auth for request in node.server.requests if request.auth] == []
    assert "never sent over http" in node.of("acme/one")["lastError"]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Username for 'https://git.example': ", "b@t"),
        ("Password for 'https://b%40t@git.example': ", TOKEN),
        ("Password for 'https://b@t@git.example': ", TOKEN),
        ("Password for 'https://b%40t@git.example:443': ", TOKEN),
        ("Password for 'http://b%40t@git.example': ", None),
        ("Password for 'https://b%40t@git.example:8443': ", None),
        ("Password for 'https://b%40t@evil.example': ", None),
        ("Password for 'https://x@evil@git.example': ", None),
        ("Password for 'https://git.example': ", None),
        ("Username for 'https://evil.example': ", None),
        ("Password for 'https://b%40t@git.example': \nx", None),
        ("", None),
        ("*", None),
    ],
)
def test_askpass_answers_its_own_questions_only(tmp_path: pathlib.Path, prompt: str, answer: str | None) -> None:
    program, file = tmp_path / "askpass", tmp_path / "token"
    program.write_text(ASKPASS)
    program.chmod(0o700)
    file.write_text(TOKEN)  # no newline at the end
    names, tokens = prompts("https://git.example/acme/one.git", "b@t")
    environment = {
        "OVERLAYS_ASKPASS_NAME": "\n".join(names),
        "OVERLAYS_ASKPASS_TOKEN": "\n".join(tokens),
        "OVERLAYS_ASKPASS_USER": "b@t",
        "OVERLAYS_ASKPASS_FILE": str(file),
    }
    done = subprocess.run([program, prompt], env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == ((0, f"{answer}\n") if answer else (1, ""))


def test_prompts_with_a_port() -> None:
    names, _ = prompts("https://git.example:8443/a.git", "bot")
    assert names == ("Username for 'https://git.example:8443': ",)
    names, _ = prompts("https://git.example:443/a.git", "bot")
    assert names == ("Username for 'https://git.example': ", "Username for 'https://git.example:443': ")


def test_first_credential_that_serves_the_host_is_used(node: Node, token: Credential, tmp_path: pathlib.Path) -> None:
    second = tmp_path / "second"
    second.write_text("wrong")
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    node.want("acme/one")
    assert node.sync(token, Credential("bot", second, ("127.0.0.1",))) == 0


def test_missing_token_file_is_an_error_of_the_repository(node: Node, tmp_path: pathlib.Path) -> None:
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    node.want("acme/one")
    assert node.sync(Credential("bot", tmp_path / "absent", ("127.0.0.1",))) == 1
    assert node.of("acme/one")["lastError"].startswith("git ls-remote: ")


def test_environment_of_the_caller_does_not_reach_git(
    node: Node, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text('[url "https://elsewhere.invalid/"]\n\tinsteadOf = http://127.0.0.1\n')
    (home / ".netrc").write_text("machine 127.0.0.1 login bot password secret\n")
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_DIR": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.proxy",
        "GIT_CONFIG_VALUE_0": "http://127.0.0.1:1",
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_TRACE": str(tmp_path / "trace"),
        "http_proxy": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
        "LC_ALL": "de_DE.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    node.repo("acme/one")
    monkeypatch.delenv("GIT_DIR")
    node.repos["acme/one"].commit({"x": "1"})
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    node.want("acme/one")
    assert node.sync() == 0
    assert {request.auth for request in node.server.requests} == {None}
    assert not (tmp_path / "trace").exists()


def test_repository_around_the_cache_is_not_read(node: Node) -> None:
    subprocess.run(["git", "init", "--quiet", str(node.folder)], check=True)
    config = ["config", "url.https://elsewhere.invalid/.insteadOf", "http://127.0.0.1"]
    subprocess.run(["git", "-C", str(node.folder), *config], check=True)
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    assert node.sync() == 0


@pytest.mark.parametrize("url", ["ext::sh -c 'touch owned'", "file:///", "git://127.0.0.1/x", "ssh://127.0.0.1/x", "/"])
def test_other_protocols_are_refused(tmp_path: pathlib.Path, url: str) -> None:
    with pytest.raises(GitError, match="not allowed"):
        ls_remote(make(tmp_path), url)


def test_timeout_kills_the_command_and_its_helpers(tmp_path: pathlib.Path, server: GitServer) -> None:
    hang = Hang()
    server.faults["*"] = hang
    with pytest.raises(GitError, match=r"no answer within 0\.3 s"):
        ls_remote(make(tmp_path), server.url("acme/one"), timeout=0.3)
    assert hang.reached.is_set()


def test_stop_ends_what_runs_and_lets_nothing_start(tmp_path: pathlib.Path, server: GitServer) -> None:
    hang = Hang()
    server.faults["*"] = hang
    git = make(tmp_path)
    told: list[str] = []

    def ask() -> None:
        try:
            ls_remote(git, server.url("acme/one"))
        except GitError as why:
            told.append(str(why))

    thread = threading.Thread(target=ask)
    thread.start()
    assert hang.reached.wait(30)
    git.stop()
    thread.join()
    assert told == ["git ls-remote: stopped"]
    with pytest.raises(GitError, match="stopped"):
        git.version()


def test_error_text_is_one_printable_line(tmp_path: pathlib.Path, server: GitServer) -> None:
    server.faults["*"] = Status(500, b"\x1b[31m red\nnews\n")
    with pytest.raises(GitError) as caught:
        ls_remote(make(tmp_path), server.url("acme/one"))
    assert str(caught.value).isprintable()
    assert "500" in str(caught.value)


def test_children_inherit_the_lock(tmp_path: pathlib.Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with (tmp_path / "lock").open("w") as lock:
        git = Git(scratch, inherit=(lock.fileno(),))
        alias = f"alias.look=!readlink /proc/self/fd/{lock.fileno()}"
        assert git.run(["-c", alias, "look"], timeout=30).decode().strip() == str(tmp_path / "lock")
        assert Git(scratch).version() >= (2, 30)


def test_git_that_is_missing_is_one_sentence(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="cannot be run"):
        make(tmp_path).require()


# Helpers of a user


def asked_with(node: Node, tmp_path: pathlib.Path, *credentials: Credential, settings: Settings) -> bytes:
    """What the server lists, asked by a git that knows those settings of a user."""
    (tmp_path / "scratch").mkdir()
    git = Git(tmp_path / "scratch", credentials=credentials, user_settings=settings)
    git.require()
    return ls_remote(git.session(), node.server.url("acme/one"))


def test_helpers_of_a_user_are_asked_with_the_environment_of_the_user(
    node: Node, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "helper"
    helper.write_text('#!/bin/sh\nenv > "$0.env"\necho username=bot\necho "password=$WORD"\n')
    helper.chmod(0o755)
    monkeypatch.setenv("WORD", TOKEN)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    assert asked_with(node, tmp_path, settings=(("credential.helper", str(helper)),))
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "helper.env").read_text().splitlines())
    assert (seen["HOME"], seen["GIT_CONFIG_GLOBAL"], seen["GIT_CONFIG_NOSYSTEM"]) == (
        str(tmp_path / "home"),
        os.devnull,
        "1",
    )
    assert not {"GIT_DIR", "SSH_ASKPASS"} & set(seen)


def test_helpers_are_not_asked_for_what_a_credential_serves(
    node: Node, token: Credential, tmp_path: pathlib.Path
) -> None:
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    helper = ("credential.helper", f"!touch {tmp_path}/asked; echo username=bot; echo password=wrong; :")
    assert asked_with(node, tmp_path, token, settings=(helper,))
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(("settings", "oldest"), [((), "2.30"), ((("credential.helper", "x"),), "2.32")])
def test_a_git_that_cannot_keep_the_files_of_a_user_out_is_too_old_for_helpers(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, oldest: str
) -> None:
    program = tmp_path / "git"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    git = Git(tmp_path, user_settings=settings)
    for version, fine in (("2.29.3", False), (f"{oldest}.1", True), ("2.31.9", oldest == "2.30"), ("3.0.0", True)):
        program.write_text(f"#!/bin/sh\necho git version {version}\n")
        program.chmod(0o755)
        if fine:
            git.require()
        else:
            with pytest.raises(GitError, match=f"is too old: {oldest} or later is needed"):
                git.require()
