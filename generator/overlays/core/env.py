"""The variables of the three consumers, in the order in which they are rendered (contract 2.2, 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from overlays.core.resolve import SANDBOX_ARRAY
from overlays.helm import gojson
from overlays.model.plan import SANDBOX_ROOT, Plan, Source

BAKED_TOOLS = "/app/tools"
BAKED_WORKFLOWS = "/app/workflows"
SANDBOX_BAKED_WORKFLOWS = "/opt/centaur/workflows"


class Environment(NamedTuple):
    """The variables of every consumer, name to text, in rendered order.

    api: of the API. repo_cache: of the repo-cache container, {} when the workload is not rendered.
    sandbox: of the sandboxes, that is the entries of SESSION_SANDBOX_EXTRA_ENV.
    replaced_api, replaced_sandbox: rendered names whose value the user's extraEnv replaced.
    """

    api: dict[str, str]
    repo_cache: dict[str, str]
    sandbox: dict[str, str]
    replaced_api: tuple[str, ...]
    replaced_sandbox: tuple[str, ...]


def environment(plan: Plan) -> Environment:
    """All variables of a plan. A user's variable takes the place of a rendered one; new names follow."""
    rendered_sandbox = _sandbox_lists(plan)
    sandbox = {**rendered_sandbox, **dict(plan.sandbox.extra_env), **dict(plan.api.sandbox_entries)}
    rendered_api = _rendered_api(plan, sandbox)
    return Environment(
        api={**rendered_api, **dict(plan.api.extra_env)},
        repo_cache=_repo_cache(plan),
        sandbox=sandbox,
        replaced_api=tuple(name for name, _ in plan.api.extra_env if name in rendered_api),
        replaced_sandbox=tuple(name for name, _ in plan.sandbox.extra_env if name in rendered_sandbox),
    )


def _repo_cache(plan: Plan) -> dict[str, str]:
    if not (plan.cache.enabled and plan.repositories):
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
    public_tools = paths(_public(plan), "tools")
    if plan.cache.enabled and public_tools:
        env["KUBERNETES_PUBLIC_TOOL_DIRS"] = join_paths(plan.cache.host_path, public_tools)
    env["OVERLAYS_DIGEST"] = plan.digest
    return env


def paths(sources: Iterable[Source], surface: str) -> list[str]:
    """`<repo>/<path>` of each source that serves the surface; one that stands twice stands once, at its last place."""
    found: dict[str, None] = {}
    for source in sources:
        path = getattr(source, surface)
        if path:
            text = f"{source.repo}/{path}"
            found.pop(text, None)
            found[text] = None
    return list(found)


def join_paths(root: str, relative: list[str]) -> str:
    """Absolute paths joined by ":"."""
    return ":".join([f"{root}/{path}" for path in relative])


def _states_visibility(plan: Plan) -> bool:
    return any(repository.states_visibility for repository in plan.repositories)


def _visibilities(plan: Plan) -> dict[str, str]:
    return {repository.repo: repository.visibility for repository in plan.repositories}


def _public(plan: Plan) -> list[Source]:
    effective = _visibilities(plan)
    return [source for source in plan.sources if effective[source.repo] == "public"]


def _directories(plan: Plan) -> Iterator[tuple[str, str]]:
    cache, sources = plan.cache, plan.sources
    tools, workflows = paths(sources, "tools"), paths(sources, "workflows")
    yield "TOOL_DIRS", join_paths(cache.host_path, tools) if cache.enabled and tools else BAKED_TOOLS
    yield "WORKFLOW_DIRS", join_paths(cache.host_path, workflows) if cache.enabled and workflows else BAKED_WORKFLOWS
    if cache.enabled and sources:
        # Without it the consumer would fall back to <tools repository>/workflows, which the user may have switched off.
        yield (
            "KUBERNETES_WORKFLOW_DIRS",
            join_paths(SANDBOX_ROOT, workflows) if workflows else SANDBOX_BAKED_WORKFLOWS,
        )
    repos_path = plan.sandbox.repos_path or (cache.host_path if cache.enabled else "")
    if repos_path:
        yield "REPOS_PATH", repos_path
        if cache.enabled and cache.claim:
            yield "REPOS_PVC", cache.claim
    if plan.api.prompt_dir:
        yield "CENTAUR_OVERLAY_DIR", plan.api.prompt_dir


def _sandbox_lists(plan: Plan) -> dict[str, str]:
    if not plan.cache.enabled:
        return {}
    lists = {
        "CENTAUR_SKILL_DIRS": paths(plan.sources, "skills"),
        "CENTAUR_PUBLIC_SKILL_DIRS": paths(_public(plan), "skills"),
        "CENTAUR_PERSONA_DIRS": paths(plan.sources, "personas"),
        "CENTAUR_PROMPT_PATHS": paths(plan.sources, "prompt"),
    }
    return {name: join_paths(SANDBOX_ROOT, relative) for name, relative in lists.items() if relative}


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


def _tool_sources(plan: Plan) -> list[Source]:
    """Sources with tools; one that stands twice (one repository has one ref) stands once, at its last place."""
    found: dict[tuple[str, str], Source] = {}
    for source in plan.sources:
        if source.tools:
            found.pop((source.repo, source.tools), None)
            found[source.repo, source.tools] = source
    return list(found.values())


def _tool_entries(plan: Plan) -> list[dict[str, str]]:
    visibilities = _visibilities(plan) if _states_visibility(plan) else {}
    return [
        {
            "repo": source.repo,
            "subdir": source.tools,
            **({"ref": source.ref} if source.ref else {}),
            **({"visibility": visibilities[source.repo]} if visibilities else {}),
        }
        for source in _tool_sources(plan)
    ]
