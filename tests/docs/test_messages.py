"""The two tables of messages in docs/operations.md: each is what the runtime says in its situation."""

from __future__ import annotations

import fnmatch
import pathlib
import ssl
import subprocess
import time
from collections.abc import Callable
from typing import Final

import pytest

from overlays_node import health
from overlays_node.config import digest_of
from overlays_node.credentials import Credential
from overlays_node.limits import Limits
from overlays_node.volume import Volume
from tests.support.chaos_mount import bound
from tests.support.git_http import Fault, GitServer, Hang, Status, Unauthorized
from tests.support.git_repo import GitRepo
from tests.support.helm import ROOT
from tests.support.node import Node

PAGE: Final = (ROOT / "docs" / "operations.md").read_text()
ONE: Final = "acme/one"
LOGIN_PAGE: Final = Status(200, b"<html>Who are you?</html>", kind="text/html")
LIAR: Final = Status(
    200,
    b"001e# service=git-upload-pack\n0000000f/etc HEAD\0\n0000",
    kind="application/x-git-upload-pack-advertisement",
)
MONTH: Final = 30 * 86400
Scene = Callable[[Node], None]


def messages(mark: str) -> list[str]:
    """First cells of the table after that mark, without backquotes."""
    table = PAGE.split(f"<!-- {mark} -->\n")[1].split("\n\n")[0].splitlines()
    return [line.split(" | ")[0].strip("| `") for line in table[2:]]


def is_said(message: str, text: str | None) -> bool:
    """Whether a text is that message; "…" stands for anything."""
    return fnmatch.fnmatchcase(text or "", message.replace("[", "[[]").replace("…", "*"))


def wants(ref: str = "", url: str | None = None, fault: Fault | None = None, **options: object) -> Scene:
    """The repository has two files and is wanted at that ref and URL; the server has that fault."""

    def scene(node: Node) -> None:
        node.repo(ONE, {"x": "1", "y": "2"})
        if fault is not None:
            node.server.faults[ONE] = fault
        node.want(f"{ONE}@{ref}" if ref else ONE, one=url or node.server.url(ONE))
        node.sync(**options)

    return scene


def with_token(text: str | None, host: str = "127.0.0.1") -> Scene:
    """The server wants a token, and the file with ours has this text."""

    def scene(node: Node) -> None:
        file = node.folder / "token"
        if text is not None:
            file.write_text(text)
        url = node.server.url(ONE).replace("127.0.0.1", host)
        credential = Credential("bot", file, (host,))
        wants(url=url, fault=Unauthorized("bot", "right"))(node)
        node.sync(credential)

    return scene


def of_repo(change: Callable[[GitRepo], str]) -> Scene:
    """Something is done to the repository; the ref that is wanted comes of it."""

    def scene(node: Node) -> None:
        wants(change(node.repo(ONE, {"x": "1"})))(node)

    return scene


def tag_of_a_file(repo: GitRepo) -> str:
    repo.tag("t", repo.write("blob", b"x"))
    return "t"


def look_alike(repo: GitRepo) -> str:
    repo.commit_tree(repo.write_tree(("100644", b".GIT", repo.write("blob", b"x"))))
    return "main"


def no_default_branch(node: Node) -> None:
    node.repo(ONE, {"x": "1"}).git("symbolic-ref", "HEAD", "refs/heads/trunk")
    wants()(node)


def pin_is_taken(node: Node) -> None:
    repo = node.repo(ONE, {"x": "1"})
    short = repo.refs()["refs/heads/main"][:8]
    wants(short)(node)
    repo.commit({"x": "2"}, branch=short)
    node.sync()


def not_ours_to_move(node: Node) -> None:
    there = node.root / ONE
    there.mkdir(parents=True)
    with bound(there, there):
        wants()(node)


def sha256(node: Node) -> None:
    path = node.server.root / f"{ONE}.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--object-format=sha256", path], check=True)
    commit = git(path, "commit-tree", "-m", "x", git(path, "mktree"))
    git(path, "update-ref", "HEAD", commit)
    node.want(ONE)
    node.sync()


