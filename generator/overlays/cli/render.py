"""overlays render: the environment, the normal form of the values, and the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from overlays.cli.inputs import values_options
from overlays.cli.pipeline import Checked, prepare, usable
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.core.env import Environment
from overlays.core.manifest import manifest as manifest_text
from overlays.core.normal import repositories, repository_refs, sources
from overlays.io.output import difference, write_if_changed
from overlays.io.values import Inputs
from overlays.report import text
from overlays.report.variables import as_json, as_kubernetes, as_shell

Command = TypeVar("Command", bound=Callable[..., Any])

_CONSUMERS: Mapping[str, tuple[str, Callable[[Environment], dict[str, str]]]] = {
    "api": ("api", lambda environment: environment.api),
    "repo-cache": ("repoCache", lambda environment: environment.repo_cache),
    "sandbox": ("sandbox", lambda environment: environment.sandbox),
}
"""--for: the key in the JSON of all consumers, and the variables."""


def _output_options(command: Command) -> Command:
    check = click.option(
        "--check",
        metavar="FILE",
        help="Compare with FILE (- is standard input) instead of printing; exit 2 on a difference.",
    )
    output = click.option(
        "-o",
        "output",
        metavar="FILE",
        help="Write FILE (- is standard output), by rename and only if its bytes differ.",
    )
    return output(check(command))


@click.group()
def render() -> None:
    """Print what the values give: variables, normal form, manifest.

    Findings go to standard error; when one is an error, nothing is printed.
    """


@render.command()
@click.option(
    "--format", "format_", type=click.Choice(["json", "kubernetes", "shell"]), default="json", show_default=True
)
@click.option(
    "--for",
    "consumer",
    type=click.Choice(["all", *_CONSUMERS]),
    help="Whose variables. Default: all with json, api with the other formats, which take one consumer.",
)
@_output_options
@values_options
def env(inputs: Inputs, release: str, format_: str, consumer: str | None, output: str | None, check: str | None) -> int:
    """Print the variables of the API, the repository cache and the sandboxes.

    \b
    Examples:
      overlays render env -f values.yaml
      overlays render env -f values.yaml --for api --format kubernetes
      overlays render env -f values.yaml --check env.json
    """
    if format_ != "json" and consumer == "all":
        raise click.UsageError(f"--format {format_} takes one consumer: --for {', '.join(_CONSUMERS)}")
    consumer = consumer or ("all" if format_ == "json" else "api")
    return _deliver(inputs, release, output, check, lambda checked: _env(checked.environment, format_, consumer))


def _env(environment: Environment, format_: str, consumer: str) -> str:
    if consumer == "all":
        return as_json({key: variables(environment) for key, variables in _CONSUMERS.values()})
    variables = _CONSUMERS[consumer][1](environment)
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
@_output_options
@values_options
def values(inputs: Inputs, release: str, consumer: str, output: str | None, check: str | None) -> int:
    """Print the list of sources as values: explicit, defaults filled in, one spelling.

    \b
    Examples:
      overlays render values -f values.yaml
      overlays render values -f values.yaml -o overlays.values.yaml
      overlays render values -f values.yaml --for repo-cache
    """
    return _deliver(inputs, release, output, check, lambda checked: _values(checked, consumer))


def _values(checked: Checked, consumer: str) -> str:
    from overlays.report import values as writer

    if consumer == "repo-cache":
        return writer.repo_cache(repositories(checked.plan), repository_refs(checked.plan))
    return writer.overlays(sources(checked.plan))


@render.command()
@_output_options
@values_options
def manifest(inputs: Inputs, release: str, output: str | None, check: str | None) -> int:
    """Print the manifest that the node runtime reads.

    \b
    Examples:
      overlays render manifest -f values.yaml
      overlays render manifest -f values.yaml -o overlay-manifest.json
    """
    return _deliver(inputs, release, output, check, lambda checked: manifest_text(checked.plan))


def _deliver(
    inputs: Inputs, release: str, output: str | None, check: str | None, write: Callable[[Checked], str]
) -> int:
    if output == "" or check == "":
        raise click.UsageError("-o and --check need the name of a file")
    if output is not None and check is not None:
        raise click.UsageError("-o and --check exclude each other: one writes the file, the other compares it")
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    rendered = write(checked)
    streams.tell(text.report(checked.findings))
    if check is not None:
        drift = difference(check, rendered.encode())
        streams.tell(drift)
        return Exit.DRIFT if drift else Exit.OK
    if output is not None and output != "-":
        write_if_changed(output, rendered.encode())
    else:
        streams.write(rendered)
    return Exit.OK
