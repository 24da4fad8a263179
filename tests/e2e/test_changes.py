"""What a sandbox gets when sources change, fail or are missing."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e import content
from tests.support.git_http import GitServer, Unauthorized
from tests.support.git_repo import GitRepo
from tests.support.podman import PodmanError
from tests.support.site import Form, Site

NewSite = Callable[[Form], Site]
FORM = Form(delivery="merged")
GONE = "acme/gone"


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[GitServer]:
    """A git server of the test alone."""
    with GitServer(tmp_path / "remotes") as running:
        yield running


@pytest.fixture
def repos(server: GitServer) -> dict[str, GitRepo]:
    return content.make(server)


@pytest.fixture
def sources(server: GitServer, repos: dict[str, GitRepo]) -> list[dict[str, Any]]:
    return [content.source(server, name) for name in repos]


def started(site: Site, sources: list[dict[str, Any]], **sandbox: Any) -> Site:
    """The site with a cache of these sources that has ended its first pass."""
    site.render(sources, **sandbox)
    site.start_cache()
    site.wait_for("pass-finished")
    return site


def events(log: list[dict[str, Any]], level: str) -> list[dict[str, Any]]:
    return [each for each in log if each["level"] == level]


# Pods that start before the cache


@pytest.mark.parametrize("pod", ["sandbox", "api"])
def test_a_pod_waits_for_the_cache(new_site: NewSite, sources: list[dict[str, Any]], pod: str) -> None:
    main = {"sandbox": "sandbox-agent", "api": "api-api-rs"}[pod]
    site = new_site(Form(claim=True))
    site.render(sources)
    with site.starting(pod) as command:
        site.wait_until_created(main)
        assert site.podman.inspect(main)["State"]["Running"] is False
        site.start_cache()
        assert command.wait() == 0
    assert site.podman.inspect(main)["State"]["Running"] is True
    if pod == "api":
        assert site.podman.logs("api-overlays-wait-for-cache") == "ready\n"


# Pushes


def test_a_push_is_in_the_next_sandbox_and_not_in_the_old_one(
    new_site: NewSite, sources: list[dict[str, Any]], repos: dict[str, GitRepo]
) -> None:
    site = started(new_site(FORM), sources)
    site.start_sandbox()
    before = site.workspace()
    changes = {"personas/analyst.md": "Another analyst.\n", ".agents/skills/notes/SKILL.md": None}
    commit = repos["acme/extra"].commit(changes)
    site.wait_until_served("acme/extra", commit)
    assert site.workspace() == before
    site.start_sandbox()
    after = site.workspace()
    assert after["personas/analyst.md"].text == "Another analyst.\n"
    assert after[".agents/skills/notes/SKILL.md"].text == content.skill("notes", "of base")
    assert after[".agents/skills/notes/only-in-base.md"].text == ""
    assert commit in after[content.RECORD].text


def test_a_sandbox_that_follows_is_kept_fresh(
    new_site: NewSite, sources: list[dict[str, Any]], repos: dict[str, GitRepo]
) -> None:
    site = started(new_site(FORM), sources, follow=True)
    site.start_sandbox_that_follows()
    site.agent("sh", "-ec", "echo mine > tools/mine.txt; echo mine > personas/writer/mine.txt")
    before = site.workspace()
    commit = repos["acme/extra"].commit({"personas/analyst.md": "Another analyst.\n", "workflows/other.py": None})
    site.wait_until_sandbox(lambda files: commit in files[content.RECORD].text)
    after = site.workspace()
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert changed == {"personas/analyst.md", "workflows/other.py", "workflows/triage.py", content.RECORD}
    assert after["personas/analyst.md"].text == "Another analyst.\n"
    assert after["workflows/triage.py"].text == content.BASE["workflows/triage.py"]


# Sources that fail


def test_an_agent_does_not_start_without_its_sources(
    new_site: NewSite, server: GitServer, sources: list[dict[str, Any]]
) -> None:
    site = started(new_site(FORM), [*sources, content.source(server, GONE)], wait=1)
    assert site.probe().returncode == 1
    with pytest.raises(PodmanError, match=r"init container \w+ exited with code 1"):
        site.start_sandbox()
    assert site.podman.inspect("sandbox-agent")["State"]["Status"] == "created"
    text = site.podman.logs("sandbox-overlays-install")
    assert GONE in text
    assert "not found" in text or "404" in text


def test_what_there_is_stands_in_for_the_complete_set(
    new_site: NewSite, server: GitServer, sources: list[dict[str, Any]]
) -> None:
    site = started(new_site(FORM), [*sources, content.source(server, GONE)], wait=1, fallback="incomplete")
    site.start_sandbox()
    found = site.workspace()
    record = found.pop(content.RECORD).text
    assert '"complete": false' in record
    assert '"fallback": "incomplete"' in record
    assert found == content.entries(content.WON)
    [told] = events(site.install_log(), "error")
    assert (told["event"], told["lacking"]) == ("installing-incomplete", [GONE])


def test_the_set_of_the_earlier_list_stands_in_for_the_new_one(
    new_site: NewSite, server: GitServer, sources: list[dict[str, Any]]
) -> None:
    site = started(new_site(FORM), sources)
    site.wait_until_ready()
    site.render([*sources, content.source(server, GONE)], wait=1, fallback="previous")
    site.start_cache()
    site.wait_for("pass-finished")
    assert site.probe().returncode == 1
    site.start_sandbox()
    found = site.workspace()
    assert '"fallback": "previous"' in found.pop(content.RECORD).text
    assert found == content.entries(content.WON)
    assert "installing-previous" in [each["event"] for each in events(site.install_log(), "warning")]


def test_a_source_that_fails_later_changes_nothing(
    new_site: NewSite, server: GitServer, sources: list[dict[str, Any]]
) -> None:
    site = started(new_site(FORM), sources)
    server.faults["acme/extra"] = Unauthorized("bot", "another token")
    site.wait_for("repository-failed")
    assert site.probe().returncode == 0
    site.start_sandbox()
    found = site.workspace()
    del found[content.RECORD]
    assert found == content.entries(content.WON)
