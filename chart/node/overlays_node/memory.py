"""What a volume remembers of a writer that has ended: its status, and the last good commit of every request."""

from __future__ import annotations

import socket
from dataclasses import replace

from overlays_node import health, sets
from overlays_node.config import Repository
from overlays_node.state import RepositoryStatus, Status
from overlays_node.store import COMMIT_ID
from overlays_node.volume import Volume


def remembered(volume: Volume) -> dict[Repository, RepositoryStatus]:
    """The last good commit of every request that a set or the status on disk tells of."""
    known: dict[Repository, RepositoryStatus] = {}
    current = sets.current(volume)
    for found in [*sets.history(volume), *([] if current is None else [current])]:
        for member in found.members:
            asked, got = member.repository, member.resolved
            known[asked] = RepositoryStatus(asked.ref, asked.clone_url, got.commit, got.kind)
    status = health.read(volume)
    for repo, one in status.repositories.items() if status is not None else ():
        asked = Repository(repo, one.clone_url, one.ref)
        before = known.get(asked)
        if one.commit is None and before is not None:
            one = replace(one, commit=before.commit, kind=before.kind)
        known[asked] = one
    return {asked: one for asked, one in known.items() if one.commit is None or COMMIT_ID.fullmatch(one.commit)}


def last_status(volume: Volume, interval: float, timeout: float) -> Status:
    """The status to begin with. The boot id stays the old one until everything was checked."""
    status, before = Status(socket.gethostname(), health.now_text(), interval, timeout), health.read(volume)
    return status if before is None else replace(status, repositories=before.repositories, boot_id=before.boot_id)


def unverified(volume: Volume) -> set[str]:
    """Keys of the repositories whose trees may be damaged, because the machine went down meanwhile."""
    before = health.read(volume)
    rebooted = before is None or before.boot_id != health.boot_id()
    return {folder.name for folder in volume.trees.iterdir()} if rebooted else set()
