"""What is served: the current set, the public part of it, and what of earlier sets stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from overlays_node import log, sets
from overlays_node.collect import Collector, Tree
from overlays_node.config import Manifest, Repository
from overlays_node.sets import OverlaySet
from overlays_node.volume import Volume


class Publisher:
    """Decides whether a set may become current. Its trees are in place before it is shown here.

    `current` is the set that is served, `served` the requests in it, `problems` why the stable path of a repository
    does not lead there.
    """

    def __init__(self, volume: Volume, grace: float) -> None:
        self.current = sets.current(volume)
        self.served = _requests(self.current)
        self.problems: dict[str, str] = {}
        self._volume = volume
        self._collector = Collector(volume, grace)
        self._public = Collector(volume.public, grace)

    @property
    def complete(self) -> bool:
        """Whether every repository of the current set's manifest is served, and no tree was lost since."""
        if self.current is None or not self.current.complete or self.problems:
            return False
        return all(map(self._there, self.current.members))

    def show(self, wanted: OverlaySet, manifest: Manifest) -> None:
        """Make `wanted`, which was made from this manifest, current if it may be; the public part in any case."""
        if self._may_follow(wanted, manifest):
            changed, self.problems = sets.publish(self._volume, wanted)
            if changed:
                members = len(wanted.members)
                log.info("set-published", set=wanted.id, complete=wanted.complete, repositories=members)
            self.current, self.served = wanted, _requests(wanted)
            self._collector.follow(wanted)
        self._show_public(manifest)

    def collect(
        self, wanted: Iterable[tuple[Repository, str]], public: Collection[str], enough: Callable[[], bool]
    ) -> frozenset[Tree]:
        """Let go of sets and trees that nobody needs any more; the trees that stay.

        `wanted` are the last good commits of the manifest, `public` its public repositories. With little room more
        goes, until there is `enough`.
        """
        needed = {f"{repository.key}/{commit}": repository.repo for repository, commit in wanted}
        stay = self._collector.collect(needed, enough)
        if self._volume.public.sets.is_dir():
            self._public.collect([tree for tree, repo in needed.items() if repo in public], enough)
        return stay

    def _may_follow(self, wanted: OverlaySet, manifest: Manifest) -> bool:
        """Whether `wanted` may replace the current set.

        A complete one always. An incomplete one only where no complete one was served, and then only if no repository
        that is served now and still listed would be lost. What cannot be read counts as complete.
        """
        if wanted.complete:
            return True
        if self.current is None:
            return bool(wanted.members) and not self._volume.current.is_dir()
        return not self.current.complete and wanted.holds(self.current, manifest)

    def _there(self, member: sets.Member) -> bool:
        return self._volume.tree(member.repository.key, member.resolved.commit).is_dir()

    def _show_public(self, manifest: Manifest) -> None:
        """The public part of the current set; what the manifest calls private by now is out at once."""
        volume, current = self._volume.public, self.current
        if current is None:
            return
        private = {one.repo for one in manifest.repositories} - manifest.public
        public = [one for one in current.members if one.public and one.repository.repo not in private]
        there = tuple(one for one in public if volume.tree(one.repository.key, one.resolved.commit).is_dir())
        if not there and not volume.sets.is_dir():
            return
        volume.create_inside()
        wanted = OverlaySet(current.manifest_digest, current.complete and len(there) == len(public), there)
        sets.publish(volume, wanted)
        self._public.follow(wanted)


def _requests(one: OverlaySet | None) -> frozenset[Repository]:
    return frozenset() if one is None else frozenset(member.repository for member in one.members)
