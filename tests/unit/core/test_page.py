"""What the page of a list is made of: amounts, covers, and what is said of shadowing."""

from __future__ import annotations

import pathlib

import pytest

from overlays.cli.pipeline import prepare
from overlays.content.checkouts import locate
from overlays.content.winners import survey
from overlays.core.page import page
from overlays.io.values import Inputs
from overlays.model.page import SURFACES, Page, Shadowing, Subject
from tests.support import pages


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Page:
    """Of the small list."""
    listed = pages.small(tmp_path)
    checked = prepare(Inputs((str(listed.folder / "values.yaml"),), (), (), (), ()), "prod")
    checkouts = locate((source.repo for source in checked.plan.sources), str(listed.checkouts)).checkouts
    commits = {repo: checkout.commit for repo, checkout in checkouts.items()}
    winners = survey(checked.plan, checkouts).winners
    return page(
        Subject(("values.yaml",), "prod"), checked.plan, checked.environment, winners, commits, checked.findings, None
    )


def test_each_source_has_what_it_brings_to_each_surface(made: Page) -> None:
    assert {
        layer.label: {part.surface: (part.path, part.served, part.hidden, part.broken) for part in layer.parts}
        for layer in made.layers
    } == {
        "acme/base@main": {
            "tools": ("tools", 1, 1, 0),
            "workflows": ("workflows", 1, 0, 0),
            "skills": (".agents/skills", 0, 2, 0),
            "personas": ("", 0, 0, 0),
            "prompt": ("PROMPT.md", 1, 0, 0),
        },
        "acme/extra": {
            "tools": ("tools", 0, 1, 0),
            "workflows": ("workflows", 0, 0, 0),
            "skills": ("skills", 1, 0, 0),
            "personas": ("personas", 1, 0, 0),
            "prompt": ("", 0, 0, 0),
        },
        "acme/last@v1": {
            "tools": ("tools", 1, 0, 0),
            "workflows": ("workflows", 0, 0, 0),
            "skills": (".agents/skills", 0, 0, 1),
            "personas": ("", 0, 0, 0),
            "prompt": ("docs/prompt.md", 1, 0, 0),
        },
    }
    assert [layer.commit for layer in made.layers] == [pages.ONE, None, pages.TWO]
    assert [layer.visibility for layer in made.layers] == ["public", "private", "private"]


def test_the_winner_of_a_name_covers_every_other_copy(made: Page) -> None:
    found = [(cover.upper, cover.lower, cover.keys) for layer in made.layers for cover in layer.hides]
    assert found == [
        (1, 0, ("skills/pdf",)),
        (2, 0, ("tools/jira", "skills/web")),
        (2, 1, ("tools/jira",)),
    ]
    assert sorted(cover for layer in made.layers for cover in layer.hidden_by) == sorted(
        cover for layer in made.layers for cover in layer.hides
    )


def test_every_item_is_counted_once(made: Page) -> None:
    for surface, name in enumerate(SURFACES):
        parts = [layer.parts[surface] for layer in made.layers]
        rows = [entry.row for entry in made.entries if entry.row.surface == name]
        assert sum(part.served + part.broken for part in parts) == len(rows)
        assert sum(part.hidden for part in parts) == sum(len(row.shadowed) for row in rows)


def test_of_several_sources_that_shadow_the_worst_is_told(made: Page) -> None:
    found = {entry.row.key: entry.shadowing for entry in made.entries if entry.shadowing}
    assert found == {
        "tools/jira": Shadowing.UNDECLARED,
        "skills/pdf": Shadowing.DECLARED,
        "skills/web": Shadowing.OPEN,
    }


def test_all_four_consumers_are_there(made: Page) -> None:
    assert [one.name for one in made.consumers] == ["api", "repo-cache", "sandbox", "agent"]
    assert all(one.variables for one in made.consumers)
