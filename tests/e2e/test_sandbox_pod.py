"""What an agent sees: pods of the rendered templates, from the Git server over the cache into its container."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import content
from tests.support.git_http import GitServer
from tests.support.git_repo import GitRepo
from tests.support.helm import HELM3, HELM4
from tests.support.podman import Podman, PodmanError
from tests.support.site import PLAIN, Form, Site

WORKSPACE = "/home/agent/workspace"
ODD = "two words; $HOME 'and' \"quotes\" ü"
BUILT = "built"  # stands for the image that `make image` builds


FORMS = {
    "root-separate": Form(),
    "root-merged-built-image": Form(delivery="merged", image=BUILT, helm=HELM3),
    "claim-separate-built-image": Form(claim=True, image=BUILT, helm=HELM3),
    "claim-merged": Form(claim=True, delivery="merged", helm=HELM4),
}


@pytest.fixture(scope="module")
def repos(server: GitServer) -> dict[str, GitRepo]:
    return content.make(server)


@pytest.fixture(scope="module", params=FORMS)
def site(
    request: pytest.FixtureRequest,
    podman: Podman,
    built: str,
    server: GitServer,
    repos: dict[str, GitRepo],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """A cache that is ready and an agent, in each form."""
    form = FORMS[request.param]
    form = Form(form.claim, form.delivery, built if form.image == BUILT else PLAIN, form.helm)
    sources = [content.source(server, name) for name in repos]
    with contextlib.closing(Site(podman, tmp_path_factory.mktemp("site"), form)) as made:
        made.render(sources, extraEnv={"ODD": ODD})
        made.start_cache()
        made.wait_until_ready()
        made.start_sandbox()
        yield made


def test_the_probe_of_the_chart_finds_the_cache_ready(site: Site) -> None:
    done = site.probe()
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ready\n", b"")


def test_the_agent_finds_exactly_what_won(site: Site) -> None:
    found = site.workspace()
    del found[content.RECORD]
    assert found == content.entries(content.WON)


def test_tools_run_from_where_the_agent_starts(site: Site) -> None:
    assert site.agent("tools/search/start.sh") == "the search of extra\n"
    assert site.agent("tools/data/calendar/run.sh") == "the calendar of base\n"
    assert site.agent("cat", ".claude/skills/notes/SKILL.md") == content.skill("notes", "of extra")


def test_the_record_names_every_item_and_whom_it_shadows(site: Site, repos: dict[str, GitRepo]) -> None:
    record = json.loads(site.workspace()[content.RECORD].text)
    heads = {name: repo.refs()["refs/heads/main"] for name, repo in repos.items()}
    assert (record["complete"], record["fallback"]) == (True, None)
    assert {
        (each["kind"], each["name"], each["source"], each["path"], tuple(each["shadows"])) for each in record["items"]
    } == content.ITEMS
    assert {each["source"]: each["commit"] for each in record["items"]} == heads


def test_the_variables_name_what_is_there(site: Site) -> None:
    rendered = site.rendered.env("agent")
    seen = dict(line.split("=", 1) for line in site.agent("env", "-0").split("\0") if line)
    assert rendered.items() <= seen.items()
    assert seen["ODD"] == ODD
    named = {name: value for name, value in rendered.items() if value.startswith(WORKSPACE)}
    assert named == {
        "TOOL_DIRS": f"{WORKSPACE}/tools",
        "WORKFLOW_DIRS": f"{WORKSPACE}/workflows",
        "CENTAUR_SKILL_DIRS": f"{WORKSPACE}/.agents/skills",
        "CENTAUR_PERSONA_DIRS": f"{WORKSPACE}/personas",
        "CENTAUR_PROMPT_PATHS": f"{WORKSPACE}/SYSTEM_PROMPT.md",
    }
    kinds = site.agent("stat", "--format=%F", *named.values()).splitlines()
    assert kinds == [*["directory"] * 4, "regular file"]


def test_the_agent_works_in_its_copy_and_has_no_cache(site: Site) -> None:
    assert site.agent("pwd") == f"{WORKSPACE}\n"
    mounts = [line.split()[1] for line in site.agent("cat", "/proc/mounts").splitlines()]
    assert WORKSPACE in mounts
    assert not [path for path in mounts if path.startswith((site.host_path, "/home/agent/github", "/overlays"))]


def test_what_the_agent_writes_stays_in_its_copy(site: Site) -> None:
    site.agent("sh", "-ec", "echo mine > tools/search/pyproject.toml; mkdir tools/mine; rm -r personas")
    served = f"{site.host_path}/acme/extra/tools/search/pyproject.toml"
    assert site.in_cache("cat", served).stdout.decode() == content.EXTRA["tools/search/pyproject.toml"]
    site.start_sandbox()
    found = site.workspace()
    del found[content.RECORD]
    assert found == content.entries(content.WON)


# The security contexts

NO_POWERS = {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0, "NoNewPrivs": 1, "Seccomp": 2}


def powers(status: str) -> tuple[int, int, dict[str, int]]:
    """User, group and powers of a process, from its /proc/PID/status."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    user, group = (int(fields[name].split()[1]) for name in ("Uid", "Gid"))
    return user, group, {name: int(fields[name], 16) for name in NO_POWERS}


def test_the_processes_have_no_powers(site: Site) -> None:
    user = 1000 if site.form.claim else 0
    cache = site.in_cache("cat", "/proc/1/status").stdout.decode()
    assert powers(cache) == (user, user, NO_POWERS)
    assert powers(site.agent("cat", "/proc/1/status")) == (1000, 1000, NO_POWERS)


def test_the_root_of_the_cache_and_of_the_install_is_read_only(site: Site) -> None:
    assert site.in_cache("touch", "/new").stderr.decode().endswith("'/new': Read-only file system\n")
    install: dict[str, Any] = site.podman.inspect("sandbox-overlays-install")
    assert install["HostConfig"]["ReadonlyRootfs"] is True
    assert (install["EffectiveCaps"] or [], install["BoundingCaps"] or []) == ([], [])
    assert install["Config"]["User"] == "1000:1000"
    mounts = {each["Destination"]: each["RW"] for each in install["Mounts"]}
    assert mounts == {
        site.host_path: False,
        "/overlays/manifest": False,
        "/overlays/runtime/overlays_node": False,
        WORKSPACE: True,
    }


def test_the_cache_is_seen_read_only_when_it_is_asked_for(
    site: Site, server: GitServer, repos: dict[str, GitRepo]
) -> None:
    site.render([content.source(server, name) for name in repos], mountCache=True)
    site.start_sandbox()
    served = "/home/agent/github/acme/extra/lib/common.py"
    assert site.agent("cat", served) == "COMMON = True\n"
    for path in (served, "/home/agent/github/new"):
        with pytest.raises(PodmanError, match="Read-only file system"):
            site.agent("sh", "-c", f"echo mine > {path}")


# What the consumers of `separate` and `merged` are told to read


def test_the_paths_for_other_sandboxes_are_in_the_cache(site: Site) -> None:
    config = site.rendered.config()
    paths = [path for name in ("TOOL_DIRS", "WORKFLOW_DIRS") for path in config[name].split(":")]
    assert len(paths) == (2 if site.form.delivery == "merged" else 4)
    assert site.in_cache("ls", "-d", *paths).stdout.decode().splitlines() == sorted(paths)
