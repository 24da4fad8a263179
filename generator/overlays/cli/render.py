"""overlays render: the environment, the normal form of the values, the manifest, and what consumers are given."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import click

from overlays.cli.agent_option import agent_named
from overlays.cli.contents import Origin, contents_options
from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.locks import LOCK_FILE_HELP, read_lock
from overlays.cli.pipeline import Checked, locked, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.cli.target import Target, deliver, target_options
from overlays.core.env import Environment, agent_variables
from overlays.core.lock import pins
from overlays.core.manifest import manifest as manifest_text
from overlays.core.normal import repositories, repository_refs, settings, sources
from overlays.io.lockfile import lock_path
from overlays.io.values import Inputs
from overlays.model.lock import Lock
from overlays.model.plan import Plan
from overlays.report import text
from overlays.report.given import GIVEN
from overlays.report.variables import as_json, as_kubernetes, as_shell

Command = TypeVar("Command", bound=Callable[..., Any])

_CONSUMERS: Mapping[str, tuple[str, Callable[[Environment], dict[str, str]]]] = {
    "api": ("api", lambda environment: environment.api),
    "repo-cache": ("repoCache", lambda environment: environment.repo_cache),
    "sandbox": ("sandbox", lambda environment: environment.sandbox),
}
"""--for: the key in the JSON of all consumers, and the variables."""
_AGENT, _AGENTS = "agent", "agents"
"""--for: what is no part of `all`, whose JSON people have committed."""


class Pinning(NamedTuple):
    """--locked, and the file of --lock-file."""

    locked: bool
    lock_file: str | None


def _lock_options(command: Command) -> Command:
    """Add --locked and --lock-file; the command gets `pinning` (Pinning)."""

    @functools.wraps(command)
    def run(locked: bool, lock_file: str | None, **rest: Any) -> Any:
        if lock_file is not None and not locked:
            raise click.UsageError("--lock-file needs --locked: without it no lock is read")
        return command(pinning=Pinning(locked, lock_file), **rest)

    for option in reversed(_LOCK_OPTIONS):
        run = option(run)
    return cast(Command, run)


_LOCK_OPTIONS = (
    click.option("--locked", is_flag=True, help="Take the commits of the lock file in place of the refs."),
    click.option("--lock-file", type=FILE, metavar="FILE", help=LOCK_FILE_HELP),
)


@click.group()
def render() -> None:
    """Print what the values give: variables, values, manifest, skills.

    Findings go to standard error; when one is an error, nothing is printed.

    \b
    Examples:
      overlays render env -f values.yaml
      overlays render values -f values.yaml --locked
      overlays render manifest -f values.yaml
      overlays render skills -f values.yaml --consumer cao
    """


@render.command()
@click.option(
    "--format", "format_", type=click.Choice(["json", "kubernetes", "shell"]), default="json", show_default=True
)
@click.option(
    "--for",
    "consumer",
    type=click.Choice(["all", *_CONSUMERS, _AGENT, _AGENTS]),
    help="Whose variables. all: of the API, the cache and the sandboxes that it starts. agent: of the sandbox pod "
    "template, or of that of --agent. agents: of all agents of the values, by name. Default: all with json, api with "
    "the other formats, which take one consumer.",
)
@click.option("--agent", metavar="NAME", help="With --for agent: an agent of the values.")
@target_options
@_lock_options
@values_options
def env(
    inputs: Inputs,
    release: str,
    format_: str,
    consumer: str | None,
    agent: str | None,
    target: Target,
    pinning: Pinning,
) -> int:
    """Print the variables of the API, the cache, the sandboxes, or of their pod template.

    \b
    Examples:
      overlays render env -f values.yaml
      overlays render env -f values.yaml --for api --format kubernetes
      overlays render env -f values.yaml --for agent --format shell
      overlays render env -f values.yaml --for agent --agent reviewer
      overlays render env -f values.yaml --check env.json
    """
    if agent is not None and consumer != _AGENT:
        raise click.UsageError("--agent needs --for agent")
    if format_ != "json" and consumer in ("all", _AGENTS):
        raise click.UsageError(f"--format {format_} takes one consumer: --for {', '.join((*_CONSUMERS, _AGENT))}")
    consumer = consumer or ("all" if format_ == "json" else "api")
    return _rendered(inputs, release, target, pinning, lambda checked, _: _env(checked, format_, consumer, agent))


def _env(checked: Checked, format_: str, consumer: str, agent: str | None) -> str:
    environment = checked.environment
    if consumer == "all":
        return as_json({key: variables(environment) for key, variables in _CONSUMERS.values()})
    if consumer == _AGENTS:
        return as_json({one.name: agent_variables(checked.plan, one) for one in checked.plan.agents})
    if agent is not None:
        variables = agent_variables(checked.plan, agent_named(checked, agent))
    else:
        variables = environment.agent if consumer == _AGENT else _CONSUMERS[consumer][1](environment)
    return {"json": as_json, "kubernetes": as_kubernetes, "shell": as_shell}[format_](variables)


@render.command()
@click.option(
    "--for",
    "consumer",
    type=click.Choice(["overlays", "repo-cache"]),
    default="overlays",
    show_default=True,
    help="overlays: the list of sources. repo-cache: the repositories and refs, for a chart without overlays.sources.",
)
@target_options
@_lock_options
@values_options
def values(inputs: Inputs, release: str, consumer: str, target: Target, pinning: Pinning) -> int:
    """Print the list of sources as values: explicit, defaults filled in, one spelling.

    \b
    Examples:
      overlays render values -f values.yaml
      overlays render values -f values.yaml -o overlays.values.yaml
      overlays render values -f values.yaml --for repo-cache
      overlays render values -f values.yaml --locked -o locked.values.yaml
    """
    return _rendered(inputs, release, target, pinning, lambda checked, lock: _values(checked, consumer, lock))


def _values(checked: Checked, consumer: str, lock: Lock | None) -> str:
    from overlays.report import values as writer

    plan = checked.plan
    requested = _requested(plan, lock) if lock else {}
    if consumer == "repo-cache":
        return writer.repo_cache(repositories(plan), repository_refs(plan), requested)
    locked_refs = pins(checked.values, plan, lock) if lock else ()
    return writer.overlays(sources(plan), settings(plan), locked_refs, requested)


def _requested(plan: Plan, lock: Lock) -> dict[str, str]:
    """Which ref each repository was locked for, in words."""
    return {item.repo: lock.repositories[item.repo].ref or "default branch" for item in plan.repositories}


@render.command()
@target_options
@_lock_options
@values_options
def manifest(inputs: Inputs, release: str, target: Target, pinning: Pinning) -> int:
    """Print the manifest that the node runtime reads.

    \b
    Examples:
      overlays render manifest -f values.yaml
      overlays render manifest -f values.yaml -o overlay-manifest.json
      overlays render manifest -f values.yaml --locked
    """
    return _rendered(inputs, release, target, pinning, lambda checked, _: manifest_text(checked.plan))


@render.command()
@click.option(
    "--consumer",
    required=True,
    type=click.Choice(list(GIVEN)),
    help="cao: the directory to mount as the store of the CLI Agent Orchestrator. promptkit: the skills of a pack. "
    "claude: the project directory of Claude Code.",
)
@click.option("--agent", metavar="NAME", help="What an agent of the values has. Default: everything.")
@click.option(
    "--directory",
    default="",
    metavar="DIR",
    help="Where the consumer sees the skills. Default: where the pods of the chart have them.",
)
@target_options
@contents_options
@values_options
def skills(
    inputs: Inputs, release: str, origin: Origin, consumer: str, agent: str | None, directory: str, target: Target
) -> int:
    """Print what a consumer of skills is given: the winners, each once.

    Looks into the repositories: at --checkouts, else at what is fetched. A skill whose last copy is broken is an error:
    no older one takes its place.

    \b
    Examples:
      overlays render skills -f values.yaml --checkouts checkouts --consumer cao
      overlays render skills -f values.yaml --checkouts checkouts --consumer promptkit --agent reviewer
      overlays render skills -f values.yaml --checkouts checkouts --consumer claude -o claude.json
    """
    from overlays.cli.render_skills import render_skills  # the other ones do not look into repositories

    return render_skills(inputs, release, origin, consumer, agent, directory, target)


def _rendered(
    inputs: Inputs, release: str, target: Target, pinning: Pinning, write: Callable[[Checked, Lock | None], str]
) -> Exit:
    streams = Streams.standard()
    checked, lock = usable(prepare(inputs, release)), None
    if pinning.locked:
        name = lock_path(inputs.files, pinning.lock_file)
        lock = read_lock(name)
        checked = usable(locked(checked, lock, name, release))
    rendered = write(checked, lock)
    streams.tell(text.report(checked.findings))
    return deliver(streams, rendered, target)
