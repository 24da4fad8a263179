"""overlays lock: which commit each ref of the list means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import click

from overlays.cli.file import FILE
from overlays.cli.inputs import values_options
from overlays.cli.locks import LOCK_FILE_HELP, find_lock, read_lock
from overlays.cli.pipeline import Checked, located, prepare, usable
from overlays.cli.progress import progress
from overlays.cli.remote_options import RemoteOptions, remote_options
from overlays.cli.status import Exit
from overlays.cli.streams import Streams
from overlays.core.lock import disagreements, doubtful, failed, moved, unusable
from overlays.errors import InvalidInput
from overlays.io.lockfile import lock_path
from overlays.io.output import write_if_changed
from overlays.io.values import Inputs
from overlays.model.finding import Finding
from overlays.model.lock import Failure, Lock, Locked
from overlays.model.plan import Repository
from overlays.report import lock as writer
from overlays.report import text


@click.command()
@click.option("--lock-file", type=FILE, metavar="FILE", help=LOCK_FILE_HELP)
@click.option(
    "--update",
    multiple=True,
    metavar="REPO",
    help="Ask for this repository, and for those the lock lacks; the others keep their commits. Repeatable.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 2 when a ref has moved or list and lock disagree.")
@click.option("--offline", is_flag=True, help="With --check: only compare list and lock, and ask no server.")
@remote_options
@values_options
def lock(
    inputs: Inputs,
    release: str,
    remote: RemoteOptions,
    lock_file: str | None,
    update: tuple[str, ...],
    check: bool,
    offline: bool,
) -> int:
    """Write down which commit each ref of the list means now.

    Asks the server of every repository and writes overlays.lock.yaml, when all have answered. `overlays render
    --locked` then renders these commits.

    \b
    Examples:
      overlays lock -f values.yaml
      overlays lock -f values.yaml --update acme/base
      overlays lock -f values.yaml --check
      overlays lock -f values.yaml --check --offline
    """
    _check_usage(update, check, offline)
    streams = Streams.standard()
    checked = usable(prepare(inputs, release))
    streams.tell(text.report(checked.findings))
    run = _Run(streams, checked, remote, lock_path(inputs.files, lock_file))
    return _compare(run, offline) if check else _write(run, update)


def _check_usage(update: tuple[str, ...], check: bool, offline: bool) -> None:
    if offline and not check:
        raise click.UsageError("--offline needs --check: only the servers know what a ref means")
    if update and check:
        raise click.UsageError("--update and --check exclude each other: one writes the lock, the other compares it")


class _Run(NamedTuple):
    """What both forms need. name: of the lock file."""

    streams: Streams
    checked: Checked
    remote: RemoteOptions
    name: str

    def tell_end(self, what: str) -> None:
        """The last line of a run."""
        number = len(self.checked.plan.repositories)
        count = f"{number} repository" if number == 1 else f"{number} repositories"
        self.streams.tell(f"{text.safe(self.name)}: {what} ({count})\n")


def _write(run: _Run, update: tuple[str, ...]) -> int:
    plan = run.checked.plan
    old = read_lock(run.name) if update else find_lock(run.name) or Lock({})
    kept = _kept(run, old, update) if update else {}
    wanted = [repository for repository in plan.repositories if repository.repo not in kept]
    commits, findings = _ask(run, wanted, old)
    run.streams.tell(text.report(findings))
    if len(commits) < len(wanted):
        return Exit.INVALID
    asked = {item.repo: Locked(item.clone_url, item.ref, commits[item.repo]) for item in wanted}
    new = Lock({item.repo: kept.get(item.repo) or asked[item.repo] for item in plan.repositories})
    written = write_if_changed(run.name, writer.lock_file(new).encode())
    run.streams.tell(writer.drifts(moved(plan, old, commits)))
    run.tell_end("written" if written else "unchanged")
    return Exit.OK


def _kept(run: _Run, old: Lock, update: tuple[str, ...]) -> dict[str, Locked]:
    """The entries that are not asked for.

    Raises click.UsageError: there is no such REPO. InvalidInput OVL405: an entry that would be kept is stale.
    """
    here = {item.repo: Locked(item.clone_url, item.ref, "") for item in run.checked.plan.repositories}
    for repo in update:
        if repo not in here:
            raise click.UsageError(f"--update {repo}: the list has no such repository")
    kept = {repo: locked for repo, locked in old.repositories.items() if repo in here and repo not in update}
    stale = unusable(run.checked.values, run.checked.plan, Lock({**here, **kept}), run.name)
    if stale:
        raise InvalidInput(*sorted(located(stale, run.checked)))
    return kept


def _compare(run: _Run, offline: bool) -> int:
    plan, lock = run.checked.plan, find_lock(run.name)
    if lock is None:
        run.streams.write(f"{text.safe(run.name)}: there is no lock file\n")
        run.streams.tell("hint: run `overlays lock`\n")
        return Exit.DRIFT
    commits, findings = ({}, ()) if offline else _ask(run, plan.repositories, lock)
    found = [*disagreements(plan, lock), *moved(plan, lock, commits)]
    order = {repository.repo: index for index, repository in enumerate(plan.repositories)}
    run.streams.write(writer.drifts(sorted(found, key=lambda drift: order.get(drift.repo, len(order)))))
    run.streams.tell(text.report(findings))
    if found:
        run.streams.tell("hint: run `overlays lock`, or `overlays lock --update REPO` for some of them\n")
    elif not findings:
        run.tell_end("up to date")
    if not offline and len(commits) < len(plan.repositories):
        return Exit.INVALID
    return Exit.DRIFT if found else Exit.OK


def _ask(run: _Run, wanted: Sequence[Repository], lock: Lock) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """The commits of those that have one, by "owner/name", and what is to be told, sorted. lock: as it was."""
    if not wanted:
        return {}, ()
    from overlays.io import remotes  # only who asks servers pays for it

    access = run.remote.access(wanted)
    known = {repo: locked.commit for repo, locked in lock.repositories.items()}
    with (
        progress(run.streams, "asking the servers", len(wanted)) as each,
        remotes.scratch_folder() as scratch,
        remotes.opened(access, scratch) as servers,
    ):
        answers = remotes.resolve_all(servers, wanted, each, known)
    failures = {repo: answer for repo, answer in answers.items() if isinstance(answer, Failure)}
    found = {repo: answer for repo, answer in answers.items() if not isinstance(answer, Failure)}
    warnings = {repo: answer.warnings for repo, answer in found.items()}
    values, plan = run.checked.values, run.checked.plan
    problems = (*failed(values, plan, failures), *doubtful(values, plan, warnings))
    commits = {repo: answer.commit for repo, answer in found.items()}
    return commits, tuple(sorted(located(problems, run.checked)))
