"""Standard streams as bytes: UTF-8 and LF, whatever the locale says."""

from __future__ import annotations

import contextlib
import sys
from typing import BinaryIO, NamedTuple, TextIO


class StdoutClosedError(Exception):
    """The results cannot be written. The message says why; "" when nobody reads them any more, which is no news.

    No OSError: click would end the run in its own way.
    """


class Streams(NamedTuple):
    """Results go to stdout, everything else to stderr; None where the caller has closed one."""

    stdout: BinaryIO | None
    stderr: BinaryIO | None

    @classmethod
    def standard(cls) -> Streams:
        """The streams of this process."""
        return cls(_buffered(sys.stdout), _buffered(sys.stderr))

    def write(self, text: str) -> None:
        """Print a result. File names that are not UTF-8 keep their bytes. Raises StdoutClosedError."""
        if self.stdout is None:
            raise StdoutClosedError
        try:
            self.stdout.write(text.encode("utf-8", "surrogateescape"))
            self.stdout.flush()
        except BrokenPipeError:
            raise StdoutClosedError from None
        except OSError as error:
            raise StdoutClosedError(f"cannot write to standard output: {(error.strerror or '').lower()}") from None

    def tell(self, text: str) -> None:
        """Print what is not the result; in silence when nobody reads it."""
        if self.stderr is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stderr.write(text.encode("utf-8", "surrogateescape"))
                self.stderr.flush()


def _buffered(stream: TextIO | None) -> BinaryIO | None:
    # Not stream.buffer: with PYTHONUNBUFFERED that is the bare file, whose write may stop half-way.
    return open(stream.fileno(), "wb", closefd=False) if stream else None
