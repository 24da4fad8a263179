"""A team with a values file, a lock beside it, and repositories on a git server of its own."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.git_http import GitServer
from tests.support.git_repo import Files, GitRepo
from tests.support.overlays import Ran, overlays


class Team:
    """`folder` has values.yaml; HOME is an empty folder, so nothing of this machine's git counts."""

    def __init__(self, folder: pathlib.Path, server: GitServer) -> None:
        self.folder, self.server = folder / "team", server
        self.home, self.temporary = folder / "home", folder / "tmp"
        self.repos: dict[str, GitRepo] = {}
        for made in (self.folder, self.home, self.temporary):
            made.mkdir()

    @property
    def environment(self) -> Mapping[str, str]:
        """What every run gets."""
        return {"HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1", "TMPDIR": str(self.temporary)}

    @property
    def file(self) -> pathlib.Path:
        """The lock file."""
        return self.folder / "overlays.lock.yaml"

    def repo(self, repo: str, files: Files | None = None) -> GitRepo:
        """Make a repository with one commit on main."""
        made = self.repos[repo] = GitRepo(self.server.root / f"{repo}.git")
        made.commit(files or {"tools/x/pyproject.toml": "", "README": repo})
        return made

    def head(self, repo: str, ref: str = "refs/heads/main") -> str:
        """Commit that a ref names now."""
        return self.repos[repo].git("rev-parse", f"{ref}^{{commit}}")

    def want(self, *sources: str, **more: Any) -> None:
        """Write values.yaml: sources as "owner/name" or "owner/name@ref", and whatever else `repoCache` has."""
        entries = []
        for source in sources:
            repo, _, ref = source.partition("@")
            entry = {"repo": repo, "cloneUrl": self.server.url(repo)}
            entries.append({**entry, "ref": ref} if ref else entry)
        self.write({**({"overlays": {"sources": entries}} if entries else {}), "repoCache": more})

    def write(self, values: Mapping[str, Any]) -> None:
        """Write values.yaml, with what keeps it from warnings about ports and the base repository."""
        port = int(self.server.base.rpartition(":")[2])
        cache = {"egressPorts": [443, port], **values.get("repoCache", {})}
        quiet = {"toolServer": {"enabled": False}, **values, "repoCache": cache}
        (self.folder / "values.yaml").write_text(yaml.safe_dump(quiet, sort_keys=False))

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Ran:
        """Run `overlays` in the folder."""
        return overlays(*arguments, cwd=self.folder, env={**self.environment, **(env or {})}, stdin=stdin)

    def lock(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run `overlays lock -f values.yaml`."""
        ran = self.run("lock", "-f", "values.yaml", *arguments, env=env)
        assert [*self.temporary.iterdir()] == []
        return ran

    def locked(self) -> dict[str, dict[str, str]]:
        """The repositories of the lock file."""
        document = yaml.safe_load(self.file.read_bytes())
        assert document["schemaVersion"] == 1
        found: dict[str, dict[str, str]] = document["repositories"]
        return found
