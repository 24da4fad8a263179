"""The manifest: the file that the node runtime reads (contract 2.6)."""

from __future__ import annotations

from overlays.core import agents, digest
from overlays.helm import gojson
from overlays.model.plan import SANDBOX_ROOT, Delivery, Plan, Repository


def manifest(plan: Plan) -> str:
    """Text of overlay-manifest.json: JSON as Go indents it by two spaces, with a final newline."""
    document: dict[str, object] = {
        "digest": plan.digest,
        "mounts": {"api": plan.cache.host_path, "sandbox": SANDBOX_ROOT},
        "repositories": [_repository(repository) for repository in plan.repositories],
        "schemaVersion": digest.SCHEMA_VERSION,
        "sources": agents.preloading(plan.sources, digest.entries(plan.sources, plan.repositories)),
    }
    if plan.agents:
        document["agents"] = [{**agents.entry(agent), "digest": agent.digest} for agent in plan.agents]
    if plan.delivery is not Delivery.SEPARATE:
        document["delivery"] = plan.delivery.value
    return gojson.dumps_indent(document) + "\n"


def _repository(repository: Repository) -> dict[str, str]:
    document = {"repo": repository.repo, "cloneUrl": repository.clone_url, "visibility": repository.visibility}
    return {**document, "ref": repository.ref} if repository.ref else document
