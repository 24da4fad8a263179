"""`install --follow` as a process that tests watch by its log."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.support.chaos_loop import Loop
from tests.support.installs import Agent


class Following(Loop):
    """An installation that goes on; `with` starts it."""

    def __init__(self, agent: Agent, *args: str, prefix: Sequence[str] = (), interval: float = 0.05) -> None:
        super().__init__(agent.node)
        more = ("--follow", "--interval", str(interval), *args)
        self._command = [*prefix, sys.executable, "-m", "overlays_node", *agent.args(*more)]
