"""Standard streams as bytes: UTF-8 and LF, whatever the locale says."""

from __future__ import annotations

import sys
from typing import BinaryIO, NamedTuple


class Streams(NamedTuple):
    """Results go to stdout, everything else to stderr."""

    stdout: BinaryIO
    stderr: BinaryIO

    @classmethod
    def standard(cls) -> Streams:
        """The streams of this process."""
        return cls(sys.stdout.buffer, sys.stderr.buffer)

    def write(self, text: str) -> None:
        """Print a result. File names that are not UTF-8 keep their bytes."""
        self.stdout.write(text.encode("utf-8", "surrogateescape"))
        self.stdout.flush()

    def tell(self, text: str) -> None:
        """Print what is not the result."""
        self.stderr.write(text.encode("utf-8", "surrogateescape"))
        self.stderr.flush()
