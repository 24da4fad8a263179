"""The links of a repository, judged by the rules of the node on the files of an ordinary checkout."""

# The paths of links are bytes, which pathlib does not take.
# ruff: noqa: PTH115, PTH118

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping

from overlays.content import codes
from overlays.content.lint.tally import Tally
from overlays_node import links

SUBMODULE = "a submodule"  # as the node says it of what it left out


def check(tally: Tally, paths: Collection[str]) -> None:
    """Tell of the links at these paths that the node leaves out."""
    on_disk = _OnDisk(tally, paths)
    for path, reason in links.judge_links(on_disk, on_disk.kind).items():
        if path in on_disk.asked:
            tell(tally, os.fsdecode(path), reason)


def tell(tally: Tally, path: str, reason: str) -> None:
    """One link that is left out."""
    why = "links stay inside their repository and lead to something that is there"
    tally.tell(path, codes.LINK, reason, why, "copy the file, or link to it by a relative path inside the repository")


class _OnDisk(Mapping[bytes, bytes]):
    """Target of every link of the tree by its path, looked up when it is asked for; only the given ones are listed."""

    def __init__(self, tally: Tally, paths: Collection[str]) -> None:
        self.tally, self.root = tally, os.fsencode(tally.root)
        self.asked = {os.fsencode(path) for path in paths}
        self.known: dict[bytes, bytes | None] = {}

    def __getitem__(self, path: bytes) -> bytes:
        if path not in self.known:
            self.known[path] = self._target(path)
        target = self.known[path]
        if target is None:
            raise KeyError(path)
        return target

    def _target(self, path: bytes) -> bytes | None:
        if not self._delivered(path):
            return None
        try:
            return os.readlink(os.path.join(self.root, path))
        except (OSError, ValueError):
            return None

    def __iter__(self) -> Iterator[bytes]:
        return (path for path in self.asked if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def kind(self, path: bytes) -> str | None:
        """What a fetched tree has there."""
        try:
            mode = os.lstat(os.path.join(self.root, path)).st_mode if self._delivered(path) else 0
        except (OSError, ValueError):
            return None
        return links.FOLDER if stat.S_ISDIR(mode) else links.FILE if stat.S_ISREG(mode) else None

    def _delivered(self, path: bytes) -> bool:
        """Neither .git nor what Git ignores is part of a commit."""
        return path.split(b"/", 1)[0] != b".git" and not self.tally.skips(os.fsdecode(path))
