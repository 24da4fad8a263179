"""What an agent may not get by way of a link: an item that its lists keep away, and the prompt where it gets none.

Any surface of any source of the same files counts, and every copy of an item, also one that another source hides. Who
has no link that leads out of its item never asks, and then nothing is searched.
"""

# Paths are text and os calls, as they are for what is copied.
# ruff: noqa: PTH118

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence

from overlays_node.agent_view import View
from overlays_node.config import Source
from overlays_node.finding import offer
from overlays_node.offer import LARGE, PROMPT, TWICE, UNNAMED
from overlays_node.places import parents

ALL = "all"  # the key of lists that keep nothing away
REASON = "a link to what the agent does not get"


def key_of(view: View) -> str:
    """A short name of the lists that hold: with other ones, other links are left out."""
    if not _limited(view):
        return ALL
    return _digest([sorted(view.lists.items()), view.agent.system_prompt])


def _limited(view: View) -> bool:
    return not view.agent.system_prompt or any(one is not None for one in view.lists.values())


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


class Hidden:
    """What is kept away in the files of one repository, which are below `root`, links resolved.

    `left` are the links that were left out for that, by their paths below the root. `key` names what decides.
    """

    def __init__(self, view: View, root: str, sources: Sequence[tuple[int, Source]]) -> None:
        self.root = root
        self.left: dict[str, None] = {}
        self.key = f"{key_of(view)}-{_digest([one.subdirs for _, one in sources])}"
        self._view = view
        self._sources = sources
        self._found: tuple[frozenset[str], frozenset[str], frozenset[str]] | None = None

    def hides(self, link: str, real: str) -> bool:
        """Whether such an item is where a link leads, or in it or around it; then the link is one that is left out."""
        away, above, _ = self._places()
        if real not in above and all(one not in away for one in (real, *parents(real))):
            return False
        self.left[link[len(self.root) + 1 :]] = None
        return True

    def covers(self, real: str) -> bool:
        """Whether the innermost item around a place, or at it, is such a one."""
        away, _, allowed = self._places()
        for one in (real, *parents(real)):
            if one in away or one in allowed:
                return one not in allowed
        return False

    def overlaps(self, surface: str, base: str) -> bool:
        """Whether what another list of things is about lies in that directory of a surface, or around it."""
        for _, source in self._sources:
            for other, subdir in source.subdirs:
                real = os.path.realpath(os.path.join(self.root, subdir))
                near = f"{real}/".startswith(f"{base}/") or f"{base}/".startswith(f"{real}/")
                if near and (other, real) != (surface, base):
                    return True
        return False

    def _places(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Those of what is kept away, the directories above them, and those of what is not."""
        if self._found is None:
            away, allowed = set[str](), set[str]()
            for name, surface, real in self._items():
                (allowed if name is not None and self._view.may_have(surface, name) else away).add(real)
            self._found = frozenset(away), frozenset(one for real in away for one in parents(real)), frozenset(allowed)
        return self._found

    def _items(self) -> Iterator[tuple[str | None, str, str]]:
        """Name, surface and place of everything that may be one; None: what name it has is not known."""
        for at, source in self._sources:
            for surface, subdir in source.subdirs:
                if surface != PROMPT and self._view.lists.get(surface) is None:
                    continue
                found = offer(surface, at, pathlib.Path(self.root), source, loose=False)
                for item in found.items:
                    yield item.name, surface, item.real
                for note in found.notes:
                    if note.about in (TWICE, LARGE, UNNAMED):
                        yield None, surface, os.path.realpath(os.path.join(self.root, subdir, note.path))


class Withheld:
    """That of all repositories. `view` is of the agent, None without one."""

    def __init__(self, view: View | None, sources: Sequence[Source], root_of: Callable[[str], pathlib.Path]) -> None:
        self._view = view if view is not None and _limited(view) else None
        self._sources = sources
        self._root_of = root_of
        self._known: dict[str, Hidden] = {}

    def of(self, repo: str) -> Hidden | None:
        """What is kept away in the files of a repository; None: nothing."""
        if self._view is None:
            return None
        if repo not in self._known:
            mine = [(at, one) for at, one in enumerate(self._sources) if one.repo == repo]
            self._known[repo] = Hidden(self._view, os.path.realpath(self._root_of(repo)), mine)
        return self._known[repo]

    def left(self) -> Iterator[tuple[str, str]]:
        """Repository and path of each link that was left out."""
        for repo, one in self._known.items():
            yield from ((repo, path) for path in one.left)
