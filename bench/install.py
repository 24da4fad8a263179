"""`overlays_node install` against `cp -r` of the same files, and what a run without change costs."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
from typing import NamedTuple

from bench.pairs import MEGABYTE, Run, run
from bench.targets import Target, at_most, table
from overlays_node.config import Repository, digest_of, parse_manifest
from overlays_node.sets import Member, OverlaySet, publish
from overlays_node.store import Resolved
from overlays_node.volume import Volume

ITEMS = (125, 250, 500, 1_000)
PROMISED = 500
"""Of these, the number that a figure was promised for."""
SOURCES = 10
FILES = 50
"""Of each item, SKILL.md included; 1 to 8 kB each."""
ROUNDS = 5
BEYOND = 2.0
"""Seconds that it may take longer than `cp -r`."""
COMMIT = "1" * 40


class Measured(NamedTuple):
    """Medians for so many items: a first run, `cp -r` of the same, the median of the differences, a second run."""

    first: Run
    copy: Run
    beyond: float
    again: Run
    size: int


def measure(folder: pathlib.Path) -> dict[int, Measured]:
    """The figures by number of items."""
    return {items: _measured(folder / f"{items}", items) for items in ITEMS}


def _measured(folder: pathlib.Path, items: int) -> Measured:
    manifest, root, plain = prepare(folder, items)
    dest, copied = folder / "dest", folder / "copied"
    command = [sys.executable, "-m", "overlays_node", "install", "--wait", "0"]
    install: list[str | pathlib.Path] = [*command, "--manifest", manifest, "--root", root, "--dest", dest]
    first, copies, again = [], [], []
    for _ in range(ROUNDS + 1):
        for path in (dest, copied):
            shutil.rmtree(path, ignore_errors=True)
        os.sync()  # what one side wrote costs the other nothing
        copies.append(run(["cp", "-r", plain, copied]))
        os.sync()
        first.append(run(install))
        again.append(run(install))
        same: list[str | pathlib.Path] = ["diff", "--recursive", "--brief", copied, dest / ".agents/skills"]
        subprocess.run(same, check=True)
    beyond = statistics.median(mine.wall - other.wall for mine, other in zip(first[1:], copies[1:], strict=True))
    size = sum(path.stat().st_size for path in plain.rglob("*") if path.is_file())
    return Measured(_median(first[1:]), _median(copies[1:]), beyond, _median(again[1:]), size)


def _median(runs: list[Run]) -> Run:
    return Run(statistics.median(one.wall for one in runs), int(statistics.median(one.memory for one in runs)))


def prepare(folder: pathlib.Path, items: int) -> tuple[pathlib.Path, pathlib.Path, pathlib.Path]:
    """A manifest, a cache with its set, and a plain directory of the same skills."""
    repos = [f"acme/overlay-{number}" for number in range(SOURCES)]
    document = {
        "schemaVersion": 1,
        "repositories": [{"repo": repo, "cloneUrl": f"https://git.example/{repo}.git"} for repo in repos],
        "sources": [{"repo": repo, "skills": ".agents/skills", "tools": "tools"} for repo in repos],
    }
    volume, manifest, plain = Volume(folder / "root"), folder / "overlay-manifest.json", folder / "plain"
    volume.create()
    data = json.dumps(document).encode()
    manifest.write_bytes(data)
    members = tuple(
        Member(Repository(repo, f"https://git.example/{repo}.git"), Resolved(COMMIT, "branch")) for repo in repos
    )
    for number in range(items):
        member = members[number % SOURCES]
        _write_skill(volume.trees / member.tree / ".agents/skills", f"skill-{number:05d}")
        _write_skill(plain, f"skill-{number:05d}")
    publish(volume, OverlaySet(digest_of(data), True, members, sources=parse_manifest(data).sources))
    return manifest, volume.root, plain


def _write_skill(folder: pathlib.Path, name: str) -> None:
    skill = folder / name
    for number in range(1, FILES):
        file = skill / f"part-{number % 5}" / f"{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name} {number}\n" * (1 + 331 * number % 500))
    (skill / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Does it.\n---\n" + "Do it.\n" * 150)


def targets(measured: dict[int, Measured]) -> list[Target]:
    """The promised figures."""
    promised = measured[PROMISED]
    small, large = ITEMS[0], ITEMS[-1]
    ratio = measured[large].first.wall / measured[small].first.wall / (large / small)
    return [
        at_most(f"{PROMISED} items of {FILES} files: beyond `cp -r`", BEYOND, promised.beyond, "{:.2f} s"),
        at_most(f"{large} items: of {large // small} × the time of {small}", 1.5, ratio, "{:.2f} ×"),
        at_most(f"memory with {large} items", 60, measured[large].first.memory / MEGABYTE, "{:.0f} MB"),
    ]


def report(measured: dict[int, Measured]) -> str:
    """The section of RESULTS.md."""
    lines = [
        "## `overlays_node install` against `cp -r`",
        "",
        f"Skills of {FILES} files, {SOURCES} sources, into a directory on the same file system. Medians of {ROUNDS}.",
        "",
        "| items | files | size | install | `cp -r` | beyond it | again, without change | memory |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {items:,} | {items * FILES:,} | {one.size / MEGABYTE:.0f} MB | {one.first.wall:.2f} s "
            f"| {one.copy.wall:.2f} s | {one.beyond:.2f} s | {one.again.wall:.2f} s "
            f"| {one.first.memory / MEGABYTE:.0f} MB |"
            for items, one in measured.items()
        ),
    ]
    return "\n\n".join("\n".join(part) for part in (lines, table(targets(measured)))) + "\n"
