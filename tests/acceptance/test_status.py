"""`overlays status`: which versions nodes and pods have, where they differ, and whatever else a document may hold."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import socket
import threading
from collections.abc import Iterator, Mapping

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays.core.loaded import apart
from overlays.errors import InvalidInput
from overlays.io.loaded import load, shown
from overlays.io.source import MAX_BYTES, Sources
from overlays.report import text
from overlays.report.loaded import as_json, as_text
from overlays.schema.check import schema_text
from tests.support.overlays import Ran, overlays

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
DIGEST, OTHER = "a" * 64, "b" * 64


def cache(pod: str, commits: Mapping[str, str | None], **other: object) -> dict[str, object]:
    """A .status.json."""
    repositories = {repo: {"ref": "main", "commit": commit, "lastError": None} for repo, commit in commits.items()}
    return {
        "schemaVersion": 1,
        "pod": pod,
        "set": "0123456789abcdef",
        "complete": True,
        "manifestDigest": DIGEST,
        "notReadyReason": None,
        "repositories": repositories,
        **other,
    }


def item(kind: str, name: str, source: str, commit: str, **other: object) -> dict[str, object]:
    plain = {"kind": kind, "name": name, "source": source, "ref": "main", "commit": commit}
    return {**plain, "path": f"{kind}/{name}", "place": f"{kind}/{name}", "shadows": [], **other}


def workspace(*items: Mapping[str, object], **other: object) -> dict[str, object]:
    """An installed.json."""
    plain = {"schemaVersion": 1, "set": "0123456789abcdef", "manifestDigest": DIGEST, "complete": True}
    return {**plain, "fallback": None, "bootId": None, "items": [*items], "loose": [], "skipped": [], **other}


class Files:
    """Documents in a folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def status(self, *arguments: str, **documents: object) -> Ran:
        for name, content in documents.items():
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        names = [f"{name}.json" for name in documents]
        return overlays("status", *arguments, *names, cwd=self.folder)


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


NODES: dict[str, object] = {
    "n1": cache("node-1", {"acme/base": ONE, "acme/extra": TWO}),
    "n2": cache(
        "node-2",
        {"acme/base": ONE, "acme/extra": THREE, "acme/new": None},
        manifestDigest=OTHER,
        complete=False,
        notReadyReason="the current set is incomplete; missing: acme/new (waiting)",
    ),
}
PODS: dict[str, object] = {
    "p1": workspace(
        item("skills", "pdf", "acme/extra", TWO, mount="team", preload=True, shadows=["acme/base"]),
        item("tools", "jira", "acme/base", ONE),
        agent="reviewer",
        skipped=[{"kind": "skills", "source": "acme/base", "path": ".agents/skills/x", "reason": "no name"}],
    ),
    "p2": workspace(
        item("skills", "pdf", "acme/base", ONE, ref=""),
        fallback="previous",
        agent="reviewer",
    ),
    "p3": workspace(item("skills", "pdf", "acme/extra", TWO)),
}


def test_one_document_is_told(files: Files) -> None:
    ran = files.status(n1=NODES["n1"])
    assert ran == (
        0,
        b"n1.json: the cache of the pod node-1\n"
        b"  set       0123456789abcdef (complete)\n"
        b"  manifest  " + DIGEST.encode() + b"\n"
        b"  acme/base         main      111111111111      ok\n"
        b"  acme/extra        main      222222222222      ok\n",
        b"",
    )


