"""The hooks for users' repositories: which files start them, and what they run, through the real pre-commit."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.support.git_http import GitServer
from tests.support.git_repo import GitRepo
from tests.support.helm import ROOT
from tests.support.overlays import Ran, overlays

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}
BIN = pathlib.Path(sys.executable).parent

VALUES = [
    "values.yaml",
    "values.yml",
    "values-prod.yaml",
    "values.prod.yaml",
    "prod-values.yaml",
    "a/b/prod.values.yaml",
]
RENDERED = ["env.json", "a/env.json", "prod-env.json", "prod.env.json", "manifest.json", "overlay-manifest.json"]
NEITHER = ["values.json", "myvalues.yaml", "valuesprod.yaml", "values.yaml.bak", "values/readme.md", "chart.yaml"]


@pytest.mark.parametrize(
    ("hook", "files"),
    [
        ("overlays-validate", VALUES),
        ("overlays-render-check", [*VALUES, *RENDERED, "overlays.lock.yaml"]),
        ("overlays-lock-check", [*VALUES, "overlays.lock.yaml", "a/overlays.lock.yaml"]),
    ],
)
def test_the_files_that_start_a_hook(hook: str, files: list[str]) -> None:
    others = [*NEITHER, "env.yaml", "environ.json", "overlays.lock.yml", "xoverlays.lock.yaml"]
    assert [name for name in (*files, *others) if re.search(HOOKS[hook]["files"], name)] == files


def test_there_is_a_hook_for_each_check_and_no_other() -> None:
    assert sorted(HOOKS) == ["overlays-lock-check", "overlays-render-check", "overlays-validate"]


def pre_commit(folder: pathlib.Path, *arguments: str) -> Ran:
    """Run pre-commit there, with a cache of its own."""
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PRE_COMMIT_HOME": str(folder / ".cache"),
    }
    done = subprocess.run(
        [BIN / "pre-commit", *arguments], cwd=folder, env=environment, capture_output=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_the_manifest_is_one(tmp_path: pathlib.Path) -> None:
    ran = pre_commit(tmp_path, "validate-manifest", str(MANIFEST))
    assert ran.code == 0, ran


@pytest.fixture
def user(tmp_path: pathlib.Path) -> pathlib.Path:
    """A user's repository with the three hooks, values, variables and a lock that agree, all of it committed.

    The hooks are the manifest's, but run the installed program: that it can be installed is another test.
    """
    folder = tmp_path / "user"
    remotes = tmp_path / "remotes"
    repo = GitRepo(remotes / "acme" / "base.git")
    repo.commit({"tools/hello/pyproject.toml": ""})
    folder.mkdir()
    hooks = [{**hook, "language": "system"} for hook in HOOKS.values()]
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
    with GitServer(remotes) as server:
        entry = f"{{repo: acme/base, ref: main, cloneUrl: '{server.url('acme/base')}'}}"
        (folder / "values.yaml").write_text(
            f"toolServer: {{enabled: false}}\nrepoCache: {{egressPorts: [{server.base.rpartition(':')[2]}]}}\n"
            f"overlays:\n  sources:\n    - {entry}\n"
        )
        assert overlays("lock", "-f", "values.yaml", cwd=folder).code == 0
    assert overlays("render", "env", "-f", "values.yaml", "-o", "env.json", cwd=folder).code == 0
    for command in (["init", "--quiet", "--template="], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_hooks_pass_when_everything_agrees(user: pathlib.Path) -> None:
    ran = pre_commit(user, "run", "--all-files")
    assert ran.code == 0, ran.stdout.decode()
    assert ran.stdout.count(b"Passed") == 3


@pytest.mark.parametrize(
    ("old", "new", "failing", "words"),
    [
        ("ref: main", "ref: 12e4", "overlays-validate", "error OVL113"),
        ("ref: main", "ref: dev", "overlays-render-check", '+    "REPOSITORY_REFS": "acme/base=dev"'),
        ("ref: main", "ref: dev", "overlays-lock-check", "acme/base"),
    ],
)
def test_a_hook_stops_a_commit(user: pathlib.Path, old: str, new: str, failing: str, words: str) -> None:
    file = user / "values.yaml"
    file.write_text(file.read_text().replace(old, new))
    ran = pre_commit(user, "run", failing, "--files", "values.yaml")
    assert ran.code == 1
    assert words in ran.stdout.decode()


def test_a_hook_is_not_started_by_other_files(user: pathlib.Path) -> None:
    (user / "readme.md").write_text("")
    ran = pre_commit(user, "run", "--files", "readme.md")
    assert ran.code == 0
    assert ran.stdout.count(b"Skipped") == 3
