"""The only module that runs git: argument lists, a clean environment, one deadline, and credentials by askpass."""

from __future__ import annotations

import contextlib
import email.utils
import io
import os
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from overlays_node import NodeError
from overlays_node.credentials import ASKPASS, Credential, may_carry_token, prompts, redacted

OLDEST = (2, 30)
OLDEST_WITH_SETTINGS = (2, 32)  # the first that can leave out the files of a user whose HOME it sees
ASKPASS_NAME = "askpass"  # in the scratch folder
PASSED = ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO")  # all that git sees of our environment
KEPT_FROM_HELPERS = ("GIT_", "SSH_ASKPASS")  # how variables begin that git does not see in any case
LONGEST_REASON = 400  # characters of git's own words that a report repeats
WATCH = 0.25  # seconds between two looks at what a command writes
MOST_WORDS = 1 << 20  # bytes that it may say on stderr
MEMORY = 512 << 20  # bytes of data of each process; then git ends, and not the pod
STACK = 1 << 20  # bytes of a thread's stack
TRACE = re.compile(rb"[0-9:.]+ http\.c:[0-9]+ ")  # how a line of the curl trace begins
RETRY_AFTER = re.compile(rb"<= Recv header: retry-after: *([^\r\n]+)", re.IGNORECASE)
BUSY = re.compile(r"error: (429|503)\b")  # how git names the answers that may say when to come back
SETTINGS = (
    "core.bigFileThreshold=16m",  # larger blobs are not held in memory
    "core.fsync=none",  # the caller brings everything to the disk at once, before it is used
    "core.hooksPath=/dev/null",
    "fastimport.unpackLimit=1",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",  # one pack per fetch, never loose objects
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "maintenance.auto=false",
    "pack.threads=1",  # repositories are worked on in parallel already
    "pack.windowMemory=64m",
    "repack.writeBitmaps=false",
    "submodule.recurse=false",
    "transfer.fsckObjects=true",
    # Real repositories have these three. The look-alikes of .git stay errors.
    "fetch.fsck.badTimezone=ignore",
    "fetch.fsck.missingSpaceBeforeEmail=ignore",
    "fetch.fsck.zeroPaddedFilemode=ignore",
)
NO_HELPER = "credential.helper="


class GitError(NodeError):
    """A git command failed. The text is one line and holds no token.

    `retry_after` is what a server that is too busy asked for, in seconds.
    """

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class GitTimeoutError(GitError):
    """A git command ran out of time and was killed."""


class GitStoppedError(GitError):
    """`stop` was called: the command was killed, or not started."""


