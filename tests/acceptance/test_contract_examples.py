"""The literal examples of the contract, word for word: this file holds the texts, and reads no golden."""

# ruff: noqa: E501  (the lines of the contract stand as they are)
from __future__ import annotations

import json
import pathlib
from typing import Final, NamedTuple

import pytest

from tests.support.overlays import overlays


class Literal(NamedTuple):
    """Values, and lines of NAME and value as the contract prints them; a name alone is the empty text."""

    values: str
    repo_cache: str
    api: str
    absent: tuple[str, ...] = ()


EXAMPLES: Final = {
    "1 defaults": Literal(
        "{}",
        """
REPOSITORIES              paradigmxyz/centaur
REPOSITORY_REFS
""",
        """
TOOL_DIRS                 /var/lib/centaur/repos/paradigmxyz/centaur/tools
WORKFLOW_DIRS             /var/lib/centaur/repos/paradigmxyz/centaur/workflows
KUBERNETES_WORKFLOW_DIRS  /home/agent/github/paradigmxyz/centaur/workflows
REPOS_PATH                /var/lib/centaur/repos
SESSION_SANDBOX_EXTRA_ENV [{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/paradigmxyz/centaur/.agents/skills"}]
KUBERNETES_TOOLS_REPO     paradigmxyz/centaur
KUBERNETES_TOOLS_SUBDIR   tools
KUBERNETES_TOOLS_REPO_CACHE_PATH /var/lib/centaur/repos
KUBERNETES_TOOLS_RUNNER_IMAGE    centaur-agent:latest
KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY Always
OVERLAYS_DIGEST           sha256:0082f8e613d23a7401f7842413fecd6ff8df6ff03b1990d67c6e3326d10e95e2
""",
        ("KUBERNETES_TOOLS_REF",),
    ),
    "2 two sources": Literal(
        "overlays: {sources: [{repo: paradigmxyz/centaur, ref: 5da358a2}, {repo: your-org/centaur-overlay, ref: main}]}",
        """
REPOSITORIES              paradigmxyz/centaur your-org/centaur-overlay
REPOSITORY_REFS           paradigmxyz/centaur=5da358a2 your-org/centaur-overlay=main
""",
        """
TOOL_DIRS                 /var/lib/centaur/repos/paradigmxyz/centaur/tools:/var/lib/centaur/repos/your-org/centaur-overlay/tools
WORKFLOW_DIRS             /var/lib/centaur/repos/paradigmxyz/centaur/workflows:/var/lib/centaur/repos/your-org/centaur-overlay/workflows
KUBERNETES_WORKFLOW_DIRS  /home/agent/github/paradigmxyz/centaur/workflows:/home/agent/github/your-org/centaur-overlay/workflows
SESSION_SANDBOX_EXTRA_ENV [{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/paradigmxyz/centaur/.agents/skills:/home/agent/github/your-org/centaur-overlay/.agents/skills"}]
KUBERNETES_TOOLS_REPO     paradigmxyz/centaur
KUBERNETES_TOOLS_REF      5da358a2
KUBERNETES_TOOLS_SUBDIR   tools
KUBERNETES_TOOLS_EXTRA_SOURCES    [{"ref":"main","repo":"your-org/centaur-overlay","subdir":"tools"}]
OVERLAYS_DIGEST           sha256:70d3198901f0ffcb9e3c1068354ff5e7ba36d2540662ffd655d7c8669f8568cf
""",
    ),
    "3 opt-outs": Literal(
        """
overlays:
  sources:
    - {repo: acme/skills-only, toolsSubdir: "", workflowsSubdir: ""}
    - {repo: acme/flows, ref: v1.2.0, toolsSubdir: "", workflowsSubdir: flows, skillsSubdir: ""}
    - {repo: acme/tools, ref: feature/x, toolsSubdir: packages/tools}
""",
        """
REPOSITORIES              acme/skills-only acme/flows acme/tools
REPOSITORY_REFS           acme/flows=v1.2.0 acme/tools=feature/x
""",
        """
TOOL_DIRS                 /var/lib/centaur/repos/acme/tools/packages/tools
WORKFLOW_DIRS             /var/lib/centaur/repos/acme/flows/flows:/var/lib/centaur/repos/acme/tools/workflows
KUBERNETES_WORKFLOW_DIRS  /home/agent/github/acme/flows/flows:/home/agent/github/acme/tools/workflows
SESSION_SANDBOX_EXTRA_ENV [{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/acme/skills-only/.agents/skills:/home/agent/github/acme/tools/.agents/skills"}]
KUBERNETES_TOOLS_REPO     acme/tools
KUBERNETES_TOOLS_REF      feature/x
KUBERNETES_TOOLS_SUBDIR   packages/tools
""",
        ("KUBERNETES_TOOLS_EXTRA_SOURCES",),
    ),
    "4 compat": Literal(
        """
toolServer:
  ref: abc123
  subdir: ""
  extraSources:
    - {repo: acme/one, ref: dev, subdir: my-tools, workflowsSubdir: wf, skillsSubdir: ""}
    - {repo: acme/two, workflowsSubdir: ""}
""",
        """
REPOSITORIES              paradigmxyz/centaur acme/one acme/two
REPOSITORY_REFS           paradigmxyz/centaur=abc123 acme/one=dev
""",
        """
TOOL_DIRS                 /var/lib/centaur/repos/paradigmxyz/centaur/tools:/var/lib/centaur/repos/acme/one/my-tools:/var/lib/centaur/repos/acme/two/tools
WORKFLOW_DIRS             /var/lib/centaur/repos/paradigmxyz/centaur/workflows:/var/lib/centaur/repos/acme/one/wf:/var/lib/centaur/repos/acme/two/workflows
SESSION_SANDBOX_EXTRA_ENV [{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/paradigmxyz/centaur/.agents/skills:/home/agent/github/acme/one/.agents/skills:/home/agent/github/acme/two/.agents/skills"}]
KUBERNETES_TOOLS_REPO     paradigmxyz/centaur
KUBERNETES_TOOLS_REF      abc123
KUBERNETES_TOOLS_SUBDIR   tools
KUBERNETES_TOOLS_EXTRA_SOURCES    [{"ref":"dev","repo":"acme/one","subdir":"my-tools"},{"repo":"acme/two","subdir":"tools"}]
""",
    ),
    "5 tool server off": Literal(
        """
toolServer: {enabled: false, extraSources: [{repo: acme/one, ref: dev}]}
repoCache: {repositories: [z/z, a/a, z/z], repositoryRefs: {z/z: r1, b/b: r2}}
""",
        """
REPOSITORIES     z/z a/a
REPOSITORY_REFS  b/b=r2 z/z=r1
""",
        """
TOOL_DIRS        /app/tools
WORKFLOW_DIRS    /app/workflows
REPOS_PATH       /var/lib/centaur/repos
OVERLAYS_DIGEST  sha256:11a01607fcb058718a8a144f8bfedbea92bd0d939aecc2ebddc662f5f263efed
""",
        ("KUBERNETES_", "SESSION_SANDBOX_EXTRA_ENV"),
    ),
    "6 cache off": Literal(
        """
repoCache: {enabled: false}
overlays: {sources: [{repo: acme/one, ref: dev}, {repo: acme/two}]}
toolServer: {githubToken: {existingSecretName: my-gh}}
""",
        "",
        """
TOOL_DIRS                 /app/tools
WORKFLOW_DIRS             /app/workflows
KUBERNETES_TOOLS_REPO     acme/one
KUBERNETES_TOOLS_REF      dev
KUBERNETES_TOOLS_SUBDIR   tools
KUBERNETES_TOOLS_EXTRA_SOURCES    [{"repo":"acme/two","subdir":"tools"}]
KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET my-gh
KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY token
""",
        ("REPOS_PATH", "KUBERNETES_WORKFLOW_DIRS", "SESSION_SANDBOX_EXTRA_ENV", "KUBERNETES_TOOLS_REPO_CACHE_PATH"),
    ),
    "7 pins and extra env": Literal(
        """
repoCache: {repositories: [z/z, acme/one], repositoryRefs: {z/z: r1, acme/one: pinned, b/b: r2, A/A: r3}}
overlays: {sources: [{repo: acme/two, ref: t2}, {repo: acme/one, ref: dev}]}
sandbox: {extraEnv: {ZED: 1, ALPHA: true, NUM: 1.50, HTML: "<a&b>"}}
""",
        """
REPOSITORIES     z/z acme/one acme/two
REPOSITORY_REFS  A/A=r3 acme/one=pinned b/b=r2 z/z=r1 acme/two=t2
""",
        """
KUBERNETES_TOOLS_EXTRA_SOURCES    [{"ref":"dev","repo":"acme/one","subdir":"tools"}]
SESSION_SANDBOX_EXTRA_ENV [{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/acme/two/.agents/skills:/home/agent/github/acme/one/.agents/skills"},{"name":"ALPHA","value":"true"},{"name":"HTML","value":"\\u003ca\\u0026b\\u003e"},{"name":"NUM","value":"1.5"},{"name":"ZED","value":"1"}]
""",
    ),
    "8 claim": Literal(
        """
repoCache:
  storage: {type: persistentVolumeClaim, persistentVolumeClaim: {existingClaim: shared, create: true}}
""",
        """
REPOSITORIES  paradigmxyz/centaur
""",
        """
REPOS_PATH /var/lib/centaur/repos
REPOS_PVC  shared
KUBERNETES_TOOLS_REPO_CACHE_PATH /var/lib/centaur/repos
KUBERNETES_TOOLS_REPO_CACHE_PVC shared
""",
    ),
}


