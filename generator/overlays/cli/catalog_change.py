"""What a change does to catalogs: against a file that was written before, and between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.errors import InvalidInput
from overlays.model.catalog import Catalog, CatalogChange
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted
from overlays.model.sight import Sight
from overlays.model.winners import Winners

ACCEPT: Final = "if this is meant, write the file anew with -o; if not, narrow the pattern, or pin the source"
MOST_BYTES: Final = 256 * 1024 * 1024
"""Of a catalog that is compared: that of many agents is large."""

Changes = Callable[[str], "CatalogChange | None"]
"""From the text that was stored to what has changed since; None when it says nothing."""


def against(streams: Streams, name: str, rendered: str, since: Changes, status: Exit) -> Exit:
    """Compare with what a file holds, byte for byte; on a difference also say in words what it is.

    Raises InvalidInput: the file cannot be read.
    """
    from overlays.io.output import stored, unlike

    old = stored(name)
    drift = unlike(name, old, rendered.encode("utf-8", "surrogateescape"))
    if not drift:
        return status
    from overlays.report import catalog_change

    change = since((old or b"").decode(errors="replace"))
    words = "" if change is None else catalog_change.report(change)
    streams.tell(f"{drift}\n{words}  hint: {ACCEPT}\n")
    return Exit.DRIFT if status is Exit.OK else status


def changes(made: Catalog, sights: Sequence[Sight], winners: Winners, format_: str) -> Changes:
    """What tells the difference from a text of this format."""
    from overlays.core.catalog import past
    from overlays.core.catalog.drift import drift

    def since(old: str) -> CatalogChange | None:
        if format_ == "json":
            from overlays.core.catalog.compare import compare

            try:
                return compare(_parsed("--check", old.encode()), made)
            except InvalidInput:
                return None
        by_name = {sight.name: sight for sight in sights}
        if format_ == "markdown":
            from overlays.report.catalog_markdown import ALL, name_and_description

            said = {"" if name == ALL else name: skills for name, skills in past.of_markdown(old).items()}
            return drift(said, made, by_name, winners, name_and_description)
        return drift(past.of_block(old, sights[0].name, format_ == "promptkit"), made, by_name, winners, _stripped)

    return since


def _stripped(name: str, description: str) -> tuple[str, str]:
    return name.strip(), description.strip()


def compared(streams: Streams, names: tuple[str, str], detailed: bool) -> Exit:
    """Tell how two catalogs differ. Raises InvalidInput: one of them is none."""
    from overlays.core.catalog.compare import compare
    from overlays.io.source import Sources
    from overlays.report import catalog_change

    sources, found, failed = Sources(most=MOST_BYTES), list[Catalog](), list[Finding]()
    for name in names:
        try:
            found.append(_parsed(name, sources.read(name)))
        except InvalidInput as error:
            failed.extend(error.findings)
    if failed:
        raise InvalidInput(*sorted(failed))
    words = catalog_change.report(compare(*found))
    streams.write(words)
    return Exit.DRIFT if words and detailed else Exit.OK


def _parsed(name: str, data: bytes) -> Catalog:
    """The catalogs in a file with these bytes. Raises InvalidInput OVL623."""
    import json

    from overlays.core.catalog.consistent import flaw
    from overlays.core.catalog.past import of_json
    from overlays.schema.check import first_break

    where, why = Location(name), ""
    try:
        document = json.loads(data)
        broken = first_break(document, "catalog")
    except json.JSONDecodeError as error:
        where, why = Location(name, error.lineno, error.colno), f"no JSON: {error.msg.lower()}"
    except (ValueError, RecursionError):
        why = "no JSON that could be read"
    else:
        if broken is None:
            why = flaw(document)
            if not why:
                return of_json(document)
        else:
            pointer = "".join(f"/{part}" for part in broken[0])
            why = f"{pointer or 'the document'}: {broken[1]}"
    hint = "write it with `overlays catalog --format json -o FILE`"
    raise InvalidInput(Finding(where, "OVL623", "", f"{quoted(name)} is no catalog", why, hint))
