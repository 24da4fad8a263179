"""Who wins, whom it shadows and what is preloaded, in every case in which several sources have one name."""

from __future__ import annotations

import itertools
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from overlays.cli.pipeline import prepare
from overlays.content.agents import Agents
from overlays.content.checkouts import locate
from overlays.content.winners import survey
from overlays.core.shadowing import INVALID, UNDECLARED, problems
from overlays.io.source import Sources
from overlays.io.values import Inputs
from tests.support.checkouts import skill, tool, write

Source = Mapping[str, Any]
BROKEN = {".agents/skills/pdf/SKILL.md": "no front matter"}
WRONG_NAME = {".agents/skills/other/SKILL.md": "---\nname: pdf\n---\n"}


class Seen(NamedTuple):
    """winners: "surface/name" to the winner's repository, "" for none, and those that it shadows.

    preloaded: of an agent that may use everything. told: severities and codes of what is told about shadowing.
    """

    winners: dict[str, tuple[str, list[str]]]
    preloaded: list[str]
    told: list[str]


def seen(folder: pathlib.Path, *sources: Source | str) -> Seen:
    """What the node's rule makes of checkouts in a folder."""
    listed = [{"repo": source} if isinstance(source, str) else source for source in sources]
    values = {"toolServer": {"enabled": False}, "overlays": {"sources": listed}, "agents": [{"name": "agent"}]}
    given = {"values.yaml": json.dumps(values).encode()}
    checked = prepare(Inputs(("values.yaml",), (), (), (), ()), "prod", Sources(given=given))
    assert not checked.has_errors, checked.findings
    plan = checked.plan
    found = survey(plan, locate((one.repo for one in plan.sources), str(folder)).checkouts)
    assert not found.problems
    sight = Agents(plan, found).sees(plan.agents[0])
    told = problems(plan, found.winners, (UNDECLARED, INVALID))
    return Seen(
        {
            row.key: (row.winner.repo if row.winner else "", [copy.repo for copy in row.shadowed])
            for row in found.winners.rows
        },
        [one.delivered for one in sight.skills if one.preload],
        sorted(f"{one.severity.value} {one.code}" for one in told),
    )


