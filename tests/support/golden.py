"""Golden cases: a folder with values, and beside them the exact bytes of all that comes of them.

A case has `values.yaml`, perhaps further input files, and perhaps `args.json`, a list of further arguments in the words
of the generator. Everything else in the folder is output:

    env.json, values.out.yaml, manifest.json   what `overlays render env|values|manifest` prints; not when refused
    agent.json      what `overlays render env --for agent` prints
    agents.json     what `overlays render env --for agents` prints; of the cases `agents-*`
    chart.yaml      the objects that both Helms render, in one spelling, with what changes with the chart's code masked
    helm.json       only when the generator refuses: what each Helm does with the same input
    err.txt, code   standard error and exit status of `overlays render env`
    sums.json       in place of the outputs of a large case, their SHA-256 sums
    chart.helm3.yaml, chart.helm4.yaml   of the case `defaults`: the raw stream of each Helm, masked likewise
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import pathlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import yaml

from tests.support.helm import HELM3, HELM4, ROOT, Rendered, helm_template
from tests.support.overlays import Ran, overlays

GOLDEN: Final = ROOT / "golden"
PRINTED: Final = {
    "env.json": ("env",),
    "agent.json": ("env", "--for", "agent"),
    "values.out.yaml": ("values",),
    "manifest.json": ("manifest",),
}
PRINTED_OF_AGENTS: Final = {**PRINTED, "agents.json": ("env", "--for", "agents")}
HELMS: Final = {"helm3": HELM3, "helm4": HELM4}
LARGE: Final = ("env.json", "values.out.yaml", "manifest.json", "chart.yaml")
RAW: Final = {f"chart.{name}.yaml": name for name in HELMS}
OUTPUTS: Final = frozenset([*PRINTED_OF_AGENTS, *RAW, "chart.yaml", "helm.json", "err.txt", "code", "sums.json"])

CHART_LABEL: Final = "helm.sh/chart"
RUNTIME_ANNOTATION: Final = "agent-overlays.io/runtime"
_RUNTIME_NAME: Final = re.compile(r"-runtime-[0-9a-f]{10}\b")
_RUNTIME_SUM: Final = re.compile(rf'({re.escape(RUNTIME_ANNOTATION)}: )"[0-9a-f]{{64}}"')
_CHART: Final = re.compile(rf'({re.escape(CHART_LABEL)}: )"[^"\n]*"')
_PLAIN_KEY: Final = re.compile(r"(?!true$|false$|null$)[A-Za-z][A-Za-z0-9_./-]{3,}")
_RUNTIME_DATA: Final = re.compile(r"(immutable: true\ndata:\n)(?:  .*\n)+")


def cases() -> list[pathlib.Path]:
    """The folders of all cases."""
    return sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def inputs(case: pathlib.Path) -> dict[str, bytes]:
    """The files that a case is made from."""
    return {path.name: path.read_bytes() for path in sorted(case.iterdir()) if path.name not in OUTPUTS}


def outputs(case: pathlib.Path) -> dict[str, bytes]:
    """The files that a case must give, as they are kept."""
    return {path.name: path.read_bytes() for path in sorted(case.iterdir()) if path.name in OUTPUTS}


def arguments(case: pathlib.Path) -> list[str]:
    """The values flags of a case, in the words of the generator."""
    file = case / "args.json"
    more: list[str] = json.loads(file.read_bytes()) if file.exists() else []
    return ["-f", "values.yaml", *more]


@functools.cache
def run_overlays(case: pathlib.Path) -> Mapping[str, bytes]:
    """The outputs of the generator, from real processes in the folder of the case; once in a process, as run_helm."""
    wanted = PRINTED_OF_AGENTS if case.name.startswith("agents-") else PRINTED
    with ThreadPoolExecutor() as pool:
        runs = dict(zip(wanted, pool.map(functools.partial(_render, case), wanted.values()), strict=True))
    env = runs["env.json"]
    if len({(ran.code, ran.stderr) for ran in runs.values()}) != 1:
        raise AssertionError(f"render env, values and manifest do not agree: {runs}")
    printed = {name: ran.stdout for name, ran in runs.items()}
    if env.code != 0:
        if any(printed.values()):
            raise AssertionError(f"something is printed although the values are refused: {printed}")
        printed = {}
    return {**printed, "err.txt": env.stderr, "code": b"%d\n" % env.code}


def _render(case: pathlib.Path, what: tuple[str, ...]) -> Ran:
    return overlays("render", *what, *arguments(case), cwd=case)


def helm_arguments(case: pathlib.Path) -> tuple[str, list[str]]:
    """The release name and the flags that say the same to Helm."""
    flags = arguments(case)
    if "--release" not in flags:
        return "agent-overlays", flags
    at = flags.index("--release")
    return flags[at + 1], flags[:at] + flags[at + 2 :]


@functools.cache
def run_helm(case: pathlib.Path, name: str) -> Rendered:
    """What one Helm does with a case. A case is run once in a process: do not change it between two calls."""
    release, flags = helm_arguments(case)
    return helm_template(HELMS[name], flags, release=release, cwd=case)


def run_charts(case: pathlib.Path, refused: bool) -> dict[str, bytes]:
    """The outputs of both Helms. Raises AssertionError: values are not refused, and the Helms differ or refuse."""
    with ThreadPoolExecutor() as pool:
        names = list(HELMS)
        rendered = dict(zip(names, pool.map(functools.partial(run_helm, case), names), strict=True))
    if refused:
        did = {name: "refuses" if done.code else "renders" for name, done in rendered.items()}
        return {"helm.json": _json(did)}
    for name, done in rendered.items():
        if done.code != 0:
            raise AssertionError(f"{name} refuses what the generator accepts:\n{done.stderr}")
    one, other = (canonical(done.stdout) for done in rendered.values())
    if one != other:
        raise AssertionError(f"the Helms differ:\n{difference(one, other)}")
    raw = {file: mask_stream(rendered[name].stdout).encode() for file, name in RAW.items() if case.name == "defaults"}
    return {"chart.yaml": one, **raw}


def produce(case: pathlib.Path) -> dict[str, bytes]:
    """All outputs of a case, by file name, as they are kept."""
    printed = run_overlays(case)
    made = {**printed, **run_charts(case, refused=printed["code"] != b"0\n")}
    return with_sums(made) if (case / "sums.json").exists() else made


def with_sums(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same with the SHA-256 sums of the large files in their place."""
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in made.items() if name in LARGE}
    return {**{name: data for name, data in made.items() if name not in LARGE}, "sums.json": _json(sums)}


