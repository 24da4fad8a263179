"""The node's cache against a plain serial clone/fetch/checkout loop, over a git server on this machine."""

from __future__ import annotations

import json
import os
import pathlib
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.git_server import Served, ServerProcess
from bench.going_round import Cost, GoingRound, loop, ours
from bench.overlay_repos import OverlayRepository
from tests.support.git_repo import GitRepo

REPOSITORIES = 50
UPDATED = 10
UPDATES = 100
MANY = 500
COLD_PAIRS = 3
STEADY_PAIRS = 15
MANY_PASSES = 3
PUSHES = 8
INTERVAL = 3  # seconds, where the time from a push to the file is measured
GRACE = 1  # seconds, where the disk is measured: nobody waits for an hour
SIDES = (ours, loop)
Pair = tuple[Cost, Cost]  # ours, the loop's


class Compared(NamedTuple):
    """Passes that took turns: medians of both sides, the median of the ratios of wall time, the ratio of all CPU."""

    ours: Cost
    loop: Cost
    wall: float
    cpu: float


class Updates(NamedTuple):
    """A life of both sides: what the server did in the first pass, the cost of all later ones, bytes on disk."""

    first: tuple[Served, Served]
    later: tuple[Cost, Cost]
    disk: tuple[int, int]


class Memory(NamedTuple):
    """Peaks in bytes: of the process itself, of the largest of it and the processes that it started."""

    itself: int
    largest: int


class Measured(NamedTuple):
    """Everything. `pinned` is a pass over commits; `delays` are seconds from a push to the file."""

    cold: Compared
    steady: Compared
    pinned: Cost
    updates: Updates
    delays: list[float]
    many_cold: Cost
    many: list[Cost]
    memory: dict[int, Memory]


class Place:
    """A folder with repositories, the server that serves them, manifests and cache directories."""

    def __init__(self, folder: pathlib.Path, server: ServerProcess) -> None:
        self.folder = folder
        self.server = server

    def manifest(self, name: str, refs: dict[str, str]) -> pathlib.Path:
        """A manifest of these repositories at these refs; "" is the default branch."""
        path = self.folder / f"{name}.json"
        entries = [
            {"repo": repo, "cloneUrl": f"{self.server.base}/{repo}.git", "visibility": "private", "ref": ref}
            for repo, ref in refs.items()
        ]
        path.write_text(json.dumps({"schemaVersion": 1, "repositories": entries, "sources": [], "digest": "sha256:0"}))
        return path

    def root(self, name: str) -> pathlib.Path:
        """A cache directory that nothing has used."""
        root = self.folder / "roots" / name
        root.mkdir(parents=True)
        return root


def measure(folder: pathlib.Path) -> Measured:
    """All of it, in a few minutes. Raises RuntimeError: one of the sides failed or serves the wrong commit."""
    repositories = {f"acme/overlay-{number:02d}": number for number in range(REPOSITORIES)}
    grown = _make_repositories(folder / "served", list(repositories))
    many = _make_small_repositories(folder / "served")
    refs = {repo: "main" if number % 2 else "" for repo, number in repositories.items()}
    memory = {}
    with ServerProcess(folder / "served") as server:
        place = Place(folder, server)
        manifest = place.manifest("manifest", refs)
        roots = place.root("ours"), place.root("loop")
        cold = _cold(place, manifest)
        with ours(manifest, roots[0], server) as mine, loop(manifest, roots[1], server) as other:
            steady = _compare([(mine.go(), other.go()) for _ in range(STEADY_PAIRS)])
        memory[REPOSITORIES] = Memory(mine.memory, mine.largest)
        commits = {repo: _served(roots[0], repo) for repo in refs}
        with ours(place.manifest("pinned", commits), roots[0], server) as pinned:
            pinned_cost = pinned.go()
        delays = _delays(place, manifest, roots[0], grown[0])
        updates = _updates(place, grown)
        with ours(place.manifest("many", dict.fromkeys(many, "")), place.root("many"), server) as mine:
            many_costs = [mine.go() for _ in range(MANY_PASSES)]
        memory[MANY] = Memory(mine.memory, mine.largest)
    return Measured(cold, steady, pinned_cost, updates, delays, mine.first, many_costs, memory)


def _make_repositories(served: pathlib.Path, names: Sequence[str]) -> list[OverlayRepository]:
    """The first ones, which will grow, each of its own making, the rest copies of them."""
    grown = [OverlayRepository(served / f"{name}.git", seed) for seed, name in enumerate(names[:UPDATED])]
    for number, name in enumerate(names[UPDATED:]):
        grown[number % UPDATED].copy(served / f"{name}.git")
    return grown


