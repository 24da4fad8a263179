"""A smart-HTTP git server on 127.0.0.1: `git http-backend` behind a small HTTP server, with faults to order.

    with GitServer(folder) as server:            # serves folder/<owner>/<name>.git
        server.url("acme/base")                  # http://127.0.0.1:PORT/acme/base.git
        server.faults["acme/base"] = Unauthorized("bot", "secret")

Every request is noted in `server.requests`, the bytes of the answers in `server.sent`. Nothing survives the `with`
block: hanging requests are released.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import gzip
import http.server
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO

CHUNK = 1 << 16
ALL = "*"  # a fault for every repository


@dataclass(frozen=True)
class Request:
    """What a client asked: `repo` is "owner/name", `auth` the user and password it sent, `body` as it was sent."""

    method: str
    path: str
    query: str
    repo: str
    auth: tuple[str, str] | None
    body: bytes = b""

    @property
    def advertisement(self) -> bool:
        """Whether this is the first request of a conversation: the server's greeting."""
        return self.path.endswith("/info/refs")

    @property
    def pack(self) -> bool:
        """Whether the answer is a pack: the last request of a fetch."""
        body = gzip.decompress(self.body) if self.body.startswith(b"\x1f\x8b") else self.body
        return self.path.endswith("/git-upload-pack") and b"command=ls-refs" not in body


@dataclass(frozen=True)
class Answer:
    """A reply that does not come from git."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


# What becomes of the body of git's answer: takes it in pieces, gives the pieces that are sent.
Body = Callable[[Iterator[bytes]], Iterator[bytes]]
# A fault sees a request and answers it, or changes the body of git's answer, or gives None to let git answer.
Fault = Callable[[Request, "GitServer"], "Answer | Body | None"]


class Dropped(Exception):  # noqa: N818  (an outcome, caught in this file)
    """Raised by a fault or by a body: the connection is reset at once."""


@dataclass(frozen=True)
class Unauthorized:
    """401 unless the request carries this user and password."""

    user: str
    password: str

    def __call__(self, request: Request, server: GitServer) -> Answer | None:
        """See Fault."""
        if request.auth == (self.user, self.password):
            return None
        return Answer(401, (("WWW-Authenticate", 'Basic realm="git"'),))


@dataclass(frozen=True)
class Status:
    """A fixed status with a fixed body, and headers besides its type."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "text/plain"

    def __call__(self, request: Request, server: GitServer) -> Answer | None:
        """See Fault."""
        return Answer(self.status, (("Content-Type", self.kind), *self.headers), self.body)


@dataclass(frozen=True)
class Redirect:
    """302 of every greeting (or of all else) to the same repository below another base URL."""

    base: str
    advertisement: bool = True

    def __call__(self, request: Request, server: GitServer) -> Answer | None:
        """See Fault."""
        if request.advertisement != self.advertisement:
            return None
        return Answer(302, (("Location", f"{self.base}{request.path}?{request.query}"),))


@dataclass
class Hang:
    """No answer until `release` is set or the server closes; `reached` is set when a request hangs."""

    advertisement: bool = True
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request, server: GitServer) -> Answer | None:
        """See Fault."""
        if request.advertisement == self.advertisement:
            server.hanging.append(self.release)
            self.reached.set()
            self.release.wait()
        return None


class GitServer:
    """Serves the bare repositories below `root`, as git does it, until the `with` block ends.

    With `protocol_v2` off the server speaks version 0 only, which hands out the tips of refs and nothing else. With
    `tls`, a context that holds a certificate, it speaks https. `sent` counts the bytes of all answers by "owner/name",
    without HTTP headers.
    """

    def __init__(self, root: pathlib.Path, *, protocol_v2: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self.root = root
        self.protocol_v2 = protocol_v2
        self.faults: dict[str, Fault] = {}
        self.requests: list[Request] = []
        self.sent: collections.Counter[str] = collections.Counter()
        self.hanging: list[threading.Event] = []
        self._scheme = "http" if tls is None else "https"
        self._counting = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        if tls is not None:  # the handshake is left to the first read, in the request's own thread
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base(self) -> str:
        """URL of the server, without a final slash."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}"

    def url(self, repo: str) -> str:
        """Clone URL of "owner/name"."""
        return f"{self.base}/{repo}.git"

    def greetings(self, repo: str) -> int:
        """How many conversations clients began about that repository."""
        return sum(1 for request in self.requests if request.repo == repo and request.advertisement)

    def fault(self, request: Request) -> Fault | None:
        """The fault ordered for that request's repository, or for all."""
        return self.faults.get(request.repo) or self.faults.get(ALL)

    def count(self, repo: str, size: int) -> None:
        """Note that many bytes of an answer."""
        with self._counting:
            self.sent[repo] += size

    def __enter__(self) -> GitServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults = {}
        self._http.shutdown()
        for event in self.hanging:
            event.set()
        self._http.server_close()
        self._thread.join()


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for every request, so no git outlives the server

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """End the connection; over TLS with the word of farewell that tells an end from a cut."""
        if isinstance(request, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                request.unwrap()
        super().shutdown_request(request)


def _handler(server: GitServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            repo = path.lstrip("/").partition(".git/")[0]
            auth = _auth(self.headers.get("Authorization", ""))
            request = Request(self.command, path, query, repo, auth, _body(self))
            server.requests.append(request)
            try:
                self._answer(request)
            except Dropped:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

        def _answer(self, request: Request) -> None:
            fault = server.fault(request)
            reply = fault(request, server) if fault is not None else None
            if not isinstance(reply, Answer):
                _run_backend(self, server, request, reply or iter)
                return
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            server.count(request.repo, len(reply.body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name in http.server)
            """Keep the terminal quiet: `requests` has it all."""

    return Handler


def _auth(header: str) -> tuple[str, str] | None:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(text).decode().partition(":")
    return user, password


def _body(handler: http.server.BaseHTTPRequestHandler) -> bytes:
    """The request's body, plain or chunked (git sends large ones in chunks)."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def _run_backend(handler: http.server.BaseHTTPRequestHandler, server: GitServer, request: Request, body: Body) -> None:
    """Hand one request to `git http-backend` (CGI) and its answer to the client."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
    }
    if server.protocol_v2:
        environment["GIT_PROTOCOL"] = handler.headers.get("Git-Protocol", "")
    command = ["git", "http-backend"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as backend:
        assert backend.stdin is not None
        assert backend.stdout is not None
        try:
            with backend.stdin:
                backend.stdin.write(request.body)
            _send_head(handler, backend.stdout)
            for data in body(iter(lambda: backend.stdout.read(CHUNK), b"")):  # type: ignore[union-attr]
                handler.wfile.write(data)
                server.count(request.repo, len(data))
        except OSError:  # the client or git went away
            backend.kill()


def _send_head(handler: http.server.BaseHTTPRequestHandler, cgi: IO[bytes]) -> None:
    headers = []
    status = 200
    while line := cgi.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()  # HTTP/1.0: the end of the connection ends the body
