"""A node to test with: overlay repositories on a git server, a manifest, a cache directory and the real program."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import pytest

from overlays_node import NodeError, sync
from overlays_node.credentials import Credential
from overlays_node.limits import Limits
from overlays_node.writer import Options
from tests.support.git_http import GitServer
from tests.support.git_repo import Files, GitRepo


class Node:
    """One cache directory and the server its repositories come from."""

    def __init__(self, folder: pathlib.Path, server: GitServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.server = server
        self.root = folder / "root"
        self.manifest = folder / "overlay-manifest.json"
        self.repos: dict[str, GitRepo] = {}
        self._capsys = capsys

    def repo(self, name: str, files: Files | None = None) -> GitRepo:
        """The served repository owner/name, made with these files when it is not there yet."""
        if name not in self.repos:
            self.repos[name] = GitRepo(self.server.root / f"{name}.git")
            if files is not None:
                self.repos[name].commit(files)
        return self.repos[name]

    def want(
        self,
        *repos: str,
        sources: tuple[dict[str, str], ...] = (),
        public: tuple[str, ...] = (),
        delivery: str | None = None,
        **urls: str,
    ) -> None:
        """Write the manifest: "owner/name" or "owner/name@ref"; `urls` by name replace the server's."""
        entries = []
        for text in repos:
            repo, _, ref = text.partition("@")
            url = urls.get(repo.partition("/")[2], self.server.url(repo))
            visibility = "public" if repo in public else "private"
            entries.append({"repo": repo, "cloneUrl": url, "visibility": visibility, **({"ref": ref} if ref else {})})
        document = {"schemaVersion": 1, "repositories": entries, "sources": list(sources), "digest": "sha256:0"}
        self.put_manifest(document if delivery is None else {**document, "delivery": delivery})

    def put_manifest(self, document: object) -> None:
        """Put a whole file in place of the manifest at once, as a ConfigMap's volume does."""
        new = self.manifest.with_name("manifest.new")
        new.write_text(json.dumps(document))
        new.replace(self.manifest)

    def options(self, **changes: Any) -> Options:
        """What `sync --once` is given."""
        given: dict[str, Any] = {
            "manifest": self.manifest,
            "root": self.root,
            "once": True,
            "interval": 30,
            "jobs": 8,
            "timeout": 30,
            "fetch_timeout": 60,
            "limits": Limits(min_free=0),
        }
        return Options(**{**given, **changes})

    def sync(self, *credentials: Credential, **changes: Any) -> int:
        """Run one pass; its exit status."""
        before = os.umask(0o022)
        try:
            return sync.sync(self.options(credentials=credentials, **changes))
        finally:
            os.umask(before)

    def refuses(self, **changes: Any) -> str:
        """Why a pass cannot even begin."""
        with pytest.raises(NodeError) as refused:
            self.sync(**changes)
        return str(refused.value)

    def status(self) -> dict[str, Any]:
        """The status file."""
        found = json.loads((self.root / ".status.json").read_text())
        assert isinstance(found, dict)
        return found

    def of(self, repo: str) -> dict[str, Any]:
        """The status of one repository."""
        found = self.status()["repositories"][repo]
        assert isinstance(found, dict)
        return found

    def text(self, path: str) -> str:
        """Text of a file below the root."""
        return (self.root / path).read_text()

    def events(self) -> list[dict[str, Any]]:
        """The log lines since the last call."""
        return [json.loads(line) for line in self._capsys.readouterr().err.splitlines()]
