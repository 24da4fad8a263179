"""A repository that an overlay author works in: files, and commits of the real git."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping

from tests.support.overlays import Ran, overlays

WHO = ("-c", "user.name=Overlay Author", "-c", "user.email=author@example.invalid")


class Worktree:
    """A checkout at `folder`, with its own .git."""

    def __init__(self, folder: pathlib.Path, files: Mapping[str, str | bytes]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.git("init", "--quiet", "--template=", "--initial-branch=main")
        self.write(files)
        self.commit()

    def git(self, *arguments: str) -> str:
        """Output of a git command in the folder."""
        environment = {**os.environ, "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        command = ["git", *WHO, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode().strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files; nothing is committed."""
        for path, content in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self) -> str:
        """Commit everything; gives the id."""
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", "Change")
        return self.git("rev-parse", "HEAD")

    def lint(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run `overlays lint` in the folder."""
        return overlays("lint", *arguments, cwd=self.folder, env=env)
