"""The pinned tools: complete, with hashes, and silent about where they came from."""

from __future__ import annotations

import re
import sys
from typing import Final

import pytest

from tests.support.helm import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GROUPS: Final = ("action", "dev")


def requirements(group: str) -> list[str]:
    """Each pin with its hashes, in one line."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    assert "://" not in text
    return re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()


@pytest.mark.parametrize("group", GROUPS)
def test_every_pin_has_hashes_and_nothing_names_a_registry(group: str) -> None:
    for requirement in requirements(group):
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", requirement), requirement


@pytest.mark.parametrize("group", GROUPS)
def test_every_dependency_is_pinned(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"][group]]
    pinned = {requirement.partition("==")[0] for requirement in requirements(group)}
    assert {re.split("[<>=~ ]", name)[0].lower() for name in wanted} <= pinned


def test_the_action_installs_the_versions_that_are_tested() -> None:
    assert set(requirements("action")) <= set(requirements("dev"))


PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("chart/*.md")])


def test_no_page_installs_what_a_stranger_may_own_or_change() -> None:
    installed = [target for page in PAGES for target in re.findall(r"\bpip install (\S+)", page.read_text())]
    assert len(installed) > 1
    for target in installed:
        assert re.fullmatch(r'\.|"git\+https://[\w./-]+@[0-9a-f]{40}"', target), target