def read(lines: str) -> dict[str, str]:
    named = (line.partition(" ") for line in lines.splitlines() if line)
    return {name: value.strip() for name, _, value in named}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_literal_example(example: Literal, tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text(example.values)
    ran = overlays("render", "env", "-f", "values.yaml", cwd=tmp_path)
    assert ran.code == 0, ran.told
    printed = json.loads(ran.stdout)
    for consumer, lines in (("api", example.api), ("repoCache", example.repo_cache)):
        want = read(lines)
        assert {name: value for name, value in printed[consumer].items() if name in want} == want
    assert not [name for name in printed["api"] if name.startswith(example.absent)]
    assert bool(printed["repoCache"]) == bool(example.repo_cache)


def test_the_raw_yaml_of_a_value_that_holds_json() -> None:
    ran = overlays("render", "env", "--format", "kubernetes")
    want = (
        '  - name: "SESSION_SANDBOX_EXTRA_ENV"\n'
        '    value: "[{\\"name\\":\\"CENTAUR_SKILL_DIRS\\",\\"value\\":'
        '\\"/home/agent/github/paradigmxyz/centaur/.agents/skills\\"}]"\n'
    )
    assert want in ran.stdout.decode()


def test_the_normal_form_word_for_word(tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text(
        'overlays: {sources: [{skillsSubdir: .agents/skills, workflowsSubdir: "", ref: dev, repo: acme/one}]}\n'
    )
    ran = overlays("render", "values", "-f", "values.yaml", cwd=tmp_path)
    assert ran.stdout.decode() == (
        "overlays:\n"
        "  sources:\n"
        '    - repo: "acme/one"\n'
        '      ref: "dev"\n'
        '      toolsSubdir: "tools"\n'
        '      workflowsSubdir: ""\n'
        '      skillsSubdir: ".agents/skills"\n'
    )
