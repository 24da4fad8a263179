"""From a compat list to a locked, reviewed one: what operator, CI and overlay author do, against real Git hosts."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest

from tests.docs.hosts import skill
from tests.support.git_repo import GitRepo
from tests.support.internet import Internet
from tests.support.overlays import Ran, overlays

VALUES = """\
# The agents of the platform team.
toolServer:
  repo: acme/base
  ref: main # the platform's own
  extraSources:
    # written by the team
    - repo: acme/team-overlay
      ref: main
sandbox:
  extraEnv:
    TEAM: platform
"""
MIGRATED = """\
# The agents of the platform team.
overlays:
  sources:
    - repo: acme/base
      ref: main # the platform's own
    # written by the team
    - repo: acme/team-overlay
      ref: main
sandbox:
  extraEnv:
    TEAM: platform
"""


class Platform:
    """The operator's repository, and the Git hosts it speaks of."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder / "platform"
        self.base = GitRepo(folder / "hosts" / "acme" / "base.git")
        self.team = GitRepo(folder / "hosts" / "acme" / "team-overlay.git")
        self.internet = Internet(folder / "hosts", folder / "tls")
        self._cache = folder / "cache"
        self.folder.mkdir()
        self.git("init", "--quiet", "--template=", "--initial-branch=main")

    def run(self, *arguments: str) -> Ran:
        """What a user of the repository types."""
        environment = {**self.internet.environment, "XDG_CACHE_HOME": str(self._cache)}
        return overlays(*arguments, cwd=self.folder, env=environment)

    def git(self, *arguments: str) -> None:
        """Git in the operator's repository."""
        who = ["-c", "user.name=Operator", "-c", "user.email=operator@example.invalid"]
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True)

    def commit(self, message: str) -> None:
        """All that is there."""
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", message)

    def read(self, name: str) -> str:
        """A file of the repository."""
        return (self.folder / name).read_text()


@pytest.fixture
def platform(tmp_path: pathlib.Path) -> Platform:
    return Platform(tmp_path)


def test_the_story(platform: Platform) -> None:
    first = platform.base.commit(
        {
            "tools/browse/pyproject.toml": "",
            ".agents/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files."),
            ".agents/skills/review/SKILL.md": skill("review", "Reviews a change."),
        }
    )
    team = platform.team.commit({".agents/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files, also scanned ones.")})
    (platform.folder / "values.yaml").write_text(VALUES)
    platform.commit("A list of the old kind")
    with platform.internet:
        migrates(platform)
        locks(platform, first, team)
        second = platform.base.commit({".agents/skills/oncall/SKILL.md": skill("oncall", "Finds out who is on call.")})
        ci_stops_on_a_moved_branch(platform, first, second)
        operator_reads_and_updates(platform, first, second, team)
        author_is_stopped(platform)


def migrates(platform: Platform) -> None:
    before = platform.run("render", "env", "-f", "values.yaml").stdout
    shown = platform.run("migrate", "values.yaml")
    assert shown.code == 0
    assert b"+    - repo: acme/base\n" in shown.stdout
    assert platform.read("values.yaml") == VALUES
    assert platform.run("migrate", "--write", "values.yaml").code == 0
    assert platform.read("values.yaml") == MIGRATED
    assert platform.run("render", "env", "-f", "values.yaml").stdout == before
    compared = platform.run("diff", "--base", "HEAD", "-f", "values.yaml", "--detailed-exitcode")
    assert compared.code == 0
    digest = json.loads(before)["api"]["OVERLAYS_DIGEST"]
    assert f"no change: both give {digest}" in compared.stdout.decode()
    assert "compat → explicit" in compared.stdout.decode()
    platform.commit("An explicit list")


