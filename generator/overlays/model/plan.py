"""The plan: every decision made from the values, before any byte is written."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from overlays.model.agent import Agent
from overlays.model.place import Pointer

__all__ = [
    "MERGED",
    "MERGED_PUBLIC",
    "SANDBOX_ROOT",
    "Agent",
    "Api",
    "Cache",
    "Delivery",
    "Mode",
    "Pairs",
    "Plan",
    "Pointer",
    "Repository",
    "Sandbox",
    "Source",
    "ToolRunner",
]

Pairs: TypeAlias = "tuple[tuple[str, str], ...]"
"""Ordered (name, text) pairs."""

SANDBOX_ROOT = "/home/agent/github"
"""Where sandboxes see the cache; fixed (contract: SB)."""

MERGED = "overlays/merged"
MERGED_PUBLIC = "overlays/merged-public"
"""The repositories that the cache makes with merged delivery: of all winners, and of those of public sources alone."""


class Mode(str, Enum):
    """Where the list of sources came from: `overlays.sources`, or `toolServer.*` when that list is empty."""

    EXPLICIT = "explicit"
    COMPAT = "compat"


class Delivery(str, Enum):
    """What consumers read: the directories of every source, or one directory of the winners."""

    SEPARATE = "separate"
    MERGED = "merged"


class Source(NamedTuple):
    """One enabled overlay source, defaults applied.

    repo: "owner/name".
    ref: as declared; "" is the remote's default branch.
    tools, workflows, skills, personas: relative directories, "" when the source does not serve the surface.
    prompt: relative path of a file, "" for none.
    clone_url, visibility: as this entry states them, "" when it states nothing.
    origin: the entry in the values.
    overrides: "surface/item" of what it means to shadow; None when it does not say.
    skills_preload: names of skills that are part of the prompt of every agent that may use them.
    """

    repo: str
    ref: str
    tools: str
    workflows: str
    skills: str
    personas: str
    prompt: str
    clone_url: str
    visibility: str
    origin: Pointer
    overrides: tuple[str, ...] | None = None
    skills_preload: tuple[str, ...] = ()


class Repository(NamedTuple):
    """One repository to cache, with everything that its entries state taken together.

    ref: effective; "" is the remote's default branch.
    clone_url, visibility: effective, never empty.
    clone_url_origin: the entry that states the clone URL, () when it is the default.
    states_visibility: some entry states the visibility.
    """

    repo: str
    ref: str
    clone_url: str
    visibility: str
    clone_url_origin: Pointer
    states_visibility: bool


class Cache(NamedTuple):
    """The repository cache. host_path is where the API and the cache see it; claim is "" unless it lives on a PVC."""

    enabled: bool
    host_path: str
    claim: str
    sync_interval: int
    extra_env: Pairs


class Sandbox(NamedTuple):
    """What sandboxes get besides the sources.

    extra_env: in byte order of the name. workspace: where the pod of the sandbox template has its installed copy.
    """

    repos_path: str
    extra_env: Pairs
    workspace: str


class Api(NamedTuple):
    """What the API gets besides the sources.

    extra_env: in byte order of the name, without SESSION_SANDBOX_EXTRA_ENV.
    sandbox_entries: what the user put into SESSION_SANDBOX_EXTRA_ENV, in the user's order.
    prompt_dir: directory of the organization's system prompt, "" for none.
    system_prompt: its text.
    """

    extra_env: Pairs
    sandbox_entries: Pairs
    prompt_dir: str
    system_prompt: str


class ToolRunner(NamedTuple):
    """The image in which sandboxes run tools, and the Secret with which they clone when the cache is off."""

    image: str
    pull_policy: str
    token_secret: str
    token_key: str


class Plan(NamedTuple):
    """Everything the output depends on.

    fullname: prefix of the names of all rendered objects.
    repositories: in the order of REPOSITORIES.
    refs: (repo, ref) in the order of REPOSITORY_REFS.
    digest: names the sources and all that is stated about them; equal whichever list they came from.
    delivery: as stated; see `reads_merged`.
    agents: in the order of the values. catalog_instruction: the paragraph above their catalogs.
    """

    mode: Mode
    delivery: Delivery
    fullname: str
    sources: tuple[Source, ...]
    repositories: tuple[Repository, ...]
    refs: Pairs
    digest: str
    cache: Cache
    sandbox: Sandbox
    api: Api
    runner: ToolRunner
    agents: tuple[Agent, ...] = ()
    catalog_instruction: str = ""

    @property
    def reads_merged(self) -> bool:
        """Whether consumers read the merged repositories: without the cache, or without a source, there are none."""
        return self.delivery is Delivery.MERGED and self.cache.enabled and bool(self.sources)

    @property
    def has_workload(self) -> bool:
        """Whether the cache and the sandbox pod template are rendered."""
        return self.cache.enabled and bool(self.repositories)
