"""Jobs that run the Action of this repository, in checkouts of a repository on a code host."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any, Final

from tests.support.code_host import CodeHost, PullRequest
from tests.support.composite import Acted, Runner
from tests.support.helm import ROOT

VALUES: Final = """\
toolServer:
  enabled: false
overlays:
  sources:
    - repo: acme/base
      ref: main
"""
CHANGED: Final = VALUES.replace("ref: main", "ref: v1.0.0")
INVALID: Final = VALUES.replace("ref: main", "ref: 12e4")


class Jobs:
    """`host` has values.yaml on main. Each job has its own workspace and RUNNER_TEMP.

    Inputs of the Action are given with "_" for "-"; without others it reads values.yaml and makes no report.
    """

    def __init__(self, folder: pathlib.Path, install: Mapping[str, str], machine: Mapping[str, str]) -> None:
        """machine: variables of the runner, by which it reaches the hosts of the repositories."""
        self._folder = folder
        self._machine = machine
        self._install = install
        self._number = 0
        self.host = CodeHost(folder / "host", {"values.yaml": VALUES})

    def on(self, machine: Mapping[str, str]) -> Jobs:
        """The same repository, its jobs on another machine."""
        jobs = Jobs(self._folder / "other", self._install, machine)
        jobs.host = self.host
        return jobs

    def workspace(self) -> pathlib.Path:
        """Of a new job; it does not exist yet."""
        self._number += 1
        return self._folder / f"job {self._number}" / "workspace"

    def pull_request(self, pull: PullRequest, base: str = "main", **inputs: str) -> Acted:
        """A job of a pull request, with what actions/checkout fetches by default."""
        workspace = self.host.checkout(self.workspace(), pull.merge)
        return self.act(workspace, "pull_request", inputs, {"GITHUB_SHA": pull.merge, "GITHUB_BASE_REF": base})

    def pushed(self, before: str, commit: str, *, depth: int = 1, **inputs: str) -> Acted:
        """A job of a push to main."""
        workspace = self.host.checkout(self.workspace(), commit, depth=depth)
        return self.act(workspace, "push", inputs, {"GITHUB_SHA": commit}, {"before": before})

    def act(
        self,
        workspace: pathlib.Path,
        event: str,
        inputs: Mapping[str, str],
        variables: Mapping[str, str],
        payload: Mapping[str, Any] | None = None,
    ) -> Acted:
        """A job in that workspace."""
        temp = workspace.parent / "temp"
        temp.mkdir(parents=True, exist_ok=True)
        given = {"values": "values.yaml", "report": "false", **inputs}
        runner = Runner(
            workspace, temp, payload, **{**self._machine, "HOME": str(temp), "GITHUB_EVENT_NAME": event, **variables}
        )
        named = {name.replace("_", "-"): text for name, text in given.items()}
        return runner.act(ROOT, named, {"install": self._install})