def locks(platform: Platform, first: str, team: str) -> None:
    assert platform.run("lock", "-f", "values.yaml").code == 0
    assert platform.read("overlays.lock.yaml") == (
        "schemaVersion: 1\n"
        "repositories:\n"
        "  acme/base:\n"
        '    url: "https://github.com/acme/base.git"\n'
        '    ref: "main"\n'
        f'    commit: "{first}"\n'
        "  acme/team-overlay:\n"
        '    url: "https://github.com/acme/team-overlay.git"\n'
        '    ref: "main"\n'
        f'    commit: "{team}"\n'
    )
    assert platform.run("render", "values", "-f", "values.yaml", "--locked", "-o", "rendered.yaml").code == 0
    assert f'      ref: "{first}"  # main\n' in platform.read("rendered.yaml")
    assert platform.run("lock", "-f", "values.yaml", "--check").code == 0
    platform.commit("Lock the commits")


def ci_stops_on_a_moved_branch(platform: Platform, first: str, second: str) -> None:
    checked = platform.run("lock", "-f", "values.yaml", "--check")
    assert checked.code == 2
    told = checked.stdout.decode() + checked.told
    assert "acme/base" in told
    assert "acme/team-overlay" not in told
    assert first in told
    assert second in told
    assert "overlays lock" in told
    assert platform.run("lock", "-f", "values.yaml", "--check", "--offline").code == 0


def operator_reads_and_updates(platform: Platform, first: str, second: str, team: str) -> None:
    before = platform.run("explain", "-f", "values.yaml")
    assert before.code == 0
    assert "oncall" not in before.stdout.decode()
    assert platform.run("lock", "-f", "values.yaml", "--update", "acme/base").code == 0
    lock = platform.read("overlays.lock.yaml")
    assert (second in lock, first in lock, team in lock) == (True, False, True)
    after = platform.run("explain", "-f", "values.yaml", "--output", "json")
    assert after.code == 0
    items = {(item["surface"], item["name"]): item for item in json.loads(after.stdout)["items"]}
    assert items["skills", "oncall"]["winner"] == {
        "repo": "acme/base",
        "ref": "main",
        "commit": second,
        "path": ".agents/skills/oncall",
    }
    assert [one["repo"] for one in items["skills", "pdf"]["shadowed"]] == ["acme/base"]
    platform.run("render", "values", "-f", "values.yaml", "--locked", "-o", "rendered.yaml")
    compared = platform.run("diff", "git:HEAD:rendered.yaml", "rendered.yaml", "--detailed-exitcode")
    assert compared.code == 2
    told = compared.stdout.decode()
    assert f"{first} → {second}" in told
    assert "acme/team-overlay" not in told.partition("variables")[0]
    platform.commit("Take the new commit of acme/base")
    assert platform.run("lock", "-f", "values.yaml", "--check").code == 0


def author_is_stopped(platform: Platform) -> None:
    file = platform.folder / "values.yaml"
    text = platform.read("values.yaml")
    file.write_text(
        text.replace(
            "team-overlay\n      ref: main\n", "team-overlay\n      ref: main\n      overrides: [skills/pdf]\n"
        )
    )
    platform.commit("Say what the team may shadow")
    allowed = platform.run("explain", "-f", "values.yaml")
    assert allowed.code == 0, allowed
    checkouts = platform.folder.parent / "checkouts"
    for repo, branch in (("base", platform.base), ("team-overlay", platform.team)):
        command = ["git", "clone", "--quiet", str(branch.path), str(checkouts / "acme" / repo)]
        subprocess.run(command, check=True)
    review = checkouts / "acme" / "team-overlay" / ".agents" / "skills" / "review" / "SKILL.md"
    review.parent.mkdir()
    review.write_text(skill("review", "Reviews in the team's own way."))
    stopped = platform.run("explain", "-f", "values.yaml", "--checkouts", str(checkouts))
    assert stopped.code == 1
    assert "skills/review" in stopped.told
    assert "values.yaml:" in stopped.told
    assert "acme/base" in stopped.told
    linted = platform.run("lint", str(checkouts / "acme" / "team-overlay"))
    assert linted.code == 0, linted
