"""What a cache and `install` write, read by `overlays status`."""

from __future__ import annotations

import json

from tests.support.installs import Agent, skill, source, tool
from tests.support.node import Node
from tests.support.overlays import overlays


def test_status_tells_which_versions_a_cache_and_its_agents_have(node: Node) -> None:
    base = node.repo("acme/base", {".agents/skills/pdf/SKILL.md": skill("pdf"), **tool("jira")})
    node.repo("acme/team", {".agents/skills/pdf/SKILL.md": skill("pdf", "ours\n")})
    node.want("acme/base", "acme/team", sources=(source("acme/base", "skills", "tools"), source("acme/team", "skills")))
    manifest = json.loads(node.manifest.read_text())
    manifest["agents"] = [
        {"name": "reviewer", "skills": ["pdf"], "tools": [], "preload": ["pdf"], "mountAs": {"skills": "team"}}
    ]
    node.put_manifest(manifest)
    assert node.sync() == 0
    reviewer, everything = Agent(node), Agent(node)
    everything.dest = node.folder / "everything"
    assert reviewer.install("--agent", "reviewer") == 0
    assert everything.install() == 0
    names = [node.root / ".status.json", reviewer.dest / "installed.json", everything.dest / "installed.json"]
    ran = overlays("status", "--output", "json", "--detailed-exitcode", *names)
    found = json.loads(ran.stdout)
    cache, agent, plain = found["documents"]
    commits = {repo: node.of(repo)["commit"] for repo in ("acme/base", "acme/team")}
    assert {one["repo"]: one["commit"] for one in cache["repositories"]} == commits
    assert cache["set"] == agent["set"] == plain["set"]
    assert (agent["agent"], plain["agent"]) == ("reviewer", None)
    pdf = {
        "kind": "skills",
        "name": "pdf",
        "source": "acme/team",
        "ref": "",
        "commit": commits["acme/team"],
        "path": ".agents/skills/pdf",
        "shadows": ["acme/base"],
    }
    assert [one for one in agent["items"] if one["kind"] == "skills"] == [{**pdf, "mount": "team", "preload": True}]
    assert [one for one in plain["items"] if one["kind"] == "skills"] == [{**pdf, "mount": None, "preload": False}]
    assert [(one["about"], one["name"]) for one in found["differences"]] == [("agent", ""), ("item", "skills/pdf")]
    assert (ran.code, ran.stderr) == (2, b"")
    base.commit({"tools/jira/run.py": "new"})
    assert node.sync() == 0
    ran = overlays("status", "--output", "json", *names)
    (repository,) = [one for one in json.loads(ran.stdout)["differences"] if one["about"] == "repository"]
    assert repository["name"] == "acme/base"
    assert {one["value"]: one["documents"] for one in repository["values"]} == {
        commits["acme/base"]: [str(names[2])],
        node.of("acme/base")["commit"]: [str(names[0])],
    }
