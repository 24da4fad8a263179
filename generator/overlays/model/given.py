"""What a consumer is given of the skills that are served: one directory in which each of them is once."""

from __future__ import annotations

from typing import NamedTuple

from overlays.model.winners import Copy


class GivenSkill(NamedTuple):
    """One of them. name: of its copy. copy: where it comes from. shadows: "owner/name" of the copies that it hides."""

    name: str
    copy: Copy
    preload: bool
    shadows: tuple[str, ...]


class Given(NamedTuple):
    """agent: "" for a pod without one. directory: in which the skills are, as the consumer sees it.

    volume: that directory in the pods of the chart; False when the user named another one.
    skills: by name.
    """

    agent: str
    directory: str
    volume: bool
    skills: tuple[GivenSkill, ...]