EVERYTHING = f"""\
n1.json: the cache of the pod node-1
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  acme/base         main      111111111111      ok
  acme/extra        main      222222222222      ok

n2.json: the cache of the pod node-2
  set       0123456789abcdef (incomplete)
  manifest  {OTHER}
  but       the current set is incomplete; missing: acme/new (waiting)
  acme/base         main      111111111111      ok
  acme/extra        main      333333333333      ok
  acme/new          main      -                 ok

p1.json: a workspace of the agent reviewer
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  but       not delivered: acme/base .agents/skills/x: no name
  skills/pdf        acme/extra@main   222222222222      skills/pdf        as team-pdf, preloaded, shadows acme/base
  tools/jira        acme/base@main    111111111111      tools/jira        -

p2.json: a workspace of the agent reviewer
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  but       installed from a set that stands in: previous
  skills/pdf        acme/base         111111111111      skills/pdf        -

p3.json: a workspace of no agent
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  skills/pdf        acme/extra@main   222222222222      skills/pdf        -

They differ in 5 things:
  the manifest
    {DIGEST}: n1.json, p1.json, p2.json, p3.json
    {OTHER}: n2.json
  the agent
    no agent: p3.json
    reviewer: p1.json, p2.json
  acme/extra
    222222222222: n1.json, p1.json, p3.json
    333333333333: n2.json
  skills/pdf
    acme/base 111111111111 skills/pdf: p2.json
    acme/extra 222222222222 skills/pdf: p3.json
    acme/extra 222222222222 skills/pdf, as team-pdf, preloaded: p1.json
  tools/jira
    not there: p2.json
    acme/base 111111111111 tools/jira: p1.json
"""


def test_all_that_several_have_and_where_they_differ(files: Files) -> None:
    ran = files.status(**NODES, **PODS)
    assert ran.stdout.decode() == EVERYTHING
    assert (ran.code, ran.stderr) == (0, b"")
    assert files.status("--detailed-exitcode", **NODES, **PODS).code == 2


def test_documents_that_agree(files: Files) -> None:
    ran = files.status("--detailed-exitcode", a=NODES["n1"], b=NODES["n1"], c=PODS["p3"])
    assert ran.code == 0
    assert ran.stdout.decode().endswith("\n\nAll 3 agree.\n")


