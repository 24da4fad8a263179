"""The variables of every consumer, in the order in which they are rendered (contract 2.2, 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from overlays.core.places import MERGED_PATHS, effective_visibilities, places, public_sources, serves
from overlays.core.resolve import SANDBOX_ARRAY
from overlays.helm import gojson
from overlays.model.agent import Agent
from overlays.model.plan import MERGED, SANDBOX_ROOT, Plan, Source

BAKED_TOOLS = "/app/tools"
BAKED_WORKFLOWS = "/app/workflows"
SANDBOX_BAKED_WORKFLOWS = "/opt/centaur/workflows"

_PROMPT = "SYSTEM_PROMPT.md"
_INSTALLED = (
    ("tools", "TOOL_DIRS", "tools"),
    ("workflows", "WORKFLOW_DIRS", "workflows"),
    ("skills", "CENTAUR_SKILL_DIRS", ".agents/skills"),
    ("personas", "CENTAUR_PERSONA_DIRS", "personas"),
    ("prompt", "CENTAUR_PROMPT_PATHS", _PROMPT),
)
"""Surface, the variable that names it, and where `install` puts it."""


class Environment(NamedTuple):
    """The variables of every consumer, name to text, in rendered order.

    api: of the API. repo_cache: of the repo-cache container, {} when the workload is not rendered.
    sandbox: of the sandboxes, that is the entries of SESSION_SANDBOX_EXTRA_ENV.
    agent: of the agent in the sandbox pod template, {} when that is not rendered.
    replaced_api: rendered names whose value the user's extraEnv replaced. replaced_sandbox: the same of sandboxes and
        agent together.
    """

    api: dict[str, str]
    repo_cache: dict[str, str]
    sandbox: dict[str, str]
    agent: dict[str, str]
    replaced_api: tuple[str, ...]
    replaced_sandbox: tuple[str, ...]


def environment(plan: Plan) -> Environment:
    """All variables of a plan. A user's variable takes the place of a rendered one; new names follow."""
    extra = {**dict(plan.sandbox.extra_env), **dict(plan.api.sandbox_entries)}
    rendered_sandbox = _sandbox_lists(plan)
    rendered_agent = _installed(plan) if plan.has_workload else {}
    replaceable = {*rendered_sandbox, *rendered_agent}
    sandbox = {**rendered_sandbox, **extra}
    rendered_api = _rendered_api(plan, sandbox)
    return Environment(
        api={**rendered_api, **dict(plan.api.extra_env)},
        repo_cache=_repo_cache(plan),
        sandbox=sandbox,
        agent={**rendered_agent, **extra} if plan.has_workload else {},
        replaced_api=tuple(name for name, _ in plan.api.extra_env if name in rendered_api),
        replaced_sandbox=tuple(name for name, _ in plan.sandbox.extra_env if name in replaceable),
    )


def agent_variables(plan: Plan, agent: Agent) -> dict[str, str]:
    """Those of the container of one agent; {} when its pod template is not rendered."""
    if not plan.has_workload:
        return {}
    extra = {**dict(plan.sandbox.extra_env), **dict(plan.api.sandbox_entries)}
    names = {name for surface, name, _ in _INSTALLED if not agent.uses(surface)}
    lists = {name: text for name, text in _installed(plan).items() if name not in names}
    if agent.uses("prompt") and (agent.preload or _preloads(plan, agent)):
        lists["CENTAUR_PROMPT_PATHS"] = f"{plan.sandbox.workspace}/{_PROMPT}"
    rendered = {name: lists[name] for _, name, _ in _INSTALLED if name in lists}
    return {**rendered, "OVERLAYS_DIGEST": agent.digest, **extra}


def _preloads(plan: Plan, agent: Agent) -> bool:
    return agent.uses("skills") and any(source.skills and source.skills_preload for source in plan.sources)


def _repo_cache(plan: Plan) -> dict[str, str]:
    if not plan.has_workload:
        return {}
    env = {
        "REPOSITORIES": " ".join([repository.repo for repository in plan.repositories]),
        "REPOSITORY_REFS": " ".join([f"{repo}={ref}" for repo, ref in plan.refs]),
        "SYNC_INTERVAL_SECONDS": str(plan.cache.sync_interval),
        "GIT_TERMINAL_PROMPT": "0",
    }
    if _states_visibility(plan):
        env["REPOSITORY_VISIBILITIES"] = " ".join([f"{r.repo}={r.visibility}" for r in plan.repositories])
    urls = {r.repo: r.clone_url for r in plan.repositories if r.clone_url_origin}
    if urls:
        env["REPOSITORY_CLONE_URLS"] = gojson.dumps(urls)
    env["OVERLAYS_DIGEST"] = plan.digest
    return {**env, **dict(plan.cache.extra_env)}


