"""NOTES.txt: the mode, where to look, and each warning that a template can see."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import HELMS, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
BASE: Final = {"repo": "paradigmxyz/centaur"}
HOST_PATH: Final = (
    "repoCache.storage.type is hostPath: "
    "namespaces that enforce the Pod Security level baseline or restricted refuse the pods\n"
    "  one shared volume is the other way: --set repoCache.storage.type=persistentVolumeClaim "
    "--set repoCache.storage.persistentVolumeClaim.create=true"
)


def notes(helm: pathlib.Path, parent: pathlib.Path, values: dict[str, Any]) -> str:
    """The notes, read where the parent chart prints them: `helm template` itself leaves them out."""
    clean = {"overlays": None, "sandbox": None, "apiRs": None, **values}
    text = render(helm, {"agent-overlays": clean}, chart=parent).objects["ConfigMap", "own-manifest"]["data"][
        "notes.txt"
    ]
    assert isinstance(text, str)
    return text


def warnings(helm: pathlib.Path, parent: pathlib.Path, values: dict[str, Any]) -> list[str]:
    lines = notes(helm, parent, values).partition("\nWarnings:\n")[2].replace(f"- {HOST_PATH}\n", "").splitlines()
    return [line.removeprefix("- ") for line in lines]


@BOTH
def test_what_the_notes_say(helm: pathlib.Path, parent: pathlib.Path) -> None:
    text = notes(helm, parent, {"overlays": {"sources": [BASE, {"repo": "a/b", "enabled": False}]}})
    assert text.startswith(
        "The list comes from overlays.sources (explicit mode): 1 of 2 entries are enabled.\nDigest: sha256:"
    )
    assert (
        "exec daemonset/agent-overlays-repo-cache -- "
        "python3 -B -m overlays_node status --root /var/lib/centaur/repos\n" in text
    )
    assert (
        "what the cache serves:\n  kubectl --namespace default get podtemplate agent-overlays-sandbox -o yaml\n" in text
    )
    text = notes(helm, parent, {"overlays": {"sources": [BASE]}, "agents": [{"name": "a"}, {"name": "b"}]})
    assert (
        "each with its own part of it:\n"
        "  kubectl --namespace default get podtemplate agent-overlays-agent-a -o yaml\n"
        "  kubectl --namespace default get podtemplate agent-overlays-agent-b -o yaml\n" in text
    )
    assert "directory that the values name is there:\n  helm test agent-overlays --namespace default --logs\n" in text
    assert text.rstrip().endswith(HOST_PATH)
    way = [word for word in HOST_PATH.split() if "=" in word]
    values = {"agent-overlays": {"overlays": None, "sandbox": None, "apiRs": None}}
    flags = [part for word in way for part in ("--set", f"agent-overlays.{word}")]
    rendered = render(helm, values, *flags, chart=parent)
    assert HOST_PATH not in rendered.objects["ConfigMap", "own-manifest"]["data"]["notes.txt"]
    assert not [volume for pod in rendered.pods() for volume in pod["volumes"] if "hostPath" in volume]
    text = notes(helm, parent, {})
    assert text.startswith("The list comes from toolServer.* (compat mode, since overlays.sources is empty): 1 source")
    text = notes(helm, parent, {"repoCache": {"enabled": False}})
    assert "The cache is off" in text
    assert "podtemplate" not in text
    text = notes(helm, parent, {"toolServer": {"enabled": False}})
    assert "no repository to cache" in text
    assert "helm test" not in text
    assert "Warnings" not in text


WARNED: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "nothing": ({}, []),
    "port": ({"toolServer": {"port": 9000}}, ["toolServer.port does nothing"]),
    "no base": (
        {"overlays": {"sources": [{"repo": "a/b"}]}},
        ["overlays.sources does not list paradigmxyz/centaur: the base repository is not implied"],
    ),
    "both": (
        {
            "overlays": {"sources": [{"repo": "a/b"}]},
            "toolServer": {"repo": "a/b", "ref": "x", "subdir": "t", "extraSources": [{"repo": "c/d"}]},
        },
        [
            "toolServer.ref is not used",
            "toolServer.repo is not used",
            "toolServer.subdir is not used",
            "toolServer.extraSources is not used: overlays.sources is the list",
        ],
    ),
    "off": (
        {"toolServer": {"enabled": False, "extraSources": [{"repo": "c/d"}]}},
        ["toolServer.extraSources is not used: toolServer.enabled is false"],
    ),
    "nothing to switch off": (
        {"toolServer": {"extraSources": [{"repo": "c/d", "workflowsSubdir": ""}]}},
        ['toolServer.extraSources[0].workflowsSubdir: "" means workflows here'],
    ),
    "visibility": (
        {
            "overlays": {
                "sources": [{**BASE, "visibility": "private"}, {**BASE, "visibility": "public", "toolsSubdir": ""}]
            }
        },
        [
            "paradigmxyz/centaur is private: overlays.sources[0] says so, although overlays.sources[1] says public",
            "skills: paradigmxyz/centaur/.agents/skills is listed more than once; it counts at its last place",
            "workflows: paradigmxyz/centaur/workflows is listed more than once",
        ],
    ),
    "case": (
        {"repoCache": {"repositories": ["a/b", "A/b"]}},
        ["a/b and A/b differ only by case"],
    ),
    "port of a clone URL": (
        {
            "repoCache": {
                "repositories": [
                    {"repo": "a/b", "cloneUrl": "https://x.example:8443/b"},
                    {"repo": "a/c", "cloneUrl": "http://x.example/c"},
                    {"repo": "a/d", "cloneUrl": "https://x.example:443/b"},
                ]
            }
        },
        [
            "a/b is cloned from https://x.example:8443/b, but repoCache.egressPorts does not have 8443",
            "a/c is cloned from http://x.example/c, but repoCache.egressPorts does not have 80",
        ],
    ),
    "cache off": (
        {
            "repoCache": {"enabled": False},
            "overlays": {"sources": [{**BASE, "promptPath": "p.md", "workflowsSubdir": ""}]},
        },
        [
            "no sandbox pod template: repoCache.enabled is false",
            "repoCache.enabled is false: the prompt of 1 listed path(s)",
            "repoCache.enabled is false: the skills of 1 listed path(s)",
        ],
    ),
    "merged without a cache": (
        {
            "repoCache": {"enabled": False},
            "overlays": {"delivery": "merged", "sources": []},
            "toolServer": {"enabled": False},
        },
        ["overlays.delivery merged needs the cache: repoCache.enabled is false, and everything is as with separate"],
    ),
    "agents without a cache": (
        {"repoCache": {"enabled": False}, "agents": [{"name": "a"}], "overlays": {"sources": []}},
        [
            "no sandbox pod template: repoCache.enabled is false",
            "repoCache.enabled is false: the skills of 1 listed path(s)",
            "repoCache.enabled is false: the workflows of 1 listed path(s)",
            "the agents get no pod templates: no cache is rendered",
        ],
    ),
    "preloaded for nobody": (
        {"overlays": {"sources": [{**BASE, "skillsPreload": ["pdf"]}]}},
        ["skillsPreload has no effect: there are no agents"],
    ),
    "paths": ({"sandbox": {"reposPath": "/elsewhere"}}, ["sandbox.reposPath is /elsewhere, but the cache is at"]),
    "two prompts": (
        {"overlay": {"systemPrompt": "x"}, "overlays": {"sources": [{**BASE, "promptPath": "p.md"}]}},
        ["overlay.systemPrompt and the promptPath of paradigmxyz/centaur/p.md are both set"],
    ),
    "replaced": (
        {
            "sandbox": {"extraEnv": {"CENTAUR_SKILL_DIRS": "x", "F": 1.5, "WORKFLOW_DIRS": "/w"}},
            "apiRs": {
                "extraEnv": {
                    "TOOL_DIRS": "$(HOME)",
                    "SESSION_SANDBOX_EXTRA_ENV": '[{"name":"CENTAUR_SKILL_DIRS","value":""}]',
                }
            },
        },
        [
            "sandbox.extraEnv.CENTAUR_SKILL_DIRS replaces",
            "sandbox.extraEnv.F is a number and becomes 1.5: put it in quotes",
            "sandbox.extraEnv.WORKFLOW_DIRS replaces",
            "apiRs.extraEnv.TOOL_DIRS replaces",
            "apiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV replaces the CENTAUR_SKILL_DIRS",
            "apiRs.extraEnv.TOOL_DIRS holds $( or $$",
        ],
    ),
}


@BOTH
@pytest.mark.parametrize("name", WARNED)
def test_warning(helm: pathlib.Path, parent: pathlib.Path, name: str) -> None:
    values, expected = WARNED[name]
    found = warnings(helm, parent, values)
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected


@BOTH
def test_sizes(helm: pathlib.Path, parent: pathlib.Path) -> None:
    repos = [f"acme/a-rather-long-repository-name-{number:04}" for number in range(1, 2000)]
    found = warnings(helm, parent, {"overlays": {"sources": [BASE, *({"repo": repo} for repo in repos)]}})
    repos = [BASE["repo"], *repos]
    sandbox = ":".join(f"/home/agent/github/{repo}/.agents/skills" for repo in repos)
    array = json.dumps([{"name": "CENTAUR_SKILL_DIRS", "value": sandbox}], separators=(",", ":"))
    tools = json.dumps([{"repo": repo, "subdir": "tools"} for repo in repos[1:]], separators=(",", ":"))
    expected = {
        "KUBERNETES_TOOLS_EXTRA_SOURCES": tools,
        "KUBERNETES_WORKFLOW_DIRS": ":".join(f"/home/agent/github/{repo}/workflows" for repo in repos),
        "SESSION_SANDBOX_EXTRA_ENV": array,
        "TOOL_DIRS": ":".join(f"/var/lib/centaur/repos/{repo}/tools" for repo in repos),
        "WORKFLOW_DIRS": ":".join(f"/var/lib/centaur/repos/{repo}/workflows" for repo in repos),
    }
    assert [line.split(";")[0] for line in found] == [
        f"{name} of api-rs has {len(name) + 1 + len(value)} bytes" for name, value in expected.items()
    ]
