"""The command line: `python3 -m overlays_node COMMAND`. Each flag has a variable OVERLAYS_<NAME>."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from overlays_node import NodeError, candidate, config, ending, follow, health, log, sets, sync
from overlays_node.credentials import Credential
from overlays_node.flags import Parser, address, count, one_of, patience, place, seconds, share
from overlays_node.git import limit_memory
from overlays_node.items import SURFACES
from overlays_node.limits import Limits
from overlays_node.volume import Volume, writer_lock
from overlays_node.writer import Options

OK, FAILED, INTERRUPTED = 0, 1, 130
LOCK_WAIT = 5.0  # seconds that `reset` waits for a sync to end
POLL = 0.5  # seconds between two looks of `ready --wait`
GITHUB_USER = "x-access-token"  # the name that goes with every kind of GitHub token


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
    ready.flag("wait", patience, default=0, text="wait up to so many seconds until it is ready")
    status = commands.add_parser("status", help="print what is served")
    status.flag("root", place, text="the cache directory")
    status.switch("json", text="print one JSON document")
    check = commands.add_parser("check", help="exit 1 when one of the paths is not served; list other missing ones")
    check.flag("manifest", place, text="the manifest file that is mounted")
    check.flag("root", place, text="the cache directory")
    check.add_argument("paths", nargs="*", metavar="OWNER/NAME/PATH", help="must be there")
    _add_install(commands.add_parser("install", help="copy what agents may use to where they see it"))
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
    command.optional("listen", address, text="HOST:PORT or :PORT for /metrics, /readyz, /livez and /status")
    command.optional("github-token-file", place, text="a file with a token for github.com")
    command.optional("git-username", str, text="the user name that goes with --git-token-file")
    command.optional("git-token-file", place, text="a file with a token or password for --git-token-host")
    served = "a host that --git-token-file serves; may be repeated"
    command.several("git-token-host", str, metavar="HOST[:PORT]", text=served)


def _add_install(command: Parser) -> None:
    command.flag("manifest", place, text="the manifest file that is mounted")
    command.flag("root", place, text="the cache directory")
    command.flag("dest", place, text="the directory to install into; it is made when it is not there")
    only = f"install this surface and no other; may be repeated ({', '.join(SURFACES)})"
    command.several("surface", one_of(*SURFACES), metavar="NAME", text=only)
    command.optional("agent", str, text="install what this agent of the manifest may have, and nothing else")
    command.flag("wait", patience, default=300, text="seconds to wait for the complete set of the manifest (300)")
    command.flag(
        "fallback",
        one_of(*candidate.FALLBACKS),
        default=candidate.NONE,
        metavar="|".join(candidate.FALLBACKS),
        text="what to install when the wait is over: nothing, the complete set of another manifest, or whatever is "
        "current, an incomplete set too (none)",
    )
    command.switch("follow", text="stay, and install anew whenever the set or the manifest changes")
    command.flag("interval", seconds, default=5, text="with --follow: seconds from one look to the next (5)")


def credentials(command: Parser, options: argparse.Namespace) -> tuple[Credential, ...]:
    """The tokens of the command line; those for named hosts come first, so they win on github.com too."""
    hosts = tuple(options.git_token_host)
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
    ending.at_sigterm(FAILED if options.once else OK)
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
    except ending.Terminated:
        log.info("stopped", reason="SIGTERM")
        raise


def run_ready(top: Parser, options: argparse.Namespace) -> int:
    """Say on one line whether the mounted manifest is served. Raises NodeError: no manifest."""
    ending.at_sigterm(FAILED)
    volume = Volume(options.root)
    pod = None if options.any_pod else socket.gethostname()
    deadline = time.monotonic() + options.wait
    while True:
        ending.look()
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


def run_install(top: Parser, options: argparse.Namespace) -> int:
    """Copy what won into a directory of agents. Raises NodeError: it cannot be done, or there is no set for it."""
    os.umask(0o022)  # who reads the copies may be another user
    ending.at_sigterm(OK if options.follow else FAILED)
    wanted = follow.Options(
        manifest=options.manifest,
        root=options.root,
        dest=options.dest,
        surfaces=tuple(options.surface) or SURFACES,
        wait=options.wait,
        fallback=options.fallback,
        interval=options.interval,
        agent=options.agent,
    )
    try:
        if options.follow:
            follow.follow(wanted)
        follow.run_once(wanted)
    except ending.Terminated:
        log.info("stopped", reason="SIGTERM")
        raise
    return OK


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
    "install": run_install,
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
    try:
        sys.exit(main())
    except ending.Terminated as end:
        end.leave()
