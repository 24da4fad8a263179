"""An agent of the values in its pod: what it may use is there, and nothing else is to be had."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.e2e import content
from tests.support.git_http import GitServer
from tests.support.git_repo import Files, GitRepo, Symlink
from tests.support.podman import Podman
from tests.support.site import Form, Site

SECRET: Final = "SEEN-BY-OPERATORS-ALONE"  # stands in every skill, tool, workflow and persona that is not for everybody
BASE: Final[Files] = {
    ".agents/skills/code-review/SKILL.md": content.skill("code-review", "Reviews code."),
    ".agents/skills/code-review/checklist.md": "Read the tests first.\n",
    ".agents/skills/house-style/SKILL.md": content.skill("house-style", "How we write."),
    ".agents/skills/operate/SKILL.md": content.skill("operate", SECRET),
    "tools/search/pyproject.toml": "[project]\nname = 'search'\n",
    "tools/deploy/pyproject.toml": f"[project]\nname = 'deploy'\ndescription = '{SECRET}'\n",
    "workflows/nightly.py": f"WORKFLOW_NAME = 'nightly'\nABOUT = '{SECRET}'\n",
    "personas/reviewer.md": '---\nskills: ["code-*"]\n---\n\nYou review.\n',
    "personas/operator.md": f"{SECRET}\n",
    "PROMPT.md": "Be kind.\n",
}
TEAM: Final[Files] = {
    ".agents/skills/code-review/SKILL.md": (
        '---\nname: "code-review"  # ours\ndescription: Reviews our code.\n---\n\nLook twice.\n'
    ),
    ".agents/skills/code-audit/SKILL.md": content.skill("code-audit", "Audits code."),
    "PROMPT.md": "We are a team.\n",
}
AGENTS: Final[list[dict[str, Any]]] = [
    {
        "name": "reviewer",
        "skills": ["code-*", "house-style"],
        "preload": ["code-review"],
        "tools": ["search"],
        "workflows": [],
        "personas": ["reviewer"],
        "mountAs": {"skills": "team"},
    },
    {
        "name": "by-persona",
        "persona": "reviewer",
        "personas": ["rev*"],
        "tools": [],
        "workflows": [],
        "systemPrompt": False,
    },
    {"name": "nothing", "skills": [], "tools": [], "workflows": [], "personas": [], "systemPrompt": False},
]
SKILLS: Final = ".agents/skills"
OURS: Final = str(TEAM[f"{SKILLS}/code-review/SKILL.md"])
PRELOADED: Final = """\
Be kind.

---

We are a team.

---

# Active Skills

These skills are in force from the start; follow their instructions.

## team-code-review

Look twice.

## team-house-style

