from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket

import pytest

from overlays_node import endpoints, metrics
from overlays_node.limits import Room
from overlays_node.state import RepositoryStatus, Status
from tests.support.chaos_loop import Loop
from tests.support.git_http import Status as Answer
from tests.support.git_http import Unauthorized
from tests.support.node import Node

TOKEN = "t0ken-7f3a"


def get(port: int, path: str) -> tuple[int, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        kind = "application/json" if path == "/status" and answer.status == 200 else metrics.CONTENT_TYPE
        assert answer.getheader("Content-Type") == kind
        return answer.status, answer.read().decode()


def samples(text: str) -> dict[str, float]:
    """Name with labels -> value; every line must be one of the format."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP overlays_\w+ .+|TYPE overlays_\w+ (gauge|counter))", line)
            continue
        name, _, value = line.rpartition(" ")
        assert re.fullmatch(r'overlays_\w+(\{\w+="([^"\\]|\\.)*"(,\w+="([^"\\]|\\.)*")*\})?', name), line
        found[name] = float(value)
    return found


def test_break_a_repository_read_the_metrics_mend_it(node: Node) -> None:
    commit = node.repo("acme/one", {"x": "1"}).refs()["refs/heads/main"]
    node.repo("acme/two", {"x": "12345"})
    node.want("acme/one", "acme/two@main")
    with Loop(node, "--listen", "127.0.0.1:0") as loop:
        port = loop.wait_for("listening")["port"]
        loop.wait_for("pass-finished", ready=True)
        assert get(port, "/readyz") == (200, "ready\n")
        assert get(port, "/livez") == (200, "alive\n")
        found = samples(get(port, "/metrics")[1])
        assert found["overlays_ready"] == found["overlays_set_complete"] == found["overlays_manifest_valid"] == 1
        assert found[f'overlays_repository_info{{repository="acme/one",ref="",commit="{commit}"}}'] == 1
        assert found['overlays_repository_bytes{repository="acme/two"}'] == 5
        assert found['overlays_repository_last_success_timestamp_seconds{repository="acme/one"}'] > 1.7e9
        assert found["overlays_pass_duration_seconds"] > 0
        assert found["overlays_received_bytes_total"] > 100
        assert found["overlays_passes_total"] >= 1
        assert f'set="{node.status()["set"]}"' in get(port, "/metrics")[1]

        node.server.faults["acme/two"] = Answer(500)
        loop.wait_for("repository-failed", failures=2)
        loop.wait_for_passes()
        found = samples(get(port, "/metrics")[1])
        assert found['overlays_repository_failing_tries{repository="acme/two"}'] >= 2
        assert found['overlays_repository_failures_total{repository="acme/two"}'] >= 2
        assert found['overlays_repository_failing_tries{repository="acme/one"}'] == 0
        assert found["overlays_ready"] == 1  # the last good commit is served

        node.server.faults.clear()
        loop.wait_for("repository-recovered")
        loop.wait_for_passes()
        found = samples(get(port, "/metrics")[1])
        assert found['overlays_repository_failing_tries{repository="acme/two"}'] == 0
        assert found['overlays_repository_failures_total{repository="acme/two"}'] >= 2


def test_not_ready_says_why_and_lives_on(node: Node) -> None:
    node.want("acme/none")
    with Loop(node, "--listen", "127.0.0.1:0") as loop:
        port = loop.wait_for("listening")["port"]
        loop.wait_for("pass-finished")
        status, text = get(port, "/readyz")
        assert (status, text.startswith("not ready: there is no set yet; missing: acme/none (")) == (503, True)
        assert get(port, "/livez")[0] == 200
        status, text = get(port, "/status")
        found = json.loads(text)
        assert (status, [*found], found["ready"]) == (200, [*node.status()], False)
        assert (found["pod"], [*found["repositories"]]) == (node.status()["pod"], ["acme/none"])
        node.manifest.unlink()
        assert "cannot be read" in get(port, "/readyz")[1]
        assert get(port, "/nothing") == (404, "not found\n")


def test_token_is_on_no_page(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", TOKEN)
    node.server.faults["acme/two"] = Unauthorized("bot", "another")
    node.want("acme/one", "acme/two")
    (node.folder / "token").write_text(TOKEN)
    token = ["--git-username", "bot", "--git-token-file", str(node.folder / "token"), "--git-token-host", "127.0.0.1"]
    with Loop(node, "--listen", "127.0.0.1:0", *token) as loop:
        port = loop.wait_for("listening")["port"]
        loop.wait_for("repository-failed", failures=2)
        seen = json.dumps(loop.events) + "".join(
            get(port, path)[1] for path in ("/metrics", "/readyz", "/livez", "/status")
        )
        assert "acme/two" in seen
        assert TOKEN not in seen


def test_port_that_is_taken_is_one_sentence(node: Node) -> None:
    node.want()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert node.refuses(listen=address) == f"--listen {address}: Address already in use"


def test_slow_clients_do_not_take_all_places_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "PATIENCE", 0.2)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(endpoints.serving("127.0.0.1:0", {"/x": lambda: (200, "x\n")}))
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(endpoints.MOST)]
        for connection in idle:
            connection.settimeout(30)
            assert connection.recv(1) == b""  # closed, since nothing was asked
        assert get(port, "/x") == (200, "x\n")


def test_as_many_connections_as_are_allowed_are_all_kept() -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(endpoints.serving("127.0.0.1:0", {"/x": lambda: (200, "x\n")}))
        together = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(endpoints.MOST)]
        for connection in together:
            connection.sendall(b"GET /x HTTP/1.0\r\n\r\n")
            assert connection.makefile("rb").readline() == b"HTTP/1.0 200 OK\r\n"


def test_labels_are_escaped_and_numbers_plain() -> None:
    status = Status("pod", "t", 30, 120, repositories={"a/b": RepositoryStatus('x"\\\n', "u")})
    counters = metrics.Counters(passes=3, pass_seconds=0.25, received=10**12)
    text = metrics.render(status, counters, Room(1, 2, 3, 4), ready=False)
    assert 'overlays_repository_info{repository="a/b",ref="x\\"\\\\\\n",commit=""} 1\n' in text
    assert "overlays_pass_duration_seconds 0.25\n" in text
    assert "overlays_received_bytes_total 1000000000000\n" in text
    assert "overlays_volume_free_bytes 1\n" in text
    assert "last_success_timestamp" not in text  # there was none
    assert len(samples(text)) > 10
