"""A pull request that takes a new commit of a source: the owner of an agent reads what that does to the prompt."""

from __future__ import annotations

import pathlib
import re

import pytest

from tests.acceptance.test_story import Platform
from tests.docs.hosts import skill

VALUES = """\
toolServer: {enabled: false}
overlays:
  sources:
    - repo: acme/base
      ref: main
agents:
  - name: reviewer
    skills: ["code-*", pdf]
  - name: writer
    skills: [pdf]
"""
CATALOG = ("catalog", "-f", "values.yaml")
REVIEWER = (*CATALOG, "--agent", "reviewer")


@pytest.fixture
def platform(tmp_path: pathlib.Path) -> Platform:
    return Platform(tmp_path)


def test_a_source_brings_a_skill_that_a_pattern_matches(platform: Platform) -> None:
    first = platform.base.commit(
        {
            ".agents/skills/code-review/SKILL.md": skill("code-review", "Reviews a change before it is merged."),
            ".agents/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files."),
        }
    )
    (platform.folder / "values.yaml").write_text(VALUES)
    (platform.folder / "prompts").mkdir()
    with platform.internet:
        assert platform.run("lock", "-f", "values.yaml").code == 0
        for agent in ("reviewer", "writer"):
            assert platform.run(*CATALOG, "--agent", agent, "-o", f"prompts/{agent}.txt").code == 0
        assert platform.run(*CATALOG, "--all-agents", "--format", "json", "-o", "old.json").code == 0
        platform.commit("What the agents are told")
        second = platform.base.commit(
            {".agents/skills/code-deploy/SKILL.md": skill("code-deploy", "Deploys what was merged.")}
        )
        assert platform.run(*REVIEWER, "--check", "prompts/reviewer.txt").code == 0  # the lock holds the old commit
        assert platform.run("lock", "-f", "values.yaml", "--update", "acme/base").code == 0
        ci_says_who_gains_what_and_why(platform, second)
        the_commit_is_told_by_the_catalogs(platform, first, second)
        the_owner_accepts(platform)
        or_narrows(platform)


def ci_says_who_gains_what_and_why(platform: Platform, second: str) -> None:
    ran = platform.run(*REVIEWER, "--check", "prompts/reviewer.txt")
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.sub(r"^ The following.*$", " (instruction)", ran.told, flags=re.MULTILINE) == (
        "423 bytes, about 106 tokens (an estimate)\n"
        "--- prompts/reviewer.txt\n"
        "+++ rendered\n"
        "@@ -2,5 +2,6 @@\n"
        " \n"
        " (instruction)\n"
        " \n"
        "+- **code-deploy**: Deploys what was merged.\n"
        " - **code-review**: Reviews a change before it is merged.\n"
        " - **pdf**: Reads PDF files.\n"
        "\n"
        "agent reviewer: 1 skill gained\n"
        f"  + code-deploy: 'code-*' matches it; from acme/base@main at {second[:12]}, .agents/skills/code-deploy\n"
        "  hint: if this is meant, write the file anew with -o; if not, narrow the pattern, or pin the source\n"
    )
    assert platform.run(*CATALOG, "--agent", "writer", "--check", "prompts/writer.txt").code == 0


def the_commit_is_told_by_the_catalogs(platform: Platform, first: str, second: str) -> None:
    assert platform.run(*CATALOG, "--all-agents", "--format", "json", "-o", "new.json").code == 0
    ran = platform.run("catalog", "--diff", "old.json", "new.json", "--detailed-exitcode")
    assert (ran.code, ran.stdout.decode()) == (
        2,
        "agent reviewer: 1 skill gained; about 95 tokens, now 106\n"
        "  + code-deploy: the skill is new: 'code-*', which was there before, matches it; from acme/base@main at "
        f"{second[:12]}, .agents/skills/code-deploy\n"
        f"acme/base@main: commit {first[:12]}, now {second[:12]} (2 skills)\n",
    )


def the_owner_accepts(platform: Platform) -> None:
    old = platform.read("prompts/reviewer.txt")
    assert platform.run(*REVIEWER, "-o", "prompts/reviewer.txt").code == 0
    assert "code-deploy" in platform.read("prompts/reviewer.txt")
    assert platform.run(*REVIEWER, "--check", "prompts/reviewer.txt").code == 0
    (platform.folder / "prompts/reviewer.txt").write_text(old)


def or_narrows(platform: Platform) -> None:
    (platform.folder / "values.yaml").write_text(VALUES.replace("code-*", "code-review"))
    ran = platform.run(*REVIEWER, "--check", "prompts/reviewer.txt")
    assert (ran.code, ran.told) == (0, "379 bytes, about 95 tokens (an estimate)\n")