How we write.
"""
WANTED: Final[dict[str, Files]] = {
    "reviewer": {
        f"{SKILLS}/team-code-review/SKILL.md": OURS.replace('"code-review"', '"team-code-review"'),
        f"{SKILLS}/team-code-audit/SKILL.md": content.skill("team-code-audit", "Audits code."),
        f"{SKILLS}/team-house-style/SKILL.md": content.skill("team-house-style", "How we write."),
        ".claude/skills": Symlink("../.agents/skills"),
        "tools/search/pyproject.toml": BASE["tools/search/pyproject.toml"],
        "personas/reviewer.md": BASE["personas/reviewer.md"],
        "SYSTEM_PROMPT.md": PRELOADED,
    },
    "by-persona": {
        f"{SKILLS}/code-review/SKILL.md": OURS,
        f"{SKILLS}/code-audit/SKILL.md": content.skill("code-audit", "Audits code."),
        ".claude/skills": Symlink("../.agents/skills"),
        "personas/reviewer.md": BASE["personas/reviewer.md"],
    },
    "nothing": {},
}
FORMS: Final = {"root": Form(), "claim-merged": Form(claim=True, delivery="merged")}


@pytest.fixture(scope="module")
def repos(server: GitServer) -> dict[str, GitRepo]:
    found = {}
    for name, files in {"acme/base": BASE, "acme/team": TEAM}.items():
        found[name] = GitRepo(server.root / f"{name}.git")
        found[name].commit(files)
    return found


@pytest.fixture(scope="module", params=FORMS)
def site(
    request: pytest.FixtureRequest,
    podman: Podman,
    server: GitServer,
    repos: dict[str, GitRepo],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """A cache that is ready, the pods of all agents, and the one that gets everything."""
    with contextlib.closing(Site(podman, tmp_path_factory.mktemp("site"), FORMS[request.param])) as made:
        sources = [content.source(server, name) for name in repos]
        sources[0]["skillsPreload"] = ["house-style"]
        made.render(sources, AGENTS, mountCache=True)
        made.start_cache()
        made.wait_until_ready()
        made.start_sandbox()
        for agent in AGENTS:
            made.start_agent(agent["name"])
        yield made


def holders(site: Site, container: str) -> list[str]:
    """The files of a container, in all its mounts, that hold the secret."""
    words = ("grep", "--recursive", "--files-with-matches", "--text", "--devices=skip", f"--regexp={SECRET}")
    places = ("bin", "dev", "etc", "home", "mnt", "opt", "overlays", "root", "run", "srv", "tmp", "usr", "var")
    done = site.podman.attempt("exec", container, *words, *(f"/{place}" for place in places))
    return sorted(done.stdout.decode().splitlines())


@pytest.mark.parametrize("agent", WANTED)
def test_the_workspace_holds_exactly_what_the_agent_may_use(site: Site, agent: str) -> None:
    found = site.podman.files(f"{agent}-agent", "/home/agent/workspace")
    record = json.loads(found.pop(content.RECORD).text)
    assert record["agent"] == agent
    assert found == content.entries(WANTED[agent])


@pytest.mark.parametrize("agent", WANTED)
def test_nothing_else_is_to_be_had_anywhere_in_the_container(site: Site, agent: str) -> None:
    assert holders(site, f"{agent}-agent") == []
    mounts = [line.split()[1] for line in site.podman.exec(f"{agent}-agent", "cat", "/proc/mounts").splitlines()]
    assert [path for path in mounts if path.startswith(("/home", "/overlays", "/var/lib", site.host_path))] == [
        "/home/agent/workspace"
    ]


def test_the_pod_that_gets_everything_has_it(site: Site) -> None:
    found = holders(site, "sandbox-agent")
    assert "/home/agent/workspace/.agents/skills/operate/SKILL.md" in found
    assert [path for path in found if path.startswith("/home/agent/github/")]


def test_a_skill_of_another_agent_cannot_be_reached_by_its_path(site: Site) -> None:
    for path in ("/home/agent/workspace/.agents/skills/operate/SKILL.md", f"{site.host_path}/acme/base/PROMPT.md"):
        done = site.podman.attempt("exec", "reviewer-agent", "cat", path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode().strip().endswith("No such file or directory")


def test_the_variables_name_what_the_agent_has(site: Site) -> None:
    environment = site.podman.exec("by-persona-agent", "env", "-0").split("\0")
    seen = dict(line.split("=", 1) for line in environment if line)
    template = site.rendered.objects["PodTemplate", "e2e-agent-overlays-agent-by-persona"]["template"]
    assert seen["OVERLAYS_DIGEST"] == template["metadata"]["annotations"]["agent-overlays.io/digest"]
    assert seen["CENTAUR_SKILL_DIRS"] == "/home/agent/workspace/.agents/skills"
    assert not {"TOOL_DIRS", "WORKFLOW_DIRS", "CENTAUR_PROMPT_PATHS"} & seen.keys()


def test_the_log_tells_what_was_loaded(site: Site, repos: dict[str, GitRepo]) -> None:
    heads = {name: repo.refs()["refs/heads/main"] for name, repo in repos.items()}
    events = site.podman.events("reviewer-overlays-install")
    [review] = [each for each in events if each.get("name") == "code-review"]
    kept = ("kind", "name", "source", "ref", "commit", "path", "mount", "preload", "shadows")
    assert {key: review[key] for key in kept} == {
        "kind": "skills",
        "name": "code-review",
        "source": "acme/team",
        "ref": "",
        "commit": heads["acme/team"],
        "path": ".agents/skills/code-review",
        "mount": "team",
        "preload": True,
        "shadows": ["acme/base"],
    }
    assert SECRET not in json.dumps(events)
    assert {each["name"] for each in events if each.get("kind") == "skills" and "name" in each} == {
        "code-review",
        "code-audit",
        "house-style",
    }
