"""Servers that lie about ids, and that say more than a small machine can hold."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from overlays_node.greetings import LARGEST, START
from overlays_node.limits import MIB, size_of
from tests.node.test_hostile_cost import CODE, PROGRAM
from tests.support.chaos_loop import Loop, descendants
from tests.support.git_faults import InPack
from tests.support.git_http import Answer, Body, GitServer, Hang, Request, Status
from tests.support.git_repo import GitRepo
from tests.support.node import Node

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
PYTHON = 60_000  # KiB of memory that the runtime itself may take at most
GIT = 600_000  # KiB of memory of each git: 512 MiB of data, and its program
LONG = 3600


def pkt(payload: bytes) -> bytes:
    return b"%04x%b" % (len(payload) + 4, payload)


@dataclass(frozen=True)
class Greets:
    """Every greeting is these pkt-lines; all other requests are answered by git."""

    lines: bytes
    encoding: str = "identity"

    def __call__(self, request: Request, server: GitServer) -> Answer | None:
        """See Fault."""
        headers = (("Content-Type", ADVERTISEMENT), ("Content-Encoding", self.encoding))
        return Answer(200, headers, self.lines) if request.advertisement else None


def says(commit: bytes) -> Greets:
    """A server whose HEAD and whose branch are at that "commit"."""
    return Greets(START + pkt(commit + b" HEAD\0multi_ack\n") + pkt(commit + b" refs/heads/main\n") + b"0000")


LIES: dict[str, Callable[[bytes], bytes]] = {
    "tree-of-another": lambda other: b"../acme%2Fprivate/" + other,
    "absolute": lambda _: b"/etc",
    "empty": lambda _: b"",
    "dots": lambda _: b"..",
    "uppercase": bytes.upper,
    "no-utf-8": lambda _: b"\xff\xfe" * 20,
    "no-ascii-digits": lambda _: "\u0661".encode() * 20,
    "39-digits": lambda other: other[:-1],
    "41-digits": lambda other: other + b"0",
    "with-a-tab": lambda other: other[:-1] + b"\t",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_id_that_is_none_is_an_error_and_serves_nothing(node: Node, lie: Callable[[bytes], bytes]) -> None:
    """First where the greeting is read here, then where `git ls-remote` reads it."""
    secret = node.repo("acme/private", {"SECRET": "private"}).refs()["refs/heads/main"]
    liars = ("evil/head", "evil/branch", "evil/new")
    for name in liars:
        node.repo(name, {"x": "good"})
    node.want("acme/private", "evil/head", "evil/branch@main", public=liars)
    assert node.sync() == 0
    config = node.text("acme/private/.git/config")
    node.server.faults.update(dict.fromkeys(liars, says(lie(secret.encode()))))
    node.want("acme/private", "evil/head", "evil/branch@main", "evil/new", public=liars)
    for failures in (1, 2):
        assert node.sync() == 1
        assert [node.of(name)["failures"] for name in liars] == [failures] * 3
        assert [node.of(name)["commit"] for name in liars] == [
            node.repos["evil/head"].refs()["refs/heads/main"],
            node.repos["evil/branch"].refs()["refs/heads/main"],
            None,
        ]
        if failures == 1:  # what is no ASCII is left to `git ls-remote`, which has words of its own
            words = ("no commit id", "protocol error: unexpected")
            assert all(any(word in node.of(name)["lastError"] for word in words) for name in liars)
        assert node.of("acme/private")["lastError"] is None
        assert node.text("acme/private/.git/config") == config
        for place in ("", "public/"):
            assert [node.text(f"{place}{name}/x") for name in liars[:2]] == ["good", "good"]
            assert not os.path.lexists(node.root / place / "evil/new")
        assert {path.parent.name for path in node.root.rglob("SECRET")} == {secret}
        assert [*node.root.joinpath("public").rglob("SECRET")] == []
    node.server.faults.clear()
    assert node.sync() == 0


def test_id_that_is_none_in_files_of_before_is_not_believed(node: Node) -> None:
    """As an earlier version may have written them."""
    secret = node.repo("acme/private", {"SECRET": "private"}).refs()["refs/heads/main"]
    good = node.repo("evil/pub", {"x": "good"}).refs()["refs/heads/main"]
    node.want("acme/private", "evil/pub", public=("evil/pub",))
    assert node.sync() == 0
    for path in (node.root / ".status.json", *node.root.glob(".sets/*/.set.json")):
        path.write_text(path.read_text().replace(good, f"../acme%2Fprivate/{secret}"))
    node.server.faults["evil/pub"] = Status(500)
    assert node.sync() == 1
    assert not (node.root / "evil/pub/SECRET").exists()
    assert [*node.root.joinpath("public").rglob("SECRET")] == []
    node.server.faults.clear()
    assert node.sync() == 0
    assert node.text("evil/pub/x") == "good"


@dataclass(frozen=True)
class Peaks:
    """How a pass ended, and the peaks of memory of the runtime and of the largest git, in KiB."""

    status: int
    python: int
    git: int

    def check(self) -> None:
        """Both are bounded."""
        assert self.python < PYTHON
        assert self.git < GIT


def peaks(node: Node, *args: str) -> Peaks:
    """One pass as a process of its own."""
    command = [sys.executable, "-c", PROGRAM, "sync", "--once", "--min-free", "0%", *args]
    command += ["--manifest", str(node.manifest), "--root", str(node.root)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE)}
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    python, git = map(int, done.stdout.split())
    return Peaks(done.returncode, python, git)


@pytest.fixture
def evil(node: Node) -> GitRepo:
    """A hostile repository, wanted together with a good one."""
    node.repo("acme/good", {"x": "1"})
    node.want("evil/x", "acme/good")
    return node.repo("evil/x", {"x": "1"})


def check_good_is_served(node: Node) -> None:
    assert node.of("acme/good")["lastError"] is None
    assert node.text("acme/good/x") == "1"
    assert size_of(node.root) < MIB  # nothing stays of what the other one sent


def ask_by_ls_remote(node: Node) -> None:
    """A repository that failed before is not asked by its greeting."""
    node.server.faults["evil/x"] = Status(500)
    assert node.sync() == 1


@dataclass(frozen=True)
class Chatter:
    """A pack that never begins: without end the server says something to the user."""

    line: bytes

    def __call__(self, request: Request, server: GitServer) -> Body | None:
        """See Fault."""
        return self._chatter if request.pack else None

    def _chatter(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield pkt(b"packfile\n")
        while True:
            yield pkt(b"\x02" + self.line) * 20


@pytest.mark.parametrize("line", [b"x" * 60_000 + b"\n", b"x" * 60_000, b"\n" * 60_000, b"\r" * 60_000])
@pytest.mark.usefixtures("evil")
def test_server_that_talks_for_ever(node: Node, line: bytes) -> None:
    node.server.faults["evil/x"] = Chatter(line)
    spent = peaks(node, "--fetch-timeout", "3")
    spent.check()
    assert spent.status == 1
    assert node.of("evil/x")["lastError"].startswith("git fetch: ")
    assert len(node.of("evil/x")["lastError"]) < 500
    check_good_is_served(node)


@pytest.mark.parametrize("quick", [True, False], ids=["greeting", "ls-remote"])
def test_compressed_greeting_that_is_large(node: Node, evil: GitRepo, quick: bool) -> None:
    """0.7 GiB of it in less than 1 MiB."""
    commit = evil.refs()["refs/heads/main"].encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin = packer.compress(START + pkt(commit + b" HEAD\0multi_ack\n")) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(pkt(commit + b" refs/heads/" + b"a" * 60_000 + b"\n") * 300)
    again += packer.flush(zlib.Z_FULL_FLUSH)  # from here on the same bytes mean the same
    if not quick:
        ask_by_ls_remote(node)
    node.server.faults["evil/x"] = Greets(begin + again * 40, "gzip")
    spent = peaks(node)
    spent.check()
    assert spent.status == 1
    assert node.of("evil/x")["lastError"] is not None
    check_good_is_served(node)


@pytest.mark.parametrize("quick", [True, False], ids=["greeting", "ls-remote"])
def test_a_million_refs(node: Node, evil: GitRepo, quick: bool) -> None:
    commit = evil.refs()["refs/heads/main"].encode()
    lines = [pkt(commit + b" refs/tags/%x\n" % number) for number in range(1_000_000)]
    greeting = b"".join((START, pkt(commit + b" HEAD\0multi_ack\n"), *lines, b"0000"))
    assert len(greeting) < LARGEST
    if not quick:
        ask_by_ls_remote(node)
    node.server.faults["evil/x"] = Greets(greeting)
    spent = peaks(node)
    spent.check()
    assert (spent.status == 0) == (node.of("evil/x")["lastError"] is None)
    check_good_is_served(node)


def test_six_million_lines_that_are_hardly_refs(node: Node, evil: GitRepo) -> None:
    commit = evil.refs()["refs/heads/main"].encode()
    lines = b"".join(b"000b %06x" % number for number in range(5_900_000))
    node.server.faults["evil/x"] = Greets(START + pkt(commit + b" HEAD\0multi_ack\n") + lines + b"0000")
    spent = peaks(node)
    spent.check()
    assert (spent.status == 0) == (node.of("evil/x")["lastError"] is None)
    check_good_is_served(node)


@pytest.mark.parametrize("mib", [80, pytest.param(400, marks=pytest.mark.long)])
def test_commit_with_a_long_message(node: Node, evil: GitRepo, mib: int) -> None:
    evil.commit_tree(evil.git("rev-parse", "HEAD^{tree}"), message=b"m" * (mib * MIB))
    spent = peaks(node)
    spent.check()
    assert (spent.status == 0) == (node.of("evil/x")["lastError"] is None)
    assert node.of("acme/good")["lastError"] is None
    assert node.text("acme/good/x") == "1"


def test_commit_with_two_large_files_in_a_small_pack(node: Node, evil: GitRepo) -> None:
    """One is the difference to the other: git needs both at once to put it together."""
    evil.git("index-pack", "--stdin", "--fix-thin", stdin=pack_of_a_pair(300 * MIB))
    blobs = [blob_id(*content) for content in (((300 * MIB), b""), (300 * MIB, b"x"))]
    evil.commit_tree(evil.write_tree(("100644", b"a", blobs[0]), ("100644", b"b", blobs[1])))
    spent = peaks(node)
    spent.check()
    assert spent.status == 1
    assert "out of memory" in node.of("evil/x")["lastError"].lower()
    check_good_is_served(node)


def blob_id(zeros: int, end: bytes) -> str:
    """The id of a blob of so many zeros and that end."""
    digest = hashlib.sha1(b"blob %d\0" % (zeros + len(end)), usedforsecurity=False)
    for _ in range(zeros // MIB):
        digest.update(bytes(MIB))
    digest.update(end)
    return digest.hexdigest()


def pack_of_a_pair(size: int) -> bytes:
    """A pack of two blobs: so many zeros, and the same with an "x" behind them, as a difference to it."""
    packer = zlib.compressobj(1)
    zeros = b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()
    most = 0xFF0000  # bytes that one step of a difference copies here: offset in 4 bytes, length in its third
    steps = b""
    for at in range(0, size, most):
        steps += b"\xff" + struct.pack("<I", at) + struct.pack("<I", min(most, size - at))[:3]
    steps += b"\x01x"
    difference = _number(size) + _number(size + 1) + steps
    base = bytes.fromhex(blob_id(size, b""))
    objects = _head(3, size) + zeros + _head(7, len(difference)) + base + zlib.compress(difference)
    data = b"PACK" + struct.pack(">II", 2, 2) + objects
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _head(kind: int, size: int) -> bytes:
    """How an object begins in a pack: its kind and its size."""
    first, rest = kind << 4 | size & 15, size >> 4
    return bytes([first | 128]) + _number(rest) if rest else bytes([first])


def _number(value: int) -> bytes:
    """Seven bits in each byte, the lowest first."""
    data = b""
    while value > 127:
        data, value = data + bytes([value & 127 | 128]), value >> 7
    return data + bytes([value])


@pytest.mark.parametrize("stage", ["greeting", "ls-remote", "fetch"])
@pytest.mark.usefixtures("evil")
def test_every_git_process_has_bounded_memory(node: Node, stage: str) -> None:
    """Also the ones that git itself starts."""
    node.want("evil/x")
    if stage == "ls-remote":
        ask_by_ls_remote(node)
    hang = Hang(advertisement=stage != "fetch")
    node.server.faults["evil/x"] = InPack(hang) if stage == "fetch" else hang
    with Loop(node, interval=LONG) as loop:
        assert hang.reached.wait(60)
        gits = descendants(loop.process.pid)
        assert len(gits) >= (1 if stage == "greeting" else 2)
        limits = {pathlib.Path(f"/proc/{pid}/cmdline").read_bytes(): most_data(pid) for pid in gits}
        assert {line: limit for line, limit in limits.items() if limit != str(512 * MIB)} == {}


def most_data(pid: int) -> str:
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    found = re.search(r"Max data size +(\S+)", limits)
    assert found is not None
    return found[1]
