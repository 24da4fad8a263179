"""What each consumer of skills is given, in its own words; GIVEN is the table of `render skills --consumer`.

The rules of the consumers: CAO (awslabs/cli-agent-orchestrator) and PromptKit as they were read in August 2026, Claude
Code by its documentation. The shapes are schemas/skills.schema.json.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from overlays.model.given import Given, GivenSkill

STORE: Final = "/home/agent/.aws/cli-agent-orchestrator/skills"
"""Where CAO has its store when CAO_HOME_DIR is not set, in a pod whose home is /home/agent."""
_VOLUME: Final = "overlays-workspace"
_AGENTS: Final = ".agents/skills"
_CLAUDE: Final = ".claude/skills"


def cao(given: Given) -> str:
    """One flat directory to be mounted as the store: no provider of CAO sees more than that, and some no less."""
    mount = {"name": _VOLUME, "subPath": _AGENTS, "mountPath": STORE}
    return _json(
        {
            "consumer": "cao",
            **_who(given),
            "directory": given.directory,
            "store": STORE,
            **({"volumeMount": mount} if given.volume else {}),
            "extraDirs": [],
            "skills": [_skill(one) for one in given.skills],
        }
    )


def promptkit(given: Given) -> str:
    """The `skills` of a pack: an entry a skill, in PromptKit's order, in which the first of two copies is taken.

    That is ours reversed, and this is the one place where it is: sources from the last to the first. No name is there
    twice; but PromptKit also takes each SKILL.md deeper in a skill for one, and then the later source still wins.
    """
    ordered = sorted(given.skills, key=lambda one: (-one.copy.source, one.name))
    return _json({"skills": [_entry(given, one) for one in ordered]})


def _entry(given: Given, one: GivenSkill) -> dict[str, Any]:
    return {"path": f"{given.directory}/{one.name}", **({"preload": True} if one.preload else {})}


def claude(given: Given) -> str:
    """The project directory: Claude Code reads .claude/skills there, which leads to .agents/skills."""
    own = given.directory.endswith(f"/{_CLAUDE}")
    project = given.directory.removesuffix(f"/{_CLAUDE if own else _AGENTS}")
    return _json(
        {
            "consumer": "claude",
            **_who(given),
            "project": project,
            "directory": posixpath.join(project, _CLAUDE),
            "link": None if own else posixpath.join("..", _AGENTS),
            "skills": [_skill(one) for one in given.skills],
        }
    )


def _who(given: Given) -> dict[str, Any]:
    return {"agent": given.agent or None}


def _skill(one: GivenSkill) -> dict[str, Any]:
    copy = one.copy
    return {
        "name": one.name,
        "source": copy.repo,
        "ref": copy.ref,
        "commit": copy.commit,
        "path": copy.path,
        "preload": one.preload,
        "shadows": list(one.shadows),
    }


def _json(document: Mapping[str, Any]) -> str:
    """ASCII, two-space indent, final newline."""
    return json.dumps(document, indent=2) + "\n"


GIVEN: Final[Mapping[str, Callable[[Given], str]]] = MappingProxyType(
    {"cao": cao, "promptkit": promptkit, "claude": claude}
)
"""--consumer, by name."""
PROJECTS: Final = (f"/{_AGENTS}", f"/{_CLAUDE}")
"""How a directory ends that Claude Code can be given."""
