"""Moving the list from toolServer to overlays.sources: what it is there, and whether that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overlays.core.env import Environment
from overlays.core.manifest import manifest
from overlays.model.migration import EMPTY_IS_DEFAULT, KEYS, NAMES, Wanted
from overlays.model.plan import Plan


def wanted(values: Mapping[str, Any], user: Mapping[str, Any]) -> Wanted:
    """The sources in compat mode. values: checked, with all defaults. user: the same before the defaults."""
    server = values["toolServer"]
    stated = user.get("toolServer") or {}
    base = {"repo": server["repo"], **{key: server[key] for key in KEYS[1:-1] if key in stated}}
    extra = tuple(server["extraSources"])
    return Wanted(_explicit(base), tuple(map(_explicit, extra)), extra)


def _explicit(entry: Mapping[str, str]) -> dict[str, str]:
    ordered = {key: entry[key] for key in ("repo", *entry)}
    return {NAMES.get(key, key): text for key, text in ordered.items() if text or key not in EMPTY_IS_DEFAULT}


def unequal(plans: tuple[Plan, Plan], environments: tuple[Environment, Environment]) -> Iterator[str]:
    """What of the output is not the same after as before, in words. Each pair: before, after."""
    before, after = plans
    for consumer in ("api", "repo_cache", "sandbox"):
        one, other = (getattr(environment, consumer) for environment in environments)
        names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        if not names and list(one) != list(other):
            names = ["the order of the variables"]
        title = {"api": "the API", "repo_cache": "the cache", "sandbox": "the sandboxes"}[consumer]
        yield from (f"{name} of {title}" for name in names)
    if manifest(before) != manifest(after):
        yield "the manifest"
    if before.digest != after.digest:
        yield "the digest"


def rest(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one file without what a migration changes: overlays.sources and the keys that move."""
    changed = {"overlays": {"sources"}, "toolServer": set(KEYS)}
    kept = {key: value for key, value in values.items() if key not in changed}
    for key, gone in changed.items():
        inner = {name: value for name, value in (values.get(key) or {}).items() if name not in gone}
        if inner:
            kept[key] = inner
    return kept
