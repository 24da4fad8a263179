"""`overlays explain` about what is shadowed: which copy each consumer of the variables would serve."""

from __future__ import annotations

import pathlib
import re
from typing import Any, Final

import pytest

from overlays.core.consumers import LAST, READERS
from tests.support.checkouts import List, skill, tool, workflow
from tests.support.helm import ROOT

BROKEN: Final = {".agents/skills/pdf/SKILL.md": ""}
MERGED: Final = ("--set", "overlays.delivery=merged")
Told = tuple[bool, list[tuple[str, tuple[str, ...], str, str | None]]]


def three(folder: pathlib.Path) -> List:
    """Three sources that all have one tool, workflow, skill and persona; the last copy of another skill is broken."""
    repos = ("acme/a", "acme/b", "acme/c")
    listed = List(folder, *({"repo": repo, "ref": "main", "personasSubdir": "personas"} for repo in repos))
    for repo in repos:
        listed.has(repo, tool("search"), workflow("triage"), skill("pdf"), skill("web"), {"personas/ada.md": ""})
    listed.has("acme/c", {".agents/skills/web/SKILL.md": ""})
    return listed


def told(item: dict[str, Any]) -> Told:
    """Whether consumers agree, and of each: its name, variables, rule, and the repository of the copy."""
    consumers = [
        (one["consumer"], tuple(one["variables"]), one["rule"], one["serves"] and one["serves"]["repo"])
        for one in item["consumers"]
    ]
    return item["agree"], consumers


TOOLS = ("KUBERNETES_TOOLS_REPO", "KUBERNETES_TOOLS_EXTRA_SOURCES")
STOPS = "no workflow at all, since one name is there twice"
SEPARATE: Final[dict[str, Told]] = {
    "tools/search": (
        False,
        [("api", ("TOOL_DIRS",), "the last copy", "acme/c"), ("sandbox", TOOLS, "the first copy", "acme/a")],
    ),
    "workflows/triage": (
        False,
        [("api", ("WORKFLOW_DIRS",), STOPS, None), ("sandbox", ("KUBERNETES_WORKFLOW_DIRS",), STOPS, None)],
    ),
    "skills/pdf": (True, [("sandbox", ("CENTAUR_SKILL_DIRS",), "the last copy", "acme/c")]),
    "skills/web": (False, [("sandbox", ("CENTAUR_SKILL_DIRS",), "the last copy", "acme/c")]),
    "personas/ada": (True, [("sandbox", ("CENTAUR_PERSONA_DIRS",), "the last copy", "acme/c")]),
}


def test_with_separate_delivery_each_consumer_has_its_rule(tmp_path: pathlib.Path) -> None:
    assert {key: told(item) for key, item in three(tmp_path).items().items()} == SEPARATE


def test_with_merged_delivery_all_serve_the_winner(tmp_path: pathlib.Path) -> None:
    items = three(tmp_path).items(*MERGED)
    for key, (_, consumers) in SEPARATE.items():
        rule, repo = ("nothing", None) if key == "skills/web" else ("the winner", "acme/c")
        expected = [(consumer, variables[:1], rule, repo) for consumer, variables, *_ in consumers]
        assert told(items[key]) == (True, expected), key


def test_without_the_cache_only_sandboxes_get_tools_whatever_the_delivery(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path)
    for delivery in ((), MERGED):
        items = listed.items("--set", "repoCache.enabled=false", *delivery)
        assert told(items["tools/search"]) == (False, [("sandbox", TOOLS, "the first copy", "acme/a")])
        assert [told(items[key]) for key in SEPARATE if key != "tools/search"] == [(True, [])] * 4


