"""Stable paths: <root>/<owner>/<name> leads through .current to the files of the current set."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Collection, Iterable

from overlays_node import log
from overlays_node.volume import Volume, link_target, real_directory


def _target(owner: str, name: str) -> str:
    return f"../.current/{owner}/{name}"


def place(volume: Volume, repos: Iterable[str], *, replace: bool) -> dict[str, str]:
    """Lead the stable paths of these repositories to the current set; why some do not, by repository.

    What another cache left at such a path is served until there is a complete set; with `replace` it makes way.
    """
    problems = {}
    for repo in repos:
        try:
            _place(volume, repo, replace=replace)
        except OSError as why:
            problems[repo] = f"what is at {volume.root / repo} cannot be replaced ({why.strerror}): remove it by hand"
    return problems


def _place(volume: Volume, repo: str, *, replace: bool) -> None:
    owner, _, name = repo.partition("/")
    folder, link = volume.root / owner, volume.root / owner / name
    if not real_directory(folder):
        if _stands(folder) and not replace:
            return
        _take_over(volume, folder)
        folder.mkdir()
    target = _target(owner, name)
    if link_target(link) == target or (_stands(link) and not replace):
        return
    if real_directory(link):
        _take_over(volume, link)
    elif _stands(link):
        log.warning("taken-over", path=str(link), what="a link or file of another cache")
    volume.link(link, target)


def _take_over(volume: Volume, path: pathlib.Path) -> None:
    if _stands(path):
        volume.discard(path)
        log.warning("taken-over", path=str(path), what="a directory, link or file of another cache")


def _stands(path: pathlib.Path) -> bool:
    return os.path.lexists(path)


def remove(volume: Volume, wanted: Collection[str]) -> int:
    """Remove our links to repositories that are not wanted; everything that is not ours stays. How many."""
    removed = 0
    for folder in sorted(volume.root.iterdir()):
        if folder.name.startswith(".") or not real_directory(folder):
            continue
        try:
            entries = [*folder.iterdir()]
        except OSError:  # it is not ours
            continue
        ours = [link for link in entries if link_target(link) == _target(folder.name, link.name)]
        gone = [link for link in ours if f"{folder.name}/{link.name}" not in wanted]
        for link in gone:
            log.info("repository-removed", repository=f"{folder.name}/{link.name}")
            link.unlink()
        removed += len(gone)
        if gone:
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()
    return removed
