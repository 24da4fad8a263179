"""`overlays status` of URLs: what servers answer, and what they do not."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import socket
import threading
from collections.abc import Iterator, Mapping

import pytest

from overlays.errors import InvalidInput
from overlays.io.loaded import load, shown
from overlays.io.source import MAX_BYTES, Sources
from overlays.report import text
from tests.support.overlays import overlays
from tests.support.status import NODES, PODS, Files, cache


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


class Server(http.server.ThreadingHTTPServer):
    """Answers each path as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Mapping[str, str], bytes]] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        code, headers, body = self.server.answers[self.path]
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # who has had enough closes
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refusal(url: str, deadline: float = 30) -> str:
    with pytest.raises(InvalidInput) as refused:
        load(url, Sources(), deadline)
    return text.report(refused.value.findings)


def test_a_url(server: Server) -> None:
    server.answers["/installed.json?token=secret"] = (200, {}, json.dumps(PODS["p1"]).encode())
    ran = overlays("status", f"{server.url}/installed.json?token=secret", env={"no_proxy": "*"})
    assert ran.code == 0
    assert ran.stdout.startswith(f"{server.url}/installed.json?…: a workspace of the agent reviewer\n".encode())
    assert b"secret" not in ran.stdout + ran.stderr


def test_a_redirect_on_the_same_server_is_followed(server: Server) -> None:
    server.answers["/a"] = (302, {"Location": "/b"}, b"")
    server.answers["/b"] = (200, {}, json.dumps(NODES["n1"]).encode())
    assert load(f"{server.url}/a", Sources()).pod == "node-1"


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/b",
        "http://user@127.0.0.1:{port}/b",
        "//localhost:{port}/b",
        "http://127.0.0.1:1/b",
        "https://127.0.0.1:{port}/b",
        "file:///etc/passwd",
        "ftp://x/y",
    ],
)
def test_a_redirect_to_anywhere_else_is_not(server: Server, target: str) -> None:
    location = target.format(port=server.server_address[1])
    server.answers["/a"] = (302, {"Location": location}, b"")
    server.answers["/b"] = (200, {}, json.dumps(NODES["n1"]).encode())
    told = refusal(f"{server.url}/a")
    assert told.startswith(f"{server.url}/a: error OVL633: '{server.url}/a' cannot be read: ")
    assert server.asked == ["/a"]


def test_a_redirect_without_end_ends(server: Server) -> None:
    server.answers["/a"] = (302, {"Location": "/a"}, b"")
    assert "OVL633" in refusal(f"{server.url}/a")
    assert len(server.asked) <= 11


@pytest.mark.parametrize("code", [401, 404, 500])
def test_what_the_server_says_instead(server: Server, code: int) -> None:
    server.answers["/a"] = (code, {}, b"secret page")
    told = refusal(f"{server.url}/a")
    assert f"cannot be read: the server says {code}\n" in told
    assert "page" not in told


def test_more_than_enough_is_not_read_to_its_end(server: Server) -> None:
    server.answers["/a"] = (200, {}, b" " * (MAX_BYTES + (1 << 20)))
    assert "cannot be read: it has more than 16 MiB\n" in refusal(f"{server.url}/a")


def test_an_answer_that_is_cut_off_is_told_as_such(server: Server) -> None:
    body = json.dumps(NODES["n1"]).encode()
    server.answers["/a"] = (200, {"Content-Length": str(len(body) + 7)}, body)
    assert f"'{server.url}/a' cannot be read: its answer is cut off\n" in refusal(f"{server.url}/a")
    server.answers["/a"] = (200, {"Content-Length": str(len(body))}, body)
    assert load(f"{server.url}/a", Sources()).pod == "node-1"


def test_a_server_without_tls(server: Server) -> None:
    told = refusal(server.url.replace("http:", "https:"))
    assert "cannot be read: no TLS connection: " in told
    assert "[" not in told


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:1/é?token=secret", "a URL has no blanks, control characters and letters but ASCII: write"),
        ("http://127.0.0.1:1/a b?token=secret", "a URL has no blanks, control characters and letters but ASCII: write"),
        ("http://127.0.0.1:1/a?token=secret", "connection refused\n"),
        ("http:///a?token=secret", "it names no server\n"),
        ("http://127.0.0.1:x/a?token=secret", "the URL is none: look at its server and port\n"),
    ],
)
def test_the_cause_is_said_in_words(url: str, why: str) -> None:
    told = refusal(url)
    assert f"cannot be read: {why}" in told
    assert "secret" not in told


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_a_server_that_does_not_go_on(first: bytes) -> None:
    with silent(first) as url:
        assert "cannot be read: it was not there after 0.2 s\n" in refusal(url, deadline=0.2)


@contextlib.contextmanager
def silent(first: bytes) -> Iterator[str]:
    """The URL of a server that says this and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def serve() -> None:
            connection = listening.accept()[0]
            kept.append(connection)
            connection.sendall(first)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()
        for one in kept:
            one.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "it closed the connection without an answer"),
        (b"garbage\r\n\r\n", "it does not answer as an HTTP server does"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "its answer is cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{", "its answer is cut off"),
    ],
)
def test_a_server_that_breaks_off(answer: bytes, why: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection = listening.accept()[0]
            connection.recv(1 << 16)
            connection.sendall(answer)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        told = refusal(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        thread.join()
    assert f"cannot be read: {why}\n" in told
    assert told.count("\n") == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://user:word@127.0.0.1:1/a",
        "https://word@127.0.0.1:1/a",
        "http://",
        "http://[",
        "http://a:b/",
        "http://a\x00b/",
        "HTTP://x:99999/",
        "http:///x",
    ],
)
def test_a_url_that_is_none_is_not_asked_and_shows_no_password(url: str) -> None:
    told = refusal(url)
    assert "OVL633" in told
    assert "word@" not in told
    assert "user:" not in told


@pytest.mark.parametrize("name", ["ftp://x/y", "file:///etc/passwd", "data:,x", "httpx://a"])
def test_other_schemes_are_names_of_files(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(name, Sources())
    assert refused.value.findings[0].code == "OVL101"


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("a/b@c?d", "a/b@c?d"),
        ("https://u:p@host:1/a?b=c#d", "https://host:1/a?…"),
        ("HTTPS://host#frag", "https://host"),
        ("https://a@b@host/x@y", "https://host/x@y"),
    ],
)
def test_how_a_name_is_shown(name: str, want: str) -> None:
    assert shown(name) == want


def test_many_servers_are_asked_at_once_and_told_in_order(server: Server, files: Files) -> None:
    barrier = threading.Barrier(4, timeout=30)

    class Together(Handler):
        def do_GET(self) -> None:
            barrier.wait()
            super().do_GET()

    server.RequestHandlerClass = Together
    for number in range(4):
        server.answers[f"/{number}"] = (200, {}, json.dumps(cache(f"node-{number}", {})).encode())
    ran = overlays("status", *(f"{server.url}/{number}" for number in range(4)), env={"no_proxy": "*"})
    assert [line.rpartition(b" ")[2] for line in ran.stdout.splitlines() if b"the cache" in line] == [
        b"node-0",
        b"node-1",
        b"node-2",
        b"node-3",
    ]
