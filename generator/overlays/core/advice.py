"""Warnings about a plan that renders: what it cannot deliver, and what will surprise (contract 1.5, 2.4, 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from overlays.core.env import Environment
from overlays.core.resolve import SANDBOX_ARRAY_POINTER, env_text, is_plain_whole
from overlays.model.finding import Problem, warning
from overlays.model.plan import Delivery, Plan, Pointer, Source

SURFACES = ("tools", "workflows", "skills", "personas", "prompt")
API_EXTRA: Pointer = ("apiRs", "extraEnv")
SANDBOX_EXTRA: Pointer = ("sandbox", "extraEnv")
CACHE_EXTRA: Pointer = ("repoCache", "extraEnv")

MAX_PORT = 65535

_DEFAULT_PORTS = {"http": 80, "https": 443}


def advice(plan: Plan, environment: Environment, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Every warning about the plan. values: checked, with all defaults."""
    yield from _repeated(plan)
    yield from _undelivered(plan)
    yield from _without_cache(plan)
    yield from _repos_path(plan)
    yield from _two_prompts(plan)
    yield from _ports(plan, values)
    yield from _replaced(environment)
    yield from _numbers(values)
    yield from _expanded(plan)


def _repeated(plan: Plan) -> Iterator[Problem]:
    for surface in SURFACES:
        last: dict[tuple[str, str], Source] = {}
        for source in plan.sources:
            path = getattr(source, surface)
            if not path:
                continue
            earlier = last.get((source.repo, path))
            if earlier:
                yield warning(
                    (*earlier.origin, "repo"),
                    "OVL223",
                    f"{surface} of {source.repo!r} at {path!r} are listed again later",
                    "a directory stands once in a list, at its last place",
                    'switch the surface off ("") in one of the entries, or remove one',
                )
            last[source.repo, path] = source


def _undelivered(plan: Plan) -> Iterator[Problem]:
    if plan.cache.enabled:
        return
    for source in plan.sources:
        lost = [surface for surface in SURFACES[1:] if getattr(source, surface)]
        if lost:
            yield warning(
                (*source.origin, "repo"),
                "OVL224",
                f"{', '.join(lost)} of {source.repo!r} cannot be delivered",
                "with repoCache.enabled=false only tools reach the sandboxes, which clone them",
                "set repoCache.enabled to true, or switch these surfaces off",
            )


def _without_cache(plan: Plan) -> Iterator[Problem]:
    if plan.cache.enabled:
        return
    if plan.delivery is Delivery.MERGED:
        yield warning(
            ("overlays", "delivery"),
            "OVL234",
            "overlays.delivery merged needs the cache",
            "with repoCache.enabled=false nothing merges the sources, and everything is as with separate",
            "set repoCache.enabled to true, or remove overlays.delivery",
        )
    if plan.repositories:
        yield warning(
            ("repoCache", "enabled"),
            "OVL235",
            "no sandbox pod template: repoCache.enabled is false",
            "its pods install what they read from the cache",
            "set repoCache.enabled to true, unless nobody starts pods from the template",
        )


def _repos_path(plan: Plan) -> Iterator[Problem]:
    repos_path = plan.sandbox.repos_path
    if repos_path and repos_path != plan.cache.host_path:
        yield warning(
            ("sandbox", "reposPath"),
            "OVL225",
            f"sandbox.reposPath is {repos_path!r}, and the cache is at {plan.cache.host_path!r}",
            "sandboxes look for repositories where the cache does not put them",
            "remove sandbox.reposPath, or set repoCache.hostPath to the same path",
        )


def _two_prompts(plan: Plan) -> Iterator[Problem]:
    prompts = [source for source in plan.sources if source.prompt]
    if plan.api.prompt_dir and prompts:
        yield warning(
            ("overlay", "systemPrompt"),
            "OVL226",
            f"overlay.systemPrompt is set, and {prompts[0].repo!r} has a promptPath",
            "two mechanisms add to the prompt, and no rule says which comes first",
            "move the text into a file of an overlay repository",
            "key",
        )


def _ports(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    if not plan.cache.enabled:
        return
    allowed = {int(port) for port in values["repoCache"]["egressPorts"]}
    told = set()
    for repository in plan.repositories:
        port = _port(repository.clone_url)
        origin = repository.clone_url_origin
        pointer: Pointer = (*origin, "cloneUrl") if origin else ("repoCache", "egressPorts")
        if port not in allowed and pointer not in told:
            told.add(pointer)
            yield warning(
                pointer,
                "OVL231",
                f"{repository.repo!r} is cloned from port {port}, which is not in repoCache.egressPorts",
                "the network policy lets the cache reach only DNS and these ports",
                f"add {port} to repoCache.egressPorts"
                if port <= MAX_PORT
                else "correct the URL: there is no such port",
            )


def _port(clone_url: str) -> int:
    scheme, _, rest = clone_url.partition("://")
    port = rest.split("/", 1)[0].partition(":")[2]
    return int(port) if port else _DEFAULT_PORTS[scheme]


def _replaced(environment: Environment) -> Iterator[Problem]:
    replaced = [(*API_EXTRA, name) for name in environment.replaced_api]
    replaced += [(*SANDBOX_EXTRA, name) for name in environment.replaced_sandbox]
    for pointer in replaced:
        yield warning(
            pointer,
            "OVL227",
            f"{pointer[-1]} replaces the value that is rendered from the sources",
            "the sources have no effect on this variable any more",
            "remove it, unless that is what you want",
            "key",
        )


def _numbers(values: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in values["sandbox"]["extraEnv"].items():
        if isinstance(value, float) and not is_plain_whole(value):
            yield warning(
                (*SANDBOX_EXTRA, name),
                "OVL232",
                f"the number {name} becomes the text {env_text(value)!r}",
                "a number loses the way it was written",
                "quote it",
            )


def _expanded(plan: Plan) -> Iterator[Problem]:
    extra = [((*API_EXTRA, name), text) for name, text in plan.api.extra_env]
    extra += [((*SANDBOX_EXTRA, name), text) for name, text in plan.sandbox.extra_env]
    extra += [((*CACHE_EXTRA, name), text) for name, text in plan.cache.extra_env]
    extra += [(SANDBOX_ARRAY_POINTER, text) for _, text in plan.api.sandbox_entries]
    for pointer in dict.fromkeys(pointer for pointer, text in extra if "$(" in text or "$$" in text):
        yield warning(
            pointer,
            "OVL233",
            f"{pointer[-1]} holds '$(' or '$$', which Kubernetes expands",
            "$(NAME) becomes the value of that variable, and $$ becomes $",
            "write $$ for each $ that is meant literally",
        )
