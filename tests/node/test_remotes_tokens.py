"""Tokens: rotation without a restart, and no server that gets one which is not its own."""

from __future__ import annotations

import contextlib
import pathlib
import ssl
from collections.abc import Iterator

import pytest

from overlays_node.credentials import Credential
from tests.support.certificate import certificate
from tests.support.chaos_loop import Loop
from tests.support.git_http import Answer, Body, Fault, GitServer, Redirect, Request, Unauthorized
from tests.support.git_repo import GitRepo
from tests.support.node import Node

TOKEN, NEXT = "t0ken-7f3a", "t0ken-91bc"
OWNER = Unauthorized("bot", TOKEN)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    """A token file."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return file


def flags(file: pathlib.Path, *hosts: str) -> list[str]:
    return ["--min-free", "0%", "--git-username", "bot", "--git-token-file", str(file), "--git-token-host", *hosts]


@contextlib.contextmanager
def servers(folder: pathlib.Path, count: int, tls: ssl.SSLContext | None = None) -> Iterator[list[GitServer]]:
    """That many servers, each with its own acme/one, acme/two, … that wants the token."""
    with contextlib.ExitStack() as stack:
        found = []
        for number in range(count):
            server = stack.enter_context(GitServer(folder / f"server{number}", tls=tls))
            GitRepo(server.root / f"acme/r{number}.git").commit({"x": f"{number}"})
            server.faults["*"] = OWNER
            found.append(server)
        yield found


def tokens_sent_to(server: GitServer) -> set[str]:
    return {request.auth[1] for request in server.requests if request.auth is not None}


def host(server: GitServer) -> str:
    return server.base.rpartition("/")[2]


def test_rotated_token_heals_without_a_restart(node: Node, file: pathlib.Path) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "1"})
    node.server.faults["acme/one"] = OWNER
    node.want("acme/one", "acme/two")
    with Loop(node, *flags(file, "127.0.0.1")) as loop:
        loop.wait_for("set-published", complete=True)
        node.server.faults["acme/one"] = Unauthorized("bot", NEXT)
        one.commit({"x": "2"})
        failed = loop.wait_for("repository-failed", repository="acme/one", failures=2)
        assert "Authentication failed" in failed["reason"]
        assert node.text("acme/one/x") == "1"
        assert (node.of("acme/one")["lastError"], node.of("acme/two")["lastError"]) == (failed["reason"], None)
        before = len(loop.events)
        node.repos["acme/two"].commit({"x": "2"})
        loop.wait_for("repository-updated", after=before, repository="acme/two")
        new = file.with_name("new")
        new.write_text(NEXT)
        new.rename(file)  # as a Secret's volume changes
        recovered = loop.wait_for("repository-recovered", repository="acme/one")
        loop.wait_for("set-published", after=recovered)
        assert loop.process.poll() is None
        assert (node.text("acme/one/x"), node.text("acme/two/x")) == ("2", "2")
        assert TOKEN not in str(loop.events)
        assert NEXT not in str(loop.events)


def test_one_token_serves_two_hosts_and_no_third(node: Node, file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with servers(tmp_path, 3) as found:
        first, second, third = found
        urls = [server.url(f"acme/r{number}") for number, server in enumerate(found)]
        node.want("acme/r0", "acme/r1", "acme/r2", r0=urls[0], r1=urls[1], r2=urls[2])
        with Loop(node, "--once", *flags(file, host(first), host(second))) as loop:
            assert loop.process.wait(60) == 1
        assert [tokens_sent_to(server) for server in found] == [{TOKEN}, {TOKEN}, set()]
        assert third.requests != []
    assert (node.text("acme/r0/x"), node.text("acme/r1/x")) == ("0", "1")
    assert "could not read Username" in node.of("acme/r2")["lastError"]


# Redirects: whoever is led to gets no token of another server's.


def owner_then(fault: Fault) -> Fault:
    """First the token is asked for, then comes the fault."""

    def both(request: Request, server: GitServer) -> Answer | Body | None:
        return OWNER(request, server) or fault(request, server)

    return both


@pytest.mark.parametrize("other_asks", [True, False], ids=["other asks", "other asks not"])
@pytest.mark.parametrize("first_asks", [True, False], ids=["first asks", "first asks not"])
@pytest.mark.parametrize("greeting", [True, False], ids=["greeting", "later"])
def test_token_does_not_follow_a_redirect(
    node: Node, file: pathlib.Path, tmp_path: pathlib.Path, greeting: bool, first_asks: bool, other_asks: bool
) -> None:
    first = node.repo("acme/r0", {"x": "first"})
    credential = Credential("bot", file, ("127.0.0.1",))  # it would serve either, at any port
    node.server.faults["acme/r0"] = OWNER
    node.want("acme/r0")
    assert node.sync(credential) == 0
    assert tokens_sent_to(node.server) == {TOKEN}
    first.commit({"x": "first, second commit"})
    with servers(tmp_path, 1) as (other,):
        other.faults = {"*": OWNER} if other_asks else {}
        redirect = Redirect(other.base, greeting)
        node.server.faults["acme/r0"] = owner_then(redirect) if first_asks else redirect
        followed = greeting and not other_asks
        assert node.sync(credential) == (0 if followed else 1)
        assert bool(other.requests) == greeting  # git follows the redirect of a greeting only
        assert tokens_sent_to(other) == set()
    assert (node.text("acme/r0/x") == "first") == (not followed)
    node.server.faults["acme/r0"] = OWNER
    assert node.sync(credential) == 0
    assert node.text("acme/r0/x") == "first, second commit"


# https with a certificate authority of one's own.


@pytest.fixture(name="certificate")
def _certificate(tmp_path: pathlib.Path) -> tuple[pathlib.Path, ssl.SSLContext]:
    return certificate(tmp_path, "IP:127.0.0.1")


def test_token_travels_over_https_once_the_server_is_vouched_for(
    node: Node,
    file: pathlib.Path,
    certificate: tuple[pathlib.Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    credential = Credential("bot", file, ("127.0.0.1",))
    with servers(node.folder, 2, certificate[1]) as (first, second):
        node.want("acme/r0", "acme/r1", r0=first.url("acme/r0"), r1=second.url("acme/r1"))
        assert node.sync(credential) == 1
        assert "certificate" in node.of("acme/r0")["lastError"]
        assert tokens_sent_to(first) == tokens_sent_to(second) == set()
        monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate[0]))
        assert node.sync(credential) == 0
        assert tokens_sent_to(first) == tokens_sent_to(second) == {TOKEN}
    assert (node.text("acme/r0/x"), node.text("acme/r1/x")) == ("0", "1")


def test_ssl_cert_file_counts_where_git_has_no_file_of_its_own(
    node: Node,
    file: pathlib.Path,
    certificate: tuple[pathlib.Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GIT_SSL_CAINFO", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with servers(node.folder, 1, certificate[1]) as (server,):
        node.want("acme/r0", r0=server.url("acme/r0"))
        assert node.sync(Credential("bot", file, ("127.0.0.1",))) == 0
