"""Which level of Pod Security accepts which pod: what the API server does is what docs/chart.md says."""

from __future__ import annotations

import pathlib
import re
from typing import Final

import pytest

from tests.support.cluster import until
from tests.support.helm import HELM4, HELMS, ROOT, Object, render
from tests.support.namespace import API, CACHE, FULLNAME, RELEASE, Namespace, claim, pod_of, volume

BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
LEVELS: Final = ("privileged", "baseline", "restricted")  # each accepts less than the one before
PAGE: Final = (ROOT / "docs" / "chart.md").read_text()
# The columns of the table and the values that they speak of; the rows.
STORAGE: Final[dict[str, Object]] = {"on a hostPath": {}, "on a claim": {"repoCache": claim("shared")}}
PODS: Final = ("the cache", "the API", "the pod of an agent", "the pod of `helm test`")


def table() -> dict[tuple[str, str], str]:
    """(pod, storage) -> the strictest level that accepts it, as the page says."""
    head, rows = re.findall(r"^\| pod \|(.*)\n\|[-| ]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)[0]
    columns = [column.strip() for column in head.strip("|").split("|")]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()]
    words = {(pod, column): cell for pod, *cells in lines for column, cell in zip(columns, cells, strict=True)}
    return {key: re.findall(r"\*(\w+)\*", cell)[0] for key, cell in words.items()}


def pods(values: Object) -> dict[str, Object]:
    """The pods of a release, by what the page calls them."""
    objects = render(HELM4, values, release=RELEASE).objects
    cache = objects.get(("DaemonSet", CACHE)) or objects["Deployment", CACHE]
    templates = (
        cache["spec"]["template"],
        objects["Deployment", API]["spec"]["template"],
        objects["PodTemplate", f"{FULLNAME}-sandbox"]["template"],
        objects["Pod", f"{FULLNAME}-test"],
    )
    return {name: pod_of(template, "one") for name, template in zip(PODS, templates, strict=True)}


def refused(namespace: Namespace, pod: Object) -> str:
    """What the API server says against a pod; "" when it accepts it."""
    pod["spec"].pop("serviceAccountName", None)  # that of the cache is not there, and has no say in this
    return namespace.tries_to_create(pod).removeprefix('Error from server (Forbidden): error when creating "STDIN": ')


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_accepted_is_what_the_page_says(namespace: Namespace, level: str) -> None:
    namespace.enforce(level)
    found = {
        (name, storage): not refused(namespace, pod)
        for storage, values in STORAGE.items()
        for name, pod in pods(values).items()
    }
    assert found == {key: LEVELS.index(level) <= LEVELS.index(word) for key, word in table().items()}


def test_what_is_said_of_a_host_path(namespace: Namespace) -> None:
    namespace.enforce("baseline")
    why = 'violates PodSecurity "baseline:latest": hostPath volumes (volume "overlays-cache")'
    said = {name: refused(namespace, pod) for name, pod in pods({}).items()}
    assert said == dict.fromkeys(PODS, f'pods "one" is forbidden: {why}\n')


@BOTH
def test_on_a_claim_all_of_it_runs_where_restricted_is_enforced(helm: pathlib.Path, namespace: Namespace) -> None:
    namespace.enforce("restricted")
    namespace.create_objects(volume(namespace.name))
    namespace.helm(
        helm, "install", {"repoCache": claim(namespace.name), "sandbox": {"follow": True, "mountCache": True}}
    )
    template = namespace.get("podtemplate", f"{FULLNAME}-sandbox")["template"]
    namespace.create_objects(pod_of(template, "sandbox-1"))
    until("pods of all kinds", lambda: all(namespace.pods(name) for name in ("repo-cache", "api-rs", "sandbox")))
    namespace.do("wait", "--for=condition=Ready", "pod/sandbox-1", "--timeout=2m")