@pytest.mark.parametrize(
    ("other", "more"),
    [({"mount": "team"}, ", as team-pdf"), ({"preload": True}, ", preloaded")],
    ids=["mount", "preload"],
)
def test_how_items_are_delivered_is_compared(files: Files, other: Mapping[str, object], more: str) -> None:
    one, two = (workspace(item("skills", "pdf", "acme/base", ONE, **some)) for some in ({}, other))
    ran = files.status("--detailed-exitcode", a=one, b=two)
    assert ran.code == 2
    assert ran.stdout.decode().endswith(
        "They differ in 1 thing:\n  skills/pdf\n    acme/base 111111111111 skills/pdf: a.json\n"
        f"    acme/base 111111111111 skills/pdf{more}: b.json\n"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>", "it is no JSON: expecting value, line 1, column 1"),
        (b"\xff", "it is not UTF-8 text"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"schemaVersion": true}', "its schemaVersion is not 1"),
        (b'{"schemaVersion": ' + b"9" * 5000 + b"}", "it holds a number that is too long"),
    ],
    ids=range(5),
)
def test_why_it_is_no_document(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load("x", Sources(given={"x": data}))
    assert refused.value.findings[0].why == why


def test_the_json(files: Files) -> None:
    ran = files.status("--output", "json", **NODES, **PODS)
    found = json.loads(ran.stdout)
    validate(found)
    assert ran.stdout == (json.dumps(found, indent=2) + "\n").encode()
    assert found["documents"][3] == {
        "name": "p2.json",
        "place": "workspace",
        "pod": None,
        "agent": "reviewer",
        "set": "0123456789abcdef",
        "complete": True,
        "manifestDigest": DIGEST,
        "remarks": ["installed from a set that stands in: previous"],
        "repositories": [],
        "items": [
            {
                "kind": "skills",
                "name": "pdf",
                "source": "acme/base",
                "ref": "",
                "commit": ONE,
                "path": "skills/pdf",
                "mount": None,
                "preload": False,
                "shadows": [],
            }
        ],
    }
    assert found["differences"][-1] == {
        "about": "item",
        "name": "tools/jira",
        "values": [
            {"value": None, "documents": ["p2.json"]},
            {"value": f"acme/base {ONE} tools/jira", "documents": ["p1.json"]},
        ],
    }


def validate(found: object) -> None:
    jsonschema.Draft7Validator(json.loads(schema_text("status"))).validate(found)


def test_standard_input(files: Files) -> None:
    ran = overlays("status", "-", stdin=json.dumps(NODES["n1"]).encode(), cwd=files.folder)
    assert (ran.code, ran.stdout.splitlines()[0]) == (0, b"-: the cache of the pod node-1")


def test_one_that_cannot_be_read_does_not_hide_the_others(files: Files) -> None:
    ran = files.status("absent.json", n1=NODES["n1"])
    assert ran.code == 1
    assert ran.stdout.startswith(b"n1.json: the cache of the pod node-1\n")
    assert ran.told.startswith("absent.json: error OVL101: ")
    assert files.status().code == 64


# ---- hostile documents ----------------------------------------------------------------------------------------------

HOSTILE: Mapping[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<html>",
    "not UTF-8": b'{"schemaVersion": 1, "\xff": 1}',
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 100_000,
    "deep inside": b'{"schemaVersion": 1, "repositories": ' + b"[" * 100_000,
    "a number without end": b'{"schemaVersion": ' + b"9" * 100_000 + b"}",
    "no version": b"{}",
    "another version": b'{"schemaVersion": 2}',
    "a version that is true": json.dumps({**cache("x", {}), "schemaVersion": True}).encode(),
    "a version with a point": json.dumps({**cache("x", {}), "schemaVersion": 1.0}).encode(),
    "no keys": b'{"schemaVersion": 1}',
    "repositories that are none": b'{"schemaVersion": 1, "repositories": []}',
    "a repository that is none": json.dumps(cache("x", {}, repositories={"a/b": "c"})).encode(),
    "a pod that is no text": json.dumps({**cache("x", {}), "pod": [1]}).encode(),
    "items that are none": json.dumps(workspace(items={})).encode(),
    "an item that is none": json.dumps(workspace(items=[7])).encode(),
    "shadows that are a text": json.dumps(workspace(item("skills", "a", "b/c", ONE, shadows="abc"))).encode(),
    "a name that is a number": json.dumps(workspace(item("skills", "a", "b/c", ONE) | {"name": 1})).encode(),
    "skipped that is none": json.dumps(workspace(skipped=[1])).encode(),
    "too large": b" " * (MAX_BYTES + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_document_is_refused_in_one_finding(tmp_path: pathlib.Path, data: bytes) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(data)
    with pytest.raises(InvalidInput) as refused:
        load(str(file), Sources())
    (finding,) = refused.value.findings
    assert finding.code == ("OVL101" if len(data) > MAX_BYTES else "OVL634")
    assert len(text.report([finding])) < 1000


def test_texts_of_others_cannot_steer_the_terminal(files: Files) -> None:
    evil = "a\x1b[2J\n\u202e\ud800"
    ran = files.status(
        a=cache(evil, {evil: evil}, set=evil, manifestDigest=evil, notReadyReason=evil),
        b=workspace(item(evil, evil, evil, evil, ref=evil, mount=evil, shadows=[evil]), agent=evil, set=evil),
    )
    assert (ran.code, ran.stderr) == (0, b"")
    assert not {"\x1b", "\u202e"} & {*ran.stdout.decode()}
    assert rb"a: the cache" not in ran.stdout
    assert rb"a\x1b[2J\n\u202e\ud800" in ran.stdout


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "pod",
    "set",
    "complete",
    "manifestDigest",
    "notReadyReason",
    "repositories",
    "items",
    "agent",
    "fallback",
    "skipped",
]
SPOILT = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3)


@given(st.sampled_from([NODES["n2"], PODS["p1"]]), SPOILT)
def test_any_spoilt_document_is_told_or_refused(whole: dict[str, object], spoilt: dict[str, object]) -> None:
    data = json.dumps({**whole, **spoilt}).encode()
    try:
        found = load("x", Sources(given={"x": data}))
    except InvalidInput:
        return
    both = [found, load("y", Sources(given={"y": json.dumps(PODS["p2"]).encode()}))]
    as_text(both, apart(both)).encode()
    validate(json.loads(as_json(both, apart(both))))


# ---- servers --------------------------------------------------------------------------------------------------------


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
