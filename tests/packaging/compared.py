"""What a job of the Action says that it has compared with."""

from __future__ import annotations

import pathlib
import re
import subprocess

from tests.support.composite import Acted


def git(folder: pathlib.Path, *arguments: str) -> str:
    """What git prints in a folder."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def compared_with(acted: Acted) -> str:
    """The commit, from the table of the comment."""
    assert acted.passed, acted.log
    found = re.search(r"\| sides \| `values.yaml at ([0-9a-f]{40})` \| `values.yaml` \|", acted.summary)
    assert found, acted.summary
    return found[1]


def refused(acted: Acted) -> list[str]:
    """Lines of the one annotation, when there is nothing to compare with and the job fails."""
    assert (acted.passed, acted.outputs["changed"], acted.outputs["exitcode"]) == (False, "", "1")
    assert acted.uploads
    (command,) = acted.commands
    assert (command.name, command.properties) == ("error", {"title": "Overlays: nothing to compare with"})
    for line in command.text.splitlines():
        assert f"    {line}\n" in acted.summary
    return command.text.splitlines()
