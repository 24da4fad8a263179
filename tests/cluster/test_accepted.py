"""The API server, with strict validation, accepts every object that any values file here renders."""

from __future__ import annotations

import copy
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeAlias

import pytest

from tests.support import golden
from tests.support.cluster import Cluster
from tests.support.helm import CHART, HELM4, Object, Rendered, helm_template, parent_chart, yaml_of
from tests.support.namespace import Namespace, pod_of

GOLDEN: Final = [case for case in golden.cases() if (case / "code").read_bytes() == b"0\n"]
CASES: Final = [*GOLDEN, *sorted(CHART.glob("ci/*-values.yaml"))]
# Values whose meaning only Kubernetes knows, which the chart prints as they are: what it says of each object of theirs.
MODES: Final = (
    r'"agent-overlays-repo-cache" is invalid: spec.accessModes: .* ReadWriteOncePod with other access modes',
)
REFUSED: Final = {
    **{f"choices-{number}": MODES for number in range(1, 5)},
    "kubernetes-objects-with-odd-text": (
        r"cannot be handled as a DaemonSet: quantities must match",
        r'"agent-overlays-api-rs" is invalid: .*limits\[z\]: .*, spec.template.spec.initContainers\[1\].image: Req',
        r'"agent-overlays-test" is invalid: .*spec.nodeSelector: Invalid value: "a<no value>"',
    ),
    "sandbox-pod-all-settings": (
        r'PodTemplate "agent-overlays-sandbox" is invalid: .*"example.com/é": .*"1k": .*"12:34": .*tolerations',
        r'Pod "agent-overlays-sandbox-1" is invalid: .*"example.com/é": .*"1k": .*"12:34": .*tolerations',
    ),
}


def rendered(case: pathlib.Path) -> Rendered:
    done = golden.run_helm(case, "helm4") if case.is_dir() else helm_template(HELM4, ["-f", str(case)])
    assert done.code == 0, done.stderr
    return done


def pods(objects: Sequence[Object]) -> list[Object]:
    """A Pod of each PodTemplate among the objects, with a name that can be a host's."""
    templates = [item for item in objects if item["kind"] == "PodTemplate"]
    return [pod_of(item["template"], f"{item['metadata']['name'][:61]}-1") for item in templates]


def classes(objects: Sequence[Object]) -> list[Object]:
    """What the pods among the objects name and a cluster has for all namespaces."""
    pods = [item["spec"] for item in objects if item["kind"] == "Pod"]
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1}
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "x"}
    named = ((priority, "priorityClassName"), (runtime, "runtimeClassName"))
    return [{**kind, "metadata": {"name": pod[key]}} for pod in pods for kind, key in named if pod.get(key)]


Refusals: TypeAlias = Mapping[pathlib.Path, Future[tuple[str, ...]]]


class Judge:
    """Asks the API server about many cases, some at a time, in one namespace where nothing is ever made."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def refusals(self, done: Rendered) -> tuple[str, ...]:
        """What it says against the objects that were rendered and the pods of their templates, a sentence for each."""
        objects = list(done.objects.values())
        of_templates = pods(objects)
        if needed := classes([*objects, *of_templates]):
            self._namespace.do("apply", "-f", "-", stdin="\n---\n".join(map(yaml_of, needed)))
        return self.of_stream(
            "\n---\n".join((done.stdout, *map(yaml_of, of_templates))), len(objects) + len(of_templates)
        )

    def of_stream(self, text: str, objects: int) -> tuple[str, ...]:
        """The same of a stream of so many objects."""
        words = ["create", "--dry-run=server", "--validate=strict", "-f", "-"]
        done = self._namespace.tries(*words, stdin=text)
        accepted = [line for line in done.stdout.splitlines() if line.endswith("created (server dry run)")]
        refused = tuple(done.stderr.splitlines())
        assert refused or (done.returncode == 0 and len(accepted) == objects), done
        return refused


@pytest.fixture(scope="module")
def judge(cluster: Cluster, numbers: Iterator[int]) -> Judge:
    namespace = Namespace(cluster, f"test-{next(numbers)}")
    namespace.create()
    return Judge(namespace)


@pytest.fixture(scope="module")
def refusals(judge: Judge, request: pytest.FixtureRequest) -> Iterator[Refusals]:
    """The refusals of the cases of this run: all are asked about at once, a few at a time."""
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [spec.params["case"] for spec in specs if spec is not None and "case" in spec.params]
    with ThreadPoolExecutor(4) as pool:
        yield {case: pool.submit(lambda case: judge.refusals(rendered(case)), case) for case in wanted}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_object_is_accepted(case: pathlib.Path, refusals: Refusals) -> None:
    got, wanted = refusals[case].result(), REFUSED.get(case.name, ())
    assert len(got) == len(wanted), got
    for said, pattern in zip(got, wanted, strict=True):
        assert re.search(pattern, said)


def test_a_parent_chart_is_accepted(judge: Judge, tmp_path: pathlib.Path) -> None:
    done = helm_template(HELM4, [], parent_chart(tmp_path))
    assert judge.refusals(done) == ()


def test_every_kind_of_the_chart_is_among_the_cases() -> None:
    templates = [path.read_text() for path in (CHART / "templates").rglob("*") if path.suffix in (".yaml", ".tpl")]
    kinds = {kind for text in templates for kind in re.findall(r"^kind: ([A-Z]\w+)$", text, re.MULTILINE)}
    assert kinds | {"DaemonSet", "Deployment"} == {kind for case in CASES for kind, _ in rendered(case).objects}


class Spoilt(NamedTuple):
    """A field of an object of that kind that gets a wrong value, and what is said of it."""

    kind: str
    path: tuple[str | int, ...]
    value: Any
    said: str


INIT: Final = ("template", "spec", "initContainers", 0)
SPOILT: Final = {
    "a field of the cache": Spoilt("DaemonSet", ("spec", "x"), 1, 'unknown field "spec.x"'),
    "a field of a container": Spoilt(
        "Deployment",
        ("spec", *INIT, "imagepolicy"),
        "x",
        'unknown field "spec.template.spec.initContainers[0].imagepolicy"',
    ),
    "a field of the sandbox": Spoilt(
        "PodTemplate", (*INIT, "x"), {}, 'unknown field "template.spec.initContainers[0].x"'
    ),
    "a value of the sandbox": Spoilt(
        "PodTemplate",
        (*INIT, "volumeMounts", 0, "name"),
        "none",
        "template.spec.initContainers[0].volumeMounts[0].name: Not found",
    ),
    "a type": Spoilt("Service", ("spec", "ports", 0, "port"), "80", "cannot unmarshal string"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_object_is_refused(judge: Judge, what: str) -> None:
    spoilt = SPOILT[what]
    (found,) = copy.deepcopy(rendered(golden.GOLDEN / "defaults").of_kind(spoilt.kind))
    place: Any = found
    for step in spoilt.path[:-1]:
        place = place[step]
    place[spoilt.path[-1]] = spoilt.value
    (refused,) = judge.of_stream(yaml_of(found), 1)
    assert spoilt.said in refused
