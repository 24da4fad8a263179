"""What is served: the current set, the public part of it, and what of earlier sets stays."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from overlays_node import NodeError, log, sets
from overlays_node.collect import Collector, Tree
from overlays_node.config import Manifest, Repository
from overlays_node.git import GitStoppedError
from overlays_node.limits import SpaceError
from overlays_node.merge_facts import ALL, PUBLIC
from overlays_node.merged import Merger
from overlays_node.sets import OverlaySet
from overlays_node.state import MergedStatus
from overlays_node.volume import Volume


class Publisher:
    """Decides whether a set may become current. Its trees are in place before it is shown here.

    `current` is the set that is served, `served` the requests in it, `problems` why the stable path of a repository
    does not lead there. `not_merged` tells, by pseudo-repository, why what won could not be merged.
    """

    def __init__(self, volume: Volume, grace: float, merger: Merger) -> None:
        self.current = sets.current(volume)
        self.served = _requests(self.current)
        self.problems: dict[str, str] = {}
        self.not_merged: dict[str, str] = {}
        self._needed: dict[str, int] = {}
        self._merger = merger
        self._volume = volume
        self._collector = Collector(volume, grace)
        self._public = Collector(volume.public, grace)

    @property
    def needed(self) -> int:
        """The room in bytes that it could not be merged for."""
        return max(self._needed.values(), default=0)

    @property
    def complete(self) -> bool:
        """Whether every repository of the current set's manifest is served, and no tree was lost since."""
        if self.current is None or not self.current.complete or self.problems:
            return False
        return all((self._volume.trees / tree).is_dir() for tree in self.current.trees.values())

    def show(self, asked: OverlaySet, manifest: Manifest, *, last: bool) -> None:
        """Make `asked`, which was made from this manifest, current if it may be; the public part in any case.

        `last`: no other set comes in this pass.
        """
        wanted = self._merged(asked, last=last) if self._may_follow(asked, manifest) else None
        if wanted is not None:
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

    def merged(self) -> dict[str, MergedStatus]:
        """What the status tells of the merged trees."""
        found = self._merger.status(self.current)
        for repo, reason in [*self.problems.items(), *self.not_merged.items()]:
            if repo in found or repo in self.not_merged:
                found[repo] = replace(found.get(repo, MergedStatus()), last_error=reason)
        return found

    def _merged(self, wanted: OverlaySet, *, last: bool) -> OverlaySet | None:
        """The set with what won of it, if its delivery asks for that; None: not now, or it could not be made."""
        with self._telling(ALL):
            return self._merger.with_merged(wanted, last=last)
        return None

    def _merged_public(self, wanted: OverlaySet, volume: Volume) -> OverlaySet | None:
        """The same for the public set. When it cannot be made, a set that shows nothing private stays as it is."""
        with self._telling(PUBLIC):
            return self._merger.with_public(wanted, volume)
        shown, public = sets.current(volume), {member.repository.repo for member in wanted.members}
        stays = shown is not None and all(member.repository.repo in public for member in shown.members)
        return None if stays else wanted

    @contextlib.contextmanager
    def _telling(self, repo: str) -> Iterator[None]:
        """Remember what goes wrong inside, and go on."""
        before = self.not_merged.pop(repo, None)
        self._needed.pop(repo, None)
        try:
            yield
            return
        except GitStoppedError:
            raise
        except (NodeError, OSError) as why:
            if isinstance(why, SpaceError):
                self._needed[repo] = why.needed
            reason = str(why)
        except Exception:  # our bug costs what is merged, not what is served
            log.error("internal-error", repository=repo, traceback=traceback.format_exc())
            reason = "internal error, see the log"
        self.not_merged[repo] = reason
        if reason != before:
            log.error("not-merged", repository=repo, reason=reason)

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
        complete = current.complete and len(there) == len(public)
        shown = {one.repository.repo for one in public}
        sources = None if current.sources is None else tuple(one for one in current.sources if one.repo in shown)
        asked = OverlaySet(current.manifest_digest, complete, there, current.delivery, sources)
        wanted = self._merged_public(asked, volume)
        if wanted is not None:
            sets.publish(volume, wanted)
            self._public.follow(wanted)


def _requests(one: OverlaySet | None) -> frozenset[Repository]:
    return frozenset() if one is None else frozenset(member.repository for member in one.members)