def _make_small_repositories(served: pathlib.Path) -> list[str]:
    """Names that all lead to one small repository: what a pass over them costs is a matter of their number."""
    small = GitRepo(served / "many" / "small.git")
    small.commit({f"tools/tool{number}/pyproject.toml": "[project]\n" for number in range(5)})
    names = [f"many/overlay-{number:03d}" for number in range(MANY)]
    for name in names:
        (served / f"{name}.git").symlink_to(small.path.name)
    return names


def _cold(place: Place, manifest: pathlib.Path) -> Compared:
    """First passes of new processes in empty directories."""

    def first(make: Callable[[pathlib.Path, pathlib.Path, ServerProcess], GoingRound], number: int) -> Cost:
        with make(manifest, place.root(f"cold-{make.__name__}-{number}"), place.server) as side:
            return side.first

    return _compare([(first(ours, number), first(loop, number)) for number in range(COLD_PAIRS)])


def _updates(place: Place, grown: Sequence[OverlayRepository]) -> Updates:
    """Every repository gets a commit, then both sides fetch, again and again."""
    names = [f"acme/{repository.path.stem}" for repository in grown]
    manifest = place.manifest("updates", dict.fromkeys(names, "main"))
    roots = place.root("updates-ours"), place.root("updates-loop")
    costs = []
    with (
        ours(manifest, roots[0], place.server, "--grace", str(GRACE)) as mine,
        loop(manifest, roots[1], place.server) as other,
    ):
        for _ in range(UPDATES):
            commits = [repository.grow() for repository in grown]
            costs.append((mine.go(), other.go()))
            for root in roots:
                if [_served(root, name) for name in names] != commits:
                    raise RuntimeError(f"{root}: an update did not arrive")
        time.sleep(2 * GRACE)
        mine.go()
    first = mine.first.served, other.first.served
    later = _sum([pair[0] for pair in costs]), _sum([pair[1] for pair in costs])
    return Updates(first, later, (_disk(roots[0]), _disk(roots[1])))


def _delays(place: Place, manifest: pathlib.Path, root: pathlib.Path, repository: OverlayRepository) -> list[float]:
    """Seconds from a push at any moment to the stable path that leads to it, in a loop that nobody wakes."""
    moments = random.Random(0)
    delays = []
    name = f"acme/{repository.path.stem}"
    with ours(manifest, root, place.server, "--interval", str(INTERVAL)):
        for _ in range(PUSHES):
            time.sleep(moments.uniform(0, INTERVAL))
            commit, pushed = repository.grow(), time.perf_counter()
            while _served(root, name) != commit:
                if time.perf_counter() - pushed > 20 * INTERVAL:
                    raise RuntimeError("a push did not arrive")
                time.sleep(0.01)
            delays.append(time.perf_counter() - pushed)
    return delays


def _served(root: pathlib.Path, repo: str) -> str:
    """The commit that is checked out there; both sides write it into the same file."""
    return (root / repo / ".git" / "HEAD").read_text().strip()


def _compare(pairs: Sequence[Pair]) -> Compared:
    return Compared(
        average([pair[0] for pair in pairs]),
        average([pair[1] for pair in pairs]),
        statistics.median(mine.wall / other.wall for mine, other in pairs),
        sum(mine.cpu for mine, _ in pairs) / sum(other.cpu for _, other in pairs),
    )


def average(costs: Sequence[Cost]) -> Cost:
    """Median of the wall times; means of CPU, which comes in steps of 10 ms, and of what the server did."""
    total, count = _sum(costs), len(costs)
    served = total.served
    return Cost(
        statistics.median(cost.wall for cost in costs),
        total.cpu / count,
        Served(round(served.requests / count), round(served.sent / count), served.cpu / count),
    )


def _sum(costs: Sequence[Cost]) -> Cost:
    served = [cost.served for cost in costs]
    return Cost(
        sum(cost.wall for cost in costs),
        sum(cost.cpu for cost in costs),
        Served(sum(one.requests for one in served), sum(one.sent for one in served), sum(one.cpu for one in served)),
    )


def _disk(root: pathlib.Path) -> int:
    """Bytes that everything below takes, hard links counted once."""
    found = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files, "."):
            status = pathlib.Path(folder, name).lstat()
            found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())
