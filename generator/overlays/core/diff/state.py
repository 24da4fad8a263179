"""All that is known of one side of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from overlays.core.env import Environment
from overlays.model.plan import Plan


class State(NamedTuple):
    """values: checked, with all defaults; the plan and the variables were made from them."""

    plan: Plan
    environment: Environment
    values: Mapping[str, Any]
