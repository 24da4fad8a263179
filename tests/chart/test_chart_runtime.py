"""The runtime that the chart carries is the one in chart/node, byte for byte, and starts with the rendered commands."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

import pytest

from overlays_node.__main__ import parser
from tests.support.git_http import GitServer
from tests.support.git_repo import GitRepo
from tests.support.helm import CHART, HELMS, Rendered, helm_template, render

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
RUNTIME: Final = CHART / "node" / "overlays_node"


def runtime(rendered: Rendered) -> dict[str, Any]:
    (found,) = [item for item in rendered.of_kind("ConfigMap") if "-runtime-" in item["metadata"]["name"]]
    return found


@BOTH
def test_the_files_are_carried_unchanged(helm: pathlib.Path) -> None:
    carried = runtime(render(helm, {}))
    assert carried["immutable"] is True
    assert carried["data"] == {path.name: path.read_bytes().decode() for path in sorted(RUNTIME.glob("*.py"))}


@BOTH
def test_new_code_is_a_new_object_and_restarts_the_cache(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    before = helm_template(helm, [], chart)
    (chart / "node" / "overlays_node" / "new.py").write_text('TEXT = "<no value>\\t\\u00e9"\n')
    after = helm_template(helm, [], chart)
    names = [runtime(rendered)["metadata"]["name"] for rendered in (before, after)]
    assert len(set(names)) == 2
    assert runtime(after)["data"]["new.py"] == 'TEXT = "<no value>\\t\\u00e9"\n'
    templates = [rendered.of_kind("DaemonSet")[0]["spec"]["template"] for rendered in (before, after)]
    digests = [template["metadata"]["annotations"]["agent-overlays.io/runtime"] for template in templates]
    for name, digest, template in zip(names, digests, templates, strict=True):
        assert name == f"agent-overlays-runtime-{digest[:10]}"
        assert {"name": "overlays-runtime", "configMap": {"name": name}} in template["spec"]["volumes"]


def begin(command: list[str], runtime_directory: pathlib.Path, places: Mapping[str, object]) -> subprocess.Popen[str]:
    """Run a rendered command from the carried files, with the container's words replaced by ours."""
    words = [str(places.get(word, word)) for word in command]
    words[0] = sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=runtime_directory, env=environment, stdout=pipe, stderr=pipe, text=True)


def start(command: list[str], runtime_directory: pathlib.Path, places: Mapping[str, object]) -> tuple[int, str]:
    """Exit status and output of a rendered command that ends by itself."""
    with begin(command, runtime_directory, places) as process:
        stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout + stderr