def git(path: pathlib.Path, *args: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"]
    command = ["git", *who, *args]
    return subprocess.run(command, cwd=path, input="", check=True, capture_output=True, text=True).stdout.strip()


def unknown_certificate(node: Node) -> None:
    file, key = node.folder / "certificate.pem", node.folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=git server"]
    subprocess.run([*command, "-keyout", key, "-out", file], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    with GitServer(node.folder / "tls", tls=context) as server:
        wants(url=server.url(ONE))(node)


ERRORS: Final[dict[str, Scene]] = {
    "ref '…' does not exist: the remote has no such branch or tag": wants("v9"),
    "ref '…' does not exist: no branch, tag or commit of that name": wants("0123456"),
    "ref '…' was a commit and is now also a branch or tag: write all 40 digits of the commit": pin_is_taken,
    "git fetch: … not our ref …": wants("1" * 40),
    "… is not a commit, or moved while it was fetched": of_repo(tag_of_a_file),
    "the remote has no default branch with a commit": no_default_branch,
    "the remote lists no branch and no tag: an empty repository, or no Git repository at all": wants(fault=LOGIN_PAGE),
    "this is a SHA-256 repository; only SHA-1 repositories are supported": sha256,
    "the remote says … for …, which is no commit id": wants(fault=LIAR),
    "ref '…' is not a legal branch, tag or commit": wants("-x"),
    "git ls-remote: … could not read Username for '…': terminal prompts disabled": wants(fault=Status(401)),
    "git ls-remote: … could not read Password for '…': terminal prompts disabled": with_token(None),
    "git ls-remote: … Authentication failed for '…'": with_token("wrong"),
    "git ls-remote: … repository '…' not found": wants(fault=Status(404)),
    "git ls-remote: … The requested URL returned error: 403": wants(fault=Status(403)),
    "git ls-remote: … The requested URL returned error: 429": wants(fault=Status(429)),
    "git ls-remote: … The requested URL returned error: 5…": wants(fault=Status(503)),
    "git ls-remote: … (a token is never sent over http)": with_token("right", "localhost"),
    "git ls-remote: … Failed to connect to …": wants(url="http://127.0.0.1:9/acme/one.git"),
    "git ls-remote: … Could not resolve host: …": wants(url="https://git.invalid/acme/one.git"),
    "git ls-remote: … certificate …": unknown_certificate,
    "git …: no answer within … s": wants(fault=Hang(), timeout=1),
    "git fetch: … hasDotgit: contains '.git'; …": of_repo(look_alike),
    "the commit holds more than … files, which is the limit": wants(limits=Limits(files=1, min_free=0)),
    "what is at … cannot be replaced (…): remove it by hand": not_ours_to_move,
    "out of space: … MiB of … MiB are free, and …% of the volume must stay free": wants(limits=Limits(min_free=1)),
}


@pytest.mark.parametrize("message", ERRORS)
def test_error_is_what_the_page_says(message: str, node: Node) -> None:
    ERRORS[message](node)
    said = node.of(ONE)["lastError"]
    assert is_said(message, said), said


def test_every_error_of_the_page_has_a_scene() -> None:
    assert messages("errors") == [*ERRORS]


def reason(node: Node, *, pod: str | None = None, later: float = 0) -> str:
    """What `ready` says."""
    volume = Volume(node.root)
    status = health.read(volume)
    mine = status.pod if status is not None and pod is None else pod
    digest = digest_of(node.manifest.read_bytes())
    return health.why_not_ready(volume, status, digest, mine, time.time() + later) or "ready"


def nothing_yet(node: Node) -> str:
    node.want(ONE)
    return reason(node)


def other_pod(node: Node) -> str:
    wants()(node)
    return reason(node, pod="another")


def first_pass(node: Node) -> str:
    wants()(node)
    status = node.root / ".status.json"
    status.write_text(status.read_text().replace('"finishedAt": "', '"finishedAt": null, "was": "'))
    return reason(node)


def no_pass_for_a_month(node: Node) -> str:
    wants()(node)
    return reason(node, later=MONTH)


def no_set(node: Node) -> str:
    wants("v9")(node)
    return reason(node)


def new_list(node: Node) -> str:
    wants()(node)
    node.want(ONE, "acme/none")
    node.sync()
    return reason(node)


def bad_list(node: Node) -> str:
    wants()(node)
    node.manifest.write_text("{}")
    node.sync()
    return reason(node)


def incomplete(node: Node) -> str:
    node.repo(ONE, {"x": "1"})
    node.want(ONE, "acme/none")
    node.sync()
    return reason(node)


REASONS: Final[dict[str, Callable[[Node], str]]] = {
    "no sync has run here": nothing_yet,
    "the status is of another pod: …": other_pod,
    "the first pass is still running": first_pass,
    "the last pass ended at …, more than … s ago": no_pass_for_a_month,
    "there is no set yet; missing: … (…)": no_set,
    "the current set was made from another manifest; missing: … (…)": new_list,
    "the current set was made from another manifest: the manifest cannot be used: …": bad_list,
    "the current set is incomplete; missing: … (…)": incomplete,
}


@pytest.mark.parametrize("message", REASONS)
def test_reason_is_what_the_page_says(message: str, node: Node) -> None:
    said = REASONS[message](node)
    assert is_said(message, said), said


def test_every_reason_of_the_page_has_a_scene() -> None:
    assert messages("reasons") == [*REASONS]
