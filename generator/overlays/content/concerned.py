"""Which skills concern an agent, whether they can be served or not."""

from __future__ import annotations

from overlays.model.sight import Sight
from overlays.model.winners import Row, Winners
from overlays_node.patterns import allow


def skills_of(sight: Sight, winners: Winners) -> tuple[Row, ...]:
    """Those of its list, and under its names also what is broken: it would have that, if it could be served."""
    rows = {row.name: row for row in winners.rows if row.surface == "skills"}
    return tuple(rows[name] for name in allow(rows, sight.patterns).by)
