"""The pinned tools: complete, with hashes, and silent about where they came from."""

from __future__ import annotations

import re
import sys
from typing import Final

from tests.support.helm import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PINS: Final = (ROOT / "requirements" / "dev.txt").read_text()


def test_every_pin_has_hashes_and_nothing_names_a_registry() -> None:
    for requirement in re.sub(r"^#.*\n", "", PINS, flags=re.MULTILINE).replace("\\\n", "").splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", requirement), requirement
    assert "://" not in PINS


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pinned = set(re.findall(r"^([a-z0-9-]+)==", PINS, re.MULTILINE))
    assert {re.split("[<>=~ ]", name)[0].lower() for name in wanted} <= pinned
