"""The lock file: where it is, and what stands in it, with places."""

from __future__ import annotations

import pathlib
import re
from typing import Final

from overlays.errors import InvalidInput, UsageError
from overlays.io.codes import BAD_LOCK
from overlays.io.document import Document, read_document
from overlays.io.source import Sources
from overlays.io.values import split_names
from overlays.model.finding import Finding, Location

NAME: Final = "overlays.lock.yaml"

REPAIR: Final = "correct it, or remove the file and run `overlays lock`"
"""The hint for all that is wrong in a lock file."""

_MARKER: Final = "(?m)^(<{7}|[|]{7}|={7}|>{7})(?= |\r?$)"


def lock_path(values_files: tuple[str, ...], lock_file: str | None) -> str:
    """Name of the lock file: lock_file, else NAME beside the first values file.

    values_files: as given to -f. Without one, or when the first is standard input, it is in the working directory.
    Raises UsageError: lock_file is no name of a file.
    """
    if lock_file is not None:
        if lock_file.strip() in ("", "-"):
            raise UsageError("--lock-file needs the name of a file")
        return lock_file
    first = next(iter(split_names(values_files)), "-")
    return NAME if first.strip() == "-" else str(pathlib.PurePath(first).parent / NAME)


def read_lock_file(name: str) -> Document | None:
    """What stands in the lock file; None when there is none. It may still be no lock.

    Raises InvalidInput OVL401: it cannot be read, has conflict markers, or is not YAML.
    """
    try:
        pathlib.Path(name).stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass  # reading says it
    try:
        data = Sources().read(name)
    except InvalidInput as error:
        raise _bad(error, "name a file that can be read, or remove this one and run `overlays lock`") from None
    return parse_lock_file(name, data)


def parse_lock_file(name: str, data: bytes) -> Document:
    """What stands in a lock file of these bytes. name: for the findings. Raises InvalidInput OVL401."""
    marker = re.search(_MARKER, data.decode("utf-8", "replace"))
    if marker:
        where = Location(name, marker.string.count("\n", 0, marker.start()) + 1, 1)
        what, why = "a conflict marker", "Git could not merge two versions of the lock"
        hint = "take one of the two, or remove the file; then run `overlays lock`"
        raise InvalidInput(Finding(where, BAD_LOCK, "", what, why, hint))
    try:
        document = read_document(name, data)
    except InvalidInput as error:
        raise _bad(error, REPAIR) from None
    if document.findings:
        raise _bad(InvalidInput(*document.findings), REPAIR)
    return document


def _bad(error: InvalidInput, hint: str) -> InvalidInput:
    """The same findings as those of a lock file."""
    return InvalidInput(
        *(Finding(old.where, BAD_LOCK, "", old.what, _why(old.why), hint) for old in dict.fromkeys(error.findings))
    )


def _why(why: str) -> str:
    return why.replace("values files are", "a lock file is").replace("a values file", "a lock file")
