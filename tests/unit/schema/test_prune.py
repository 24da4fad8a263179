"""What is left of values when the broken parts are taken out."""

from __future__ import annotations

from typing import Any

import pytest

from overlays.model.plan import Pointer
from overlays.schema.prune import prune

DEFAULTS: dict[str, Any] = {
    "overlays": {"sources": []},
    "repoCache": {"hostPath": "/d", "egressPorts": [443], "repositoryRefs": {}, "repositories": []},
}


@pytest.mark.parametrize(
    ("values", "broken", "left"),
    [
        ({"repoCache": {"hostPath": 1}}, ("repoCache", "hostPath"), {"repoCache": {"hostPath": "/d"}}),
        ({"repoCache": {"bogus": 1}}, ("repoCache", "bogus"), {"repoCache": {}}),
        ({"repoCache": 1}, ("repoCache",), {"repoCache": DEFAULTS["repoCache"]}),
        (
            {"repoCache": {"egressPorts": [1, "x"]}},
            ("repoCache", "egressPorts", 1),
            {"repoCache": {"egressPorts": [443]}},
        ),
        (
            {"repoCache": {"repositoryRefs": {"a/b": "x", "c/d": 1}}},
            ("repoCache", "repositoryRefs", "c/d"),
            {"repoCache": {"repositoryRefs": {"a/b": "x"}}},
        ),
        (
            {"overlays": {"sources": [{"repo": "a/b"}, {"repo": "c/d", "ref": 1}]}},
            ("overlays", "sources", 1, "ref"),
            {"overlays": {"sources": [{"repo": "a/b"}, {"repo": "c/d", "enabled": False}]}},
        ),
        (
            {"overlays": {"sources": [3]}},
            ("overlays", "sources", 0),
            {"overlays": {"sources": [{"repo": "<broken>/0", "enabled": False}]}},
        ),
        (
            {"repoCache": {"repositories": ["a/b", "bad"]}},
            ("repoCache", "repositories", 1),
            {"repoCache": {"repositories": ["a/b", {"repo": "<broken>/1", "cloneUrl": "https://<broken>/"}]}},
        ),
    ],
)
def test_prune(values: dict[str, Any], broken: Pointer, left: dict[str, Any]) -> None:
    before = repr(values)
    assert prune(values, [broken], DEFAULTS) == left
    assert repr(values) == before, "the input is left alone"
