"""The invariants of the contract (section 5) on random values. The first is test_parity, the fifth test_determinism."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import parity
from tests.support.helm import HELMS
from tests.support.values_runs import accepted, normal_form, plan, read, shown, template
from tests.support.values_texts import Drawn, Example, compat_example, example, of_tree
from tests.support.yaml_writer import Raw

WITH_HELM: Final = max(1, settings.get_profile("run").max_examples // 6)
COLON_LISTS: Final = (
    "TOOL_DIRS", "WORKFLOW_DIRS", "KUBERNETES_WORKFLOW_DIRS", "KUBERNETES_PUBLIC_TOOL_DIRS", "CENTAUR_SKILL_DIRS",
    "CENTAUR_PUBLIC_SKILL_DIRS", "CENTAUR_PERSONA_DIRS", "CENTAUR_PROMPT_PATHS",
)  # fmt: skip
SPACE_LISTS: Final = ("REPOSITORIES", "REPOSITORY_REFS", "REPOSITORY_VISIBILITIES")
FIRST_TOOL: Final = (
    "KUBERNETES_TOOLS_REPO", "KUBERNETES_TOOLS_REF", "KUBERNETES_TOOLS_SUBDIR", "KUBERNETES_TOOLS_VISIBILITY",
    "KUBERNETES_TOOLS_EXTRA_SOURCES",
)  # fmt: skip
ROOTS: Final = ("/var/lib/centaur/repos/", "/home/agent/github/")

chances = st.randoms(use_true_random=False)
without_flags = chances.map(lambda chance: example(chance)._replace(flags=())).filter(accepted)
compat = chances.map(compat_example).filter(accepted)


def layered(values: Example) -> Example:
    """The values with their own normal form as a last file."""
    return values._replace(files=(*values.files, normal_form(plan(values))))


# 2. The normal form


@given(values=without_flags)
def test_the_normal_form_of_the_normal_form_is_itself(values: Example) -> None:
    once = normal_form(plan(values))
    assert normal_form(plan(Example((once,), (), values.release))) == once


@given(values=without_flags)
def test_the_normal_form_laid_over_its_input_renders_the_same(values: Example) -> None:
    assert parity.of_checked(plan(layered(values))) == parity.of_checked(plan(values)), shown(layered(values))


# 3. Migration


@settings(max_examples=WITH_HELM)
@given(values=compat)
def test_migrating_to_overlays_sources_changes_no_byte_of_any_object(values: Example) -> None:
    migrated = layered(values)
    for helm, before, after in zip(HELMS, template(values), template(migrated), strict=True):
        assert (before.code, after.code) == (0, 0), f"{helm.name}: {before.stderr}{after.stderr}\n{shown(migrated)}"
        assert before.stdout == after.stdout, f"{helm.name}\n{shown(migrated)}"


# 4. Order, and entries that are switched off


def some_values(chance: random.Random, delivery: str = "separate") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Values without a mistake, and their list of sources, in which no repository stands twice."""
    drawn = Drawn(chance, wrong=0.0)
    tree = drawn.values()
    sources = list({entry["repo"]: entry for entry in [*drawn.sources(), *drawn.sources()]}.values())
    for entry in sources:
        entry.pop("enabled", None)
    tree["overlays"] = {"delivery": delivery, "sources": sources}
    tree.pop("apiRs", None)
    tree.pop("sandbox", None)
    tree.get("repoCache", {}).pop("hostPath", None)
    return tree, sources


def lists(printed: parity.Printed) -> dict[str, list[str]]:
    """Every list that is printed, by name: its elements in order."""
    variables = {name: text for consumer in printed.env.values() for name, text in consumer.items()}
    found: dict[str, list[str]] = {name: variables[name].split(":") for name in COLON_LISTS if name in variables}
    found |= {name: variables[name].split(" ") for name in SPACE_LISTS if name in variables}
    found["tools"] = tool_entries(variables)
    manifest = json.loads(printed.manifest)
    return found | {key: [json.dumps(item) for item in manifest[key]] for key in ("sources", "repositories")}


def tool_entries(variables: Mapping[str, str]) -> list[str]:
    """KUBERNETES_TOOLS_{REPO,REF,SUBDIR,VISIBILITY} and _EXTRA_SOURCES as the one list that they are."""
    first = {name.rpartition("_")[2].lower(): variables[name] for name in FIRST_TOOL[:4] if name in variables}
    rest = json.loads(variables.get("KUBERNETES_TOOLS_EXTRA_SOURCES", "[]"))
    return [json.dumps(entry, sort_keys=True) for entry in ([first] if first else []) + rest]


def rest_of(printed: parity.Printed) -> dict[str, Any]:
    """All that is no list of sources, without the digest."""
    changing = (*COLON_LISTS, *SPACE_LISTS, *FIRST_TOOL, "OVERLAYS_DIGEST", "SESSION_SANDBOX_EXTRA_ENV")
    kept = {
        f"{consumer} {name}": text
        for consumer, variables in printed.env.items()
        for name, text in variables.items()
        if name not in changing
    }
    return {**kept, "mounts": json.loads(printed.manifest)["mounts"], "agent": without_digest(printed)["agent"]}


