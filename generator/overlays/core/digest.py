"""The digest that names a plan: equal plans, equal digests, wherever the list came from (contract 2.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from overlays.helm import gojson
from overlays.model.plan import Repository, Source

SCHEMA_VERSION = 1


def entries(sources: Iterable[Source], repositories: Iterable[Repository]) -> list[dict[str, str]]:
    """The sources as the digest and the manifest show them: a surface that is off is absent.

    Keys: repo, and where they apply ref (effective), cloneUrl and visibility (as any entry of the repository states
    them), tools, workflows, skills, personas, prompt.
    """
    of_repository = {repository.repo: stated(repository) for repository in repositories}
    return [_entry(source, of_repository[source.repo]) for source in sources]


def _entry(source: Source, of_repository: dict[str, str]) -> dict[str, str]:
    entry = {"repo": source.repo, **of_repository}
    if source.tools:
        entry["tools"] = source.tools
    if source.workflows:
        entry["workflows"] = source.workflows
    if source.skills:
        entry["skills"] = source.skills
    if source.personas:
        entry["personas"] = source.personas
    if source.prompt:
        entry["prompt"] = source.prompt
    return entry


def stated(repository: Repository) -> dict[str, str]:
    """What the entries of a repository state together: ref (effective), cloneUrl, visibility; not the defaults."""
    found = {}
    if repository.ref:
        found["ref"] = repository.ref
    if repository.clone_url_origin:
        found["cloneUrl"] = repository.clone_url
    if repository.states_visibility:
        found["visibility"] = repository.visibility
    return found


def digest(sources: Iterable[Source], repositories: Iterable[Repository]) -> str:
    """`sha256:` and lower-case hex of the canonical JSON of the plan."""
    text = gojson.dumps({"schemaVersion": SCHEMA_VERSION, "sources": entries(sources, repositories)})
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
