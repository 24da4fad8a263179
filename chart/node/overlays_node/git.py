"""The only module that runs git: argument lists, a clean environment, one deadline, and credentials by askpass."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import pathlib
import re
import signal
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from overlays_node import NodeError

OLDEST = (2, 30)
PASSED = ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO")  # all that git sees of our environment
LONGEST_REASON = 400  # characters of git's own words that a report repeats
SETTINGS = (
    "core.hooksPath=/dev/null",
    "credential.helper=",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "transfer.fsckObjects=true",
    # Real repositories have these three. The look-alikes of .git stay errors.
    "fetch.fsck.badTimezone=ignore",
    "fetch.fsck.missingSpaceBeforeEmail=ignore",
    "fetch.fsck.zeroPaddedFilemode=ignore",
)
ASKPASS = """\
#!/bin/sh
# Answers the two questions of git about the server of one repository, and no other question.
nl='
'
case "$nl$OVERLAYS_ASKPASS_NAME$nl" in
*"$nl$1$nl"*) printf '%s\\n' "$OVERLAYS_ASKPASS_USER"; exit 0 ;;
esac
case "$nl$OVERLAYS_ASKPASS_TOKEN$nl" in
*"$nl$1$nl"*)
    token=
    IFS= read -r token < "$OVERLAYS_ASKPASS_FILE" || [ -n "$token" ] || exit 1
    printf '%s\\n' "$token"
    exit 0 ;;
esac
echo "no credentials are configured for this server" >&2
exit 1
"""


class GitError(NodeError):
    """A git command failed or ran out of time. The text is one line and holds no token."""


@dataclass(frozen=True)
class Credential:
    """A token file and the hosts it serves: "host" is that host at any port, "host:port" that port alone."""

    username: str
    token_file: pathlib.Path
    hosts: tuple[str, ...]

    def serves(self, url: str) -> bool:
        """Whether this token belongs to the server of that URL."""
        parts = urllib.parse.urlsplit(url)
        wanted = {host.lower() for host in self.hosts}
        host = (parts.hostname or "").lower()
        return host in wanted or f"{host}:{parts.port or _default_port(parts.scheme)}" in wanted

    def token(self) -> str:
        """First line of the token file, read now; "" when it cannot be read."""
        try:
            with self.token_file.open(encoding="utf-8", errors="replace") as file:
                return file.readline().rstrip("\r\n")
        except OSError:
            return ""


class Git:
    """Runs git. Safe for threads.

    `scratch` is a folder of the caller's where git runs and the askpass program lies. The first of `credentials` that
    serves a host is used. Every child keeps the descriptors of `inherit`: the writer's lock, say, which then stays
    held while a child of a killed writer lives.
    """

    def __init__(
        self, scratch: pathlib.Path, *, credentials: Sequence[Credential] = (), inherit: Sequence[int] = ()
    ) -> None:
        self.credentials = tuple(credentials)
        self.inherit = tuple(inherit)
        self.scratch = scratch.absolute()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._guard = threading.Lock()
        self._stopped = False

    def run(
        self,
        args: Sequence[str],
        *,
        git_dir: pathlib.Path | None = None,
        url: str | None = None,
        local: bool = False,
        timeout: float,
    ) -> bytes:
        """Output of `git <args>`. `url` is the remote it talks to; `local` allows a remote that is a folder.

        Raises GitError: exit status other than 0, or timeout (seconds) over; then its whole process group is killed.
        """
        with self._started(args, git_dir, url, local, subprocess.DEVNULL) as process:
            try:
                output, words = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                raise GitError(f"git {args[0]}: no answer within {timeout:g} s") from None
            self._check(process, args, url, words)
            return output

    @contextlib.contextmanager
    def reading(
        self, args: Sequence[str], *, git_dir: pathlib.Path, stdin: IO[bytes] | None = None, timeout: float
    ) -> Iterator[IO[bytes]]:
        """Output of a local `git <args>` as a stream. Raises GitError at the end, as run does."""
        with self._started(args, git_dir, None, False, stdin or subprocess.DEVNULL) as process:
            alarm = threading.Timer(timeout, _kill, (process,))
            alarm.daemon = True
            alarm.start()
            try:
                assert process.stdout is not None  # noqa: S101  (for mypy, like the next)
                assert process.stderr is not None  # noqa: S101
                yield process.stdout
                words = process.stderr.read()
                process.wait()
            finally:
                alarm.cancel()
            self._check(process, args, None, words)

    def stop(self) -> None:
        """Kill every running git and refuse to start another."""
        with self._guard:
            self._stopped = True
            for process in self._running:
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
        version = self.version()
        if version < OLDEST:
            raise GitError(f"git {'.'.join(map(str, version))} is too old: 2.30 or later is needed")

    @contextlib.contextmanager
    def _started(
        self,
        args: Sequence[str],
        git_dir: pathlib.Path | None,
        url: str | None,
        local: bool,
        stdin: int | IO[bytes],
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = self._start(self._command(args, git_dir), self._environment(url, local), stdin)
        try:
            yield process
        finally:
            _kill(process)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
            with self._guard:
                self._running.discard(process)

    def _start(
        self, command: list[str], environment: dict[str, str], stdin: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        with self._guard:
            if self._stopped:
                raise GitError("git: stopped")
            try:
                process = subprocess.Popen(  # noqa: S603  (an argument list, never a shell)
                    command,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=environment,
                    cwd=self.scratch,  # with the ceiling below, no repository around us is found and read
                    bufsize=io.DEFAULT_BUFFER_SIZE * 32,
                    pass_fds=self.inherit,
                    start_new_session=True,
                )
            except OSError as why:
                raise GitError(f"git: cannot be run: {why.strerror}") from None
            self._running.add(process)
            return process

    def _command(self, args: Sequence[str], git_dir: pathlib.Path | None) -> list[str]:
        command = ["git"]
        for setting in SETTINGS:
            command += ["-c", setting]
        if git_dir is not None:
            command.append(f"--git-dir={git_dir}")
        return [*command, *args]

    def _environment(self, url: str | None, local: bool) -> dict[str, str]:
        """All that a git child sees. No file of the user or of the system is read: HOME is no directory."""
        environment = {name: os.environ[name] for name in PASSED if os.environ.get(name)}
        environment.update(
            PATH=os.environ.get("PATH", os.defpath),
            HOME=os.devnull,
            LC_ALL="C",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_CEILING_DIRECTORIES=str(self.scratch.parent),
            GIT_TERMINAL_PROMPT="0",
            GIT_ALLOW_PROTOCOL="http:https:file" if local else "http:https",
            GIT_OPTIONAL_LOCKS="0",
        )
        credential = None if url is None else self._credential(url)
        if url is not None and credential is not None and may_carry_token(url):
            environment.update(self._askpass(url, credential))
        return environment

    def _credential(self, url: str) -> Credential | None:
        return next((credential for credential in self.credentials if credential.serves(url)), None)

    def _askpass(self, url: str, credential: Credential) -> dict[str, str]:
        with self._guard:
            program = self.scratch / "askpass"
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

    def _check(self, process: subprocess.Popen[bytes], args: Sequence[str], url: str | None, words: bytes) -> None:
        if process.returncode == 0:
            return
        if self._stopped:
            raise GitError(f"git {args[0]}: stopped")
        if process.returncode < 0:
            raise GitError(f"git {args[0]}: killed by {signal.Signals(-process.returncode).name}")
        credential = None if url is None else self._credential(url)
        reason = _reason(_redacted(words, credential)) or f"exit status {process.returncode}"
        if url is not None and credential is not None and not may_carry_token(url):
            reason += " (a token is never sent over http)"
        raise GitError(f"git {args[0]}: {reason}")


def may_carry_token(url: str) -> bool:
    """Whether a token may travel to that URL: https, or http to 127.0.0.1."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")