@BOTH
def test_the_rendered_commands_start(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    rendered = render(helm, {"toolServer": {"enabled": False}, "repoCache": {"repositories": ["a/a"]}})
    places = carry(rendered, tmp_path)
    package = tmp_path / "runtime" / "overlays_node"
    container = rendered.container("repo-cache")
    assert container["workingDir"] == "/overlays/runtime"
    ready = container["readinessProbe"]["exec"]["command"]
    code, text = start(ready, package.parent, places)
    assert (code, text.splitlines()[0].split(":")[0]) == (1, "not ready"), text
    command = container["command"]
    assert command[:5] == ["python3", "-B", "-m", "overlays_node", "sync"]
    code, text = start([*command[:5], "--help"], package.parent, places)
    assert code == 0
    flags = {word.split("=")[0] for word in full_command(helm) if word.startswith("--")}
    assert {flag for flag in flags if flag not in text} == set()
    assert not list(package.glob("__pycache__"))


@BOTH
def test_the_liveness_probe_finds_its_answer(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    nobody = {"repo": "a/a", "cloneUrl": "http://127.0.0.1:9/a"}
    rendered = render(helm, {"toolServer": {"enabled": False}, "repoCache": {"repositories": [nobody]}})
    places = carry(rendered, tmp_path)
    container = rendered.container("repo-cache")
    port = f":{container['ports'][0]['containerPort']}"
    assert port in container["command"]
    offline = {**places, port: "127.0.0.1:0"}
    with begin(container["command"], tmp_path / "runtime", offline) as process:
        assert process.stderr is not None
        deadline = threading.Timer(120, process.kill)
        deadline.start()
        events = (json.loads(line) for line in process.stderr)
        said = next(event for event in events if event["event"] == "listening")
        path = container["livenessProbe"]["httpGet"]["path"]
        with urllib.request.urlopen(f"http://{said['address']}:{said['port']}{path}", timeout=30) as answer:
            assert answer.status == 200
        process.terminate()
        process.communicate(timeout=120)
        deadline.cancel()
    assert process.returncode == 0


def full_command(helm: pathlib.Path) -> list[str]:
    rendered = helm_template(helm, ["-f", str(CHART / "ci" / "explicit-values.yaml")])
    command: list[str] = rendered.container("repo-cache")["command"]
    return command


def commands(rendered: Rendered) -> dict[str, list[str]]:
    """Every command of the runtime in the pods, by what it is for; "$$" as Kubernetes passes it on."""
    cache = rendered.container("repo-cache")
    found = {
        "sync": cache["command"],
        "ready": cache["readinessProbe"]["exec"]["command"],
        "wait": rendered.container("overlays-wait-for-cache")["command"],
        "check": rendered.container("overlays-test")["command"],
        "install": rendered.container("overlays-install")["command"],
    }
    return {what: [word.replace("$$", "$") for word in words] for what, words in found.items()}


@BOTH
def test_the_runtime_reads_the_rendered_flags(helm: pathlib.Path) -> None:
    rendered = helm_template(helm, ["-f", str(CHART / "ci" / "explicit-values.yaml")])
    read = {what: vars(parser({}).parse_args(words[4:])) for what, words in commands(rendered).items()}
    manifest, root = pathlib.Path("/overlays/manifest/overlay-manifest.json"), pathlib.Path("/var/lib/acme/repos")
    for options in read.values():
        assert (options["manifest"], options["root"]) == (manifest, root)
    installs = [read["install"], vars(parser({}).parse_args(rendered.container("overlays-follow")["command"][4:]))]
    for options in installs:
        assert (options["dest"], options["wait"], options["fallback"]) == (pathlib.Path("/srv/agent"), 60, "previous")
        assert options["surface"] == []
    assert [options["follow"] for options in installs] == [False, True]
    settings = ("interval", "grace", "jobs", "timeout", "fetch_timeout", "min_free", "listen")
    assert [read["sync"][name] for name in settings] == [60, 100000, 16, 60, 604800, 0.25, ":9100"]
    assert read["sync"]["github_token_file"] == pathlib.Path("/overlays/github-token/token")
    assert read["sync"]["git_token_file"] == pathlib.Path("/overlays/git-credentials/token")
    assert (read["sync"]["git_username"], read["sync"]["git_token_host"]) == ("robot$acme", ["git.example.com:8443"])
    assert [(read[what]["any_pod"], read[what]["wait"]) for what in ("ready", "wait")] == [(False, 0), (True, 300)]
    assert read["check"]["paths"] == [
        f"acme/agent-tools/{path}" for path in ("packages/tools", "skills", "personas", "prompts/acme.md")
    ]


def carry(rendered: Rendered, folder: pathlib.Path) -> dict[str, object]:
    """Put the carried files and the manifest below a folder; the container's paths -> ours."""
    package = folder / "runtime" / "overlays_node"
    package.mkdir(parents=True)
    for name, text in runtime(rendered)["data"].items():
        (package / name).write_text(text)
    manifest = folder / "overlay-manifest.json"
    manifest.write_text(rendered.config("-manifest")["overlay-manifest.json"])
    root = folder / "root"
    root.mkdir()
    return {"/overlays/manifest/overlay-manifest.json": manifest, "/var/lib/centaur/repos": root}


@BOTH
def test_the_api_waits_and_helm_test_proves(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with GitServer(tmp_path / "served") as server:
        for name in ("base", "extra"):
            GitRepo(server.root / f"acme/{name}.git").commit({"tools/a/pyproject.toml": "", "packages/b/x": ""})
        base = {"repo": "acme/base", "cloneUrl": server.url("acme/base")}
        extra = {"repo": "acme/extra", "cloneUrl": server.url("acme/extra"), "toolsSubdir": "packages"}
        values = {
            "overlays": {"sources": [base, {**extra, "workflowsSubdir": "", "personasSubdir": "gone"}]},
            "repoCache": {"minFree": "0%", "metrics": {"enabled": False}},
        }
        rendered = render(helm, values)
        places = carry(rendered, tmp_path)
        run = commands(rendered)
        at = tmp_path / "runtime"
        patience = {**places, "300": "1"}
        code, text = start(run["wait"], at, patience)
        assert (code, text.split(":")[0]) == (1, "not ready"), text
        code, text = start([*run["sync"], "--once"], at, places)
        assert code == 0, text
    assert start(run["wait"], at, patience) == (0, "ready\n")
    code, text = start(run["check"], at, places)
    assert code == 1
    assert text.splitlines() == [
        "missing: acme/extra/gone",
        "default, not there: acme/base/workflows",
        "default, not there: acme/base/.agents/skills",
        "default, not there: acme/extra/.agents/skills",
        "1 of 2 paths that were set are there",
    ]
    code, text = start([word for word in run["check"] if word != "acme/extra/gone"], at, places)
    assert (code, text.splitlines()[-1]) == (0, "1 of 1 paths that were set are there")


def found_by(variables: Mapping[str, str], below: str, there: pathlib.Path) -> dict[str, list[str]]:
    """Of each variable that begins with a path: the names in that directory, or the lines of that file, of ours."""
    found = {}
    for name, value in variables.items():
        if value.startswith(below):
            path = there / value.removeprefix(below)
            text = path.read_text().splitlines() if path.is_file() else sorted(item.name for item in path.iterdir())
            found[name] = text
    return found


@BOTH
def test_the_variables_name_what_the_rendered_commands_make(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with GitServer(tmp_path / "served") as server:
        text = "---\nname: pdf\n---\n"
        base = {"tools/a/pyproject.toml": "", "workflows/x.py": 'WORKFLOW_NAME = "x"\n', "p.md": "base\n"}
        extra = {"tools/b/pyproject.toml": "", "workflows/y.py": 'WORKFLOW_NAME = "x"\n', "p.md": "extra\n"}
        GitRepo(server.root / "acme/base.git").commit({**base, ".agents/skills/pdf/SKILL.md": text, "who/kind.md": ""})
        GitRepo(server.root / "acme/extra.git").commit({**extra, ".agents/skills/pdf/SKILL.md": text})
        further: dict[str, Any] = {"personasSubdir": "who", "promptPath": "p.md", "visibility": "public"}
        sources = [
            {"repo": "acme/base", "cloneUrl": server.url("acme/base"), **further},
            {"repo": "acme/extra", "cloneUrl": server.url("acme/extra"), "promptPath": "p.md"},
        ]
        cache = {"minFree": "0%", "metrics": {"enabled": False}}
        values: dict[str, Any] = {"overlays": {"delivery": "merged", "sources": sources}, "repoCache": cache}
        rendered = render(helm, values)
        workspace = tmp_path / "workspace"
        places = {**carry(rendered, tmp_path), "/home/agent/workspace": workspace}
        root, at, run = tmp_path / "root", tmp_path / "runtime", commands(rendered)
        code, text = start([*run["sync"], "--once"], at, places)
        assert code == 0, text
    code, text = start(run["install"], at, places)
    assert code == 0, text
    code, text = start(run["check"], at, places)
    assert (code, text.splitlines()[-1]) == (0, "5 of 5 paths that were set are there"), text
    winners = {
        "tools": ["a", "b"],
        "workflows": ["y.py"],
        "skills": ["pdf"],
        "prompt": ["base", "", "---", "", "extra"],
    }
    assert found_by(rendered.env("api-rs"), "/var/lib/centaur/repos/", root) == {
        "TOOL_DIRS": winners["tools"],
        "WORKFLOW_DIRS": winners["workflows"],
        "KUBERNETES_PUBLIC_TOOL_DIRS": ["a"],
    }
    kubernetes = {"KUBERNETES_WORKFLOW_DIRS": rendered.env("api-rs")["KUBERNETES_WORKFLOW_DIRS"]}
    assert found_by({**kubernetes, **dict(rendered.sandbox())}, "/home/agent/github/", root) == {
        "KUBERNETES_WORKFLOW_DIRS": winners["workflows"],
        "CENTAUR_SKILL_DIRS": winners["skills"],
        "CENTAUR_PUBLIC_SKILL_DIRS": winners["skills"],
        "CENTAUR_PERSONA_DIRS": ["kind.md"],
        "CENTAUR_PROMPT_PATHS": winners["prompt"],
    }
    assert found_by(rendered.env("agent"), "/home/agent/workspace/", workspace) == {
        "TOOL_DIRS": winners["tools"],
        "WORKFLOW_DIRS": winners["workflows"],
        "CENTAUR_SKILL_DIRS": winners["skills"],
        "CENTAUR_PERSONA_DIRS": ["kind.md"],
        "CENTAUR_PROMPT_PATHS": winners["prompt"],
    }
