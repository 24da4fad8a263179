"""Helm refuses the shapes that the generator refuses: the same places, whatever the words."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import pytest

from overlays.cli.pipeline import prepare
from overlays.io.values import Inputs
from overlays.model.finding import Severity
from tests.support.bad_names import PATHS, REFS, REPOS, SUBDIRS, URLS
from tests.support.helm import HELMS, helm_template

OVERRIDES = [
    "",
    "pdf",
    "skill/pdf",
    "skills",
    "skills/",
    "skills//pdf",
    "Skills/a",
    "prompt/a",
    "tools/a\nb",
    "a tools/b",
]
SOURCE_KEYS = ("toolsSubdir", "workflowsSubdir", "skillsSubdir", "personasSubdir", "promptPath")


def sources(key: str, texts: list[str]) -> dict[str, Any]:
    return {"overlays": {"sources": [{"repo": f"acme/r{n}", key: text} for n, text in enumerate(texts)]}}


def numbered(root: str, count: int, tail: str = "") -> set[str]:
    return {f"{root}/{n}{tail}" for n in range(count)}


CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "repo": (sources("repo", REPOS), numbered("/overlays/sources", len(REPOS), "/repo")),
    "ref": (sources("ref", REFS), numbered("/overlays/sources", len(REFS), "/ref")),
    "cloneUrl": (sources("cloneUrl", URLS), numbered("/overlays/sources", len(URLS), "/cloneUrl")),
    **{key: (sources(key, SUBDIRS), numbered("/overlays/sources", len(SUBDIRS), f"/{key}")) for key in SOURCE_KEYS},
    "overrides": (
        {
            "overlays": {
                "sources": [
                    {"repo": "a/b", "overrides": OVERRIDES},
                    {"repo": "a/c", "overrides": ["skills/a", "skills/a"]},
                    {"repo": "a/d", "overrides": "skills/a"},
                    {"repo": "a/e", "overrides": ["skills/a", "tools/été", "workflows/a b/c", "personas/_x"]},
                ]
            }
        },
        {
            *numbered("/overlays/sources/0/overrides", len(OVERRIDES)),
            *("/overlays/sources/1/overrides", "/overlays/sources/2/overrides"),
        },
    ),
    "compat": (
        {"toolServer": {"extraSources": [{"repo": "a/b", "subdir": text} for text in SUBDIRS]}},
        numbered("/toolServer/extraSources", len(SUBDIRS), "/subdir"),
    ),
    "repositories": (
        {"repoCache": {"repositories": [*REPOS, *({"repo": "a/b", "ref": text} for text in REFS)]}},
        numbered("/repoCache/repositories", len(REPOS))
        | {f"/repoCache/repositories/{len(REPOS) + n}/ref" for n in range(len(REFS))},
    ),
    "types": (
        {
            "overlays": {"sources": [1, {"repo": ["a/b"]}, {"repo": "a/b", "enabled": "yes", "ref": 1}]},
            "toolServer": {"enabled": 1, "extraSources": {}, "runnerImage": []},
            "repoCache": {"hostPath": False, "storage": "pvc", "egressPorts": ["443"], "tolerations": {}},
            "sandbox": {"image": "x", "extraEnv": {"A": [], "B": {}}},
            "apiRs": {"extraEnv": {"A": 1, "B": True}, "service": {"port": "80"}},
            "overlay": {"systemPrompt": 1},
        },
        {
            *("/overlays/sources/0", "/overlays/sources/1/repo", "/overlays/sources/2/enabled"),
            *("/overlays/sources/2/ref", "/toolServer/enabled", "/toolServer/extraSources", "/toolServer/runnerImage"),
            *("/repoCache/hostPath", "/repoCache/storage", "/repoCache/egressPorts/0", "/repoCache/tolerations"),
            *("/sandbox/image", "/sandbox/extraEnv/A", "/sandbox/extraEnv/B", "/apiRs/extraEnv/A", "/apiRs/extraEnv/B"),
            *("/apiRs/service/port", "/overlay/systemPrompt"),
        },
    ),
    "ranges and choices": (
        {
            "overlays": {"sources": [{"repo": "a/b", "visibility": "Public"}, {"repo": "a/b", "visibility": ""}]},
            "repoCache": {
                "syncIntervalSeconds": 0,
                "grace": 604801,
                "jobs": 65,
                "timeout": 86401,
                "fetchTimeout": 0,
                "minFree": "91%",
                "metrics": {"enabled": "yes", "port": 80},
                "egressPorts": [0, 65536],
                "readinessProbe": {"periodSeconds": 0, "initialDelaySeconds": 1.5},
                "storage": {"type": "nfs", "persistentVolumeClaim": {"accessModes": [], "size": "big"}},
            },
            "sandbox": {"extraEnv": {"A": 9007199254740992}, "image": {"pullPolicy": "", "tag": "a b"}},
        },
        {
            *("/overlays/sources/0/visibility", "/overlays/sources/1/visibility", "/repoCache/syncIntervalSeconds"),
            *("/repoCache/grace", "/repoCache/jobs", "/repoCache/timeout", "/repoCache/fetchTimeout"),
            *("/repoCache/minFree", "/repoCache/metrics/enabled", "/repoCache/metrics/port"),
            *("/repoCache/egressPorts/0", "/repoCache/egressPorts/1", "/repoCache/readinessProbe/periodSeconds"),
            *("/repoCache/readinessProbe/initialDelaySeconds", "/repoCache/storage/type"),
            "/repoCache/storage/persistentVolumeClaim/accessModes",
            "/repoCache/storage/persistentVolumeClaim/size",
            *("/sandbox/extraEnv/A", "/sandbox/image/pullPolicy", "/sandbox/image/tag"),
        },
    ),
    "paths": (
        {"repoCache": {"hostPath": "/a/.."}, "sandbox": {"reposPath": "a"}, "overlay": {"mountPath": ""}},
        {"/repoCache/hostPath", "/sandbox/reposPath", "/overlay/mountPath"},
    ),
    "reserved": (
        {
            "apiRs": {
                "extraVolumes": [{"name": "overlays-cache"}],
                "extraVolumeMounts": [{"name": "x", "mountPath": path} for path in ("/tmp", "/overlays/x", "//tmp/")],
                "extraInitContainers": [{"name": name} for name in ("api-rs", "repo-cache", "overlays-x")],
            }
        },
        {
            "/apiRs/extraVolumes/0/name",
            *numbered("/apiRs/extraVolumeMounts", 3, "/mountPath"),
            *numbered("/apiRs/extraInitContainers", 3, "/name"),
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("helm", HELMS, ids=lambda path: path.name)
def test_helm_refuses_the_same_places(tmp_path: pathlib.Path, helm: pathlib.Path, case: str) -> None:
    values, places = CASES[case]
    file = tmp_path / "v.yaml"
    file.write_text(json.dumps(values) + "\n")
    rendered = helm_template(helm, ["-f", str(file)])
    assert rendered.code == 1
    assert set(re.findall(r"- at '([^']*)': (?!validation failed|'allOf' failed)", rendered.stderr)) >= places
    found = prepare(Inputs((str(file),)), "x").findings
    shape = {item.pointer for item in found if item.severity is Severity.ERROR and item.code < "OVL200"}
    assert shape == places


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("helm", HELMS, ids=lambda path: path.name)
def test_helm_refuses_host_paths(tmp_path: pathlib.Path, helm: pathlib.Path, path: str) -> None:
    file = tmp_path / "v.yaml"
    file.write_text(json.dumps({"repoCache": {"hostPath": path}}) + "\n")
    rendered = helm_template(helm, ["-f", str(file)])
    assert (rendered.code, "at '/repoCache/hostPath': " in rendered.stderr) == (1, True)


UNKNOWN = {
    "/overlays": {"overlays": {"source": []}},
    "/overlays/sources/0": {"overlays": {"sources": [{"repo": "a/b", "subdir": "x"}]}},
    "/toolServer": {"toolServer": {"branch": "x"}},
    "/toolServer/extraSources/0": {"toolServer": {"extraSources": [{"repo": "a/b", "toolsSubdir": "x"}]}},
    "/toolServer/runnerImage": {"toolServer": {"runnerImage": {"name": "x"}}},
    "/toolServer/githubToken": {"toolServer": {"githubToken": {"token": "x"}}},
    "/repoCache": {"repoCache": {"path": "x"}},
    "/repoCache/repositories/0": {"repoCache": {"repositories": [{"repo": "a/b", "branch": "x"}]}},
    "/repoCache/image": {"repoCache": {"image": {"name": "x"}}},
    "/repoCache/githubToken": {"repoCache": {"githubToken": {"name": "x"}}},
    "/repoCache/gitCredentials": {"repoCache": {"gitCredentials": {"host": "x"}}},
    "/repoCache/readinessProbe": {"repoCache": {"readinessProbe": {"successThreshold": 1}}},
    "/repoCache/metrics": {"repoCache": {"metrics": {"path": "/m"}}},
    "/repoCache/storage": {"repoCache": {"storage": {"size": "x"}}},
    "/repoCache/storage/persistentVolumeClaim": {"repoCache": {"storage": {"persistentVolumeClaim": {"name": "x"}}}},
}


@pytest.mark.parametrize("place", UNKNOWN)
@pytest.mark.parametrize("helm", HELMS, ids=lambda path: path.name)
def test_helm_refuses_unknown_keys(tmp_path: pathlib.Path, helm: pathlib.Path, place: str) -> None:
    file = tmp_path / "v.yaml"
    file.write_text(json.dumps(UNKNOWN[place]) + "\n")
    rendered = helm_template(helm, ["-f", str(file)])
    assert rendered.code == 1
    assert f"at '{place}': additional properties" in rendered.stderr
    assert [item.code for item in prepare(Inputs((str(file),)), "x").findings if item.severity is Severity.ERROR] == [
        "OVL111"
    ]
