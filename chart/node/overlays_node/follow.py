"""`install`: one run, or one after the other as long as somebody looks on."""

from __future__ import annotations

import pathlib
import time
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from overlays_node import NodeError, candidate, config, ending, log, pace
from overlays_node.destination import Destination
from overlays_node.install import install
from overlays_node.items import SURFACES
from overlays_node.volume import Volume, link_target
from overlays_node.withdraw import withdraw

TRIES = 5  # sets, one after the other, that are replaced and taken away while they are copied


@dataclass(frozen=True)
class Options:
    """What `install` is asked for; `wait` and `interval` in seconds."""

    manifest: pathlib.Path
    root: pathlib.Path
    dest: pathlib.Path
    surfaces: tuple[str, ...] = SURFACES
    wait: float = 300
    fallback: str = candidate.NONE
    interval: float = 5
    agent: str | None = None


def run_once(options: Options) -> None:
    """Install the set of the manifest. Raises NodeError: it is not installed, or not all of it."""
    destination = _opened(options)
    try:
        _install(options, destination, options.wait)
    finally:
        destination.close()


def follow(options: Options) -> NoReturn:
    """Install, and install anew whenever the current set or the manifest changes. What fails is tried again later.

    Raises NodeError: the destination cannot be used at all.
    """
    destination, volume = _opened(options), Volume(options.root)
    seen, wait, failures, retry_at, told, quiet = None, options.wait, 0, 0.0, "", False
    while True:
        ending.look()
        now = _signature(options, volume)
        if now != seen or time.monotonic() >= retry_at:
            try:
                _install(options, destination, wait, quiet=quiet)
            except NodeError as why:
                failures += 1
                retry_at = time.monotonic() + pace.pause(failures, options.interval, None)
                if str(why) != told:
                    log.error("not-installed", reason=str(why))
                told = str(why)
            else:
                failures, retry_at, told, quiet = 0, float("inf"), "", True
            seen, wait = now, 0
        time.sleep(options.interval)


def _opened(options: Options) -> Destination:
    """The destination. Raises NodeError: it and the cache are one in the other, or it cannot be made."""
    root, dest = options.root.resolve(), options.dest.resolve()
    if root in (dest, *dest.parents):
        raise NodeError(f"{options.dest}: is inside the cache {options.root}")
    if dest in root.parents:
        raise NodeError(f"{options.dest}: the cache {options.root} is inside it")
    return Destination(dest)


def _install(options: Options, destination: Destination, wait: float, *, quiet: bool = False) -> None:
    """Install one set; another one when the first is taken away meanwhile, because it is not current any more.

    `quiet`: nothing is said of items that are in place already.
    """
    volume, until = Volume(options.root), time.monotonic() + wait
    for tries_left in range(TRIES - 1, -1, -1):
        found = candidate.wait_for(
            volume,
            options.manifest,
            until=until,
            fallback=options.fallback,
            agent=options.agent,
            meanwhile=partial(withdraw, destination),
        )
        try:
            install(destination, found, options.surfaces, quiet=quiet)
            break
        except NodeError:
            if not tries_left or link_target(volume.current) == f"{volume.sets.name}/{found.name}":
                raise


def _signature(options: Options, volume: Volume) -> tuple[object, ...]:
    try:
        digest = config.digest_of(config.read_bytes(options.manifest))
    except NodeError as why:
        digest = str(why)
    return digest, link_target(volume.current)