def test_the_table_ends_with_what_consumers_do_not_agree_about(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path)
    assert listed.explain().stdout.decode().partition("\n\n")[2] == (
        "Consumers do not agree about 3 of 5 shadowed items (overlays.delivery: separate):\n"
        "tools/search      API: acme/c@main, sandboxes: acme/a@main\n"
        f"workflows/triage  API and sandboxes: {STOPS}\n"
        "skills/web        sandboxes: acme/c@main, broken as it is\n"
    )
    merged = listed.explain(*MERGED).stdout.decode()
    assert merged.partition("\n\n")[2] == "Consumers agree about all 5 shadowed items (overlays.delivery: merged).\n"


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (
            "tools/search",
            "with overlays.delivery: separate consumers do not agree; with merged they would:\n"
            "  API: the last copy: acme/c@main (TOOL_DIRS)\n"
            "  sandboxes: the first copy: acme/a@main (KUBERNETES_TOOLS_REPO, KUBERNETES_TOOLS_EXTRA_SOURCES)\n",
        ),
        (
            "workflows/triage",
            "with overlays.delivery: separate consumers do not agree; with merged they would:\n"
            f"  API: {STOPS} (WORKFLOW_DIRS)\n"
            f"  sandboxes: {STOPS} (KUBERNETES_WORKFLOW_DIRS)\n",
        ),
        (
            "skills/web",
            "with overlays.delivery: separate consumers do not agree; with merged they would:\n"
            "  sandboxes: the last copy: acme/c@main, broken as it is (CENTAUR_SKILL_DIRS)\n",
        ),
        (
            "personas/ada",
            "with overlays.delivery: separate consumers agree:\n"
            "  sandboxes: the last copy: acme/c@main (CENTAUR_PERSONA_DIRS)\n",
        ),
    ],
)
def test_the_story_names_the_variables_that_decide(tmp_path: pathlib.Path, item: str, told: str) -> None:
    assert told in three(tmp_path).explain(item).stdout.decode()


def test_the_story_with_merged_delivery(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path)
    assert (
        "with overlays.delivery: merged consumers agree:\n"
        "  API: the winner: acme/c@main (TOOL_DIRS)\n"
        "  sandboxes: the winner: acme/c@main (KUBERNETES_TOOLS_REPO)\n"
    ) in listed.explain("tools/search", *MERGED).stdout.decode()
    assert "  sandboxes: nothing (CENTAUR_SKILL_DIRS)\n" in listed.explain("skills/web", *MERGED).stdout.decode()


def test_what_is_not_shadowed_says_nothing_of_consumers(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a")
    listed.has("acme/a", tool("search"), BROKEN)
    assert all({"agree", "consumers"}.isdisjoint(item) for item in listed.items().values())
    assert "onsumers" not in listed.explain().stdout.decode() + listed.explain("tools/search").stdout.decode()


def test_a_directory_that_is_listed_twice_shadows_nothing(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/a", "acme/a")
    listed.has("acme/a", workflow("triage"))
    assert "consumers" not in listed.items()["workflows/triage"]


def test_two_copies_of_one_repository_are_told_apart_by_their_paths(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/a", "toolsSubdir": "one"}, {"repo": "acme/a", "toolsSubdir": "two"})
    listed.has("acme/a", {"one/search/pyproject.toml": "", "two/search/pyproject.toml": ""})
    line = "tools/search      API: acme/a (two/search), sandboxes: acme/a (one/search)\n"
    assert listed.explain().stdout.decode().endswith(line)


def test_a_path_that_another_item_needs_is_in_nobodys_way(tmp_path: pathlib.Path) -> None:
    # `data` is not served, since the tool `data/search` of a later source needs its path; alone, all are there.
    listed = List(tmp_path, "acme/a", "acme/b", "acme/c")
    for repo in ("acme/a", "acme/b"):
        listed.has(repo, tool("data"))
    listed.has("acme/c", {"tools/data/search/pyproject.toml": ""})
    item = listed.items()["tools/data"]
    assert item["served"] is False
    agree, consumers = told(item)
    assert (agree, [repo for *_, repo in consumers]) == (False, ["acme/b", "acme/a"])


def test_the_page_of_the_rules_says_the_same() -> None:
    rows = re.findall(r"^\| (\w+) \| (?:the )?(\w+) \| (`.*`) \| (.*) \| (yes|no) \|$", PAGE, re.MULTILINE)
    names = {"api": "API", "sandbox": "sandboxes"}
    page = [
        (surface, consumer, tuple(re.findall("`(.*?)`", variables)), yes)
        for surface, consumer, variables, _, yes in rows
    ]
    assert [row for row in page if row[0] != "prompt"] == [
        (surface, names[reader.consumer], reader.variables, "yes" if reader.rule == LAST else "no")
        for surface, readers in READERS.items()
        for reader in readers
    ]


PAGE: Final = (ROOT / "docs" / "delivery.md").read_text()
