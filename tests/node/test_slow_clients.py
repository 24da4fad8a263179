"""Clients of --listen that take their time keep no probe from its answer."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from overlays_node import endpoints
from tests.support.chaos_loop import PATIENCE, Loop
from tests.support.node import Node


@contextlib.contextmanager
def dripping(port: int, connections: int) -> Iterator[list[socket.socket]]:
    """So many clients that send one byte of a request now and then, and that come again when they are sent away."""
    done, full = threading.Event(), threading.Event()
    sockets: list[socket.socket] = []

    def drip() -> None:
        while not done.wait(0.02):
            for one in [*sockets]:
                try:
                    one.send(b"x", socket.MSG_DONTWAIT)
                except OSError:
                    sockets.remove(one)
                    one.close()
            while len(sockets) < connections:
                sockets.append(socket.create_connection(("127.0.0.1", port)))
                sockets[-1].send(b"GET /")
            full.set()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        assert full.wait(PATIENCE)
        yield sockets
    finally:
        done.set()
        thread.join()
        for one in sockets:
            one.close()


@pytest.mark.parametrize("connections", [endpoints.MOST, 3 * endpoints.MOST])
def test_slow_clients_shut_no_probe_out(node: Node, connections: int) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    with Loop(node, "--listen", "127.0.0.1:0") as loop:
        port = loop.wait_for("listening")["port"]
        loop.wait_for("pass-finished", ready=True)
        with dripping(port, connections):
            for path in ("/livez", "/readyz", "/metrics") * 3:
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as probe:
                    probe.request("GET", path)
                    assert probe.getresponse().status == 200
        assert loop.terminate() == 0


def test_request_that_never_ends_is_cut_off(node: Node) -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(endpoints.serving("127.0.0.1:0", {}))
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        done = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not done.wait(0.05):
                    client.send(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        stack.callback(thread.join)
        stack.callback(done.set)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""  # not a timeout: the server ended it
