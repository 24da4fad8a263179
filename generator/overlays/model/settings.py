"""What a repository or a platform team says about lint in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from overlays.model.budget import DEFAULT, Budget
from overlays.model.finding import Finding, Location, Severity


class Suppression(NamedTuple):
    """Findings of one code that are meant to be there. where: its place in the configuration.

    path: glob of the files, from the root of what is linted. reason: never empty.
    """

    where: Location
    code: str
    path: str
    reason: str


class Suppressed(NamedTuple):
    """A finding that fails nothing, and why."""

    finding: Finding
    by: Suppression


class Settings(NamedTuple):
    """profiles: empty when nothing is said. severities: by code, None for off. tools: names that others provide.

    idle: what the configuration says without any effect.
    """

    profiles: tuple[str, ...] = ()
    severities: Mapping[str, Severity | None] = MappingProxyType({})
    suppressions: tuple[Suppression, ...] = ()
    tools: tuple[str, ...] = ()
    budget: Budget = DEFAULT
    idle: tuple[Finding, ...] = ()


NONE: Final = Settings()