def prompts(url: str, username: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The exact questions git may ask about the server of that URL: for the name, for the password.

    "https://git.example/a.git", "bot" -> ("Username for 'https://git.example': ", …) and
    ("Password for 'https://bot@git.example': ", …), where … is the same with the default port spelled out.
    Git encodes the name in newer versions and did not in older ones.
    """
    parts = urllib.parse.urlsplit(url)
    default = _default_port(parts.scheme)
    places = [parts.netloc, parts.netloc.lower()]
    if parts.port is None:
        places += [f"{place}:{default}" for place in places]
    elif parts.port == default:
        places += [place.rpartition(":")[0] for place in places]
    users = (username, urllib.parse.quote(username, safe="-._~"))
    names = {f"Username for '{parts.scheme}://{place}': " for place in places}
    tokens = {f"Password for '{parts.scheme}://{user}@{place}': " for place in places for user in users}
    return tuple(sorted(names)), tuple(sorted(tokens))


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the command and the helpers it started."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _redacted(words: bytes, credential: Credential | None) -> bytes:
    """The words without the token, should a server repeat it."""
    token = b"" if credential is None else credential.token().encode()
    if credential is None or not token:
        return words
    basic = base64.b64encode(credential.username.encode() + b":" + token)
    return words.replace(token, b"***").replace(basic, b"***")


def _reason(words: bytes) -> str:
    """What git said, as one printable line: its own errors if there are any, else everything."""
    lines = [" ".join(line.split()) for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))] or lines
    return "".join(char if char.isprintable() else "?" for char in "; ".join(told))[:LONGEST_REASON]