def repo_of(element: str) -> str:
    """The repository that an element of a list is about; "" for a path of the image."""
    if element.startswith("{"):
        return str(json.loads(element)["repo"])
    for root in ROOTS:
        if element.startswith(root):
            return "/".join(element.removeprefix(root).split("/")[:2])
    return "" if element.startswith("/") else element.partition("=")[0]


@given(chance=chances)
def test_permuting_the_entries_permutes_every_list(chance: random.Random) -> None:
    tree, sources = some_values(chance)
    before = read(of_tree(chance, tree))
    assume(before is not None and len(sources) > 1)
    assert before is not None
    shuffled = chance.sample(sources, len(sources))
    after = plan(of_tree(chance, {**tree, "overlays": {"sources": shuffled}}))
    one, other = parity.of_checked(before), parity.of_checked(after)
    assert rest_of(one) == rest_of(other)
    assert lists(one).keys() == lists(other).keys()
    in_front = {entry if isinstance(entry, str) else entry["repo"] for entry in in_cache(tree, "repositories")}
    in_front |= set(in_cache(tree, "repositoryRefs"))
    places = {entry["repo"]: place for place, entry in enumerate(shuffled)}
    for name, elements in lists(other).items():
        assert sorted(elements) == sorted(lists(one)[name]), name
        repos = [repo for repo in map(repo_of, elements) if repo in places]
        if name in (*SPACE_LISTS, "repositories"):
            repos = [repo for repo in repos if repo not in in_front]
        assert repos == sorted(repos, key=lambda repo: places[repo]), name


@given(chance=chances)
def test_with_merged_delivery_no_reader_sees_the_order(chance: random.Random) -> None:
    tree, sources = some_values(chance, "merged")
    before = read(of_tree(chance, tree))
    assume(before is not None and before.plan.cache.enabled and sources)
    assert before is not None
    shuffled = chance.sample(sources, len(sources))
    after = plan(of_tree(chance, {**tree, "overlays": {**tree["overlays"], "sources": shuffled}}))
    one, other = (without_digest(parity.of_checked(checked)) for checked in (before, after))
    for consumer in ("api", "sandbox", "agent"):
        assert one[consumer] == other[consumer]
    manifests = [json.loads(parity.of_checked(checked).manifest) for checked in (before, after)]
    places = [entry["repo"] for entry in shuffled]
    assert manifests[1]["sources"] == sorted(manifests[0]["sources"], key=lambda source: places.index(source["repo"]))
    kept = [{key: manifest[key] for key in ("delivery", "mounts", "schemaVersion")} for manifest in manifests]
    assert kept[0] == kept[1]


def without_digest(printed: parity.Printed) -> dict[str, list[tuple[str, str]]]:
    """Consumer to its variables in order, without the one that names the list."""
    consumers = {**printed.env, "agent": printed.agent}
    return {
        consumer: [item for item in variables.items() if item[0] != "OVERLAYS_DIGEST"]
        for consumer, variables in consumers.items()
    }


def in_cache(tree: Mapping[str, Any], key: str) -> Any:
    return tree.get("repoCache", {}).get(key, ())


@given(chance=chances)
def test_disabling_an_entry_is_deleting_it(chance: random.Random) -> None:
    delivery = chance.choice(("separate", "merged"))
    tree, sources = some_values(chance, delivery)
    assume(len(sources) > 1)
    kept = set(chance.sample(range(len(sources)), chance.randint(1, len(sources) - 1)))
    disabled = [entry if place in kept else {**entry, "enabled": Raw("false")} for place, entry in enumerate(sources)]
    deleted = [entry for place, entry in enumerate(sources) if place in kept]
    without = read(of_tree(chance, {**tree, "overlays": {**tree["overlays"], "sources": deleted}}))
    assume(without is not None)
    assert without is not None
    switched_off = plan(of_tree(chance, {**tree, "overlays": {**tree["overlays"], "sources": disabled}}))
    assert parity.of_checked(switched_off) == parity.of_checked(without)
    assert normal_form(switched_off) == normal_form(without)


# How values are spelled says nothing


@given(chance=chances)
def test_spelling_and_the_order_of_keys_say_nothing(chance: random.Random) -> None:
    tree = Drawn(chance, wrong=0.0).values()
    first = read(of_tree(chance, tree))
    assume(first is not None)
    assert first is not None
    second = plan(of_tree(chance, shuffled_keys(chance, tree)))
    assert parity.of_checked(second) == parity.of_checked(first)


def shuffled_keys(chance: random.Random, tree: Any) -> Any:
    if isinstance(tree, dict):
        keys = chance.sample(list(tree), len(tree))
        return {key: shuffled_keys(chance, tree[key]) for key in keys}
    return [shuffled_keys(chance, item) for item in tree] if isinstance(tree, list) else tree
