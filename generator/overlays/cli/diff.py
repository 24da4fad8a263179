"""overlays diff: what a change of the values does, before it is merged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import click

from overlays.cli.diff_locks import Locks, locks_since
from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.locks import LOCK_FILE_HELP
from overlays.cli.pipeline import Checked, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.core.diff.difference import compare_rendered, compare_states, consumers
from overlays.core.diff.state import State
from overlays.errors import InvalidInput
from overlays.io.codes import NOT_VARIABLES
from overlays.io.rendered import Rendered, is_empty, read_rendered
from overlays.io.sides import Content, Remembered, SideReader, quoted
from overlays.io.source import Sources
from overlays.io.values import Inputs
from overlays.model.difference import Difference
from overlays.model.finding import Finding, Location, Severity
from overlays.report.difference import WRITERS

Result = TypeVar("Result")


@click.command()
@click.argument("sides", nargs=-1, type=FILE, metavar="OLD NEW")
@click.option("--base", metavar="REV", help="Compare the files of -f as they were at this revision with what they are.")
@click.option(
    "--helm-output",
    is_flag=True,
    help="Compare what `helm template` or `helm get manifest` printed, to judge a new version of a chart.",
)
@click.option("--lock-file", type=FILE, metavar="FILE", help=f"Of --base. {LOCK_FILE_HELP}")
@click.option("--output", type=click.Choice(list(WRITERS)), default="text", show_default=True, help="Report format.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when the sides differ, with 1 only on an error.")
@values_options
def diff(
    inputs: Inputs,
    release: str,
    sides: tuple[str, ...],
    base: str | None,
    helm_output: bool,
    lock_file: str | None,
    output: str,
    detailed_exitcode: bool,
) -> int:
    """Tell what a change of the values changes, and what restarts.

    OLD and NEW each: values files (one name, or several with commas between them), git:REV:PATH, what `overlays
    render env` printed, or - (standard input). PATH counts from the top of the repository, ./PATH from here. The --set
    flags and --release count for both sides. Of the warnings only those are told that OLD does not have. The chart is
    taken to be the same on both sides: two versions of it are compared by --helm-output. --base also compares the
    commits of the lock file.

    \b
    Examples:
      overlays diff git:HEAD:./values.yaml values.yaml
      overlays diff --base HEAD -f values.yaml
      overlays diff --base HEAD -f values.yaml --output markdown
      overlays diff git:HEAD:./values.yaml values.yaml --detailed-exitcode
      overlays diff --helm-output old.yaml new.yaml
    """
    if lock_file is not None and (base is None or helm_output):
        raise click.UsageError("--lock-file is of --base, and of values")
    streams = Streams.standard()
    if helm_output:
        from overlays.cli.helm_output import compare_helm_output  # most comparisons are of values

        old, new, _ = _read(sides, base, inputs)
        found = compare_helm_output(old, new, inputs)
    elif base is not None:
        found, _ = since(base, inputs, release, lock_file, sides)
    else:
        found = _compare(*_read(sides, base, inputs), inputs, release)
    streams.write(WRITERS[output](found))
    return Exit.DRIFT if detailed_exitcode and not found.same else Exit.OK


def since(
    base: str, inputs: Inputs, release: str, lock_file: str | None, sides: tuple[str, ...] = ()
) -> tuple[Difference, Sources]:
    """What --base compares, and what has read the files: standard input, too, is read only once.

    sides: that the user named beside it, which is an error. Raises as the command does.
    """
    old, new, sources = _read(sides, base, inputs)
    jobs: list[Callable[[], Any]] = [
        partial(_compare, old, new, sources, inputs, release),
        partial(locks_since, base, inputs, lock_file),
    ]
    found: Difference
    locks: Locks
    found, locks = _both(jobs)
    return found._replace(commits=locks.commits, notes=(*found.notes, *locks.notes)), sources


def _read(sides: tuple[str, ...], base: str | None, inputs: Inputs) -> tuple[Content, Content, Sources]:
    """Both sides, and what reads the files that other flags name."""
    sources = Sources()
    reader = SideReader(sources)
    if base is not None:
        if sides or not inputs.files:
            raise click.UsageError("--base compares the files of -f, and takes no OLD and NEW")
        jobs = [partial(reader.then, base, inputs.files), partial(reader.now, inputs.files)]
    elif len(sides) == 2 and not inputs.files:
        jobs = [partial(reader.read, text) for text in sides]
    else:
        raise click.UsageError("name two sides: overlays diff OLD NEW, or overlays diff --base REV -f FILE")
    old, new = _both(jobs)
    return old, new, Remembered(sources, {**old.data, **new.data})


def _both(jobs: Iterable[Callable[[], Result]]) -> list[Result]:
    """What all of them give. Raises InvalidInput with the findings of all that fail."""
    results: list[Result] = []
    findings: set[Finding] = set()
    for job in jobs:
        try:
            results.append(job())
        except InvalidInput as error:
            findings |= {finding for finding in error.findings if finding.severity is Severity.ERROR}
    if findings:
        raise InvalidInput(*sorted(findings))
    return results


def _compare(old: Content, new: Content, sources: Sources, inputs: Inputs, release: str) -> Difference:
    jobs = [
        partial(_load, content, variables, inputs, release, sources)
        for content, variables in zip((old, new), _rendered(old, new, inputs), strict=True)
    ]
    before, after = _both(jobs)
    names = old.title, new.title
    if isinstance(before, Checked) and isinstance(after, Checked):
        found = compare_states(names, _state(before), _state(after))
        notes = (
            *(f"{name} is not there in the old side" for name in old.missing),
            *(
                f"{side.title} holds {{}}, which is read as values: those of the chart's defaults"
                for side in (old, new)
                if any(is_empty(data) for data in side.data.values())
            ),
        )
        return found._replace(notes=notes, warnings=_new_warnings(before, after))
    sides = [consumers(one.environment) if isinstance(one, Checked) else one for one in (before, after)]
    found = compare_rendered(names, *sides)
    return found._replace(notes=(_by_variable(names, (before, after), sides),))


def _rendered(old: Content, new: Content, inputs: Inputs) -> list[Rendered | None]:
    """The variables of each side that holds rendered ones."""
    found = _both(partial(_variables, content) for content in (old, new))
    if None not in found and (inputs.sets or inputs.set_strings or inputs.set_jsons or inputs.set_files):
        raise click.UsageError("the --set flags need a side with values: both hold rendered variables")
    for index, other in enumerate(found[::-1]):
        # What `--for` prints when there are no variables is known by the other side alone.
        data = tuple((old, new)[index].data.values())
        if other is not None and len(other) == 1 and len(data) == 1 and is_empty(data[0]):
            found[index] = {consumer: {} for consumer in other}
    if None not in found and not any(consumer in (found[1] or {}) for consumer in found[0] or {}):
        what, why = "the sides hold the variables of different consumers", "there is nothing to compare"
        hint = "print both with the same --for, or without it"
        raise InvalidInput(Finding(Location(new.title), NOT_VARIABLES, "", what, why, hint))
    return found


def _variables(content: Content) -> Rendered | None:
    if len(content.names) != 1:
        return None
    return read_rendered(content.names[0], content.data[content.names[0]])


def _load(
    content: Content, variables: Rendered | None, inputs: Inputs, release: str, sources: Sources
) -> Checked | Rendered:
    if variables is not None:
        return variables
    return usable(prepare(inputs._replace(files=tuple(map(quoted, content.names))), release, sources))


def _state(checked: Checked) -> State:
    return State(checked.plan, checked.environment, checked.values)


def _new_warnings(old: Checked, new: Checked) -> tuple[Finding, ...]:
    known = {_words(finding) for finding in old.findings}
    return tuple(finding for finding in new.findings if _words(finding) not in known)


def _words(finding: Finding) -> tuple[str, str]:
    """What a warning is about: a list that grows by a byte is no new warning that it is too long."""
    return finding.code, re.sub("[0-9]+ bytes", "bytes", finding.what)


def _by_variable(
    names: tuple[str, str], loaded: Sequence[Checked | Rendered], sides: Sequence[Mapping[str, object]]
) -> str:
    rendered = [name for name, one in zip(names, loaded, strict=True) if not isinstance(one, Checked)]
    common = [consumer for consumer in sides[0] if consumer in sides[1]]
    whose = "" if len(common) == 3 else f", of the {common[0]}"
    hold = "holds" if len(rendered) == 1 else "hold"
    return f"compared by variable only{whose}: {' and '.join(rendered)} {hold} no sources and settings"
