"""The manifest: what to fetch and in which order it is served. Nothing here touches git."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from dataclasses import dataclass
from typing import Any

from overlays_node.agents import Agent, read_agent
from overlays_node.checks import ManifestError, check_path, check_repo, shown, text, texts

SCHEMA_VERSION = 1
CLONE_URL = re.compile(
    r"https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~%+/-]*)?",
)
PUBLIC = "public"  # the one visibility that is not private
SEPARATE, MERGED = "separate", "merged"  # what `delivery` may be
MERGED_OWNER = "overlays"  # of the directories that hold what won
PRELOAD = "skillsPreload"  # of a source
SUBDIR_KEYS = ("tools", "workflows", "skills", "personas", "prompt")  # of a source in the manifest


@dataclass(frozen=True)
class Repository:
    """One repository to keep: `repo` is "owner/name", `ref` is "" for the remote's default branch."""

    repo: str
    clone_url: str
    ref: str = ""

    @property
    def key(self) -> str:
        """File name of its store and of its trees: "/" as "%2F", which no owner or name can hold."""
        return self.repo.replace("/", "%2F")


@dataclass(frozen=True)
class Source:
    """One source in serving order; `subdirs` holds (surface, path) of the surfaces that are on.

    `skills_preload` are names of skills: whoever may see them has them in the prompt.
    """

    repo: str
    subdirs: tuple[tuple[str, str], ...]
    skills_preload: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A read manifest; `digest` is "sha256:" + hex over the bytes of its file, `public` the public ones by name.

    With `delivery` MERGED each set also holds what won of all sources, in one directory.
    """

    digest: str
    repositories: tuple[Repository, ...]
    sources: tuple[Source, ...]
    public: frozenset[str] = frozenset()
    delivery: str = SEPARATE
    agents: tuple[Agent, ...] = ()


def digest_of(data: bytes) -> str:
    """Name of a manifest: b"" -> "sha256:e3b0c442…"."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read_bytes(path: pathlib.Path) -> bytes:
    """Bytes of the manifest file. Raises ManifestError: unreadable."""
    try:
        return path.read_bytes()
    except OSError as why:
        raise ManifestError(f"{path}: cannot be read: {why.strerror}") from None


def read_manifest(path: pathlib.Path) -> Manifest:
    """Read and check the manifest file; unknown keys are ignored.

    Raises ManifestError: unreadable, not JSON, another schemaVersion or delivery, a wrong type, an unsafe repo or
    clone URL, an agent that cannot be understood.
    A ref is not judged here: a bad one is an error of its repository alone.
    """
    data = read_bytes(path)
    try:
        return parse_manifest(data)
    except ManifestError as why:
        raise ManifestError(f"{path}: {why}") from None


def parse_manifest(data: bytes) -> Manifest:
    """Manifest of these bytes. Raises ManifestError as read_manifest does, without the file's name."""
    try:
        top = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as why:
        raise ManifestError(f"is not JSON: {why}") from None
    if not isinstance(top, dict):
        raise ManifestError("must hold an object")
    version = top.get("schemaVersion")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise ManifestError(f"schemaVersion is {shown(version)}, this program reads {SCHEMA_VERSION}")
    repositories = tuple(_repository(f"repositories[{at}]", entry) for at, entry in _objects(top, "repositories"))
    _check_once("repositories", [one.repo for one in repositories])
    sources = tuple(read_source(f"sources[{at}]", entry) for at, entry in _objects(top, "sources"))
    public = frozenset(str(entry["repo"]) for _, entry in _objects(top, "repositories") if _is_public(entry))
    delivery = _delivery(top)
    if delivery == MERGED:
        _check_owners([("repositories", one.repo) for one in repositories] + [("sources", one.repo) for one in sources])
    agents = tuple(read_agent(f"agents[{at}]", entry) for at, entry in _objects({"agents": [], **top}, "agents"))
    _check_once("agents", [one.name for one in agents])
    return Manifest(digest_of(data), repositories, sources, public, delivery, agents)


def _delivery(top: dict[str, Any]) -> str:
    delivery = text("delivery", top.get("delivery"))
    if delivery is None:
        return SEPARATE
    if delivery not in (SEPARATE, MERGED):
        raise ManifestError(f"delivery is {shown(delivery)}, this program knows {SEPARATE!r} and {MERGED!r}")
    return delivery


def _check_owners(repos: list[tuple[str, str]]) -> None:
    for where, repo in repos:
        if repo.partition("/")[0] == MERGED_OWNER:
            raise ManifestError(f"{where}: {repo!r}: with delivery {MERGED!r} the owner {MERGED_OWNER!r} is taken")


def _objects(top: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    entries = top.get(key)
    if not isinstance(entries, list):
        raise ManifestError(f"{key} must be a list")
    for at, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ManifestError(f"{key}[{at}] must be an object")
    return list(enumerate(entries))


def _repository(where: str, entry: dict[str, Any]) -> Repository:
    repo = check_repo(f"{where}.repo", entry.get("repo"))
    url = entry.get("cloneUrl")
    if not isinstance(url, str) or not CLONE_URL.fullmatch(url):
        raise ManifestError(f"{where}.cloneUrl: {shown(url)} is not an http(s) URL without user info")
    ref = text(f"{where}.ref", entry.get("ref")) or ""
    return Repository(repo, url, ref)


def _is_public(entry: dict[str, Any]) -> bool:
    """Whether a repository may be seen by everybody: only where the manifest says so in as many letters."""
    return entry.get("visibility") == PUBLIC


def read_source(where: str, entry: dict[str, Any]) -> Source:
    """One source as the manifest writes it. Raises ManifestError, which begins with `where`."""
    repo = check_repo(f"{where}.repo", entry.get("repo"))
    paths = ((surface, text(f"{where}.{surface}", entry.get(surface))) for surface in SUBDIR_KEYS)
    subdirs = tuple((surface, check_path(f"{where}.{surface}", path)) for surface, path in paths if path)
    return Source(repo, subdirs, texts(f"{where}.{PRELOAD}", entry.get(PRELOAD)) or ())


def _check_once(where: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ManifestError(f"{where}: {name!r} is there twice")
        seen.add(name)
