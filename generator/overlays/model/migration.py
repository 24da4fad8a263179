"""What moves from `toolServer` into `overlays.sources`, and how its keys are named there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

KEYS: Final = ("repo", "ref", "subdir", "cloneUrl", "visibility", "extraSources")
"""The keys of toolServer that say which sources there are."""

NAMES: Final[Mapping[str, str]] = MappingProxyType({"subdir": "toolsSubdir"})
"""Keys that have another name in overlays.sources."""

EMPTY_IS_DEFAULT: Final = frozenset({"subdir", "workflowsSubdir", "skillsSubdir"})
"""Keys whose "" means the default in toolServer, and off in overlays.sources."""


class Wanted(NamedTuple):
    """The sources as toolServer says them once all files and flags are merged, keys as in overlays.sources.

    base: of the first source, `repo` first; nothing that no file or flag says, save `repo`.
    extra: of the others.
    said: `toolServer.extraSources` as it stands in the merged values.
    """

    base: Mapping[str, str]
    extra: tuple[Mapping[str, str], ...]
    said: tuple[Mapping[str, str], ...]
