"""Locking, on random values: commits stand wherever refs stood, and the printed values say the same as `--locked`."""

from __future__ import annotations

import hashlib
import random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.cli.pipeline import Checked, locked
from overlays.core.lock import disagreements, pins, unusable
from overlays.core.normal import repositories, repository_refs, sources
from overlays.core.normal import settings as stated
from overlays.model.lock import Lock, Locked
from overlays.report import values as writer
from tests.support import parity
from tests.support.helm import HELMS
from tests.support.values_runs import accepted, plan, shown, template
from tests.support.values_texts import Example, example

WITH_HELM: Final = max(1, settings.get_profile("run").max_examples // 6)

examples = st.randoms(use_true_random=False).map(lambda chance: example(chance)._replace(flags=())).filter(accepted)
large = st.integers(min_value=0, max_value=2**63).map(lambda seed: example(random.Random(seed))._replace(flags=()))


def commit_of(repo: str) -> str:
    return hashlib.sha1(repo.encode(), usedforsecurity=False).hexdigest()


def lock_of(checked: Checked) -> Lock:
    """What `overlays lock` would write, if the servers had these commits."""
    return Lock(
        {item.repo: Locked(item.clone_url, item.ref, commit_of(item.repo)) for item in checked.plan.repositories}
    )


def locked_plan(values: Example) -> tuple[Checked, Lock]:
    checked = plan(values)
    lock = lock_of(checked)
    assert disagreements(checked.plan, lock) == ()
    assert unusable(checked.values, checked.plan, lock, "lock") == ()
    return locked(checked, lock, "lock", values.release), lock


def layered(values: Example, checked: Checked, lock: Lock) -> Example:
    """The values with what `render values --locked` prints of them as a last file."""
    requested = {repo: entry.ref or "default branch" for repo, entry in lock.repositories.items()}
    refs = pins(checked.values, checked.plan, lock)
    text = writer.overlays(sources(checked.plan), stated(checked.plan), refs, requested)
    return values._replace(files=(*values.files, text.encode()))


@given(values=examples | large.filter(accepted))
def test_every_ref_is_the_commit_of_its_repository(values: Example) -> None:
    before = repr(plan(values).values)
    checked, _ = locked_plan(values)
    assert repr(plan(values).values) == before, "the values are left alone"
    found = checked.plan
    assert all(source.ref == commit_of(source.repo) for source in found.sources)
    assert all(item.ref == commit_of(item.repo) for item in found.repositories)
    cached = {item.repo for item in found.repositories}
    assert {repo: ref for repo, ref in found.refs if repo in cached} == {repo: commit_of(repo) for repo in cached}
    was = plan(values).plan
    assert [item._replace(ref="") for item in found.repositories] == [
        item._replace(ref="") for item in was.repositories
    ]
    assert [item._replace(ref="") for item in found.sources] == [item._replace(ref="") for item in was.sources]


@given(values=examples | large.filter(accepted))
def test_what_is_printed_laid_over_its_input_renders_what_is_locked(values: Example) -> None:
    checked, lock = locked_plan(values)
    over = layered(values, checked, lock)
    assert parity.of_checked(plan(over)) == parity.of_checked(checked), shown(over)


@settings(max_examples=WITH_HELM)
@given(values=examples)
def test_both_helms_render_it_too(values: Example) -> None:
    checked, lock = locked_plan(values)
    printed = parity.of_checked(checked)
    over = layered(values, checked, lock)
    for helm, rendered in zip(HELMS, template(over), strict=True):
        assert rendered.code == 0, f"{helm.name} refuses: {rendered.stderr}\n{shown(over)}"
        differences = parity.differences(printed, rendered)
        assert not differences, f"{helm.name}: {differences}\n{shown(over)}"


@given(values=examples)
def test_what_an_older_chart_takes_holds_the_commits(values: Example) -> None:
    checked, _ = locked_plan(values)
    refs = dict(repository_refs(checked.plan))
    assert {repo: refs[repo] for repo in repositories(checked.plan)} == {
        repo: commit_of(repo) for repo in repositories(checked.plan)
    }
