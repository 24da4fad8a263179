"""Lint says of published skills exactly what it said when somebody last looked at each finding."""

from __future__ import annotations

import hashlib
import pathlib
from typing import Final

import pytest

from overlays.content.lint.repository import Examined
from overlays.model.finding import Severity
from overlays.model.portability import CONSUMERS, harms
from tests.published.packages import PINS, Package, examined, packages, told
from tests.support.helm import ROOT

TOLD: Final = {
    "2fast-handbook": {
        "skills": "OVL549 OVL592",
    },
    "abstractskill": {
        "abstractframework-gateway": "",
        "adr": "",
        "adversarial-iteration": "",
        "agora-collaboration": "",
        "architect": "",
        "backlog": "",
        "cicd": "",
        "coredoc": "OVL574",
        "entity-observation": "",
        "entity-self-knowledge": "",
        "meshvault-live-editing": "OVL551 OVL580",
        "review": "",
        "uxreview": "",
        "verification-before-completion": "",
    },
    "agent-docs-kit": {
        "agent-docs-kit-architecture": "OVL587*4",
        "agent-docs-kit-change": "OVL587*4",
        "agent-docs-kit-check": "OVL587",
        "agent-docs-kit-glossary": "OVL587*2",
        "agent-docs-kit-plan": "OVL587*3",
        "agent-docs-kit-write": "OVL587",
    },
    "agent-skills-bundle": {
        "caveman": "",
        "context-audit": "OVL553",
        "diagnose": "OVL539",
        "fewer-permission-prompts": "OVL553",
        "find-skills": "OVL587*13",
        "grill-me": "",
        "grill-with-docs": "",
        "improve-codebase-architecture": "OVL582*2",
        "init": "OVL553",
        "jira-helper": "",
        "pm": "OVL553",
        "prompt-prep": "",
        "review": "OVL553",
        "security-review": "OVL553",
        "setup-skills": "OVL553",
        "simplify": "OVL553",
        "tdd": "",
        "to-issues": "",
        "to-prd": "",
        "triage": "",
        "write-a-skill": "",
        "zoom-out": "OVL553",
    },
    "agent-skills-pss": {
        "pss-coding-guidelines": "",
        "pss-language-ref": "",
        "pss-operation-model-create": "",
        "pss-register-model-create": "",
    },
    "agent-skills-systemrdl": {
        "systemrdl-ref": "OVL539*3",
    },
    "almirah-app": {
        "almirah-ask": "",
        "almirah-due": "",
        "almirah-file": "",
        "almirah-find": "",
        "almirah-import": "",
        "almirah-reorg": "",
        "almirah-review": "",
        "almirah-setup": "",
    },
    "amagi-legal-review-skills": {
        "contract-review-playbook": "OVL546",
        "lease-review-playbook": "OVL546",
        "legal-citation-check": "OVL546",
        "redline-format": "OVL546",
    },
    "arbiter-skill": {
        "skill": "OVL549",
    },
    "atlassian-skills": {
        "atls": "OVL552",
    },
    "claude-code-skill-ddd": {
        "event-storming": "",
        "strategic-design": "",
    },
    "clauditor-eval": {
        "clauditor": "OVL553*2",
    },
    "cli-creator-skill": {
        "cli-creator": "",
    },
    "code-factory-4-design": {
        "prestige_design": "OVL549",
    },
    "fastapi": {
        "fastapi": "",
    },
    "typer": {
        "typer": "",
    },
}
"""Package to skill to the codes of its findings at the level of the specification."""


def test_the_pins_have_hashes_and_name_no_registry() -> None:
    assert [package.name for package in packages()] == sorted(TOLD)
    assert "://" not in PINS.read_text()
    assert all(len(package.digest) == 64 for package in packages())
    assert sum(map(len, TOLD.values())) >= 20


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_what_lint_says_of_a_published_package(package: Package, tmp_path: pathlib.Path) -> None:
    assert hashlib.sha256(package.file.read_bytes()).hexdigest() == package.digest
    found = examined(package, tmp_path)
    assert told(found) == TOLD[package.name]
    assert row(package, found) in (ROOT / "docs" / "lint.md").read_text().splitlines()


def row(package: Package, found: Examined) -> str:
    """The line of the table in docs/lint.md."""
    errors = sum(one.severity is Severity.ERROR for one in found.findings)
    lost = [sum(harms(skill.cells[at]) for skill in found.rows) for at in range(1 + len(CONSUMERS))]
    cells = (f"{package.name} {package.version}", len(found.rows), errors, len(found.findings) - errors, *lost)
    codes = sorted({one.code for one in found.findings})
    links = ", ".join(f"[{code}](findings.md#{code.lower()})" for code in codes)
    return f"| {' | '.join(map(str, cells))} | {links} |"
