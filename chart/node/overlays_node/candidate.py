"""Which set to install: the complete one of the mounted manifest, or, when the wait is over, what stands in for it."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Callable
from typing import NamedTuple

from overlays_node import NodeError, config, ending, health, log, sets
from overlays_node.agents import Agent
from overlays_node.config import Manifest, Source
from overlays_node.sets import OverlaySet
from overlays_node.volume import Volume

POLL = 0.5  # seconds between two looks
NONE, PREVIOUS, INCOMPLETE = "none", "previous", "incomplete"
FALLBACKS = (NONE, PREVIOUS, INCOMPLETE)


class Published(NamedTuple):
    """The current set: its directory, links resolved, so that it stays the same one, and its record."""

    folder: pathlib.Path
    record: OverlaySet


class Candidate(NamedTuple):
    """A set to install. Of those `listed` in its manifest, it has the repositories of `sources`, not of `lacking`.

    `fallback` is PREVIOUS or INCOMPLETE when it stands in for the right set. `agent` is who gets it, None for no one in
    particular: always by the lists of the mounted manifest, also when the set is of another one.
    """

    folder: pathlib.Path
    record: OverlaySet
    listed: tuple[Source, ...]
    sources: tuple[Source, ...]
    lacking: tuple[str, ...]
    fallback: str | None
    agent: Agent | None = None

    @property
    def name(self) -> str:
        """Its id."""
        return self.folder.name


def current(volume: Volume) -> Published | None:
    """The current set; None when there is none, or it cannot be read."""
    folder = pathlib.Path(os.path.realpath(volume.current))
    record = sets.load(volume, folder.name) if sets.ID.fullmatch(folder.name) else None
    return None if record is None else Published(folder, record)


def judge(found: Published | None, manifest: Manifest, fallback: str) -> Candidate | None:
    """The current set as one to install, if it is the right one or `fallback` lets it stand in."""
    if found is None:
        return None
    mine, whole = found.record.manifest_digest == manifest.digest, found.record.complete
    sources = manifest.sources if mine else found.record.sources
    if sources is None or fallback not in _least(mine=mine, whole=whole):
        return None
    there = {member.repository.repo for member in found.record.members}
    return Candidate(
        found.folder,
        found.record,
        sources,
        tuple(one for one in sources if one.repo in there),
        tuple(dict.fromkeys(one.repo for one in sources if one.repo not in there)),
        None if mine and whole else PREVIOUS if whole else INCOMPLETE,
    )


def _least(*, mine: bool, whole: bool) -> tuple[str, ...]:
    """The values of `fallback` that take such a set."""
    return FALLBACKS if mine and whole else (PREVIOUS, INCOMPLETE) if whole else (INCOMPLETE,)


def tell(candidate: Candidate) -> None:
    """Say so when it stands in for the right set."""
    facts = {
        "set": candidate.name,
        "manifestDigest": candidate.record.manifest_digest,
        "lacking": list(candidate.lacking),
    }
    if candidate.fallback == PREVIOUS:
        log.warning("installing-previous", reason="the set of another manifest stands in", **facts)
    elif candidate.fallback == INCOMPLETE:
        log.error("installing-incomplete", reason="a set that lacks repositories stands in", **facts)


def wait_for(
    volume: Volume,
    manifest_file: pathlib.Path,
    *,
    until: float,
    fallback: str,
    agent: str | None = None,
    meanwhile: Callable[[Agent], None] = lambda _: None,
) -> Candidate:
    """The complete set of the manifest, which is read anew at each look, or at that monotonic time a fallback.

    `meanwhile` is called when an agent has to wait, and again when its lists are others then. Raises NodeError: there
    is none of them, or no manifest, or no agent of that name in it.
    """
    begun, told, waiting = time.monotonic(), False, None
    while True:
        ending.look()
        manifest = config.read_manifest(manifest_file)
        asking = None if agent is None else _agent(manifest, agent)
        found = current(volume)
        now = time.monotonic()
        candidate = judge(found, manifest, NONE if now < until else fallback)
        if candidate is not None:
            return candidate._replace(agent=asking)
        if asking is not None and asking != waiting:
            waiting = asking
            meanwhile(asking)
        reason = _why_not(volume, found, manifest)
        if now >= until:
            after = f" after {until - begun:.0f} s" if until - begun >= 1 else ""
            raise NodeError(f"no complete set of this manifest{after}: {reason}")
        if not told:
            log.info("waiting-for-set", reason=reason)
            told = True
        time.sleep(min(POLL, until - now))


def _agent(manifest: Manifest, name: str) -> Agent:
    for one in manifest.agents:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in manifest.agents) or "none"
    raise NodeError(f"there is no agent {name!r} in the manifest; its agents: {known}")


def _why_not(volume: Volume, found: Published | None, manifest: Manifest) -> str:
    """What is current, and which repositories it lacks with their last errors."""
    if found is None:
        first = f"there is no set in {volume.root} yet"
    elif found.record.manifest_digest != manifest.digest:
        first = f"the current set {found.folder.name} was made from another manifest"
    else:
        first = f"the current set {found.folder.name} is incomplete"
    there = {member.repository for member in found.record.members} if found else set()
    status = health.read(volume)
    known = status.repositories if status is not None else {}
    errors = {repo: one.last_error for repo, one in known.items()}
    missing = [one.repo for one in manifest.repositories if one not in there]
    lines = [first]
    if missing:
        lines.append("missing: " + ", ".join(f"{repo} ({errors.get(repo) or 'waiting'})" for repo in missing))
    if status is None:
        lines.append("no sync has run here")
    elif status.manifest_error or status.pass_error:
        lines.append(f"the last pass failed: {status.manifest_error or status.pass_error}")
    return "; ".join(lines)
