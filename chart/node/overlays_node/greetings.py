"""What servers advertise, asked through helpers of git that stay open: one process, one connection, many repositories.

`git ls-remote` starts two programs and a new connection for each question. `git remote-http`, which it starts itself,
can download any number of URLs (the command "get" of gitremote-helpers, since git 2.38), with the same askpass, proxy,
certificates and limits. What it gives is the greeting of protocol version 0, as gitprotocol-http describes it.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Collection, Iterator
from typing import IO

from overlays_node.git import Git, GitStoppedError, GitTimeoutError
from overlays_node.limits import MIB, LimitError, size_of

START = b"001e# service=git-upload-pack\n0000"  # of the greeting of a smart server
LARGEST = 64 * MIB  # bytes of a greeting
LOOK = 250  # milliseconds between two looks at a greeting that is awaited


class Greetings:
    """Asks servers for their refs. Safe for threads; one helper serves one thread at a time, and one server only."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._idle: dict[tuple[str, str], list[subprocess.Popen[bytes]]] = {}
        self._guard = threading.Lock()
        self._pass = 0  # one more with each `close`
        self._able = True  # this git has the command

    def refs(self, session: Git, url: str, names: Collection[str], timeout: float) -> dict[str, str] | None:
        """Name -> id of those refs that are at that URL; `session` may be stopped meanwhile.

        None: no quick answer. `git ls-remote` then gives one, or says what is wrong. Raises GitTimeoutError,
        GitStoppedError; LimitError: the answer is too large.
        """
        parts = urllib.parse.urlsplit(url)
        server, begun = (parts.scheme, parts.netloc), self._pass
        helper = self._take(server, url)
        if helper is None:
            return None
        whole = False
        try:
            with tempfile.TemporaryDirectory(prefix="greeting.", dir=self._git.scratch) as folder:
                path = pathlib.Path(folder, "refs")
                whole = _get(helper, session, f"{url}/info/refs?service=git-upload-pack", path, timeout)
                return parse(path, names) if whole else None
        finally:
            if not (whole and self._keep(server, helper, begun)):
                self._git.end(helper)

    def _keep(self, server: tuple[str, str], helper: subprocess.Popen[bytes], begun: int) -> bool:
        """Let the next one ask this helper; False when the pass in which it began is over."""
        with self._guard:
            if begun == self._pass:
                self._idle.setdefault(server, []).append(helper)
            return begun == self._pass

    def close(self) -> None:
        """End the helpers that wait, so that no pass uses a token or an address of the one before."""
        with self._guard:
            idle = [helper for helpers in self._idle.values() for helper in helpers]
            self._idle.clear()
            self._pass += 1
        for helper in idle:
            self._git.end(helper)

    def _take(self, server: tuple[str, str], url: str) -> subprocess.Popen[bytes] | None:
        with self._guard:
            if not self._able:
                return None
            if self._idle.get(server):
                return self._idle[server].pop()
        helper = self._git.helper(["remote-http", "origin", url], url=url)
        if b"get" in _capabilities(helper):
            return helper
        self._git.end(helper)
        self._able = False
        return None


def _capabilities(helper: subprocess.Popen[bytes]) -> list[bytes]:
    """What the helper can do; it answers without asking the server."""
    assert helper.stdout is not None  # noqa: S101  (for mypy)
    _ask(helper, b"capabilities")
    found = []
    while line := helper.stdout.readline().strip():
        found.append(line)
    return found


def _ask(helper: subprocess.Popen[bytes], words: bytes) -> None:
    assert helper.stdin is not None  # noqa: S101  (for mypy)
    with contextlib.suppress(BrokenPipeError):  # then there is no answer either
        helper.stdin.write(words + b"\n")
        helper.stdin.flush()


def _get(helper: subprocess.Popen[bytes], session: Git, url: str, path: pathlib.Path, timeout: float) -> bool:
    """Let the helper write the answer into `path`; False when the server does not give it."""
    assert helper.stdout is not None  # noqa: S101  (for mypy)
    _ask(helper, b"get %b %b" % (url.encode(), os.fsencode(path)))
    deadline = time.monotonic() + timeout
    answer = select.poll()
    answer.register(helper.stdout, select.POLLIN)
    while not answer.poll(LOOK):
        if session.stopped:
            raise GitStoppedError("git remote-http: stopped")
        if time.monotonic() >= deadline:
            raise GitTimeoutError(f"git remote-http: no answer within {timeout:g} s")
        _check_size(size_of(path.parent))
    if helper.stdout.readline() != b"\n":
        return False
    _check_size(path.stat().st_size)
    return True


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise LimitError(f"the server lists more than {LARGEST // MIB} MiB of refs, which is the limit")


def parse(path: pathlib.Path, names: Collection[str]) -> dict[str, str] | None:
    """Those of the refs of a greeting in protocol version 0; None: something else, or not whole.

    A peeled tag is "name^{}". It is read line by line: it may be large.
    """
    wanted = {name.encode("utf-8", "surrogateescape"): name for name in names}
    found = {}
    try:
        with path.open("rb") as file:
            if file.read(len(START)) != START:
                return None
            for line in _lines(file):
                commit, _, name = line.partition(b"\0")[0].rstrip(b"\n").partition(b" ")
                if name in wanted:
                    found[wanted[name]] = commit.decode("ascii")
    except ValueError:
        return None
    return found


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Payloads of pkt-lines up to the flush that ends the file. Raises ValueError: it ends elsewhere."""
    while size := int(file.read(4), 16):
        line = file.read(size - 4)
        if size < 4 or len(line) != size - 4:
            raise ValueError(size)
        yield line
    if file.read(1):
        raise ValueError("there is more")
