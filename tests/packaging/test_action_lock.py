"""The lock in jobs of the Action: whether it agrees with the list, and which commits a pull request moves."""

from __future__ import annotations

from typing import Final

import pytest

from tests.packaging.told import comment, results, told
from tests.support.jobs import CHANGED, INVALID, VALUES, Jobs

LOCK: Final = """\
schemaVersion: 1
repositories:
  acme/base:
    url: "https://github.com/acme/base.git"
    ref: "main"
    commit: "968fe5d410a3ad4523969ba4b22aa2d7cbf3f88b"
"""
MOVED: Final = LOCK.replace("968fe5d410a3", "c67fbffd18a0")
PLACES: Final = [
    ("overlays.lock.yaml", {}),
    ("locks/prod.yaml", {"lock_file": "locks/prod.yaml"}),
    ("overlays.lock.yaml", {"lock_file": "overlays.lock.yaml"}),
    ("env/overlays.lock.yaml", {"values": "values.yaml", "working_directory": "env"}),
]


@pytest.mark.parametrize(("name", "inputs"), PLACES)
def test_a_lock_that_moves_is_a_change(jobs: Jobs, name: str, inputs: dict[str, str]) -> None:
    jobs.host.push({name: LOCK, "env/values.yaml": VALUES})
    acted = jobs.pull_request(jobs.host.pull_request({name: MOVED}), **inputs)
    assert results(acted) == (True, "true", "2")
    assert "| commits of the lock | 1 changed |\n" in comment(acted)
    assert "~ acme/base: 968fe5d410a3 → c67fbffd18a0\n" in acted.summary
    assert "**No change.**" not in acted.summary
    assert acted.commands == []


@pytest.mark.parametrize(("name", "inputs"), PLACES)
def test_a_lock_that_stays_is_none(jobs: Jobs, name: str, inputs: dict[str, str]) -> None:
    jobs.host.push({name: LOCK, "env/values.yaml": VALUES})
    acted = jobs.pull_request(jobs.host.pull_request({"README.md": "New.\n"}), **inputs)
    assert results(acted) == (True, "false", "0")
    assert "lock" not in comment(acted)


@pytest.mark.parametrize(("name", "inputs"), PLACES)
def test_a_lock_that_does_not_agree_fails_the_job(jobs: Jobs, name: str, inputs: dict[str, str]) -> None:
    jobs.host.push({"env/values.yaml": VALUES})
    acted = jobs.pull_request(
        jobs.host.pull_request({"values.yaml": CHANGED, "env/values.yaml": CHANGED, name: LOCK}), **inputs
    )
    assert results(acted) == (False, "true", "1")
    (line,) = [line for line in comment(acted).splitlines() if line.startswith("    acme/base: ")]
    assert told(acted) == [("error", "Overlays: list and lock do not agree", line.strip())]
    assert "### Overlays: what changes\n" in acted.summary


@pytest.mark.parametrize("name", ["locks/none.yaml", "none.yaml"])
def test_a_lock_that_is_named_must_be_there(jobs: Jobs, name: str) -> None:
    acted = jobs.pull_request(jobs.host.pull_request({"x": ""}), lock_file=name)
    assert results(acted) == (False, "false", "1")
    assert told(acted) == [("error", "Overlays: list and lock do not agree", f"{name}: there is no lock file")]


def test_a_named_lock_that_goes_is_a_change_and_an_error(jobs: Jobs) -> None:
    jobs.host.push({"prod.lock": LOCK})
    acted = jobs.pull_request(jobs.host.pull_request({"prod.lock": None}), lock_file="prod.lock")
    assert results(acted) == (False, "true", "1")
    assert "`prod.lock is not there in the new side`" in comment(acted)


def test_a_lock_that_is_broken_is_no_change_of_the_values(jobs: Jobs) -> None:
    jobs.host.push({"overlays.lock.yaml": LOCK})
    acted = jobs.pull_request(jobs.host.pull_request({"overlays.lock.yaml": "repositories: 1\n"}))
    assert results(acted) == (False, "", "1")
    assert "the values are valid now" not in comment(acted)


def test_values_that_were_not_valid_beside_a_lock(jobs: Jobs) -> None:
    jobs.host.push({"values.yaml": INVALID, "overlays.lock.yaml": LOCK})
    acted = jobs.pull_request(jobs.host.pull_request({"values.yaml": VALUES}))
    assert results(acted) == (True, "true", "2")
    assert "### Overlays: the values are valid now, and were not\n" in comment(acted)
