"""The command line: `python3 -m overlays_node COMMAND`. Each flag has a variable OVERLAYS_<NAME>."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

from overlays_node import NodeError, config, health, log, sets, sync
from overlays_node.credentials import Credential
from overlays_node.git import limit_memory
from overlays_node.limits import Limits
from overlays_node.volume import Volume, writer_lock
from overlays_node.writer import Options

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 64, 130
TRUE, FALSE = ("1", "true", "yes"), ("", "0", "false", "no")
LOCK_WAIT = 5.0  # seconds that `reset` waits for a sync to end
POLL = 0.5  # seconds between two looks of `ready --wait`
GITHUB_USER = "x-access-token"  # the name that goes with every kind of GitHub token


class _Terminated(SystemExit):
    """SIGTERM: leave everything as it is at this moment, which is always a state to go on from."""


class Parser(argparse.ArgumentParser):
    """Reads flags, then variables, then defaults; wrong usage ends with 64."""

    environment: Mapping[str, str] = os.environ

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")

    def flag(self, name: str, read: Callable[[str], Any], *, default: Any = None, text: str, **more: Any) -> None:
        """Add --name, which $OVERLAYS_NAME stands in for; required when it has no default."""
        variable = _variable(name)
        given = self.environment.get(variable, "")
        if given:
            default = self._read(variable, read, given)
        needed = default is None
        self.add_argument(f"--{name}", type=read, default=default, required=needed, help=text, **more)

    def optional(self, name: str, read: Callable[[str], Any], *, text: str) -> None:
        """Add --name that may be absent."""
        given = self.environment.get(_variable(name), "")
        default = self._read(_variable(name), read, given) if given else None
        self.add_argument(f"--{name}", type=read, default=default, help=text)

    def switch(self, name: str, *, text: str) -> None:
        """Add --name without a value."""
        given = self.environment.get(_variable(name), "").lower()
        if given not in (*TRUE, *FALSE):
            self.error(f"{_variable(name)}: {given!r} is neither true nor false")
        self.add_argument(f"--{name}", action="store_true", default=given in TRUE, help=text)

    def _read(self, variable: str, read: Callable[[str], Any], given: str) -> Any:
        try:
            return read(given)
        except (ValueError, argparse.ArgumentTypeError) as why:
            self.error(f"{variable}: {why}")


def _variable(name: str) -> str:
    return "OVERLAYS_" + name.upper().replace("-", "_")


def seconds(text: str) -> float:
    """A duration above 0: "30" -> 30, "0.5" -> 0.5."""
    value = float(_number(text, float, "a number of seconds"))
    return int(value) if value.is_integer() else value


def count(text: str) -> int:
    """A whole number above 0."""
    return int(_number(text, int, "a whole number"))


def _number(text: str, read: Callable[[str], Any], what: str) -> Any:
    try:
        value = read(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what} above 0")
    return value


def share(text: str) -> float:
    """A part of the volume: "20%" -> 0.2; 0% to 90%."""
    number = text[:-1] if text.endswith("%") else ""
    if not number.isdigit() or int(number) > 90:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0% to 90%")
    return int(number) / 100


def address(text: str) -> str:
    """A place to listen: ":9464", "127.0.0.1:9464", "[::1]:9464"."""
    port = text.rpartition(":")[2]
    if ":" not in text or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT or :PORT")
    return text


def place(text: str) -> pathlib.Path:
    """A path; git runs in another directory, so it is made absolute here."""
    if "\n" in text:
        raise argparse.ArgumentTypeError(f"{text!r} has a line feed, which git's helpers cannot take")
    return pathlib.Path(text).absolute()


def parser(environment: Mapping[str, str]) -> Parser:
    """All sub-commands and their flags, with defaults from these variables."""
    Parser.environment = environment
    top = Parser(
        prog="overlays_node", description="Keep the overlay repositories of one node in step with the manifest."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_sync(commands.add_parser("sync", help="fetch, publish, repeat"))
    ready = commands.add_parser("ready", help="exit 0 when this pod serves the complete mounted manifest, else 1")
    ready.flag("manifest", place, text="the manifest file that is mounted")
    ready.flag("root", place, text="the cache directory")
    ready.switch("any-pod", text="take the word of the sync of any pod, not of this one alone")
    ready.optional("wait", seconds, text="wait up to so many seconds until it is ready")
    status = commands.add_parser("status", help="print what is served")
    status.flag("root", place, text="the cache directory")
    status.switch("json", text="print one JSON document")
    check = commands.add_parser("check", help="exit 1 when one of the paths is not served; list other missing ones")
    check.flag("manifest", place, text="the manifest file that is mounted")
    check.flag("root", place, text="the cache directory")
    check.add_argument("paths", nargs="*", metavar="OWNER/NAME/PATH", help="must be there")
    reset = commands.add_parser("reset", help="take the stable paths away, so that something else can own them")
    reset.flag("root", place, text="the cache directory")
    return top


def _add_sync(command: Parser) -> None:
    command.flag("manifest", place, text="the manifest file, read anew in each pass")
    command.flag("root", place, text="the cache directory")
    command.switch("once", text="one pass, then exit: 0 when all of the manifest is served and up to date, else 1")
    command.flag("interval", seconds, default=30, text="seconds from one pass to the next (30)")
    command.flag("jobs", count, default=8, text="repositories worked on at a time (8)")
    command.flag("timeout", seconds, default=120, text="seconds for one answer of a remote (120)")
    command.flag("fetch-timeout", seconds, default=900, text="seconds for one fetch (900)")
    command.flag(
        "grace", seconds, default=3600, text="seconds that a commit stays after it stopped being current (3600)"
    )
    command.flag("min-free", share, default="20%", text="part of the volume that stays free (20%%)")
    command.optional("listen", address, text="HOST:PORT or :PORT for /metrics, /readyz and /livez")
    command.optional("github-token-file", place, text="a file with a token for github.com")
    command.optional("git-username", str, text="the user name that goes with --git-token-file")
    command.optional("git-token-file", place, text="a file with a token or password for --git-token-host")
    hosts = Parser.environment.get("OVERLAYS_GIT_TOKEN_HOST", "")
    command.add_argument(
        "--git-token-host",
        nargs="+",
        action="extend",
        default=None,
        metavar="HOST[:PORT]",
        help="a host that --git-token-file serves; may be repeated",
    )
    command.set_defaults(hosts=hosts.replace(",", " ").split())


def credentials(command: Parser, options: argparse.Namespace) -> tuple[Credential, ...]:
    """The tokens of the command line; those for named hosts come first, so they win on github.com too."""
    hosts = tuple(options.git_token_host or options.hosts)
    given = [options.git_username, options.git_token_file, hosts]
    if any(given) and not all(given):
        command.error("--git-username, --git-token-file and --git-token-host belong together")
    found = []
    if options.git_token_file is not None:
        found.append(Credential(options.git_username, options.git_token_file, hosts))
    if options.github_token_file is not None:
        found.append(Credential(GITHUB_USER, options.github_token_file, ("github.com:443",)))
    return tuple(found)


def run_sync(top: Parser, options: argparse.Namespace) -> int:
    """Run the writer. Raises NodeError: it cannot start."""
    granted = credentials(top, options)
    os.umask(0o022)  # everything published is read by other users
    limit_memory()
    signal.signal(signal.SIGTERM, partial(_terminate, FAILED if options.once else OK))
    try:
        return sync.sync(
            Options(
                manifest=options.manifest,
                root=options.root,
                once=options.once,
                interval=options.interval,
                jobs=options.jobs,
                timeout=options.timeout,
                fetch_timeout=options.fetch_timeout,
                grace=options.grace,
                limits=Limits(min_free=options.min_free),
                listen=options.listen,
                credentials=granted,
            )
        )
    except _Terminated:
        log.info("stopped", reason="SIGTERM")
        raise


def _terminate(status: int, *_: object) -> NoReturn:
    raise _Terminated(status)


def run_ready(top: Parser, options: argparse.Namespace) -> int:
    """Say on one line whether the mounted manifest is served. Raises NodeError: no manifest."""
    signal.signal(signal.SIGTERM, partial(_terminate, FAILED))  # process 1 would not end otherwise
    volume = Volume(options.root)
    pod = None if options.any_pod else socket.gethostname()
    deadline = time.monotonic() + (options.wait or 0)
    while True:
        digest = config.digest_of(config.read_bytes(options.manifest))
        reason = health.why_not_ready(volume, health.read(volume), digest, pod, time.time())
        left = deadline - time.monotonic()
        if reason is None or left <= 0:
            break
        time.sleep(min(POLL, left))
    sys.stdout.write("ready\n" if reason is None else f"not ready: {reason}\n")
    return OK if reason is None else FAILED


def run_status(top: Parser, options: argparse.Namespace) -> int:
    """Print the status file. Raises NodeError: there is none."""
    volume = Volume(options.root)
    status = health.read(volume)
    if status is None:
        raise NodeError(f"{volume.status}: no sync has run here")
    document = health.document(volume, status)
    sys.stdout.write(json.dumps(document, indent=2) + "\n" if options.json else health.describe(volume, status))
    return OK


def run_check(top: Parser, options: argparse.Namespace) -> int:
    """Say which of the given paths, and which others of the manifest, are not served. Raises NodeError: no manifest."""
    manifest = config.read_manifest(options.manifest)
    named = [f"{source.repo}/{path}" for source in manifest.sources for _, path in source.subdirs]
    missing = [path for path in dict.fromkeys([*options.paths, *named]) if not (options.root / path).exists()]
    for path in missing:
        told = "missing" if path in options.paths else "default, not there"
        sys.stdout.write(f"{told}: {path}\n")
    wrong = [path for path in missing if path in options.paths]
    sys.stdout.write(f"{len(options.paths) - len(wrong)} of {len(options.paths)} paths that were set are there\n")
    return FAILED if wrong else OK


def run_reset(top: Parser, options: argparse.Namespace) -> int:
    """Give the directory back to its owner. Raises NodeError: a sync runs, or there is no cache."""
    volume = Volume(options.root)
    if not volume.sets.is_dir():
        raise NodeError(f"{volume.root}: there is no cache of this program here")
    with writer_lock(volume, LOCK_WAIT):
        removed = sets.reset(volume)
    sys.stdout.write(f"{removed} stable paths removed; what they led to is left in {volume.trees}: delete it by hand\n")
    return OK


COMMANDS: Mapping[str, Callable[[Parser, argparse.Namespace], int]] = {
    "sync": run_sync,
    "ready": run_ready,
    "status": run_status,
    "check": run_check,
    "reset": run_reset,
}


def main(args: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run one sub-command; the exit status: 0 fine, 1 failed or not ready, 64 wrong usage, 130 interrupted."""
    top = parser(environment)
    options = top.parse_args(args)
    try:
        return COMMANDS[options.command](top, options)
    except (NodeError, OSError) as why:  # an OSError is the volume's: full, read-only, gone
        log.error("failed", command=options.command, reason=str(why))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