class Git:
    """Runs git. Safe for threads.

    `scratch` is a folder of the caller's where git runs and the askpass program lies. The first of `credentials` that
    serves a host is used. Every child keeps the descriptors of `inherit`: the writer's lock, say, which then stays
    held while a child of a killed writer lives. `user_settings` are (key, value) pairs of a user's own `credential.*`
    configuration, by which git asks the user's helpers for what no credential serves; helpers see the environment.
    """

    def __init__(
        self,
        scratch: pathlib.Path,
        *,
        credentials: Sequence[Credential] = (),
        inherit: Sequence[int] = (),
        user_settings: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.credentials = tuple(credentials)
        self.user_settings = tuple(user_settings)
        self.inherit = tuple(inherit)
        self.scratch = scratch.absolute()
        self._parent: Git | None = None
        self._running: dict[subprocess.Popen[bytes], Git] = {}  # and who started it
        self._guard = threading.Lock()
        self._stopped = False

    def session(self) -> Git:
        """The same for one job, which can be stopped alone; stopping this one stops its sessions too."""
        one = Git(self.scratch, credentials=self.credentials, inherit=self.inherit, user_settings=self.user_settings)
        one._parent, one._running, one._guard = self, self._running, self._guard
        return one

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called here or above."""
        return self._stopped or (self._parent is not None and self._parent.stopped)

    def run(
        self,
        args: Sequence[str],
        *,
        git_dir: pathlib.Path | None = None,
        url: str | None = None,
        local: bool = False,
        timeout: float,
        watch: Callable[[], None] | None = None,
        stdin: IO[bytes] | None = None,
    ) -> bytes:
        """Output of `git <args>`. `url` is the remote it talks to; `local` allows a remote that is a folder.

        `watch` is called while it runs and stops it by raising. Raises GitError: exit status other than 0;
        GitTimeoutError: timeout (seconds) over; then its whole process group is killed.
        """
        with self._started(args, git_dir, url, local, stdin or subprocess.DEVNULL) as (process, words):
            output = _output(process, words, args, timeout, watch)
            self._check(process, args, url, words)
            return output

    @contextlib.contextmanager
    def reading(
        self,
        args: Sequence[str],
        *,
        git_dir: pathlib.Path | None = None,
        url: str | None = None,
        stdin: IO[bytes] | None = None,
        timeout: float,
    ) -> Iterator[IO[bytes]]:
        """Output of `git <args>` as a stream. Raises GitError at the end, as run does."""
        late = threading.Event()
        with self._started(args, git_dir, url, False, stdin or subprocess.DEVNULL) as (process, words):
            alarm = threading.Timer(timeout, _expire, (late, process))
            alarm.daemon = True
            alarm.start()
            try:
                assert process.stdout is not None  # noqa: S101  (for mypy)
                yield process.stdout
                process.wait()
            finally:
                alarm.cancel()
            if late.is_set():
                raise _late(args, timeout)
            self._check(process, args, url, words)

    def helper(self, args: Sequence[str], *, url: str) -> subprocess.Popen[bytes]:
        """A git command that answers on its stdout what it is asked on its stdin, until `end`. Raises GitError."""
        command, environment = self._command(args, None, url), self._environment(url, False)
        del environment["GIT_TRACE_CURL"]  # nobody reads its stderr
        return self._start(command, environment, subprocess.PIPE, subprocess.DEVNULL)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a command that still runs, wait for it, and close what leads to it."""
        _kill(process)
        process.wait()
        _reap(process.pid)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        with self._guard:
            self._running.pop(process, None)

    def stop(self) -> None:
        """Kill what runs here and in sessions of this, and refuse to start another."""
        with self._guard:
            self._stopped = True
            for process, owner in self._running.items():
                if owner.stopped:
                    _kill(process)

    def version(self) -> tuple[int, int]:
        """Version of the git program: (2, 39). Raises GitError: there is none."""
        words = self.run(["--version"], timeout=30).decode("ascii", "replace")
        found = re.search(r"(\d+)\.(\d+)", words)
        if found is None:
            raise GitError(f"git --version: cannot be understood: {words.strip()!r}")
        return int(found[1]), int(found[2])

    def require(self) -> None:
        """Raises GitError: no git, or one that is too old."""
        version, oldest = self.version(), OLDEST_WITH_SETTINGS if self.user_settings else OLDEST
        if version < oldest:
            why = " for credential helpers" if self.user_settings else ""
            raise GitError(f"git {_dotted(version)} is too old: {_dotted(oldest)} or later is needed{why}")

    @contextlib.contextmanager
    def _started(
        self,
        args: Sequence[str],
        git_dir: pathlib.Path | None,
        url: str | None,
        local: bool,
        stdin: int | IO[bytes],
    ) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
        """The command, and the file that it writes its words to: what a server makes it say has no end."""
        with tempfile.TemporaryFile(dir=self.scratch) as words:
            process = self._start(self._command(args, git_dir, url), self._environment(url, local), stdin, words)
            try:
                yield process, words
            finally:
                self.end(process)

    def _start(
        self, command: list[str], environment: dict[str, str], stdin: int | IO[bytes], stderr: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        with self._guard:
            if self.stopped:
                raise GitStoppedError("git: stopped")
            try:
                process = subprocess.Popen(  # noqa: S603  (an argument list, never a shell)
                    command,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=environment,
                    cwd=self.scratch,  # with the ceiling below, no repository around us is found and read
                    bufsize=io.DEFAULT_BUFFER_SIZE * 32,
                    pass_fds=self.inherit,
                    start_new_session=True,
                )
            except OSError as why:
                raise GitError(f"git: cannot be run: {why.strerror}") from None
            self._running[process] = self
        return process

    def _command(self, args: Sequence[str], git_dir: pathlib.Path | None, url: str | None) -> list[str]:
        command = ["git"]
        for setting in SETTINGS if self._helpers(url) else (*SETTINGS, NO_HELPER):
            command += ["-c", setting]
        if git_dir is not None:
            command.append(f"--git-dir={git_dir}")
        return [*command, *args]

    def _environment(self, url: str | None, local: bool) -> dict[str, str]:
        """All that a git child sees. No file of the user or of the system is read: HOME is no directory.

        Helpers of the user see the environment and with it HOME, but git's own files are not read there either.
        """
        helpers = self._helpers(url)
        environment = {name: os.environ[name] for name in PASSED if os.environ.get(name)}
        if helpers:
            others = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_FROM_HELPERS)}
            environment = {**others, **environment, **_settings(self.user_settings)}
        environment.update(
            PATH=os.environ.get("PATH", os.defpath),
            HOME=os.environ.get("HOME", os.devnull) if helpers else os.devnull,
            LC_ALL="C",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_CEILING_DIRECTORIES=str(self.scratch.parent),
            GIT_TERMINAL_PROMPT="0",
            GIT_ALLOW_PROTOCOL="http:https:file" if local else "http:https",
            GIT_OPTIONAL_LOCKS="0",
        )
        if url is None:
            return environment
        if "SSL_CERT_FILE" in environment:  # which a git that was built with GnuTLS does not know
            environment.setdefault("GIT_SSL_CAINFO", environment["SSL_CERT_FILE"])
        environment.update(GIT_TRACE_CURL="1", GIT_TRACE_CURL_NO_DATA="1")  # headers on stderr, where _check reads them
        credential = self._credential(url)
        if credential is not None and may_carry_token(url):
            environment.update(self._askpass(url, credential))
        return environment

    def _helpers(self, url: str | None) -> bool:
        """Whether the user's helpers are asked for that URL: it is no credential's."""
        return bool(self.user_settings) and url is not None and self._credential(url) is None

    def _credential(self, url: str) -> Credential | None:
        return next((credential for credential in self.credentials if credential.serves(url)), None)

    def _askpass(self, url: str, credential: Credential) -> dict[str, str]:
        with self._guard:
            program = self.scratch / ASKPASS_NAME
            if not program.exists():
                program.write_text(ASKPASS, encoding="ascii")
                program.chmod(0o700)
        names, tokens = prompts(url, credential.username)
        return {
            "GIT_ASKPASS": str(program),
            "OVERLAYS_ASKPASS_NAME": "\n".join(names),
            "OVERLAYS_ASKPASS_TOKEN": "\n".join(tokens),
            "OVERLAYS_ASKPASS_USER": credential.username,
            "OVERLAYS_ASKPASS_FILE": str(credential.token_file),
        }

    def _check(self, process: subprocess.Popen[bytes], args: Sequence[str], url: str | None, file: IO[bytes]) -> None:
        if process.returncode == 0:
            return
        if self.stopped:
            raise GitStoppedError(f"git {args[0]}: stopped")
        if process.returncode < 0:
            raise GitError(f"git {args[0]}: killed by {signal.Signals(-process.returncode).name}")
        file.seek(max(_size(file) - MOST_WORDS, 0))
        words = file.read(MOST_WORDS)
        credential = None if url is None else self._credential(url)
        reason = _reason(redacted(words, credential)) or f"exit status {process.returncode}"
        if url is not None and credential is not None and not may_carry_token(url):
            reason += " (a token is never sent over http)"
        raise GitError(f"git {args[0]}: {reason}", _retry_after(words) if BUSY.search(reason) else None)


