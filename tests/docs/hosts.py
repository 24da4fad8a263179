"""The overlay repositories that pages name: the same commits on every machine."""

from __future__ import annotations

import pathlib

from tests.support.git_repo import Files, GitRepo


def skill(name: str, description: str, body: str = "") -> str:
    """Text of a SKILL.md."""
    return f"---\nname: {name}\ndescription: {description}\n---\n\n{body or description}\n"


def workflow(name: str) -> str:
    """Text of a workflow."""
    return f'WORKFLOW_NAME = "{name}"\n'


FIRST: Files = {
    "tools/browse/pyproject.toml": '[project]\nname = "browse"\n',
    "tools/search/pyproject.toml": '[project]\nname = "search"\n',
    "workflows/triage.py": workflow("triage"),
    ".agents/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files. Use it when a task names one."),
    ".agents/skills/review/SKILL.md": skill("review", "Reviews a change before it is merged."),
}
SECOND: Files = {"workflows/triage.py": workflow("triage") + "LIMIT = 20\n"}
EXTRA: Files = {
    "tools/deploy/pyproject.toml": '[project]\nname = "deploy"\n',
    ".agents/skills/pdf/SKILL.md": skill("pdf", "Reads PDF files, also scanned ones."),
    ".agents/skills/oncall/SKILL.md": skill("oncall", "Finds out who is on call."),
}


def publish(root: pathlib.Path) -> None:
    """Make the bare repositories below root: acme/base (main, v1.0.0 one commit before it), acme/team-overlay."""
    base = GitRepo(root / "acme" / "base.git")
    base.tag("v1.0.0", base.commit(FIRST))
    base.commit(SECOND)
    extra = GitRepo(root / "acme" / "team-overlay.git")
    extra.commit(EXTRA)
