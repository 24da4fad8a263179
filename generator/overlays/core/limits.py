"""Limits of Linux and Kubernetes that a long list reaches (contract 2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from overlays.core.compat import EXTRA_SOURCES, SOURCES
from overlays.core.env import Environment
from overlays.core.manifest import manifest
from overlays.core.resolve import SANDBOX_ARRAY
from overlays.model.finding import Problem, warning
from overlays.model.plan import Mode, Plan, Pointer

MAX_VARIABLE = 131_071
"""Bytes of NAME=VALUE that the kernel takes as one string, without the final NUL."""
MAX_ENVIRONMENT = 1 << 20
"""Bytes of all variables of one container, names and NULs included."""
MAX_CONFIGMAP = 1 << 20
"""Bytes of all values of one ConfigMap."""


_HINTS = ("shorten the list, or split it over several releases", "shorten the text, or deliver it as a file")


def limits(plan: Plan, environment: Environment) -> Iterator[Problem]:
    """One warning for each limit that is passed, naming what passes it."""
    containers = {"repo-cache": environment.repo_cache, "api-rs": environment.api, "sandbox": environment.sandbox}
    for container, variables in containers.items():
        sizes = {name: len(f"{name}={text}".encode()) for name, text in variables.items()}
        for name, size in sizes.items():
            if size > MAX_VARIABLE:
                yield _too_long(_origin(plan, environment, container, name), container, name, size)
        total = sum(sizes.values()) + len(sizes)
        if total > MAX_ENVIRONMENT:
            largest = max(sizes, key=sizes.__getitem__)
            yield _too_many(_origin(plan, environment, container, largest), container, largest, total)
    yield from _config_maps(plan, environment)


def _origin(plan: Plan, environment: Environment, container: str, name: str) -> Pointer:
    """What the user wrote that made a variable long: the variable itself, or the list."""
    if name == SANDBOX_ARRAY:
        container, name = "sandbox", max(environment.sandbox, key=lambda entry: len(environment.sandbox[entry]))
    owner, extra = {
        "repo-cache": ("repoCache", plan.cache.extra_env),
        "api-rs": ("apiRs", plan.api.extra_env),
        "sandbox": ("sandbox", plan.sandbox.extra_env),
    }[container]
    return (owner, "extraEnv", name) if name in dict(extra) else _list(plan)


def _list(plan: Plan) -> Pointer:
    return SOURCES if plan.mode is Mode.EXPLICIT else EXTRA_SOURCES


def _config_maps(plan: Plan, environment: Environment) -> Iterator[Problem]:
    config_maps: dict[str, Mapping[str, str]] = {f"{plan.fullname}-env": environment.api}
    if environment.repo_cache:
        config_maps[f"{plan.fullname}-manifest"] = {"overlay-manifest.json": manifest(plan)}
    if plan.api.system_prompt:
        config_maps[f"{plan.fullname}-overlay"] = {"SYSTEM_PROMPT.md": plan.api.system_prompt}
    for name, data in config_maps.items():
        size = sum(len(text.encode()) for text in data.values())
        if size > MAX_CONFIGMAP:
            where: Pointer = ("overlay", "systemPrompt") if name.endswith("-overlay") else _list(plan)
            yield warning(
                where,
                "OVL230",
                f"ConfigMap {name} holds {size} bytes",
                f"Kubernetes refuses a ConfigMap of more than {MAX_CONFIGMAP} bytes",
                "shorten the list, or split it over several releases",
                "key",
            )


def _too_long(at: Pointer, container: str, name: str, size: int) -> Problem:
    return warning(
        at,
        "OVL228",
        f"variable {name} of container {container} has {size} bytes",
        f"Linux starts no process with a variable of more than {MAX_VARIABLE} bytes",
        _HINTS[at[-2] == "extraEnv"],
        "key",
    )


def _too_many(at: Pointer, container: str, largest: str, total: int) -> Problem:
    return warning(
        at,
        "OVL229",
        f"the variables of container {container} have {total} bytes together, most of them in {largest}",
        f"with more than {MAX_ENVIRONMENT} bytes programs in the container cannot start others",
        _HINTS[at[-2] == "extraEnv"],
        "key",
    )
