"""Run the pinned Helm binaries and read what they print."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import yaml

ROOT: Final = pathlib.Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "chart"
HELM3: Final = ROOT / ".tools" / "bin" / "helm3"
HELM4: Final = ROOT / ".tools" / "bin" / "helm4"
HELMS: Final = (HELM3, HELM4)

Object = dict[str, Any]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class HelmMissingError(Exception):
    """A Helm binary is not there; the tests need it and never skip."""


@dataclass(frozen=True)
class Rendered:
    """What one `helm template` did."""

    code: int
    stdout: str
    stderr: str

    @cached_property
    def objects(self) -> dict[tuple[str, str], Object]:
        """The rendered objects by (kind, name); two objects of one key are an error."""
        found: dict[tuple[str, str], Object] = {}
        for document in yaml.load_all(self.stdout, Loader=_LOADER):
            if document is None:
                continue
            key = (document["kind"], document["metadata"]["name"])
            if key in found:
                raise AssertionError(f"{key} is rendered twice")
            found[key] = document
        return found

    def of_kind(self, kind: str) -> list[Object]:
        """All objects of a kind, in the order of the stream."""
        return [item for (kind_, _), item in self.objects.items() if kind_ == kind]

    def container(self, name: str) -> Object:
        """The one container of that name in all pods, init containers included."""
        found = [item for pod in self.pods() for item in _containers(pod) if item["name"] == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} containers are named {name!r}")
        return found[0]

    def pod(self, container: str) -> Object:
        """The spec of the one pod that has a container of that name, init containers included."""
        found = [pod for pod in self.pods() if container in {item["name"] for item in _containers(pod)}]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} pods have a container {container!r}")
        return found[0]

    def env(self, container: str) -> dict[str, str]:
        """The variables of a container, in rendered order; a name twice is an error."""
        entries = self.container(container).get("env", [])
        names = [entry["name"] for entry in entries]
        if len(set(names)) != len(names):
            raise AssertionError(f"a variable stands twice: {names}")
        return {entry["name"]: entry["value"] for entry in entries}

    def config(self, suffix: str = "-env") -> dict[str, str]:
        """The data of the one ConfigMap whose name ends so."""
        found = [item for item in self.of_kind("ConfigMap") if item["metadata"]["name"].endswith(suffix)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} ConfigMaps end in {suffix!r}")
        data: dict[str, str] = found[0]["data"]
        return data

    def sandbox(self) -> list[tuple[str, str]]:
        """Name and value of each entry of SESSION_SANDBOX_EXTRA_ENV."""
        text = self.config().get("SESSION_SANDBOX_EXTRA_ENV", "[]")
        return [(item["name"], item["value"]) for item in json.loads(text)]

    def pods(self) -> Iterator[Object]:
        """The spec of every pod, of a workload or by itself."""
        for item in self.objects.values():
            if item["kind"] == "Pod":
                yield item["spec"]
            elif item["kind"] == "PodTemplate":
                yield item["template"]["spec"]
            elif "template" in item.get("spec", {}):
                yield item["spec"]["template"]["spec"]


def _containers(pod: Object) -> list[Object]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def run_helm(
    helm: pathlib.Path, args: Sequence[str], stdin: str | None = None, *, cwd: pathlib.Path | None = None
) -> Rendered:
    """Run a Helm binary, in cwd when given. Raises HelmMissingError when it is not there."""
    if not helm.is_file():
        raise HelmMissingError(
            f"{helm.relative_to(ROOT)} is missing: run `make helm` (it needs Go, or that Helm on PATH)"
        )
    done = subprocess.run(
        [helm, *args], input=stdin, capture_output=True, text=True, encoding="utf-8", check=False, cwd=cwd
    )
    return Rendered(done.returncode, done.stdout, done.stderr)


def helm_template(
    helm: pathlib.Path,
    args: Sequence[str] = (),
    chart: pathlib.Path = CHART,
    *,
    release: str = "agent-overlays",
    stdin: str | None = None,
    cwd: pathlib.Path | None = None,
) -> Rendered:
    """`helm template RELEASE CHART ARGS`; values may come through `-f -` and stdin, or from files in cwd."""
    return run_helm(helm, ["template", release, str(chart), *args], stdin, cwd=cwd)


def render(
    helm: pathlib.Path,
    values: Mapping[str, Any] | str,
    *args: str,
    chart: pathlib.Path = CHART,
    release: str = "agent-overlays",
) -> Rendered:
    """`helm template` of values, given as an object or as YAML text; fails the test when Helm does not accept them."""
    done = template_values(helm, values, *args, chart=chart, release=release)
    if done.code != 0:
        raise AssertionError(f"{helm.name} template failed with {done.code}:\n{done.stderr}")
    return done


def refuse(helm: pathlib.Path, values: Mapping[str, Any] | str, *args: str, chart: pathlib.Path = CHART) -> str:
    """The error text of values that the chart must refuse; fails the test when Helm renders them."""
    done = template_values(helm, values, *args, chart=chart)
    if done.code == 0:
        raise AssertionError(f"{helm.name} template accepted values that the chart must refuse")
    return done.stderr


def template_values(
    helm: pathlib.Path,
    values: Mapping[str, Any] | str,
    *args: str,
    chart: pathlib.Path = CHART,
    release: str = "agent-overlays",
) -> Rendered:
    """`helm template` of values, given as an object or as YAML text."""
    text = values if isinstance(values, str) else yaml_of(values)
    return helm_template(helm, ["-f", "-", *args], chart, release=release, stdin=text + "\n")


def parent_chart(folder: pathlib.Path) -> pathlib.Path:
    """The chart in tests/chart/parent, copied to a folder, with ours in its charts/."""
    where = folder / "parent"
    shutil.copytree(ROOT / "tests" / "chart" / "parent", where)
    shutil.copytree(CHART, where / "charts" / "agent-overlays")
    return where


def yaml_of(values: Mapping[str, Any]) -> str:
    """JSON that every YAML reader takes: escaped, but no surrogate pairs, which YAML does not join."""
    return re.sub(
        r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}", lambda pair: str(json.loads(f'"{pair[0]}"')), json.dumps(values)
    )
