"""overlays explain: which item of which source is served, and what it shadows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from overlays.cli.agent_option import agent_named
from overlays.cli.contents import Origin, contents, contents_options, known_contents
from overlays.cli.inputs import values_options
from overlays.cli.pipeline import Checked, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.surveyed import surveyed
from overlays.cli.target import Target, deliver, target_options
from overlays.content import unreadable
from overlays.content.checkouts import Checkout
from overlays.content.winners import SURFACES, Surveyed, copy_in, unreadable_files
from overlays.core.access import accesses
from overlays.core.compat import disabled
from overlays.core.shadowing import FAIL_ON, UNDECLARED, item_problems, problems
from overlays.core.story import story
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.model.agent import Agent
from overlays.model.finding import Finding, Location, Severity
from overlays.model.quoted import quoted
from overlays.model.sight import Sight
from overlays.model.winners import Copy, Row, Winners
from overlays.report import access_text, text, winners_json, winners_text
from overlays.schema.place import finding

SOME: Final = 3
"""Names that are given as an example."""


@click.command()
@click.argument("item", required=False, metavar="[SURFACE/NAME]")
@click.option("--agent", metavar="NAME", help="Tell what this agent of the values has, and why.")
@click.option("--diff", is_flag=True, help="With SURFACE/NAME: the difference from the nearest shadowed copy.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Format.")
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(FAIL_ON),
    help="What in the repositories makes it fail; repeatable. shadowing: any that no overrides declare; undeclared "
    "(default): shadowing besides the overrides of a source that has them; invalid: what is broken and not served.",
)
@target_options
@contents_options
@values_options
def explain(
    inputs: Inputs,
    release: str,
    origin: Origin,
    item: str | None,
    agent: str | None,
    diff: bool,
    output: str,
    fail_on: tuple[str, ...],
    target: Target,
) -> int:
    """Tell which source wins each tool, skill, workflow and persona.

    Looks into the repositories: at --checkouts, else at what is fetched. With SURFACE/NAME it tells all about one item:
    who has it, who wins and why. With --agent it tells what of all this the agent has. Findings go to standard error.

    \b
    Examples:
      overlays explain -f values.yaml
      overlays explain -f values.yaml --checkouts checkouts
      overlays explain -f values.yaml --checkouts checkouts skills/pdf --diff
      overlays explain -f values.yaml --checkouts checkouts --agent reviewer skills/pdf
      overlays explain -f values.yaml --checkouts checkouts --check winners.txt
      overlays explain -f values.yaml --checkouts checkouts --fail-on shadowing --fail-on invalid
    """
    if diff and (item is None or output != "text"):
        raise click.UsageError("--diff needs SURFACE/NAME, and the text format")
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    asked = None if agent is None else agent_named(checked, agent)
    checkouts = contents(checked, inputs, origin)
    seen = surveyed(checked, checkouts)
    sight = None if asked is None else _sight(checked, seen, asked)
    fail_on = fail_on or (UNDECLARED,)
    if item is None:
        winners = seen.winners
        told = None if sight is None else accesses(checked.plan, sight, winners.rows)
        found = problems(checked.plan, winners, fail_on)
        plain = winners_text.report(winners) if told is None else access_text.report(told)
        rendered = winners_json.report(winners, told) if output == "json" else plain
    else:
        row = _row(seen, _original(seen, sight, item))
        told = None if sight is None else accesses(checked.plan, sight, (row,))
        found = item_problems(checked.plan, row, fail_on)
        if output == "json":
            rendered = winners_json.report(Winners((row,), (), ()), told)
        else:
            before = "" if told is None else f"{access_text.verdict(told.sight.name, told.items[0])}\n"
            rendered = before + _story(checked, checkouts, origin, row, diff)
    streams.tell(text.report(sorted({*checked.findings, *(finding(problem, checked.read) for problem in found)})))
    status = Exit.INVALID if any(one.severity is Severity.ERROR for one in found) else Exit.OK
    return deliver(streams, rendered, target, status)


def _sight(checked: Checked, found: Surveyed, agent: Agent) -> Sight:
    from overlays.content.agents import Agents  # only who asks for an agent pays for it

    return Agents(checked.plan, found).sees(agent)


def _original(found: Surveyed, sight: Sight | None, item: str) -> str:
    """The key of an item that an agent has under another name: its copy skills/team-pdf is that of skills/pdf."""
    if sight is None or any(row.key == item for row in found.winners.rows):
        return item
    return next((one.row.key for one in sight.skills if item == f"skills/{one.delivered}"), item)


def _row(found: Surveyed, item: str) -> Row:
    """The row of that key; of a prompt that is one of several of its repository, the first."""
    rows = {row.key: row for row in reversed(found.winners.rows)}
    if item in rows:
        return rows[item]
    what, why, hint = _no_row(found, rows, item)
    raise InvalidInput(Finding(Location("SURFACE/NAME"), "OVL512", "", what, why, hint))


def _no_row(found: Surveyed, rows: Mapping[str, Row], item: str) -> tuple[str, str, str]:
    """What to say of a key that is none: what, why and hint."""
    if item in found.files:
        why = "files of no item are merged path by path, the last source wins"
        return (
            f"{quoted(item)} is a file that is part of no item",
            why,
            "leave it out to see which of them shadow another",
        )
    surface = item.rstrip("/")
    if surface in SURFACES:
        names = sorted(row.name for row in found.winners.rows if row.surface == surface)
        why = f"the list has {len(names)} of that surface" if names else "no source of the list has any"
        hint = f"write SURFACE/NAME: {', '.join(quoted(f'{surface}/{name}') for name in names[:SOME])}"
        more = ", …" if len(names) > SOME else ""
        return (
            f"{quoted(item)} is a surface, not an item",
            why,
            f"{hint}{more}" if names else "leave it out to see all items",
        )
    import difflib

    similar = [key for key in rows if key.partition("/")[2] == item] or difflib.get_close_matches(item, rows, n=3)
    hint = f"did you mean {', '.join(map(quoted, similar[:3]))}?" if similar else "leave it out to see all items"
    return f"there is no item {quoted(item)}", "no source of the list has one of that surface and name", hint


def _story(checked: Checked, checkouts: Mapping[str, Checkout], origin: Origin, row: Row, diff: bool) -> str:
    known = known_contents(checked, origin, checkouts)
    there = origin.checkouts
    folders = {} if there is None else {repo: f"{there.rstrip('/')}/{repo}" for repo in known}
    copies = []
    for source in disabled(checked.values):
        if source.repo in known:
            try:
                copies.append(copy_in(source, known[source.repo], row.surface, row.name))
            except OSError as error:
                raise InvalidInput(finding(unreadable_files(source, known[source.repo], error), checked.read)) from None
    unseen = dict.fromkeys(source.repo for source in disabled(checked.values) if source.repo not in known)
    shown = _difference(row, checkouts) if diff else ""
    return winners_text.story(story(checked.plan, row, filter(None, copies), unseen, folders, shown))


def _difference(row: Row, checkouts: Mapping[str, Checkout]) -> str:
    from overlays.content.item_diff import item_diff

    if not row.shadowed:
        return "(no difference: no other source has it)\n"
    old, new = row.shadowed[-1], row.last
    try:
        lines = item_diff(_place(old, checkouts), _place(new, checkouts), _name(old), _name(new))
    except OSError as error:
        where = Location(str(error.filename or row.key))
        why, hint = unreadable.why(error), unreadable.hint(error)
        raise InvalidInput(Finding(where, "OVL502", "", f"{quoted(row.key)} cannot be compared", why, hint)) from None
    return winners_text.difference(lines)


def _place(copy: Copy, checkouts: Mapping[str, Checkout]) -> str:
    return f"{checkouts[copy.repo].root}/{copy.path}"


def _name(copy: Copy) -> str:
    return f"{copy.label}/{copy.path}"