def _rendered_api(plan: Plan, sandbox: dict[str, str]) -> dict[str, str]:
    env = dict(_directories(plan))
    if sandbox:
        env[SANDBOX_ARRAY] = gojson.dumps([{"name": name, "value": value} for name, value in sandbox.items()])
    env.update(_kubernetes_tools(plan))
    public_tools = places(plan, "tools", plan.cache.host_path, public=True)
    if public_tools:
        env["KUBERNETES_PUBLIC_TOOL_DIRS"] = public_tools
    env["OVERLAYS_DIGEST"] = plan.digest
    return env


def _states_visibility(plan: Plan) -> bool:
    return any(repository.states_visibility for repository in plan.repositories)


def _directories(plan: Plan) -> Iterator[tuple[str, str]]:
    cache, host_path = plan.cache, plan.cache.host_path
    yield "TOOL_DIRS", places(plan, "tools", host_path) or BAKED_TOOLS
    yield "WORKFLOW_DIRS", places(plan, "workflows", host_path) or BAKED_WORKFLOWS
    if cache.enabled and plan.sources:
        # Without it the consumer would fall back to <tools repository>/workflows, which the user may have switched off.
        yield "KUBERNETES_WORKFLOW_DIRS", places(plan, "workflows", SANDBOX_ROOT) or SANDBOX_BAKED_WORKFLOWS
    repos_path = plan.sandbox.repos_path or (host_path if cache.enabled else "")
    if repos_path:
        yield "REPOS_PATH", repos_path
        if cache.enabled and cache.claim:
            yield "REPOS_PVC", cache.claim
    if plan.api.prompt_dir:
        yield "CENTAUR_OVERLAY_DIR", plan.api.prompt_dir


def _sandbox_lists(plan: Plan) -> dict[str, str]:
    lists = {
        "CENTAUR_SKILL_DIRS": places(plan, "skills", SANDBOX_ROOT),
        "CENTAUR_PUBLIC_SKILL_DIRS": places(plan, "skills", SANDBOX_ROOT, public=True),
        "CENTAUR_PERSONA_DIRS": places(plan, "personas", SANDBOX_ROOT),
        "CENTAUR_PROMPT_PATHS": places(plan, "prompt", SANDBOX_ROOT),
    }
    return {name: text for name, text in lists.items() if text}


def _installed(plan: Plan) -> dict[str, str]:
    """The variables of the agent in a pod of the sandbox template: what `install` puts into its workspace."""
    workspace = plan.sandbox.workspace
    lists = {name: f"{workspace}/{path}" for surface, name, path in _INSTALLED if serves(plan.sources, surface)}
    return {**lists, "OVERLAYS_DIGEST": plan.digest}


def _kubernetes_tools(plan: Plan) -> Iterator[tuple[str, str]]:
    entries = _tool_entries(plan)
    if not entries:
        return
    for key, name in (("repo", "REPO"), ("ref", "REF"), ("subdir", "SUBDIR"), ("visibility", "VISIBILITY")):
        if key in entries[0]:
            yield f"KUBERNETES_TOOLS_{name}", entries[0][key]
    if len(entries) > 1:
        yield "KUBERNETES_TOOLS_EXTRA_SOURCES", gojson.dumps(entries[1:])
    if plan.cache.enabled:
        yield "KUBERNETES_TOOLS_REPO_CACHE_PATH", plan.cache.host_path
        if plan.cache.claim:
            yield "KUBERNETES_TOOLS_REPO_CACHE_PVC", plan.cache.claim
    yield "KUBERNETES_TOOLS_RUNNER_IMAGE", plan.runner.image
    yield "KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY", plan.runner.pull_policy
    if not plan.cache.enabled and plan.runner.token_secret:
        yield "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET", plan.runner.token_secret
        yield "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY", plan.runner.token_key


def _tool_entries(plan: Plan) -> list[dict[str, str]]:
    visibilities = effective_visibilities(plan) if _states_visibility(plan) else {}
    if plan.reads_merged:
        return _merged_tools(plan, visibilities)
    return [
        {
            "repo": source.repo,
            "subdir": source.tools,
            **({"ref": source.ref} if source.ref else {}),
            **({"visibility": visibilities[source.repo]} if visibilities else {}),
        }
        for source in _tool_sources(plan)
    ]


def _merged_tools(plan: Plan, visibilities: dict[str, str]) -> list[dict[str, str]]:
    """The one entry of the winners: private as soon as a source is."""
    if not serves(plan.sources, "tools"):
        return []
    entry = {"repo": MERGED, "subdir": MERGED_PATHS["tools"]}
    if visibilities:
        entry["visibility"] = "public" if len(public_sources(plan)) == len(plan.sources) else "private"
    return [entry]


def _tool_sources(plan: Plan) -> list[Source]:
    """Sources with tools; one that stands twice (one repository has one ref) stands once, at its last place."""
    found: dict[tuple[str, str], Source] = {}
    for source in plan.sources:
        if source.tools:
            found.pop((source.repo, source.tools), None)
            found[source.repo, source.tools] = source
    return list(found.values())
