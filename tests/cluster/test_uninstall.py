"""What a release leaves in its namespace when it goes: nothing, a claim, or the pod of `helm test`."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Any, Final

import pytest
import yaml

from tests.support.cluster import until
from tests.support.helm import CHART, HELMS
from tests.support.namespace import CACHE, FULLNAME, RELEASE, Namespace, claim, volume

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
FULL: Final[dict[str, Any]] = yaml.safe_load((CHART / "ci" / "explicit-values.yaml").read_text())
WITH_SECRET: Final[dict[str, Any]] = {
    "repoCache": {"githubToken": {"token": "t"}},
    "overlay": {"systemPrompt": "Be kind."},
}


def comes_to_hold(namespace: Namespace, objects: set[str]) -> None:
    """Exactly these, some time after a release went: its pods take a moment."""
    with contextlib.suppress(AssertionError):
        until("what is expected", lambda: namespace.everything() == objects)
    assert namespace.everything() == objects


@BOTH
@pytest.mark.parametrize("values", [FULL, WITH_SECRET], ids=["everything", "an inline token and a prompt"])
def test_nothing_is_left(helm: pathlib.Path, namespace: Namespace, values: dict[str, Any]) -> None:
    before = namespace.everything()
    namespace.run_helm(helm, "install", RELEASE, str(CHART), "--values=-", stdin=yaml.safe_dump(values))
    assert len(namespace.everything()) > len(before) + 8
    namespace.run_helm(helm, "uninstall", RELEASE)
    comes_to_hold(namespace, before)


@BOTH
def test_a_claim_is_kept_and_taken_over_by_the_next_release(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.create_objects(volume(namespace.name))
    before = namespace.everything()
    namespace.helm(helm, "install", {"repoCache": claim(namespace.name)})
    kept = namespace.get("persistentvolumeclaim", CACHE)
    assert kept["status"]["phase"] == "Bound"
    told = namespace.run_helm(helm, "uninstall", RELEASE)
    assert f"[PersistentVolumeClaim] {CACHE}" in told
    comes_to_hold(namespace, before | {f"persistentvolumeclaim/{CACHE}"})
    namespace.helm(helm, "install", {"repoCache": claim(namespace.name)})
    assert namespace.get("persistentvolumeclaim", CACHE)["metadata"]["uid"] == kept["metadata"]["uid"]


@BOTH
def test_the_pod_of_helm_test_stays_to_be_read(helm: pathlib.Path, namespace: Namespace) -> None:
    before = namespace.everything()
    namespace.helm(helm, "install", {})
    for _ in range(2):  # the second takes the place of the first
        assert "Succeeded" in namespace.run_helm(helm, "test", RELEASE)
    namespace.run_helm(helm, "uninstall", RELEASE)
    comes_to_hold(namespace, before | {f"pod/{FULLNAME}-test"})
