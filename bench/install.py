"""`overlays_node install` against `cp -r` of the same files, and what a run without change costs."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
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
LOOSE = 200_000
"""Files of no item in one repository, which is the limit of one, with paths of about 145 bytes; and the memory, in MB,
that they may take: the container of the chart has 512."""
MEMORY = 400
SHARE = 50
SKILLS = 5_000
FEW = 10
"""One agent's share, and the skills of all sources, with so few files; and the promised seconds, on a warm cache."""
AT_ONCE = 1.0
COMMIT = "1" * 40


class Measured(NamedTuple):
    """Medians for so many items: a first run, `cp -r` of the same, the median of the differences, a second run."""

    first: Run
    copy: Run
    beyond: float
    again: Run
    size: int


class Results(NamedTuple):
    """The figures by number of items; of LOOSE files, and of one agent's SHARE: a first run, and one without change."""

    items: dict[int, Measured]
    loose: tuple[Run, Run]
    share: tuple[Run, Run]


def measure(folder: pathlib.Path) -> Results:
    """All figures."""
    share = _share(folder / "share")  # first: the memory of a child begins with that of this process, which grows
    items = {number: _measured(folder / f"{number}", number) for number in ITEMS}
    return Results(items, _loose(folder / "loose"), share)


def _share(folder: pathlib.Path) -> tuple[Run, Run]:
    """Skills under another name, one of them preloaded."""
    name = f"area0-skill-{0:05d}"
    agent = {"name": "reviewer", "skills": ["area0-*"], "preload": [name], "mountAs": {"skills": "team"}}
    volume, manifest, members = _cache(folder, agents=[agent])
    for number in range(SKILLS):
        member = members[number % SOURCES]
        skill = f"area{number % (SKILLS // SHARE)}-skill-{number:05d}"
        _write_skill(volume.trees / member.tree / ".agents/skills", skill, FEW)
    command = [*_command(manifest, volume.root, folder / "dest"), "--agent", "reviewer"]
    first, again = [], []
    for _ in range(ROUNDS + 1):
        shutil.rmtree(folder / "dest", ignore_errors=True)
        os.sync()
        first.append(run(command))
        again.append(run(command))
    there = [path.name for path in (folder / "dest/.agents/skills").iterdir()]
    if len(there) != SHARE or f"team-{name}" not in there:
        raise AssertionError(f"{len(there)} skills are installed")
    return _median(first[1:]), _median(again[1:])


def _loose(folder: pathlib.Path) -> tuple[Run, Run]:
    volume, manifest, (member, *_) = _cache(folder)
    for number in range(LOOSE):
        file = volume.trees / member.tree / f"tools/{'d' * 60}-{number % 500}" / f"{'f' * 60}-{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    command = _command(manifest, volume.root, folder / "dest")
    return run(command), run(command)


def _command(manifest: pathlib.Path, root: pathlib.Path, dest: pathlib.Path) -> list[str | pathlib.Path]:
    command = [sys.executable, "-m", "overlays_node", "install", "--wait", "0"]
    return [*command, "--manifest", manifest, "--root", root, "--dest", dest]


def _measured(folder: pathlib.Path, items: int) -> Measured:
    manifest, root, plain = prepare(folder, items)
    dest, copied = folder / "dest", folder / "copied"
    install = _command(manifest, root, dest)
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
    volume, manifest, members = _cache(folder)
    plain = folder / "plain"
    for number in range(items):
        member = members[number % SOURCES]
        _write_skill(volume.trees / member.tree / ".agents/skills", f"skill-{number:05d}")
        _write_skill(plain, f"skill-{number:05d}")
    return manifest, volume.root, plain


def _cache(
    folder: pathlib.Path, agents: Sequence[Mapping[str, object]] = ()
) -> tuple[Volume, pathlib.Path, tuple[Member, ...]]:
    """A cache with a set, the manifest, and the members of the set, whose trees are still empty."""
    repos = [f"acme/overlay-{number}" for number in range(SOURCES)]
    document = {
        "schemaVersion": 1,
        "repositories": [{"repo": repo, "cloneUrl": f"https://git.example/{repo}.git"} for repo in repos],
        "sources": [{"repo": repo, "skills": ".agents/skills", "tools": "tools"} for repo in repos],
        "agents": [*agents],
    }
    volume, manifest = Volume(folder / "root"), folder / "overlay-manifest.json"
    volume.create()
    data = json.dumps(document).encode()
    manifest.write_bytes(data)
    members = tuple(
        Member(Repository(repo, f"https://git.example/{repo}.git"), Resolved(COMMIT, "branch")) for repo in repos
    )
    for member in members:
        (volume.trees / member.tree).mkdir(parents=True)
    publish(volume, OverlaySet(digest_of(data), True, members, sources=parse_manifest(data).sources))
    return volume, manifest, members


def _write_skill(folder: pathlib.Path, name: str, files: int = FILES) -> None:
    skill = folder / name
    for number in range(1, files):
        file = skill / f"part-{number % 5}" / f"{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name} {number}\n" * (1 + 331 * number % 500))
    (skill / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Does it.\n---\n" + "Do it.\n" * 150)


def targets(measured: Results) -> list[Target]:
    """The promised figures."""
    items = measured.items
    promised = items[PROMISED]
    small, large = ITEMS[0], ITEMS[-1]
    ratio = items[large].first.wall / items[small].first.wall / (large / small)
    return [
        at_most(f"{PROMISED} items of {FILES} files: beyond `cp -r`", BEYOND, promised.beyond, "{:.2f} s"),
        at_most(f"{large} items: of {large // small} × the time of {small}", 1.5, ratio, "{:.2f} ×"),
        at_most(f"memory with {large} items", 60, items[large].first.memory / MEGABYTE, "{:.0f} MB"),
        at_most(
            f"memory with {LOOSE:,} files of no item, also in a run without change",
            MEMORY,
            max(one.memory for one in measured.loose) / MEGABYTE,
            "{:.0f} MB",
        ),
        at_most(f"one agent's {SHARE} of {SKILLS:,} skills", AT_ONCE, measured.share[0].wall, "{:.2f} s"),
        at_most("the same, memory", 60, measured.share[0].memory / MEGABYTE, "{:.0f} MB"),
    ]


def report(measured: Results) -> str:
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
            for items, one in measured.items.items()
        ),
    ]
    first, again = measured.share
    share = (
        f"One agent's {SHARE} of {SKILLS:,} skills of {FEW} files, under another name: {first.wall:.2f} s, again "
        f"without change {again.wall:.2f} s, {first.memory / MEGABYTE:.0f} MB."
    )
    return "\n\n".join("\n".join(part) for part in (lines, [share], table(targets(measured)))) + "\n"
