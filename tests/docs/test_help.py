"""The help of every command: its examples run, and the first page fits a screen."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import click
import pytest

from docs.gen.shell import run
from overlays.cli.app import app
from tests.docs.hosts import EXTRA, FIRST
from tests.support.helm import HELM4
from tests.support.internet import Internet
from tests.support.overlays import overlays

LIST = """\
toolServer:
  enabled: false
overlays:
  sources:
    - repo: acme/base
      ref: v1.0.0
    - repo: acme/team-overlay
      ref: main
      overrides: [skills/pdf]
agents:
  - name: reviewer
    skills: [review, pdf]
"""
SET = {"schemaVersion": 1, "set": "0123456789abcdef", "complete": True, "manifestDigest": "sha256:0"}


def cache(pod: str) -> str:
    """The status of a cache."""
    return json.dumps(
        {**SET, "pod": pod, "repositories": {"acme/base": {"ref": "", "commit": None, "lastError": None}}}
    )


CATALOG = ("catalog", "-f", "values.yaml", "--checkouts", "checkouts")
FILES = {
    "values.yaml": LIST,
    "base.yaml": LIST,
    "prod.yaml": "repoCache:\n  syncIntervalSeconds: 60\n",
    "old.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api}\ndata: {a: b}\n",
    "new.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api}\ndata: {a: c}\n",
    "compat.yaml": "toolServer:\n  repo: acme/base\n  ref: v1.0.0\n",
    "node-1.json": cache("node-1"),
    "node-2.json": cache("node-2"),
    "installed.json": json.dumps({**SET, "fallback": None, "items": []}),
}


def examples(command: click.Command, path: str = "overlays") -> Iterator[tuple[str, str]]:
    """(command, example) of a command and of all below it."""
    if isinstance(command, click.Group):
        if path != "overlays":
            yield from own_examples(command, path)
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from examples(found, f"{path} {name}")
        return
    yield from own_examples(command, path)


def own_examples(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """Those of its own help."""
    _, _, text = (command.help or "").partition("Examples:\n")
    found_lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert found_lines, f"{path} has no examples"
    for line in found_lines:
        yield path, line


@pytest.fixture(scope="module")
def stage(hosts: Internet, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A repository as a platform team has it: values, what is rendered from them, a lock, and checkouts."""
    folder = tmp_path_factory.mktemp("stage") / "platform"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for repo, files in (("acme/base", FIRST), ("acme/team-overlay", EXTRA)):
        for name, content in files.items():
            file = folder / "checkouts" / repo / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(content))
    for arguments in (
        ["lock", "-f", "values.yaml"],
        ["render", "env", "-f", "values.yaml", "-o", "env.json"],
        ["explain", "-f", "values.yaml", "--checkouts", "checkouts", "-o", "winners.txt"],
        [*CATALOG, "--agent", "reviewer", "-o", "reviewer.txt"],
        [*CATALOG, "--format", "json", "-o", "old.json"],
        [*CATALOG, "--all-agents", "--format", "json", "-o", "catalog.json"],
    ):
        ran = overlays(*arguments, cwd=folder, env={**hosts.environment, "XDG_CACHE_HOME": str(folder.parent)})
        assert ran.code == 0, ran
    who = ["-c", "user.name=Overlay Author", "-c", "user.email=author@example.invalid"]
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, *who, "commit", "--quiet", "-m", "First")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


def git(folder: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


@pytest.mark.parametrize(("path", "example"), [*examples(app)])
def test_an_example_runs(path: str, example: str, stage: pathlib.Path, hosts: Internet, tmp_path: pathlib.Path) -> None:
    assert path in example
    folder = tmp_path / "platform"
    shutil.copytree(stage, folder)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "helm").symlink_to(HELM4.resolve())
    ran = run(f"set -e\n{example}", folder, bin_, environment={**hosts.environment, "HOME": str(tmp_path)})
    assert ran.code == 0, ran.output


def test_the_first_page_fits_a_screen() -> None:
    lines = overlays("--help", env={"COLUMNS": "80"}).stdout.decode().splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
