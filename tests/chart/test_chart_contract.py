"""The literal examples of the contract: exact variables, on both Helms."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, Rendered, render

BASE: Final = "paradigmxyz/centaur"
HP: Final = "/var/lib/centaur/repos"
SB: Final = "/home/agent/github"


def skills(*paths: str) -> str:
    return json.dumps(
        [{"name": "CENTAUR_SKILL_DIRS", "value": ":".join(f"{SB}/{path}" for path in paths)}], separators=(",", ":")
    )


def under(prefix: str, *paths: str) -> str:
    return ":".join(f"{prefix}/{path}" for path in paths)


RUNNER: Final = {
    "KUBERNETES_TOOLS_RUNNER_IMAGE": "centaur-agent:latest",
    "KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY": "Always",
}
CACHED: Final = {"KUBERNETES_TOOLS_REPO_CACHE_PATH": HP}

# name -> values, variables of the cache, variables of the API; all of them, except OVERLAYS_DIGEST
EXAMPLES: Final[dict[str, tuple[dict[str, Any], dict[str, str] | None, dict[str, str]]]] = {
    "ex1-defaults": (
        {},
        {"REPOSITORIES": BASE, "REPOSITORY_REFS": ""},
        {
            "TOOL_DIRS": f"{HP}/{BASE}/tools",
            "WORKFLOW_DIRS": f"{HP}/{BASE}/workflows",
            "KUBERNETES_WORKFLOW_DIRS": f"{SB}/{BASE}/workflows",
            "REPOS_PATH": HP,
            "SESSION_SANDBOX_EXTRA_ENV": skills(f"{BASE}/.agents/skills"),
            "KUBERNETES_TOOLS_REPO": BASE,
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            **CACHED,
            **RUNNER,
        },
    ),
    "ex2-two-sources": (
        {
            "overlays": {
                "sources": [{"repo": BASE, "ref": "5da358a2"}, {"repo": "your-org/centaur-overlay", "ref": "main"}]
            }
        },
        {
            "REPOSITORIES": f"{BASE} your-org/centaur-overlay",
            "REPOSITORY_REFS": f"{BASE}=5da358a2 your-org/centaur-overlay=main",
        },
        {
            "TOOL_DIRS": under(HP, f"{BASE}/tools", "your-org/centaur-overlay/tools"),
            "WORKFLOW_DIRS": under(HP, f"{BASE}/workflows", "your-org/centaur-overlay/workflows"),
            "KUBERNETES_WORKFLOW_DIRS": under(SB, f"{BASE}/workflows", "your-org/centaur-overlay/workflows"),
            "REPOS_PATH": HP,
            "SESSION_SANDBOX_EXTRA_ENV": skills(f"{BASE}/.agents/skills", "your-org/centaur-overlay/.agents/skills"),
            "KUBERNETES_TOOLS_REPO": BASE,
            "KUBERNETES_TOOLS_REF": "5da358a2",
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            "KUBERNETES_TOOLS_EXTRA_SOURCES": '[{"ref":"main","repo":"your-org/centaur-overlay","subdir":"tools"}]',
            **CACHED,
            **RUNNER,
        },
    ),
    "ex3-opt-outs": (
        {
            "overlays": {
                "sources": [
                    {"repo": "acme/skills-only", "toolsSubdir": "", "workflowsSubdir": ""},
                    {
                        "repo": "acme/flows",
                        "ref": "v1.2.0",
                        "toolsSubdir": "",
                        "workflowsSubdir": "flows",
                        "skillsSubdir": "",
                    },
                    {"repo": "acme/tools", "ref": "feature/x", "toolsSubdir": "packages/tools"},
                ]
            }
        },
        {
            "REPOSITORIES": "acme/skills-only acme/flows acme/tools",
            "REPOSITORY_REFS": "acme/flows=v1.2.0 acme/tools=feature/x",
        },
        {
            "TOOL_DIRS": under(HP, "acme/tools/packages/tools"),
            "WORKFLOW_DIRS": under(HP, "acme/flows/flows", "acme/tools/workflows"),
            "KUBERNETES_WORKFLOW_DIRS": under(SB, "acme/flows/flows", "acme/tools/workflows"),
            "REPOS_PATH": HP,
            "SESSION_SANDBOX_EXTRA_ENV": skills("acme/skills-only/.agents/skills", "acme/tools/.agents/skills"),
            "KUBERNETES_TOOLS_REPO": "acme/tools",
            "KUBERNETES_TOOLS_REF": "feature/x",
            "KUBERNETES_TOOLS_SUBDIR": "packages/tools",
            **CACHED,
            **RUNNER,
        },
    ),
    "ex4-compat": (
        {
            "toolServer": {
                "ref": "abc123",
                "subdir": "",
                "extraSources": [
                    {
                        "repo": "acme/one",
                        "ref": "dev",
                        "subdir": "my-tools",
                        "workflowsSubdir": "wf",
                        "skillsSubdir": "",
                    },
                    {"repo": "acme/two", "workflowsSubdir": ""},
                ],
            }
        },
        {"REPOSITORIES": f"{BASE} acme/one acme/two", "REPOSITORY_REFS": f"{BASE}=abc123 acme/one=dev"},
        {
            "TOOL_DIRS": under(HP, f"{BASE}/tools", "acme/one/my-tools", "acme/two/tools"),
            "WORKFLOW_DIRS": under(HP, f"{BASE}/workflows", "acme/one/wf", "acme/two/workflows"),
            "KUBERNETES_WORKFLOW_DIRS": under(SB, f"{BASE}/workflows", "acme/one/wf", "acme/two/workflows"),
            "REPOS_PATH": HP,
            "SESSION_SANDBOX_EXTRA_ENV": skills(
                f"{BASE}/.agents/skills", "acme/one/.agents/skills", "acme/two/.agents/skills"
            ),
            "KUBERNETES_TOOLS_REPO": BASE,
            "KUBERNETES_TOOLS_REF": "abc123",
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            "KUBERNETES_TOOLS_EXTRA_SOURCES": '[{"ref":"dev","repo":"acme/one","subdir":"my-tools"},'
            '{"repo":"acme/two","subdir":"tools"}]',
            **CACHED,
            **RUNNER,
        },
    ),
    "ex5-tool-server-off": (
        {
            "toolServer": {"enabled": False, "extraSources": [{"repo": "acme/one", "ref": "dev"}]},
            "repoCache": {"repositories": ["z/z", "a/a", "z/z"], "repositoryRefs": {"z/z": "r1", "b/b": "r2"}},
        },
        {"REPOSITORIES": "z/z a/a", "REPOSITORY_REFS": "b/b=r2 z/z=r1"},
        {"TOOL_DIRS": "/app/tools", "WORKFLOW_DIRS": "/app/workflows", "REPOS_PATH": HP},
    ),
    "ex6-cache-off": (
        {
            "repoCache": {"enabled": False},
            "overlays": {"sources": [{"repo": "acme/one", "ref": "dev"}, {"repo": "acme/two"}]},
            "toolServer": {"githubToken": {"existingSecretName": "my-gh"}},
        },
        None,
        {
            "TOOL_DIRS": "/app/tools",
            "WORKFLOW_DIRS": "/app/workflows",
            "KUBERNETES_TOOLS_REPO": "acme/one",
            "KUBERNETES_TOOLS_REF": "dev",
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            "KUBERNETES_TOOLS_EXTRA_SOURCES": '[{"repo":"acme/two","subdir":"tools"}]',
            **RUNNER,
            "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET": "my-gh",
            "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY": "token",
        },
    ),
    "ex7-pins-and-extra-env": (
        {
            "repoCache": {
                "repositories": ["z/z", "acme/one"],
                "repositoryRefs": {"z/z": "r1", "acme/one": "pinned", "b/b": "r2", "A/A": "r3"},
            },
            "overlays": {"sources": [{"repo": "acme/two", "ref": "t2"}, {"repo": "acme/one", "ref": "dev"}]},
            "sandbox": {"extraEnv": {"ZED": 1, "ALPHA": True, "NUM": 1.50, "HTML": "<a&b>"}},
        },
        {
            "REPOSITORIES": "z/z acme/one acme/two",
            "REPOSITORY_REFS": "A/A=r3 acme/one=pinned b/b=r2 z/z=r1 acme/two=t2",
        },
        {
            "TOOL_DIRS": under(HP, "acme/two/tools", "acme/one/tools"),
            "WORKFLOW_DIRS": under(HP, "acme/two/workflows", "acme/one/workflows"),
            "KUBERNETES_WORKFLOW_DIRS": under(SB, "acme/two/workflows", "acme/one/workflows"),
            "REPOS_PATH": HP,
            "SESSION_SANDBOX_EXTRA_ENV": '[{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/acme/two/'
            '.agents/skills:/home/agent/github/acme/one/.agents/skills"},{"name":"ALPHA","value":"true"},'
            '{"name":"HTML","value":"\\u003ca\\u0026b\\u003e"},{"name":"NUM","value":"1.5"},{"name":"ZED","value":"1"}]',
            "KUBERNETES_TOOLS_REPO": "acme/two",
            "KUBERNETES_TOOLS_REF": "t2",
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            "KUBERNETES_TOOLS_EXTRA_SOURCES": '[{"ref":"dev","repo":"acme/one","subdir":"tools"}]',
            **CACHED,
            **RUNNER,
        },
    ),
    "ex8-claim": (
        {
            "repoCache": {
                "storage": {
                    "type": "persistentVolumeClaim",
                    "persistentVolumeClaim": {"existingClaim": "shared", "create": True},
                }
            }
        },
        {"REPOSITORIES": BASE, "REPOSITORY_REFS": ""},
        {
            "TOOL_DIRS": f"{HP}/{BASE}/tools",
            "WORKFLOW_DIRS": f"{HP}/{BASE}/workflows",
            "KUBERNETES_WORKFLOW_DIRS": f"{SB}/{BASE}/workflows",
            "REPOS_PATH": HP,
            "REPOS_PVC": "shared",
            "SESSION_SANDBOX_EXTRA_ENV": skills(f"{BASE}/.agents/skills"),
            "KUBERNETES_TOOLS_REPO": BASE,
            "KUBERNETES_TOOLS_SUBDIR": "tools",
            **CACHED,
            "KUBERNETES_TOOLS_REPO_CACHE_PVC": "shared",
            **RUNNER,
        },
    ),
}


@pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
@pytest.mark.parametrize("name", EXAMPLES)
def test_example(helm: pathlib.Path, name: str) -> None:
    values, cache, api = EXAMPLES[name]
    rendered = render(helm, values)
    found = rendered.env("api-rs")
    digest = found.pop("OVERLAYS_DIGEST")
    assert list(found.items()) == list(api.items())
    assert rendered.config() == {**api, "OVERLAYS_DIGEST": digest}
    if cache is None:
        assert not rendered.of_kind("DaemonSet")
        return
    assert list(rendered.env("repo-cache").items()) == [
        *cache.items(),
        ("SYNC_INTERVAL_SECONDS", "30"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("OVERLAYS_DIGEST", digest),
    ]


DIGESTS: Final = {
    "ex1-defaults": "sha256:0082f8e613d23a7401f7842413fecd6ff8df6ff03b1990d67c6e3326d10e95e2",
    "ex2-two-sources": "sha256:70d3198901f0ffcb9e3c1068354ff5e7ba36d2540662ffd655d7c8669f8568cf",
    "ex5-tool-server-off": "sha256:11a01607fcb058718a8a144f8bfedbea92bd0d939aecc2ebddc662f5f263efed",
}


@pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
@pytest.mark.parametrize("name", DIGESTS)
def test_digest_stands_wherever_the_plan_matters(helm: pathlib.Path, name: str) -> None:
    rendered = render(helm, EXAMPLES[name][0])
    digest = DIGESTS[name]
    assert rendered.env("api-rs")["OVERLAYS_DIGEST"] == digest
    assert rendered.env("repo-cache")["OVERLAYS_DIGEST"] == digest
    assert json.loads(rendered.config("-manifest")["overlay-manifest.json"])["digest"] == digest
    for workload in (*rendered.of_kind("DaemonSet"), *rendered.of_kind("Deployment")):
        assert workload["spec"]["template"]["metadata"]["annotations"]["agent-overlays.io/digest"] == digest


@pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
def test_the_empty_manifest_in_full(helm: pathlib.Path) -> None:
    rendered = render(helm, {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/a"]}})
    assert rendered.config("-manifest")["overlay-manifest.json"] == (
        "{\n"
        '  "digest": "sha256:11a01607fcb058718a8a144f8bfedbea92bd0d939aecc2ebddc662f5f263efed",\n'
        '  "mounts": {\n'
        '    "api": "/var/lib/centaur/repos",\n'
        '    "sandbox": "/home/agent/github"\n'
        "  },\n"
        '  "repositories": [\n'
        "    {\n"
        '      "cloneUrl": "https://github.com/a/a.git",\n'
        '      "repo": "a/a",\n'
        '      "visibility": "private"\n'
        "    }\n"
        "  ],\n"
        '  "schemaVersion": 1,\n'
        '  "sources": []\n'
        "}\n"
    )


def cache_mount(rendered: Rendered) -> list[str]:
    return [mount["mountPath"] for mount in rendered.container("api-rs").get("volumeMounts", [])]


@pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
@pytest.mark.parametrize(
    ("name", "mounted"), [("ex1-defaults", True), ("ex5-tool-server-off", False), ("ex6-cache-off", False)]
)
def test_the_api_mounts_the_cache_when_it_reads_from_it(helm: pathlib.Path, name: str, mounted: bool) -> None:
    assert (HP in cache_mount(render(helm, EXAMPLES[name][0]))) is mounted