@pytest.fixture
def has(tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    """Check a repository out: has("acme/base", skill("pdf"))."""

    def check_out(repo: str, *files: Mapping[str, str]) -> pathlib.Path:
        root = tmp_path / repo
        root.mkdir(parents=True, exist_ok=True)
        for some in files:
            write(root, some)
        return root

    return check_out


Has = Callable[..., pathlib.Path]


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_the_last_source_wins_and_shadows_the_others_in_order(tmp_path: pathlib.Path, has: Has, number: int) -> None:
    repos = [f"acme/r{at}" for at in range(number)]
    for repo in repos:
        has(repo, skill("pdf"), tool("jira"))
    found = seen(tmp_path, *repos)
    assert found == ({"tools/jira": (repos[-1], repos[:-1]), "skills/pdf": (repos[-1], repos[:-1])}, [], [])


def linked(has: Has) -> tuple[Source, Source]:
    """One directory, named by two entries, the second by way of a link."""
    root = has("acme/base", {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    (root / "again").symlink_to("skills")
    return {"repo": "acme/base", "skillsSubdir": "skills"}, {"repo": "acme/base", "skillsSubdir": "again"}


def same(has: Has) -> tuple[Source, Source]:
    """One directory, named twice."""
    has("acme/base", {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    entry = {"repo": "acme/base", "skillsSubdir": "skills"}
    return entry, {**entry, "toolsSubdir": ""}


def broad_and_narrow(has: Has) -> tuple[Source, Source]:
    """A directory of skills, and one with a link to one of them."""
    files = {f"skills/{name}/SKILL.md": f"---\nname: {name}\n---\n" for name in ("pdf", "web")}
    root = has("acme/base", files, {"narrow/README.md": ""})
    (root / "narrow" / "pdf").symlink_to("../skills/pdf")
    return {"repo": "acme/base", "skillsSubdir": "skills"}, {"repo": "acme/base", "skillsSubdir": "narrow"}


@pytest.mark.parametrize("make", [linked, same, broad_and_narrow])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("asking", [(), (0,), (1,), (0, 1)])
def test_one_directory_reached_twice_is_one_item(
    tmp_path: pathlib.Path,
    has: Has,
    make: Callable[[Has], tuple[Source, Source]],
    reverse: bool,
    asking: Sequence[int],
) -> None:
    """And it is preloaded if either entry asks for it."""
    entries = [{**one, **({"skillsPreload": ["pdf"]} if at in asking else {})} for at, one in enumerate(make(has))]
    found = seen(tmp_path, *(reversed(entries) if reverse else entries))
    assert found.winners["skills/pdf"] == ("acme/base", [])
    assert found.preloaded == (["pdf"] if asking else [])
    assert found.told == []


def test_unrelated_directories_of_one_name_are_shadowing_even_with_equal_bytes(
    tmp_path: pathlib.Path, has: Has
) -> None:
    has("acme/base", {"one/pdf/SKILL.md": "---\nname: pdf\n---\n", "two/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    entries = ({"repo": "acme/base", "skillsSubdir": "one"}, {"repo": "acme/base", "skillsSubdir": "two"})
    assert seen(tmp_path, *entries).winners == {"skills/pdf": ("acme/base", ["acme/base"])}


@pytest.mark.parametrize("asking", ["acme/first", "acme/middle", "acme/last", "acme/other", "acme/off"])
def test_preload_counts_through_the_chain_and_only_there(tmp_path: pathlib.Path, has: Has, asking: str) -> None:
    """Asked for with the first, the last or a shadowed copy it is; by a source without a copy, or off, it is not."""
    for repo in ("acme/first", "acme/middle", "acme/last", "acme/off"):
        has(repo, skill("pdf"))
    has("acme/other", skill("web"))
    repos = ("acme/first", "acme/other", "acme/middle", "acme/off", "acme/last")
    entries = [
        {
            "repo": repo,
            **({"skillsPreload": ["pdf"]} if repo == asking else {}),
            **({"enabled": False} if repo == "acme/off" else {}),
        }
        for repo in repos
    ]
    assert seen(tmp_path, *entries).preloaded == ([] if asking in ("acme/other", "acme/off") else ["pdf"])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_disabled_source_is_as_one_that_is_not_there(tmp_path: pathlib.Path, has: Has, place: int) -> None:
    repos = ["acme/a", "acme/b", "acme/c"]
    for repo in repos:
        has(repo, skill("pdf"), skill(repo[-1]))
    entries = [{"repo": repo, "enabled": at != place} for at, repo in enumerate(repos)]
    without = [repo for at, repo in enumerate(repos) if at != place]
    assert seen(tmp_path, *entries) == seen(tmp_path, *without)
    assert seen(tmp_path, *entries).winners["skills/pdf"] == (without[-1], without[:-1])


def test_a_last_copy_that_is_invalid_is_an_error_and_nothing_is_served(tmp_path: pathlib.Path, has: Has) -> None:
    has("acme/base", skill("pdf"))
    has("acme/last", BROKEN)
    found = seen(tmp_path, "acme/base", "acme/last")
    assert found == ({"skills/pdf": ("", ["acme/base"])}, [], ["error OVL507"])


def test_a_first_copy_that_is_invalid_is_told_of_and_the_last_is_served(tmp_path: pathlib.Path, has: Has) -> None:
    has("acme/base", BROKEN)
    has("acme/last", skill("pdf"))
    found = seen(tmp_path, "acme/base", "acme/last")
    assert found == ({"skills/pdf": ("acme/last", ["acme/base"])}, [], ["warning OVL509"])


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (None, []),
        (["skills/pdf"], []),
        ([], ["error OVL505"]),
        (["skills/absent"], ["error OVL505", "warning OVL508"]),
        (["skills/pdf", "skills/own"], ["warning OVL508"]),
        (["skills/pdf", "tools/pdf"], ["warning OVL508"]),
    ],
)
def test_a_source_with_overrides_shadows_what_it_lists(
    tmp_path: pathlib.Path, has: Has, overrides: list[str] | None, told: list[str]
) -> None:
    """Anything else is an error, and an entry that shadows nothing is stale."""
    has("acme/base", skill("pdf"))
    has("acme/last", skill("pdf"), skill("own"))
    last = {"repo": "acme/last", **({} if overrides is None else {"overrides": overrides})}
    found = seen(tmp_path, "acme/base", last)
    assert found.winners == {"skills/own": ("acme/last", []), "skills/pdf": ("acme/last", ["acme/base"])}
    assert found.told == told


def test_two_directories_with_one_front_matter_name_are_an_error_and_never_a_choice(
    tmp_path: pathlib.Path, has: Has
) -> None:
    has("acme/base", skill("pdf"), WRONG_NAME)
    found = seen(tmp_path, "acme/base")
    assert found == ({"skills/other": ("", []), "skills/pdf": ("acme/base", [])}, [], ["error OVL507"])


@pytest.mark.parametrize("order", [*itertools.permutations(range(4))], ids=lambda order: "".join(map(str, order)))
def test_permuted_sources_permute_the_lists_and_nothing_else(
    tmp_path: pathlib.Path, has: Has, order: tuple[int, ...]
) -> None:
    items = {"acme/r0": "ab", "acme/r1": "bc", "acme/r2": "abc", "acme/r3": "d"}
    for repo, names in items.items():
        has(repo, *(skill(name) for name in names))
    repos = [f"acme/r{at}" for at in order]
    entries = [{"repo": repo, "skillsPreload": ["b"] if repo == "acme/r1" else []} for repo in repos]
    having = {name: [repo for repo in repos if name in items[repo]] for name in "abcd"}
    assert seen(tmp_path, *entries) == (
        {f"skills/{name}": (found[-1], found[:-1]) for name, found in having.items()},
        ["b"],
        [],
    )
