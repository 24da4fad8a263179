"""The Git hosts that pages and stories speak of, on this machine: a proxy leads every host to one git server over TLS.

    with Internet(folder) as internet:           # serves folder/<owner>/<name>.git as https://<any host>/<owner>/<name>
        subprocess.run(..., env={**os.environ, **internet.environment})

Programs that honour HTTPS_PROXY and SSL_CERT_FILE (git, and so `overlays`) need nothing else, and no host is contacted.
"""

from __future__ import annotations

import contextlib
import pathlib
import socket
import socketserver
import threading
from collections.abc import Mapping
from types import TracebackType

from tests.support.certificate import certificate
from tests.support.git_http import CHUNK, GitServer

HOSTS = ("github.com", "git.example.com")


class Internet:
    """Serves bare repositories below `root` under the names of HOSTS; `server` takes faults and notes requests."""

    def __init__(self, root: pathlib.Path, scratch: pathlib.Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._certificate, context = certificate(scratch, *(f"DNS:{host}" for host in HOSTS))
        self.server = GitServer(root, tls=context)
        self._proxy = _Proxy(("127.0.0.1", 0), self.server)
        self._thread = threading.Thread(target=self._proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes git look here for those hosts."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._proxy.server_address[1]}",
            "SSL_CERT_FILE": str(self._certificate),
            "GIT_SSL_CAINFO": str(self._certificate),
        }

    def __enter__(self) -> Internet:
        self.server.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()
        self._thread.join()
        self.server.__exit__(kind, error, trace)


class _Proxy(socketserver.ThreadingTCPServer):
    """Answers CONNECT, whatever the host, with a connection to the server."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], server: GitServer) -> None:
        super().__init__(address, _Tunnel)
        self.port = int(server.base.rpartition(":")[2])


class _Tunnel(socketserver.StreamRequestHandler):
    server: _Proxy
    rbufsize = 0  # nothing that belongs to the tunnel may be read ahead

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(there, self.request), daemon=True)
            back.start()
            _pass_on(self.request, there)
            back.join()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)
