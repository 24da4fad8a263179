"""A page of 500 sources and 5,000 items: as quick to use as a small one, and all of it is there."""

from __future__ import annotations

import functools
import pathlib

import pytest

from tests.browser.conftest import Make
from tests.support import pages
from tests.support.browser import Browser

SOURCES, EACH = 500, 11
ITEMS = SOURCES * (EACH - 1) + 10
"""Of the shared skills there are ten."""
MOST_BYTES = 5 * 1024 * 1024
NAMES = "#items-table tbody th"
TYPED = ("s", "sk", "ski", "skill", "skill-4", "skill-49", "tool", "nothing has this", "")
"""Ends as it began, so that it can be typed again."""


@pytest.fixture(scope="module")
def big_page(page: Make) -> pathlib.Path:
    return page(functools.partial(pages.big, sources=SOURCES, each=EACH))


def work(window: Browser) -> float:
    """Processor seconds of the main thread since the page was opened: scripts, style, layout and paint."""
    window.until("new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))")
    found = window.command("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))


def typed(window: Browser, text: str) -> float:
    """The work of one key: from the words in the filter to what is seen."""
    before = work(window)
    window.script(
        "const field = document.querySelector('#items input');"
        "field.value = arguments[0];"
        "field.dispatchEvent(new Event('input', {bubbles: true}));",
        text,
    )
    return work(window) - before


def test_it_is_of_a_few_megabytes(big_page: pathlib.Path) -> None:
    assert big_page.stat().st_size < MOST_BYTES


def test_each_key_is_a_small_part_of_the_work_of_opening_it(window: Browser, big_page: pathlib.Path) -> None:
    window.command("Performance.enable", timeDomain="threadTicks")
    window.open(big_page)
    opening = work(window)
    window.script("document.querySelector('#items').scrollIntoView()")
    rounds = [[typed(window, text) for text in TYPED] for _ in range(2)]
    costs = dict(zip(TYPED, map(min, *rounds), strict=True))
    assert max(costs.values()) < opening / 4, (costs, opening)


def test_nothing_is_out_of_reach(window: Browser, big_page: pathlib.Path) -> None:
    window.open(big_page)
    assert window.texts("#items-table-matches") == [f"{ITEMS:,} items"]
    assert len(window.texts(NAMES)) == 100
    window.find("#items input").send_keys("skill-499-")
    assert window.texts(NAMES) == [f"skill-499-{number}" for number in range(EACH - 3)]
    window.find("#items button[type=reset]").click()
    window.until("document.querySelectorAll(arguments[0]).length === 100", NAMES)
    window.find("#items .more button").click()
    assert len(window.texts(NAMES)) == 200
    assert window.script("return document.activeElement.rowIndex") == 101
    window.find("#items .more button:last-child").click()
    assert len(window.texts(NAMES)) == ITEMS
    assert window.texts("#items .more") == [""]


def test_a_link_to_a_row_that_is_not_shown_shows_it(window: Browser, big_page: pathlib.Path) -> None:
    window.open(big_page)
    assert window.script("return document.querySelector('#source-444')") is None
    window.find("#items input").send_keys("skill-443-1")
    window.find("#items-table tbody a").click()
    seen = "document.querySelector('#source-444')?.getBoundingClientRect()"
    window.until(f"{seen}?.top >= 0 && {seen}.bottom <= innerHeight")
    assert window.texts(NAMES) == ["skill-443-1"]
    window.open(big_page, "#source-490")
    window.until(f"{seen.replace('444', '490')}?.top >= 0")


def test_print_has_every_row(window: Browser, big_page: pathlib.Path) -> None:
    window.open(big_page)
    window.script("dispatchEvent(new Event('beforeprint'))")
    assert len(window.texts(NAMES)) == ITEMS
    assert len(window.texts("#sources-table tbody th")) == SOURCES
    window.script("dispatchEvent(new Event('afterprint'))")
    assert len(window.texts(NAMES)) == 100


def test_without_scripts_every_row_is_there(window: Browser, big_page: pathlib.Path) -> None:
    window.command("Emulation.setScriptExecutionDisabled", value=True)
    window.open(big_page)
    shown = window.script(
        "return Array.from(document.querySelectorAll(arguments[0])).filter((one) => one.checkVisibility()).length",
        NAMES,
    )
    assert shown == ITEMS


def test_the_picture_stays_small(window: Browser, big_page: pathlib.Path) -> None:
    window.open(big_page)
    plates = window.texts("svg .plate")
    assert len(plates) == 50
    assert window.texts("svg .place")[0] == "491–500"
    assert window.texts("svg .totals .strong")[1:] == ["500", "500", f"{SOURCES * (EACH - 3) + 10:,}", "0", "0"]
