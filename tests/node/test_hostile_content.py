"""Hostile names, attributes, texts and code, published by a real sync: bytes stay bytes, and nothing of it runs."""

# ruff: noqa: PTH113, PTH114, PTH115, PTH118, PTH123, PTH208
from __future__ import annotations

import json
import os
import pathlib
import tracemalloc

import pytest

from overlays_node.config import Source
from overlays_node.items import WORKFLOWS, survey
from tests.support.git_http import Status
from tests.support.git_repo import WHO, Content, Files, Submodule, Symlink
from tests.support.node import Node

# Names. They are bytes, which pathlib does not take.

NAMES: tuple[bytes, ...] = (
    b"new\nline",
    b"two\r\nlines\n",
    b"\xff\xfe\x80",
    b"half\xc3",
    b"\x1b]0;title\x07\x1b[2J",
    b"\x01\x7f",
    b"quote\"back\\slash'",
    b"-rf",
    b"--upload-pack=touch owned",
    b" ",
    b"end ",
    b"end.",
    b"a:b",
    b"a\\b",
    b"CON",
    b"aux.txt",
    b"$(touch owned)",
    b"%2F",
    b"*?[x]~^",
    "\u202egnp.exe".encode(),
    "\u00e9".encode(),
    "e\u0301".encode(),
    "\ud800".encode("utf-8", "surrogatepass"),
    b"...",
    b"HEAD",
    b"config",
    b"n" * 255,
)
CASES = (b"readme", b"README", b"ReadMe", b"D/x", b"d/x", b"d/X")


def tree_of(node: Node, repo: str) -> bytes:
    return os.fsencode((node.root / repo).resolve(strict=True))


