"""What an agent may not have goes at once, also while the set that it shall have is waited for."""

from __future__ import annotations

from dataclasses import replace

from overlays_node import NodeError, health, log
from overlays_node.agents import Agent
from overlays_node.destination import Destination
from overlays_node.holdings import Holdings
from overlays_node.installed import marked
from overlays_node.items import SKILLS
from overlays_node.places import RECORD
from overlays_node.share import Share
from overlays_node.told import Told
from overlays_node.workbench import Workbench


def withdraw(destination: Destination, agent: Agent) -> None:
    """Take away what the lists of the agent do not allow, whatever set it is from; for the time until it has one.

    What a list of its persona says is not known then: skills stay only where the list of that very persona held before.
    Raises NodeError: it cannot be done.
    """
    boot_id = health.boot_id()
    bench = Workbench(destination, boot_id)
    with destination.locked():
        try:
            _withdraw(Holdings(destination, bench, boot_id), bench, agent)
        except OSError as why:
            raise NodeError(destination.sentence(RECORD, why)) from None
        finally:
            bench.close()


def _withdraw(ours: Holdings, bench: Workbench, agent: Agent) -> None:
    held = not ours.interrupted and (ours.record.agent, ours.record.persona) == (agent.name, agent.persona)
    unknown = agent.asks_persona and not held
    allowed = {**agent.allowed, SKILLS: ()} if unknown else agent.allowed
    share = Share(replace(agent, persona="", allowed=allowed), {}, ())
    loose = share.loose_to_keep(ours.places)
    told = Told(quiet=True)
    for place, entries in sorted(ours.places.items()):
        if not entries or not all(share.may_keep(one) if one.name else place in loose for one in entries):
            bench.remove(place)
            told.removed(ours.places.pop(place))
    if not told.has_removed:
        return
    if unknown:
        reason = "until the set is there, nobody knows which skills its persona allows"
        log.warning("skills-withdrawn", agent=agent.name, persona=agent.persona, reason=reason)
    if all(ours.places.values()):  # else the journal says it all
        record = replace(
            ours.record,
            complete=False,
            agent=agent.name,
            persona=agent.persona if agent.asks_persona else None,
            entries={**ours.places, **dict(marked(ours.places))},
            folders=tuple(ours.folders),
            links=tuple(ours.links),
        )
        bench.put_record(RECORD, record.lines())
        bench.finish()
