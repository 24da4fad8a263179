"""Whatever a remote answers: the last good commit stays, the others go on, it is told, and the next pass heals."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable

import pytest

from tests.support.git_faults import Cut, Drop, InPack, Slow, Stall
from tests.support.git_http import Body, Fault, GitServer, Hang, Request, Status, Unauthorized
from tests.support.node import Node

NOISE = random.Random(4).randbytes(200_000)  # no pack makes it smaller
PATIENCE = 60  # seconds until a test gives up on something that must happen
IN_GREETING, AT_ONCE, IN_PACK = 40, 10, 50_000  # bytes after which an answer breaks off
LOGIN = Status(200, b"<!DOCTYPE html>\n<title>Sign in</title>\n", kind="text/html; charset=utf-8")
LATER = (("Retry-After", "3600"),)


def beyond_greeting(fault: Fault) -> Fault:
    """The same fault, but the greeting is fine."""
    return lambda request, server: None if request.advertisement else fault(request, server)


def without_end(request: Request, server: GitServer) -> Body:
    """The last four bytes are missing: every line is whole, but not the answer."""
    return lambda pieces: iter([b"".join(pieces)[:-4]])


# Name -> the fault, and what the status says about it.
ANSWERS: dict[str, tuple[Fault, str]] = {
    "401": (Unauthorized("bot", "secret"), "could not read Username"),
    "403": (Status(403), "403"),
    "404": (Status(404), "not found"),
    "429": (Status(429), "429"),
    "429 with Retry-After": (Status(429, headers=LATER), "429"),
    "500": (Status(500, b"stack trace"), "500"),
    "503 with Retry-After": (Status(503, headers=LATER), "503"),
    "login page": (LOGIN, "not valid: is this a git repository"),
    "reset before the greeting": (Drop(), "git ls-remote: "),
    "greeting ends early": (Cut(IN_GREETING), "git ls-remote: "),
    "greeting reset": (Cut(IN_GREETING, reset=True), "git ls-remote: "),
    "greeting without its end": (without_end, "git ls-remote: "),
    "empty greeting": (Cut(0), "git ls-remote: "),
    "403 after the greeting": (beyond_greeting(Status(403)), "403"),
    "login page after the greeting": (beyond_greeting(LOGIN), "git "),
    "what follows the greeting ends early": (beyond_greeting(Cut(AT_ONCE)), "git "),
    "what follows the greeting is reset": (beyond_greeting(Cut(AT_ONCE, reset=True)), "git "),
    "500 for the pack": (InPack(Status(500)), "git fetch: "),
    "429 for the pack": (InPack(Status(429, headers=LATER)), "429"),
    "login page for the pack": (InPack(LOGIN), "git fetch: "),
    "reset before the pack": (InPack(Drop()), "git fetch: "),
    "pack ends early": (InPack(Cut(IN_PACK)), "git fetch: "),
    "pack reset": (InPack(Cut(IN_PACK, reset=True)), "git fetch: "),
}


class Pair:
    """Two repositories that were served once and have a new commit since: acme/bad gets the fault."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.bad, self.good = node.repo("acme/bad", {"x": "1"}), node.repo("acme/good", {"x": "1"})
        node.want("acme/bad@main", "acme/good")
        assert node.sync() == 0
        self.before = node.of("acme/bad")
        self.new = self.bad.commit({"x": "2", "noise": NOISE})
        self.good.commit({"x": "2"})

    def check_kept(self, failures: int, words: str) -> None:
        """What was good is served whole, the other one is up to date, and what is wrong is told."""
        node, now = self.node, self.node.of("acme/bad")
        kept = {name: self.before[name] for name in ("ref", "cloneUrl", "commit", "kind", "lastSuccess")}
        assert {**now, **kept} == now
        assert now["failures"] == failures
        assert words in now["lastError"]
        told = [event for event in node.events() if event["event"] == "repository-failed"]
        assert {(event["repository"], event["reason"]) for event in told} == {("acme/bad", now["lastError"])}
        assert served(node, "acme/bad") == {"x": b"1"}
        assert served(node, "acme/good") == {"x": b"2"}
        assert [path.name for path in (node.root / ".trees/acme%2Fbad").iterdir()] == [self.before["commit"]]
        assert [*(node.root / ".tmp").iterdir()] == []
        assert node.status()["ready"] is True  # complete, of this manifest, fresh

    def check_healed(self) -> None:
        """With the fault gone one pass brings the new commit, and nothing of the failed ones is left."""
        node = self.node
        node.server.faults.clear()
        assert node.sync() == 0
        now = node.of("acme/bad")
        assert (now["commit"], now["failures"], now["lastError"]) == (self.new, 0, None)
        assert served(node, "acme/bad") == {"x": b"2", "noise": NOISE}
        store = node.root / ".store/acme%2Fbad.git"
        subprocess.run(["git", f"--git-dir={store}", "fsck", "--strict"], check=True, capture_output=True)
        assert [*store.rglob("*tmp_*")] == []  # half a pack, say


def served(node: Node, repo: str) -> dict[str, bytes]:
    """Path -> bytes of what is served at a stable path."""
    tree = (node.root / repo).resolve(strict=True)
    files = (path for path in tree.rglob("*") if path.is_file() and ".git" not in path.relative_to(tree).parts)
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


