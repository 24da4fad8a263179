"""From checked values to the plan. Whatever a schema cannot say about them is told on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from overlays.core import agent_advice, agents, compat, digest, envarray, mounts, naming, repositories
from overlays.helm.gofmt import format_float
from overlays.model.finding import Problem
from overlays.model.plan import MERGED, Api, Cache, Delivery, Pairs, Plan, Pointer, Repository, Sandbox, ToolRunner

SANDBOX_ARRAY = "SESSION_SANDBOX_EXTRA_ENV"
SANDBOX_ARRAY_POINTER: Pointer = ("apiRs", "extraEnv", SANDBOX_ARRAY)


class Resolved(NamedTuple):
    """The plan and everything to tell about it. When a problem is an error, the plan must not be rendered."""

    plan: Plan
    problems: tuple[Problem, ...]


def resolve(values: Mapping[str, Any], user: Mapping[str, Any], release: str) -> Resolved:
    """Decide everything that the output depends on.

    values: as the schema accepts them, with all defaults of the chart. user: the same before the defaults.
    release: a legal Helm release name.
    """
    sources = compat.sources(values)
    combined = repositories.combine(values, sources)
    fullname = naming.fullname(release, values["nameOverride"], values["fullnameOverride"])
    entries, array_problems = _sandbox_array(values)
    plan = Plan(
        mode=compat.mode_of(values),
        delivery=Delivery(values["overlays"]["delivery"]),
        fullname=fullname,
        sources=sources,
        repositories=combined.repositories,
        refs=combined.refs,
        digest=digest.digest(sources, combined.repositories),
        cache=_cache(values["repoCache"], fullname),
        sandbox=Sandbox(
            repos_path=values["sandbox"]["reposPath"],
            extra_env=tuple((name, env_text(value)) for name, value in sorted(values["sandbox"]["extraEnv"].items())),
            workspace=values["sandbox"]["workspace"],
        ),
        api=_api(values, entries),
        runner=_runner(values),
        agents=agents.agents(values, sources, combined.repositories),
        catalog_instruction=values["overlays"]["catalogInstruction"],
    )
    problems = (
        *compat.problems(values, user),
        *combined.problems,
        *_owner_problems(plan, values),
        *array_problems,
        *_claim_problems(plan, values),
        *mounts.problems(plan, values),
        *agent_advice.problems(plan, values),
        *_host_problems(combined.repositories, values["repoCache"]["gitCredentials"]),
    )
    return Resolved(plan, problems)


def env_text(value: str | bool | float) -> str:
    """Text of a sandbox.extraEnv value: whole numbers in full decimal, other numbers as Go prints a float64."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or is_plain_whole(value):
        return str(int(value))
    return format_float(value)


def is_plain_whole(value: float) -> bool:
    """True for a whole number that has a plain decimal text; the negative zero has none ("-0")."""
    return value.is_integer() and not (value == 0 and str(value).startswith("-"))


def _cache(cache: Mapping[str, Any], fullname: str) -> Cache:
    storage = cache["storage"]
    claim = storage["persistentVolumeClaim"]["existingClaim"] or f"{fullname}-repo-cache"
    return Cache(
        enabled=cache["enabled"],
        host_path=cache["hostPath"],
        claim=claim if storage["type"] == "persistentVolumeClaim" else "",
        sync_interval=int(cache["syncIntervalSeconds"]),
        extra_env=tuple(sorted(cache["extraEnv"].items())),
    )


def _api(values: Mapping[str, Any], entries: Pairs) -> Api:
    overlay = values["overlay"]
    extra = values["apiRs"]["extraEnv"]
    return Api(
        extra_env=tuple(sorted((name, text) for name, text in extra.items() if name != SANDBOX_ARRAY)),
        sandbox_entries=entries,
        prompt_dir=overlay["mountPath"] if overlay["systemPrompt"] else "",
        system_prompt=overlay["systemPrompt"],
    )


def _runner(values: Mapping[str, Any]) -> ToolRunner:
    runner, sandbox = values["toolServer"]["runnerImage"], values["sandbox"]["image"]
    token = values["toolServer"]["githubToken"]
    return ToolRunner(
        image=f"{runner['repository'] or sandbox['repository']}:{runner['tag'] or sandbox['tag']}",
        pull_policy=runner["pullPolicy"] or sandbox["pullPolicy"],
        token_secret=token["existingSecretName"],
        token_key=token["secretKey"],
    )


def _sandbox_array(values: Mapping[str, Any]) -> tuple[Pairs, tuple[Problem, ...]]:
    text = values["apiRs"]["extraEnv"].get(SANDBOX_ARRAY)
    if text is None:
        return (), ()
    try:
        return envarray.parse(text), ()
    except ValueError as error:
        return (), (
            Problem(
                SANDBOX_ARRAY_POINTER,
                "OVL207",
                f"{SANDBOX_ARRAY} cannot be merged: {error}",
                "it is merged by name over the rendered variables, so it must be a JSON array of {name, value}",
                'write it as [{"name": "NAME", "value": "text"}], or use sandbox.extraEnv',
            ),
        )


def _owner_problems(plan: Plan, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Repositories that stand where the cache puts the merged ones."""
    if plan.delivery is not Delivery.MERGED:
        return
    owner = f"{MERGED.partition('/')[0]}/"
    entries: tuple[repositories.Entry, ...] = (*repositories.listed(values), *plan.sources)
    for entry in entries:
        if entry.repo.startswith(owner):
            yield Problem(
                repositories.place(entry),
                "OVL209",
                f"{entry.repo!r} has the owner 'overlays', and overlays.delivery is merged",
                "the cache keeps the merged directories under that owner",
                "name the repository through another owner, or set overlays.delivery to separate",
            )


def _claim_problems(plan: Plan, values: Mapping[str, Any]) -> tuple[Problem, ...]:
    claim = values["repoCache"]["storage"]["persistentVolumeClaim"]
    if not (plan.cache.enabled and plan.cache.claim) or claim["existingClaim"] or claim["create"]:
        return ()
    return (
        Problem(
            ("repoCache", "storage", "type"),
            "OVL204",
            "the cache lives on a claim, but there is none",
            "with storage.type persistentVolumeClaim the pods would wait for a claim for ever",
            "set repoCache.storage.persistentVolumeClaim.existingClaim, or create: true",
        ),
    )


def _host_problems(listed: tuple[Repository, ...], credentials: Mapping[str, Any]) -> tuple[Problem, ...]:
    if not credentials["existingSecretName"] or credentials["hosts"]:
        return ()
    hosts = sorted({host_of(repository.clone_url) for repository in listed})
    if len(hosts) < 2:
        return ()
    return (
        Problem(
            ("repoCache", "gitCredentials", "existingSecretName"),
            "OVL206",
            f"the repositories are on {len(hosts)} hosts ({', '.join(hosts)}), and gitCredentials names none",
            "credentials are given to no host that the user did not name",
            "list the hosts that shall get them in repoCache.gitCredentials.hosts",
        ),
    )


def host_of(clone_url: str) -> str:
    """Host of a clone URL, lower case, with its port when the URL has one."""
    return clone_url.split("/", 3)[2].lower()