def _output(
    process: subprocess.Popen[bytes],
    words: IO[bytes],
    args: Sequence[str],
    timeout: float,
    watch: Callable[[], None] | None,
) -> bytes:
    """All of stdout. Raises GitTimeoutError, GitError: it says too much, and whatever `watch` raises."""
    deadline = time.monotonic() + timeout
    while True:
        left = max(deadline - time.monotonic(), 0)
        try:
            return process.communicate(timeout=min(left, WATCH))[0]
        except subprocess.TimeoutExpired:
            if time.monotonic() >= deadline:
                raise _late(args, timeout) from None
        if _size(words) > MOST_WORDS:
            raise GitError(f"git {args[0]}: the server says more than {MOST_WORDS >> 10} KiB besides its answer")
        if watch is not None:
            watch()


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _late(args: Sequence[str], timeout: float) -> GitTimeoutError:
    return GitTimeoutError(f"git {args[0]}: no answer within {timeout:g} s")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _settings(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The variables by which git takes settings; unlike its arguments, no other user of the machine sees them."""
    variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        variables.update({f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value})
    return variables


def _retry_after(words: bytes) -> float | None:
    """Seconds of the last Retry-After that the curl trace shows: a number, or a date."""
    found = RETRY_AFTER.findall(words)
    if not found:
        return None
    text = found[-1].decode("latin-1").strip()
    try:
        seconds = float(text) if text.isdigit() else email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(seconds, 0.0)


def limit_memory() -> None:
    """Limit the data of this process, and of every git and helper of git that it starts, which inherit that."""
    threading.stack_size(STACK)  # the stacks of threads count too
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the command and the helpers it started, also those that it left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _expire(late: threading.Event, process: subprocess.Popen[bytes]) -> None:
    late.set()
    _kill(process)


def _reap(group: int) -> None:
    """Wait for the helpers of a command that became our children, as they do where we are process 1."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


def _reason(words: bytes) -> str:
    """What git said, as one printable line: its own errors if there are any, else everything."""
    said = b"\n".join(line for line in words.split(b"\n") if not TRACE.match(line))
    lines = [" ".join(line.split()) for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))] or lines
    return "".join(char if char.isprintable() else "?" for char in "; ".join(told))[:LONGEST_REASON]