def contents(top: bytes) -> dict[bytes, bytes]:
    """Path -> bytes, or the target of a link, of all that a published tree holds besides its .git."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if os.path.join(folder, name) != top + b"/.git"]
        for path in (os.path.join(folder, name) for name in (*names, *folders)):
            if os.path.islink(path):
                found[os.path.relpath(path, top)] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, top)] = file.read()
    return found


def test_names_are_served_byte_for_byte(node: Node) -> None:
    wanted = {name: b"<" + name + b">" for name in (*NAMES, *(b"in/" + name + b"/x" for name in NAMES), *CASES)}
    node.repo("acme/one", {os.fsdecode(path): data for path, data in wanted.items()})
    node.want("acme/one", public=("acme/one",))
    assert node.sync() == 0
    assert contents(tree_of(node, "acme/one")) == wanted
    assert contents(tree_of(node, "public/acme/one")) == wanted
    assert sorted(os.listdir(node.folder)) == ["overlay-manifest.json", "remotes", "root"]


def test_log_and_status_stay_json_whatever_the_names(node: Node) -> None:
    bad: dict[str, Content] = {os.fsdecode(name): Symlink("/etc/" + "x" * at) for at, name in enumerate(NAMES)}
    node.repo("acme/left-out", bad)
    for number, name in enumerate(NAMES):
        node.repo(f"acme/long-{number}", {os.fsdecode(name[:60] * 300)[:300]: "x"})
    node.want(*node.repos)
    assert node.sync() == 1
    events = node.events()  # each line was read as JSON
    assert {event["path"] for event in events if event["event"] == "left-out"} == set(bad)
    assert node.of("acme/left-out")["leftOut"] == len(bad)
    told = [event["reason"] for event in events if event["event"] == "repository-failed"]
    assert len(told) == len(NAMES)
    assert all(reason.isprintable() and "which is the limit" in reason for reason in told)
    raw = (node.root / ".status.json").read_bytes()
    assert raw.isascii()
    assert json.loads(raw) == node.status()


# What git would do to files on a checkout, and programs that it would ask.

ATTRIBUTES = """\
* text=auto eol=crlf ident
*.utf16 working-tree-encoding=UTF-16LE
*.secret filter=git-crypt diff=git-crypt
*.bin filter=lfs diff=lfs merge=lfs -text
*.run filter=run
hidden export-ignore
version export-subst
"""
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1234\n".format("4d7a2146" * 8)


def test_attributes_have_no_say_and_no_filter_runs(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    files: Files = {
        ".gitattributes": ATTRIBUTES,
        "in/.gitattributes": "[attr]binary -text\n* binary !eol\n",
        ".lfsconfig": f"[lfs]\n\turl = {node.server.base}/lfs\n",
        ".gitconfig": '[filter "run"]\n\tsmudge = touch owned\n[core]\n\thooksPath = hooks\n',
        "hooks/post-checkout": "#!/bin/sh\ntouch owned\n",
        "model.bin": POINTER,
        "lines": "one\ntwo\r\n$Id$ $Id: 0123 $\n",
        "in/lines": "one\ntwo\r\n",
        "text.utf16": "Grüße\n",
        "a.secret": b"\0GITCRYPT\0" + bytes(range(256)),
        "x.run": "as it is",
        "hidden": "still here",
        "version": "$Format:%H%n%an$",
    }
    node.repo("acme/one", files)
    home = node.folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text('[filter "run"]\n\tsmudge = touch owned\n\trequired = true\n')
    monkeypatch.setenv("HOME", str(home))
    node.want("acme/one")
    assert node.sync() == 0
    wanted = {path.encode(): data if isinstance(data, bytes) else str(data).encode() for path, data in files.items()}
    assert contents(tree_of(node, "acme/one")) == wanted
    assert {request.repo for request in node.server.requests} == {"acme/one"}  # nobody asked for the large file
    assert [*node.folder.rglob("owned")] == []


@pytest.mark.parametrize(
    ("attributes", "refused"),
    [
        (b"*.x text\n" * 300_000, False),
        (b"*.x " + b"a" * 3000 + b"\n", True),  # a long line: git would not read it, and says so
        (b"\0\xff\n" * 1000, False),
    ],
    ids=["large", "long line", "binary"],
)
def test_attributes_of_any_size_are_bytes_or_an_error(node: Node, attributes: bytes, refused: bool) -> None:
    node.repo("acme/one", {".gitattributes": attributes, "x": "1"})
    node.repo("acme/good", {"x": "1"})
    node.want("acme/one", "acme/good")
    assert node.sync() == (1 if refused else 0)
    if refused:
        assert "fsck error" in node.of("acme/one")["lastError"]
    else:
        assert contents(tree_of(node, "acme/one")) == {b".gitattributes": attributes, b"x": b"1"}
    assert node.text("acme/good/x") == "1"


def test_submodules_are_left_out_and_never_contacted(node: Node) -> None:
    node.server.faults["acme/inner"] = Status(200)
    url = node.server.url("acme/inner")
    modules = f'[submodule "inner"]\n\tpath = inner\n\turl = {url}\n\tupdate = !touch owned\n\tshallow = true\n'
    paths = ("inner", "deep/inner", os.fsdecode(b"odd\n\xff"))
    node.repo("acme/one", {".gitmodules": modules.replace("\tupdate = !touch owned\n", ""), "deep/x": "1"})
    node.repos["acme/one"].commit({path: Submodule("1" * 40) for path in paths})
    node.repo("acme/runs", {".gitmodules": modules})
    node.want("acme/one", "acme/runs")
    assert node.sync() == 1
    events = node.events()
    told = {(event["path"], event["reason"]) for event in events if event["event"] == "left-out"}
    assert told == {(path, "a submodule") for path in paths}
    assert node.text("acme/one/deep/x") == "1"
    assert "fsck error" in node.of("acme/runs")["lastError"]
    assert {request.repo for request in node.server.requests} == {"acme/one", "acme/runs"}
    assert [*node.folder.rglob("owned")] == []


# Commits.

TEXTS = {
    "escape": b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\x08\x7f",
    "every-byte": bytes(range(1, 256)) * 8,
    "json": b'", "ready": true, "x": "\n{"level": "error"}\n',
    "large": b"x" * 2_000_000,
    "empty": b"",
    "separators": "\u2028\u2029\u0085\u202e".encode(),
}


def test_no_commit_message_and_no_author_gets_anywhere(node: Node) -> None:
    for name, text in TEXTS.items():
        one = node.repo(f"acme/{name}")
        author = bytes(byte for byte in text[:2000] if byte not in b"\n<>\0") + b"Author <" + WHO.partition(b"<")[2]
        one.commit_tree(one.write_tree(("100644", b"x", one.write("blob", name.encode()))), who=author, message=text)
    node.want(*node.repos)
    assert node.sync() == 0
    for name in TEXTS:
        assert contents(tree_of(node, f"acme/{name}")) == {b"x": name.encode()}
    shown = (node.root / ".status.json").read_bytes() + json.dumps(node.events()).encode()
    assert b"Author" not in shown
    assert b"owned" not in shown
    assert all(byte >= 0x20 or byte == 0x0A for byte in shown)


# Code that is hard to read.


@pytest.mark.parametrize("char", [b"-", b"(", b"[", b'"""', b"'", b"\\\n", b"#", b"f'{", b"\n", b"WORKFLOW_NAME"])
def test_workflow_of_100_kb_of_one_sign_is_looked_at_in_little_memory(node: Node, char: bytes) -> None:
    hostile = (char * 100_000)[:100_000]
    node.repo("acme/one", {"workflows/bad.py": hostile, "workflows/good.py": 'WORKFLOW_NAME = "good"\n'})
    node.repos["acme/one"].commit({"workflows/worse.py": hostile + b'\nWORKFLOW_NAME = "x"\n' + hostile})
    node.want("acme/one")
    assert node.sync() == 0
    source = Source("acme/one", (("workflows", "workflows"),))
    tracemalloc.start()
    try:
        found = survey([source], lambda repo: node.root / repo)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (workflows,) = (served for served in found if served.surface == WORKFLOWS)
    winners = {choice.name: choice.winner.path for choice in workflows.choices if choice.winner is not None}
    assert winners["good"] == "good.py"
    assert "bad.py" not in winners.values()
    assert peak < 20 * len(hostile)
    tree = pathlib.Path(os.fsdecode(tree_of(node, "acme/one")))
    assert (tree / "workflows/bad.py").read_bytes() == hostile
