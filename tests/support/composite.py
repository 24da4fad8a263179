"""A runner of GitHub Actions for one composite action: what it needs to run ours, and an error for everything else.

    job = Runner(workspace, temp, event={"before": commit}, GITHUB_EVENT_NAME="push")
    acted = job.act(action, {"values": "values.yaml"})

`run:` steps are real processes of bash, started as GitHub starts them. `uses:` steps are recorded: what they upload
must be there. Output is read for workflow commands as GitHub reads it.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

SUMMARY_LIMIT: Final = 1 << 20
_FILES: Final = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
_EXPRESSION: Final = re.compile(r"\$\{\{ *(.*?) *\}\}")
_COMPARISON: Final = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
_COMMAND: Final = re.compile(r"::([a-z-]+)(?: (.*?))?::(.*)")
_OLD_COMMAND: Final = re.compile(r"##\[([^\]]*)\](.*)")
_STEP_KEYS: Final = {"name", "id", "if", "shell", "env", "run", "uses", "with"}


class Command(NamedTuple):
    """A workflow command: `::error file=a.yaml::text`."""

    name: str
    properties: Mapping[str, str]
    text: str


@dataclass
class Acted:
    """What an action left in its job. steps: outputs by the id of the step. uploads: `with` of each `uses`."""

    passed: bool = True
    log: str = ""
    summary: str = ""
    path: list[str] = field(default_factory=list)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    uploads: list[dict[str, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> list[Command]:
        """Every workflow command that GitHub would find in the log. An old one, `##[…]`, counts anywhere in a line."""
        commands = []
        for line in self.log.splitlines():
            if found := _COMMAND.fullmatch(line.strip()):
                commands.append(Command(found[1], _properties(found[2] or ""), _unescaped(found[3])))
            elif found := _OLD_COMMAND.search(line):
                commands.append(Command(found[1], {}, found[2]))
        return commands


class Runner:
    """One job. Variables in capitals are laid over those that GitHub sets; `event` is what started it."""

    def __init__(
        self, workspace: pathlib.Path, temp: pathlib.Path, event: Mapping[str, Any] | None = None, **variables: str
    ) -> None:
        self.workspace = workspace
        self._temp = temp
        self._event = event or {}
        self._variables = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "GIT"))},
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_BASE_REF": "",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/platform",
            "GITHUB_RUN_ID": "42",
            "RUNNER_TEMP": str(temp),
            **variables,
        }

    def act(
        self,
        action: pathlib.Path,
        inputs: Mapping[str, str],
        done: Mapping[str, Mapping[str, str]] | None = None,
        upto: str = "",
    ) -> Acted:
        """Run the steps of an action in that folder. done: outputs of steps that ran before; upto: id of the last."""
        definition = yaml.safe_load((action / "action.yml").read_text())
        assert definition["runs"]["using"] == "composite"
        acted = Acted(steps={name: dict(outputs) for name, outputs in (done or {}).items()})
        scope = _Scope(_given(definition["inputs"], inputs), acted.steps, self._event)
        for step in definition["runs"]["steps"]:
            assert set(step) <= _STEP_KEYS, step
            if step.get("id") not in (done or {}) and acted.passed and scope.holds(step.get("if")):
                self._step(step, action, scope, acted)
            if upto and step.get("id") == upto:
                return acted
        acted.outputs = {name: scope.fill(one["value"]) for name, one in definition["outputs"].items()}
        return acted

    def _step(self, step: Mapping[str, Any], action: pathlib.Path, scope: _Scope, acted: Acted) -> None:
        if "uses" in step:
            upload = {name: scope.fill(text) for name, text in step["with"].items()}
            assert pathlib.Path(upload["path"]).exists(), upload
            acted.uploads.append(upload)
            return
        assert step["shell"] == "bash"
        assert not _EXPRESSION.search(step["run"]), "an expression in a script runs as code"
        runner = self._temp / "_runner"
        runner.mkdir(exist_ok=True)
        folder = pathlib.Path(tempfile.mkdtemp(dir=runner))
        files = {name: folder / name for name in _FILES}
        for file in files.values():
            file.touch()
        script = folder / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.workspace,
            env={
                **self._variables,
                **{name: str(file) for name, file in files.items()},
                **{name: scope.fill(text) for name, text in step.get("env", {}).items()},
                "GITHUB_ACTION_PATH": str(action),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        acted.log += done.stdout.decode()
        acted.passed = done.returncode == 0
        summary = files["GITHUB_STEP_SUMMARY"].read_bytes()
        assert len(summary) <= SUMMARY_LIMIT
        assert not files["GITHUB_ENV"].read_bytes()
        acted.summary += summary.decode()
        acted.path += files["GITHUB_PATH"].read_text().splitlines()
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        acted.steps[step.get("id", "")] = dict(line.split("=", 1) for line in lines)


class _Scope(NamedTuple):
    """What expressions may name."""

    inputs: Mapping[str, str]
    steps: Mapping[str, Mapping[str, str]]
    event: Mapping[str, Any]

    def fill(self, text: str) -> str:
        """A text with its expressions replaced. Raises AssertionError: one that this runner does not know."""
        return _EXPRESSION.sub(lambda found: self.value(found[1]), text)

    def holds(self, condition: str | None) -> bool:
        """Whether an `if` does: REFERENCE == 'text', or with !=."""
        if condition is None:
            return True
        inner = _EXPRESSION.fullmatch(condition)
        found = inner and _COMPARISON.fullmatch(inner[1])
        assert found, condition
        return (self.value(found[1]) == found[3]) == (found[2] == "==")

    def value(self, reference: str) -> str:
        """Of inputs.NAME, steps.ID.outputs.NAME or github.event.NAME….; "" for what an event does not have."""
        match reference.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                return self.steps[step].get(name, "")
            case ["github", "event", *names]:
                found: Any = self.event
                for name in names:
                    found = found.get(name, {})
                assert found == {} or isinstance(found, str), json.dumps(found)
                return found or ""
        raise AssertionError(f"this runner does not know {reference!r}")


def _given(declared: Mapping[str, Mapping[str, Any]], inputs: Mapping[str, str]) -> dict[str, str]:
    """All inputs: those of the caller, and the defaults. GitHub warns of unknown names; here they are an error."""
    assert set(inputs) <= set(declared), inputs
    assert all(isinstance(one.get("default", ""), str) for one in declared.values())
    return {name: inputs.get(name, one.get("default", "")) for name, one in declared.items()}


def _properties(text: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in text.split(",") if pair)
    return {name: _unescaped(value.replace("%3A", ":").replace("%2C", ",")) for name, value in pairs}


def _unescaped(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
