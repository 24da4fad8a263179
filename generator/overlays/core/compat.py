"""The list of sources: `overlays.sources`, or `toolServer.*` when that list is empty (contract 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from overlays.model.finding import Problem, Severity
from overlays.model.plan import Mode, Pointer, Source

TOOLS = "tools"
WORKFLOWS = "workflows"
SKILLS = ".agents/skills"

SOURCES: Pointer = ("overlays", "sources")
EXTRA_SOURCES: Pointer = ("toolServer", "extraSources")


def mode_of(values: Mapping[str, Any]) -> Mode:
    """Explicit as soon as the list has an entry, also when every entry is disabled."""
    return Mode.EXPLICIT if values["overlays"]["sources"] else Mode.COMPAT


def sources(values: Mapping[str, Any]) -> tuple[Source, ...]:
    """Enabled sources in order, later ones shadow earlier ones. values: checked, with all defaults."""
    if mode_of(values) is Mode.EXPLICIT:
        listed = enumerate(values["overlays"]["sources"])
        return tuple(_explicit(entry, index) for index, entry in listed if entry.get("enabled", True))
    server = values["toolServer"]
    if not (server["enabled"] and server["repo"]):
        return ()
    return (_base(server), *(_extra(entry, index) for index, entry in enumerate(server["extraSources"])))


def disabled(values: Mapping[str, Any]) -> tuple[Source, ...]:
    """The entries of the explicit list that are switched off, in order; nothing is made of them."""
    listed = enumerate(values["overlays"]["sources"])
    return tuple(_explicit(entry, index) for index, entry in listed if not entry.get("enabled", True))


def _explicit(entry: Mapping[str, Any], index: int) -> Source:
    # A subdirectory has three states: absent is the default, "" is off, all else is the path. `get` is just that.
    get = entry.get
    return Source(
        repo=entry["repo"],
        ref=get("ref", ""),
        tools=get("toolsSubdir", TOOLS),
        workflows=get("workflowsSubdir", WORKFLOWS),
        skills=get("skillsSubdir", SKILLS),
        personas=get("personasSubdir", ""),
        prompt=get("promptPath", ""),
        clone_url=get("cloneUrl", ""),
        visibility=get("visibility", ""),
        origin=(*SOURCES, index),
        overrides=tuple(entry["overrides"]) if "overrides" in entry else None,
        skills_preload=tuple(get("skillsPreload", ())),
    )


def _base(server: Mapping[str, Any]) -> Source:
    return _compat(server, "toolServer", subdir=server["subdir"], workflows="", skills="")


def _extra(entry: Mapping[str, Any], index: int) -> Source:
    get = entry.get
    return _compat(
        entry,
        *EXTRA_SOURCES,
        index,
        subdir=get("subdir", ""),
        workflows=get("workflowsSubdir", ""),
        skills=get("skillsSubdir", ""),
    )


def _compat(entry: Mapping[str, Any], *origin: str | int, subdir: str, workflows: str, skills: str) -> Source:
    # Unlike in the explicit list, "" cannot switch a surface off here: the original falls back to the default.
    return Source(
        repo=entry["repo"],
        ref=entry.get("ref", ""),
        tools=subdir or TOOLS,
        workflows=workflows or WORKFLOWS,
        skills=skills or SKILLS,
        personas="",
        prompt="",
        clone_url=entry.get("cloneUrl", ""),
        visibility=entry.get("visibility", ""),
        origin=origin,
    )


def problems(values: Mapping[str, Any], user: Mapping[str, Any]) -> list[Problem]:
    """What is wrong or without effect in the choice between the two lists.

    values: checked, with all defaults. user: the same before the defaults, so that what the user wrote can be told.
    """
    found = [_port(user)]
    if mode_of(values) is Mode.EXPLICIT:
        found += [_missing_base(values), *_ignored_by_explicit(user)]
    else:
        found += [_empty_list(user), _no_base(values), _ignored_extra(values), *_empty_subdirs(values)]
    return [problem for problem in found if problem]


def _table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = values.get(key)
    return table if isinstance(table, Mapping) else {}


def _port(user: Mapping[str, Any]) -> Problem | None:
    if "port" not in _table(user, "toolServer"):
        return None
    return Problem(
        ("toolServer", "port"),
        "OVL306",
        "toolServer.port does nothing",
        "nothing that is rendered reads it",
        "remove the key",
        Severity.WARNING,
        "key",
    )


def _missing_base(values: Mapping[str, Any]) -> Problem | None:
    server = values["toolServer"]
    base = server["repo"]
    if not (server["enabled"] and base) or any(entry["repo"] == base for entry in values["overlays"]["sources"]):
        return None
    return Problem(
        SOURCES,
        "OVL301",
        f"the base repository {base!r} is not in overlays.sources",
        "an explicit list is the whole list; toolServer.repo is not added to it",
        f'if it is wanted, add "- repo: {base}" as the first entry; if not, set toolServer.enabled to false',
        Severity.WARNING,
        "key",
    )


def _ignored_by_explicit(user: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            ("toolServer", key),
            "OVL302",
            f"toolServer.{key} does nothing next to overlays.sources",
            "an explicit list replaces toolServer.* as the source of the list",
            "move what it says into overlays.sources and remove the key",
            Severity.WARNING,
            "key",
        )
        for key in ("repo", "ref", "subdir", "extraSources")
        if _table(user, "toolServer").get(key) is not None
    ]


def _empty_list(user: Mapping[str, Any]) -> Problem | None:
    if _table(user, "overlays").get("sources") != []:
        return None
    return Problem(
        SOURCES,
        "OVL303",
        "overlays.sources is empty, so compat mode applies",
        "with an empty list the sources come from toolServer.*",
        "for no sources at all set toolServer.enabled to false; else remove the key",
        Severity.WARNING,
    )


def _no_base(values: Mapping[str, Any]) -> Problem | None:
    server = values["toolServer"]
    if not server["enabled"] or server["repo"]:
        return None
    return Problem(
        ("toolServer", "repo"),
        "OVL205",
        "toolServer.repo (owner/name) must be set when toolServer.enabled=true",
        "in compat mode the first source is that repository",
        "set toolServer.repo, or toolServer.enabled to false, or use overlays.sources",
    )


def _ignored_extra(values: Mapping[str, Any]) -> Problem | None:
    server = values["toolServer"]
    if server["enabled"] or not server["extraSources"]:
        return None
    return Problem(
        EXTRA_SOURCES,
        "OVL304",
        "toolServer.extraSources is ignored",
        "with toolServer.enabled=false the plan is empty",
        "set toolServer.enabled to true, or move the entries into overlays.sources",
        Severity.WARNING,
        "key",
    )


def _empty_subdirs(values: Mapping[str, Any]) -> list[Problem]:
    defaults = {"subdir": TOOLS, "workflowsSubdir": WORKFLOWS, "skillsSubdir": SKILLS}
    return [
        Problem(
            (*EXTRA_SOURCES, index, key),
            "OVL305",
            f'{key} is "", which means the default {default!r} here',
            "only in overlays.sources does an empty subdirectory switch a surface off",
            f"remove the key, or move the list into overlays.sources, where it is {_explicit_key(key)}",
            Severity.WARNING,
        )
        for index, entry in enumerate(values["toolServer"]["extraSources"])
        for key, default in defaults.items()
        if entry.get(key) == ""
    ]


def _explicit_key(key: str) -> str:
    return "toolsSubdir" if key == "subdir" else key
