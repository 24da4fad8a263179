"""From checkouts to winners."""

from __future__ import annotations

from collections.abc import Mapping

from overlays.cli.pipeline import Checked, located
from overlays.content.checkouts import Checkout
from overlays.content.winners import Surveyed, survey
from overlays.core.consumers import with_consumers
from overlays.errors import InvalidInput


def surveyed(checked: Checked, checkouts: Mapping[str, Checkout]) -> Surveyed:
    """The winners of a list, and what each consumer serves. Raises InvalidInput: files of a source cannot be read."""
    found = survey(checked.plan, checkouts)
    if found.problems:
        raise InvalidInput(*sorted({*checked.findings, *located(found.problems, checked)}))
    return found._replace(winners=with_consumers(checked.plan, found.winners))
