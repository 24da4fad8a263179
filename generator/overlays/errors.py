"""The expected failures of a run. Anything else that escapes is a bug of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overlays.model.finding import Finding


class InvalidInput(Exception):  # noqa: N818  (what it tells is about the input, not about the program)
    """The input cannot be used; carries every finding that says why.

    Raised by readers and checks, shown by the command line as findings, exit status 1.
    """

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings


class UsageError(Exception):
    """The command line itself cannot be accepted (a malformed --set, say): exit status 64.

    The message is one line that begins with the flag it is about.
    """
