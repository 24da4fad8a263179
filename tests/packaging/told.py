"""What a job of the Action tells: its outputs, its comment, its annotations."""

from __future__ import annotations

import pathlib
from typing import Final

from tests.support.composite import Acted

COMMENT_LIMIT: Final = 65_536


def comment(acted: Acted) -> str:
    """The body; it is the summary of the job too, and is uploaded."""
    body = pathlib.Path(acted.outputs["comment-file"])
    assert acted.summary == body.read_text()
    assert [pathlib.Path(upload["path"]) for upload in acted.uploads] == [body.parent]
    assert len(acted.summary) <= COMMENT_LIMIT
    return acted.summary


def results(acted: Acted) -> tuple[bool, str, str]:
    """(whether the job passes, changed, exitcode)."""
    assert set(acted.outputs) == {"changed", "exitcode", "comment-file", "report"}
    return acted.passed, acted.outputs["changed"], acted.outputs["exitcode"]


def told(acted: Acted) -> list[tuple[str, str, str]]:
    """(command, title, first line) of each workflow command."""
    return [(one.name, one.properties["title"], one.text.split("\n")[0]) for one in acted.commands]
