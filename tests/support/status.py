"""Documents of nodes and pods, as `overlays status` reads them."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping

import jsonschema

from overlays.schema.check import schema_text
from tests.support.overlays import Ran, overlays

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
DIGEST, OTHER = "a" * 64, "b" * 64


def cache(pod: str, commits: Mapping[str, str | None], **other: object) -> dict[str, object]:
    """A .status.json."""
    repositories = {repo: {"ref": "main", "commit": commit, "lastError": None} for repo, commit in commits.items()}
    return {
        "schemaVersion": 1,
        "pod": pod,
        "set": "0123456789abcdef",
        "complete": True,
        "manifestDigest": DIGEST,
        "notReadyReason": None,
        "repositories": repositories,
        **other,
    }


def item(kind: str, name: str, source: str, commit: str, **other: object) -> dict[str, object]:
    plain = {"kind": kind, "name": name, "source": source, "ref": "main", "commit": commit}
    return {**plain, "path": f"{kind}/{name}", "place": f"{kind}/{name}", "shadows": [], **other}


def workspace(*items: Mapping[str, object], **other: object) -> dict[str, object]:
    """An installed.json."""
    plain = {"schemaVersion": 1, "set": "0123456789abcdef", "manifestDigest": DIGEST, "complete": True}
    return {**plain, "fallback": None, "bootId": None, "items": [*items], "loose": [], "skipped": [], **other}


class Files:
    """Documents in a folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def status(self, *arguments: str, **documents: object) -> Ran:
        for name, content in documents.items():
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        names = [f"{name}.json" for name in documents]
        return overlays("status", *arguments, *names, cwd=self.folder)


NODES: dict[str, object] = {
    "n1": cache("node-1", {"acme/base": ONE, "acme/extra": TWO}),
    "n2": cache(
        "node-2",
        {"acme/base": ONE, "acme/extra": THREE, "acme/new": None},
        manifestDigest=OTHER,
        complete=False,
        notReadyReason="the current set is incomplete; missing: acme/new (waiting)",
    ),
}
PODS: dict[str, object] = {
    "p1": workspace(
        item("skills", "pdf", "acme/extra", TWO, mount="team", preload=True, shadows=["acme/base"]),
        item("tools", "jira", "acme/base", ONE),
        agent="reviewer",
        skipped=[{"kind": "skills", "source": "acme/base", "path": ".agents/skills/x", "reason": "no name"}],
    ),
    "p2": workspace(
        item("skills", "pdf", "acme/base", ONE, ref=""),
        fallback="previous",
        agent="reviewer",
    ),
    "p3": workspace(item("skills", "pdf", "acme/extra", TWO)),
}


def validate(found: object) -> None:
    """Against the schema of `--output json`."""
    jsonschema.Draft7Validator(json.loads(schema_text("status"))).validate(found)