@pytest.mark.parametrize("name", ANSWERS)
def test_fault_keeps_the_last_good_and_heals(node: Node, name: str) -> None:
    fault, words = ANSWERS[name]
    pair = Pair(node)
    node.server.faults["acme/bad"] = fault
    for failures in (1, 2):
        assert node.sync() == 1
        pair.check_kept(failures, words)
    pair.check_healed()


# Faults that a deadline ends; all in one pass, for each costs the whole deadline.
DEADLINE = 4
STUCK: dict[str, Fault] = {
    "no-greeting": Hang(),
    "half-a-greeting": Stall(IN_GREETING),
    "slow-greeting": Slow(20),
    "nothing-after-the-greeting": Hang(advertisement=False),
    "little-after-the-greeting": beyond_greeting(Stall(AT_ONCE)),
    "no-pack": InPack(Stall(0)),
    "half-a-pack": InPack(Stall(IN_PACK)),
    "slow-pack": InPack(Slow(1000)),
}


def test_remotes_that_hang_or_crawl_are_ended_by_the_deadline(node: Node) -> None:
    repos = {f"acme/{name}": node.repo(f"acme/{name}", {"x": "1"}) for name in (*STUCK, "good")}
    node.want(*repos)
    assert node.sync() == 0
    before = {repo: node.of(repo)["commit"] for repo in repos}
    new = {repo: remote.commit({"x": "2", "noise": NOISE}) for repo, remote in repos.items()}
    node.server.faults.update({f"acme/{name}": fault for name, fault in STUCK.items()})
    assert node.sync(jobs=len(repos), timeout=DEADLINE, fetch_timeout=DEADLINE) == 1
    for name in STUCK:
        now = node.of(f"acme/{name}")
        assert (now["commit"], now["failures"]) == (before[f"acme/{name}"], 1)
        assert now["lastError"].endswith(f": no answer within {DEADLINE} s")
        assert served(node, f"acme/{name}") == {"x": b"1"}
    assert node.of("acme/good")["commit"] == new["acme/good"]
    node.server.faults.clear()
    assert node.sync() == 0
    assert {repo: node.of(repo)["commit"] for repo in repos} == new


@pytest.mark.parametrize("fault", [Slow(1000), Stall(IN_PACK)], ids=["1 kB/s", "hang"])
def test_others_are_published_while_a_pack_is_slow(node: Node, fault: Slow | Stall) -> None:
    pair = Pair(node)
    node.server.faults["acme/bad"] = InPack(fault)
    writer = threading.Thread(target=node.sync)
    writer.start()
    assert fault.reached.wait(PATIENCE)
    until(lambda: node.text("acme/good/x") == "2")
    assert served(node, "acme/bad") == {"x": b"1"}
    assert pair.before["commit"] == node.of("acme/bad")["commit"]
    fault.release.set()
    writer.join()
    assert served(node, "acme/bad") == {"x": b"2", "noise": NOISE}


@pytest.mark.long  # half a minute is what git is told to wait
def test_less_than_1_kb_a_second_is_given_up_before_the_deadline(node: Node) -> None:
    pair = Pair(node)
    node.server.faults["acme/bad"] = InPack(Slow(500))
    assert node.sync(fetch_timeout=600) == 1
    pair.check_kept(1, "Operation too slow")
    pair.check_healed()


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


# Large repositories.


def test_repository_of_50_000_files(node: Node) -> None:
    files = {f"d{number % 500}/f{number}": f"{number % 1000}" for number in range(50_000)}
    node.repo("acme/large", files)
    node.repo("acme/small", {"x": "1"})
    node.want("acme/large", "acme/small")
    assert node.sync() == 0
    tree = (node.root / "acme/large").resolve()
    assert sum(len(names) for folder, _, names in os.walk(tree) if ".git" not in folder) == len(files)
    assert all((tree / path).read_text() == files[path] for path in list(files)[::997])
    assert node.sync() == 0


@pytest.mark.long
def test_repository_of_500_mb(node: Node) -> None:
    large, noise = node.repo("acme/large"), random.Random(5)
    large.git("config", "core.bigFileThreshold", "1m")  # the server looks for no likeness in noise, which takes minutes
    sums = {}
    for name in map(str, range(10)):
        data = noise.randbytes(50_000_000)
        sums[name] = hashlib.sha256(data).hexdigest()
        large.commit({name: data})
    node.repo("acme/small", {"x": "1"})
    node.want("acme/large", "acme/small")
    tracemalloc.start()
    try:
        assert node.sync() == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
    for name, digest in sums.items():
        assert hashlib.sha256((node.root / "acme/large" / name).read_bytes()).hexdigest() == digest
    assert node.server.sent["acme/large"] > 500_000_000


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><title>Sign in</title>"])
def test_page_of_one_line_is_not_told_as_a_missing_ref(node: Node, body: bytes) -> None:
    pair = Pair(node)
    node.server.faults["acme/bad"] = Status(200, body, kind="text/html")
    assert node.sync() == 1
    assert "no Git repository at all" in node.of("acme/bad")["lastError"]
    pair.check_healed()


def test_ref_that_is_no_text_is_refused_by_name(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one@a\ud800b")
    assert node.sync() == 1
    assert "not a legal branch, tag or commit" in node.of("acme/one")["lastError"]
