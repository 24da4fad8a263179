"""overlays migrate: from toolServer.* to overlays.sources, in the user's own file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

import click

from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import Checked, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.core import migrate as core
from overlays.errors import InvalidInput
from overlays.io.document import read_document
from overlays.io.edit import with_sources
from overlays.io.edit.entries import BY_HAND
from overlays.io.original import Original, Remembered, read_original, write_back
from overlays.io.output import changes
from overlays.io.source import decode
from overlays.io.values import Inputs, split_names
from overlays.model.finding import Finding, Location, Severity
from overlays.model.migration import KEYS
from overlays.model.plan import Mode, Pointer
from overlays.report import text

_SOURCES: Pointer = ("overlays", "sources")
_MOST_TOLD = 8
_MARK = b"\xef\xbb\xbf"


@click.command()
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--write", is_flag=True, help="Replace FILE, in one step, instead of printing a diff.")
@values_options
def migrate(inputs: Inputs, release: str, file: str, write: bool) -> int:
    """Move the sources from toolServer to overlays.sources.

    Prints what would change as a diff that `patch` takes. Only FILE changes. The other values files and flags say what
    else is in force: FILE takes its place among them when -f names it too, else it comes last. Comments, quotes, order
    and line ends stay. Nothing is printed or written unless the result renders the same.

    \b
    Examples:
      overlays migrate values.yaml
      overlays migrate -f base.yaml prod.yaml
      overlays migrate --write values.yaml
    """
    if write and file.strip() == "-":
        raise click.UsageError("--write needs the name of a file: - is standard input")
    streams = Streams.standard()
    original = read_original(file)
    done = run_migrate(inputs, release, original)
    name = text.safe(file)
    if done.after is None:
        streams.tell(f"overlays: {name}: nothing to do: {text.safe(done.why)}\n")
        return Exit.OK
    streams.tell("".join(_notes(done.before, done.after)))
    if write:
        write_back(original, done.data)
    else:
        streams.write(changes(original.data, done.data, name))
    count = len(done.after.plan.sources)
    told = f"{count} source{'s' * (count != 1)} in overlays.sources, no rendered variable changes"
    streams.tell(f"overlays: {name}: {told} ({done.after.plan.digest})\n")
    return Exit.OK


class Migrated(NamedTuple):
    """data: the file as it is to be. before: what it gives now.

    after: what it will give, which renders the same; None when there is nothing to do, for the reason `why`.
    """

    data: bytes
    before: Checked
    after: Checked | None = None
    why: str = ""


def run_migrate(inputs: Inputs, release: str, original: Original) -> Migrated:
    """Edit the file, and prove that it says the same. Nothing is written.

    Raises InvalidInput: the values have an error. OVL311: the result would not render the same. OVL312, OVL313: the
    list cannot be moved.
    """
    run = _Run(*_with_file(inputs, original.name), release, original)
    sources = Remembered(run.given(original.data))
    before = usable(prepare(run.inputs, release, sources))
    why = _nothing_to_do(before)
    if why:
        return Migrated(original.data, before, why=why)
    new = _edited(original, before)
    return Migrated(new, before, _proved(run, sources, before, new))


class _Run(NamedTuple):
    """inputs: FILE among them. names: those under which they have it."""

    inputs: Inputs
    names: tuple[str, ...]
    release: str
    original: Original

    def given(self, data: bytes) -> dict[str, bytes]:
        """The file with this content."""
        return dict.fromkeys(self.names, data)


def _with_file(inputs: Inputs, file: str) -> tuple[Inputs, tuple[str, ...]]:
    files = split_names(inputs.files)
    same = tuple(name for name in files if name == file or _path(name) == _path(file))
    if same:
        return inputs, same
    quoted = '"' + file.replace('"', '""') + '"'
    return inputs._replace(files=(*inputs.files, quoted)), (file,)


def _path(name: str) -> str:
    return name.strip() if name.strip() == "-" else os.path.realpath(name)


def _nothing_to_do(checked: Checked) -> str:
    if checked.plan.mode is Mode.EXPLICIT:
        place = checked.read.locate_key(_SOURCES).location
        return f"the list is overlays.sources already ({place})"
    if not checked.values["toolServer"]["enabled"]:
        return "toolServer.enabled is false, so there are no sources"
    return ""


def _edited(original: Original, before: Checked) -> bytes:
    name, data = original.name, original.data
    mark = _MARK if data.startswith(_MARK) else b""
    own = read_document(name, data).value
    wanted = core.wanted(before.values, before.read.user)
    return mark + with_sources(name, decode(name, data), own, wanted).encode()


def _proved(run: _Run, sources: Remembered, before: Checked, new: bytes) -> Checked:
    """What the edited file gives, if that is the same. Raises InvalidInput OVL311: it is not."""
    name = run.original.name
    try:
        after = usable(prepare(run.inputs, run.release, Remembered({**sources.files, **run.given(new)})))
    except InvalidInput as error:
        first = next(item for item in error.findings if item.severity is Severity.ERROR)
        raise _unequal(name, f"it cannot be used: {first.what}") from None
    if after.plan.mode is not Mode.EXPLICIT:
        raise _unequal(name, f"{after.read.locate_key(_SOURCES).location} sets overlays.sources to an empty list")
    old, other = (core.rest(read_document(name, data).value) for data in (run.original.data, new))
    told = [f"the value of {key!r} in the file" for key in {**old, **other} if old.get(key) != other.get(key)]
    told += core.unequal((before.plan, after.plan), (before.environment, after.environment))
    if told:
        raise _unequal(name, ", ".join([*told[:_MOST_TOLD], *(["…"] if len(told) > _MOST_TOLD else [])]))
    return after


def _unequal(name: str, what: str) -> InvalidInput:
    return InvalidInput(
        Finding(
            Location(name),
            "OVL311",
            "",
            f"the edited file would not say the same: {what}",
            "a migration changes nothing that is rendered, and no other value of the file",
            BY_HAND,
        )
    )


def _notes(before: Checked, after: Checked) -> Iterator[str]:
    """Warnings that the file did not give before, and keys elsewhere that do nothing any more."""
    known = {item.code for item in before.findings}
    yield text.report(item for item in after.findings if item.code not in known and item.code != "OVL302")
    for key in KEYS:
        for place in after.read.locate_every(("toolServer", key)):
            yield f"{text.safe(str(place.location))}: note: toolServer.{key} does nothing any more and can be removed\n"
