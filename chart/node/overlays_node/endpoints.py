"""The one port of the runtime: /metrics, /readyz, /livez and /status."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

from overlays_node import NodeError, log, metrics

MOST = 16  # connections at a time
PATIENCE = 3.0  # seconds for one request
JSON = "application/json"
Page = Callable[[], "tuple[int, str]"]  # status and text


@contextlib.contextmanager
def serving(address: str, pages: dict[str, Page]) -> Iterator[int]:
    """Answer GET for these paths at "HOST:PORT" or ":PORT" until the block ends; gives the port.

    Raises NodeError: the port cannot be had.
    """
    host, _, port = address.rpartition(":")
    try:
        server = _Server(host.strip("[]"), int(port), pages)
    except OSError as why:
        raise NodeError(f"--listen {address}: {why.strerror}") from None
    thread = threading.Thread(target=server.serve_forever, name="endpoints", daemon=True)
    thread.start()
    bound = server.socket.getsockname()
    log.info("listening", address=bound[0], port=bound[1])
    try:
        yield bound[1]
    finally:
        server.shutdown()
        server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, pages: dict[str, Page]) -> None:
        self.pages = pages
        self._open: dict[Any, None] = {}  # the oldest first
        self._guard = threading.Lock()
        if ":" in host or (not host and socket.has_dualstack_ipv6()):
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Listen on IPv4 as well where no address is given; ask no name server."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection; with too many the oldest makes way, so that slow clients shut nobody out."""
        with self._guard:
            if len(self._open) >= MOST:
                oldest = next(iter(self._open))
                _shut(oldest)
                del self._open[oldest]
            self._open[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, within the time for one request."""
        alarm = threading.Timer(PATIENCE, _shut, (request,))
        alarm.daemon = True
        alarm.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            alarm.cancel()
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def _shut(request: Any) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    server_version = "overlays"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one of the pages."""
        path = self.path.partition("?")[0]
        page = self.server.pages.get(path)
        status, text = (404, "not found\n") if page is None else page()
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", JSON if path == "/status" and status == 200 else metrics.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name in http.server)
        """Probes come every few seconds: nothing is written."""