def compare(case: pathlib.Path, made: Mapping[str, bytes]) -> str:
    """What differs between the outputs as kept and as made; "" when every byte is equal."""
    kept = outputs(case)
    told = []
    for name in sorted({*kept, *made}):
        if name not in made:
            told.append(f"{case.name}/{name} is kept, but nothing makes it\n")
        elif name not in kept:
            told.append(f"{case.name}/{name} is missing\n")
        elif kept[name] != made[name]:
            told.append(f"{case.name}/{name} differs:\n{difference(kept[name], made[name])}")
    return "".join(told)


def difference(before: bytes, after: bytes) -> str:
    """A unified diff; where the lines look alike, their bytes."""
    texts = [data.decode("utf-8", "backslashreplace").splitlines(keepends=True) for data in (before, after)]
    lines = list(difflib.unified_diff(texts[0], texts[1], "kept", "made"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no final newline\n" for line in lines)


def copy(case: pathlib.Path, to: pathlib.Path) -> pathlib.Path:
    """A copy of a case under the same name, to be spoilt."""
    return pathlib.Path(shutil.copytree(case, to / case.name))


def write(case: pathlib.Path, made: Mapping[str, bytes]) -> None:
    """Make the folder hold exactly these outputs beside its inputs."""
    for name in outputs(case):
        if name not in made:
            (case / name).unlink()
    for name, data in made.items():
        with tempfile.NamedTemporaryFile(dir=case, delete=False) as file:
            file.write(data)
        pathlib.Path(file.name).chmod(0o644)
        pathlib.Path(file.name).rename(case / name)


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def mask_stream(text: str) -> str:
    """A stream of `helm template` with fixed words for what changes with the code of chart and runtime."""
    text = _RUNTIME_NAME.sub("-runtime-MASKED", text)
    text = _RUNTIME_SUM.sub(r'\1"MASKED"', text)
    text = _CHART.sub(r'\1"MASKED"', text)
    return _RUNTIME_DATA.sub(r"\1  MASKED\n", text)


def canonical(stream: str) -> bytes:
    """The objects of a stream, sorted by kind and name, keys in order, strings quoted: one spelling for every Helm."""
    objects = [load(document) for document in yaml.compose_all(stream, Loader=yaml.CSafeLoader)]
    found = sorted((item for item in objects if item is not None), key=lambda item: _key(item))
    for item in found:
        _mask_object(item)
    return _masked_names("".join("---\n" + _block(item, 0) for item in found)).encode()


def load(node: yaml.Node) -> Any:
    """The value of a node. Raises AssertionError: a key twice, which parsers take in silence."""
    if isinstance(node, yaml.MappingNode):
        keys = [load(key) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise AssertionError(f"a key stands twice: {keys}")
        return dict(zip(keys, (load(value) for _, value in node.value), strict=True))
    if isinstance(node, yaml.SequenceNode):
        return [load(item) for item in node.value]
    return _CONSTRUCTOR.construct_object(node)


_CONSTRUCTOR: Final = yaml.constructor.SafeConstructor()


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["kind"], item["metadata"]["name"]


def _mask_object(item: dict[str, Any]) -> None:
    if item.get("immutable"):
        item["data"] = "MASKED"
    item["metadata"]["labels"][CHART_LABEL] = "MASKED"
    annotations = item.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
    if RUNTIME_ANNOTATION in annotations:
        annotations[RUNTIME_ANNOTATION] = "MASKED"


def _masked_names(text: str) -> str:
    return _RUNTIME_NAME.sub("-runtime-MASKED", text)


def _block(value: Any, indent: int) -> str:
    """A value as YAML lines, ended by a line feed."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{_name(key)}:{_nested(value[key], indent + 1)}" for key in sorted(value))
    if isinstance(value, list) and value:
        return "".join(f"{pad}-{_nested(item, indent + 1)}" for item in value)
    return f"{pad}{_scalar(value)}\n"


def _nested(value: Any, indent: int) -> str:
    return f"\n{_block(value, indent)}" if isinstance(value, dict | list) and value else f" {_scalar(value)}\n"


def _name(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _scalar(key)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
