"""overlays lint -f: the content of all sources of a list, and what they shadow."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final

import click

from overlays.cli.agents_seen import agent_problems
from overlays.cli.contents import Origin, contents
from overlays.cli.lint_config import Configured
from overlays.cli.pipeline import Checked, located, prepare, usable
from overlays.cli.streams import Streams
from overlays.content.checkouts import Checkout
from overlays.content.lint.repository import Examined, Repository, examine
from overlays.content.winners import served, survey
from overlays.core.existing import Apart, apart
from overlays.core.shadowing import INVALID, UNDECLARED, problems
from overlays.errors import InvalidInput
from overlays.io import revision
from overlays.io.lockfile import NAME, lock_path
from overlays.io.source import Sources
from overlays.io.values import Inputs, split_names
from overlays.model.finding import Finding, Location
from overlays.model.portability import Row
from overlays.model.settings import Settings
from overlays.model.sight import Builtin
from overlays.report.text import safe

_TOLD_BY_FILE: Final = ("OVL509", "OVL510", "OVL511")
"""What `explain` says about files, of which every line is told here."""


def lint_list(
    inputs: Inputs,
    release: str,
    origin: Origin,
    base: str | None,
    configured: Configured,
    rows: list[Row],
    builtins: Sequence[Builtin] = (),
) -> Apart:
    """Findings about all sources, those that were there at `base` apart; what readers make of skills goes to `rows`.

    Raises InvalidInput: the values have errors, or the files of a source are not there.
    """
    if base is not None and any(name.strip() == "-" for name in split_names(inputs.files)):
        raise click.UsageError("--base needs values in files: standard input has no history")
    settings = configured.of(pathlib.Path(), ".")  # never that of a source: it would judge itself
    checked = usable(prepare(inputs, release))
    checkouts = contents(checked, inputs, origin)
    examined = _examined(checked, checkouts, origin, settings, builtins)
    named = "." if origin.checkouts is None else origin.checkouts.rstrip("/")
    found = configured.settle(examined.findings, settings, named)
    rows += examined.rows
    past = () if base is None else _before(inputs, release, origin, base, settings, builtins)
    before = configured.settle(past, settings, named, past=True)
    return apart(sorted([*found, *configured.stale()]), before)


def _examined(
    checked: Checked,
    checkouts: Mapping[str, Checkout],
    origin: Origin,
    settings: Settings,
    builtins: Sequence[Builtin],
) -> Examined:
    found: set[Finding] = set()
    rows: set[Row] = set()
    surveyed = survey(checked.plan, checkouts)
    tools = {row.name for row in surveyed.winners.rows if row.surface == "tools"} | set(settings.tools)
    shared = Repository(pathlib.Path(), "", {}, profiles=frozenset(settings.profiles), tools=frozenset(tools))
    for source in checked.plan.sources:
        subdirs = dict(served(source).subdirs)
        if subdirs:
            named = source.repo if origin.checkouts is None else f"{origin.checkouts.rstrip('/')}/{source.repo}"
            root = checkouts[source.repo].root
            here = shared._replace(root=root, named=named, subdirs=subdirs, source=source.repo, budget=settings.budget)
            of_source = examine(here)
            found.update(of_source.findings)
            rows.update(of_source.rows)
    told = [*surveyed.problems, *problems(checked.plan, surveyed.winners, (UNDECLARED, INVALID))]
    if not surveyed.problems:
        told += agent_problems(checked, surveyed, builtins)
    found.update(located((one for one in told if one.code not in _TOLD_BY_FILE), checked))
    return Examined(tuple(sorted(found)), tuple(rows))


def _before(
    inputs: Inputs, release: str, origin: Origin, base: str, settings: Settings, builtins: Sequence[Builtin]
) -> tuple[Finding, ...]:
    """What values and lock file as they were would tell; nothing when they could not be used then."""
    where = Location(f"--base {base}")
    given = {name: _past(name, base, where) for name in split_names(inputs.files)}
    try:
        checked = usable(prepare(inputs, release, Sources(given=given)))
    except InvalidInput:
        return ()
    checkouts = _contents_then(checked, inputs, origin, _past(lock_path(inputs.files, origin.lock_file), base, where))
    if checkouts is None:
        text = f"no usable lock file at {base!r}: what was in the sources is not known, so all findings in them are new"
        Streams.standard().tell(f"{safe(text)}\n")
        return ()
    return _examined(checked, checkouts, origin, settings, builtins).findings


def _contents_then(checked: Checked, inputs: Inputs, origin: Origin, lock: bytes) -> Mapping[str, Checkout] | None:
    """The files at the commits of a lock file with these bytes; None when it cannot be used."""
    if not lock:
        return None
    with tempfile.TemporaryDirectory(prefix="overlays.") as folder:
        file = pathlib.Path(folder, NAME)
        file.write_bytes(lock)
        try:
            return contents(checked, inputs, origin._replace(lock_file=str(file)))
        except InvalidInput:
            return None


def _past(name: str, base: str, where: Location) -> bytes:
    """A file as it was, empty when it was not there. Raises InvalidInput OVL421 and OVL422."""
    file = pathlib.Path(name)
    commit = revision.commit_of(base, file.parent, where)
    return revision.read_file(commit, f"./{file.name}", file.parent, where) or b""
