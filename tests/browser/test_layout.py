"""The page of `overlays report`: nothing lies on anything else, is cut off or squashed, on a screen and on paper."""

from __future__ import annotations

import functools
import pathlib
from typing import Final

import pytest

from tests.browser.conftest import Make, few_crowded
from tests.support import pages
from tests.support.browser import Browser
from tests.support.checkouts import List

SOURCES: Final = [4, 30, 120]
"""With numbers at the lines, without them, and in groups."""
CENTIMETRE: Final = 96 / 2.54
"""Pixels of CSS."""
WORDS: Final = """
return Array.from(document.querySelectorAll("button"), (one) => {
  const range = document.createRange(), text = one.firstChild, box = one.getBoundingClientRect(), broken = [];
  for (const word of text.data.matchAll(/\\S+/g)) {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const lines = Array.from(range.getClientRects());
    if (lines.length !== 1 || lines[0].left < box.left || lines[0].right > box.right) broken.push(word[0]);
  }
  range.selectNodeContents(text);
  return [one.getAttribute("aria-label") || text.data, box.width, box.height, broken, range.getClientRects().length];
});
"""
"""JavaScript: of each button its name, width, height, the words that are broken or stick out, and its lines."""
BOXES: Final = """
return Array.from(document.querySelectorAll(".picture text"), (one) => {
  const { left, top, right, bottom } = one.getBoundingClientRect();
  return [one.textContent, left, top, right, bottom];
});
"""
"""JavaScript: each text of the picture, and its left, upper, right and lower side."""


@functools.cache
def crowded(sources: int) -> functools.partial[List]:
    return functools.partial(pages.crowded, sources=sources)


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_no_button_is_squashed(window: Browser, page: Make, width: int) -> None:
    window.width(width)
    window.open(page(few_crowded))
    found = window.script(WORDS)
    assert len([one for one in found if one[0].startswith("Copy ")]) == 30
    for name, wide, high, broken, lines in found:
        assert broken == [], name
        assert wide > high / 2, name
        if name.startswith("Copy "):
            assert lines == 1, name
            assert (wide > 36, high < 40) == (True, True), name


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("sources", SOURCES)
def test_no_text_of_the_picture_lies_on_another(window: Browser, page: Make, sources: int, width: int) -> None:
    window.width(width)
    window.open(page(crowded(sources)))
    assert window.script("return document.querySelector('.picture svg').getBoundingClientRect().width") > 700
    found = window.script(BOXES)
    assert len(found) > 3 * min(sources, 50)
    by_row = sorted(found, key=lambda one: one[2])
    for at, (text, left, _, right, bottom) in enumerate(by_row):
        for other, other_left, other_top, other_right, _ in by_row[at + 1 :]:
            if other_top >= bottom - 0.5:
                break
            assert other_left >= right or left >= other_right, f"{text!r} and {other!r}"


@pytest.mark.parametrize("sources", SOURCES)
def test_every_text_of_the_picture_is_inside(window: Browser, page: Make, sources: int) -> None:
    window.open(page(crowded(sources)))
    box = "return Object.values(document.querySelector(arguments[0]).getBoundingClientRect().toJSON())"
    left, top, wide, high, *_ = window.script(box, ".picture svg")
    plate_left, _, plate_wide, *_ = window.script(box, ".picture .plate")
    for text, one_left, one_top, one_right, one_bottom in window.script(BOXES):
        assert left <= one_left < one_right <= left + wide, text
        assert top <= one_top < one_bottom <= top + high, text
    ends = window.script(
        "return Array.from(document.querySelectorAll('.amount'), (e) => e.getBoundingClientRect().right)"
    )
    assert max(ends) <= plate_left + plate_wide


def test_large_numbers_and_long_names_can_be_read(window: Browser, page: Make) -> None:
    window.open(page(few_crowded))
    assert "1,100 · 1,100 hidden" in window.texts(".picture .amount")
    assert "1,100" in window.texts(".picture .amount")
    assert window.texts(".picture .number") == ["1,101", "1", "1"]
    shown = window.texts(".picture .label")
    assert len(set(shown)) == 4
    assert [name.count("…") for name in shown] == [1] * 4
    assert [name.rpartition("-")[2] for name in shown] == [f"{at}@main" for at in (3, 2, 1, 0)]
    name = "an-organisation-of-a-long-name/agent-overlays-of-the-team-number-3@main"
    assert window.texts(".picture g > title")[0] == f"4: {name}"
    assert "1,100 hidden" in window.texts("#source-1 .also")
    assert f"1,101 of {name}" in window.texts("#source-1 li")


def test_a_group_says_how_many_it_has_beside_the_one_that_it_names(window: Browser, page: Make) -> None:
    window.open(page(crowded(120)))
    shown = window.texts(".picture .label")
    assert len(shown) == 40
    assert all("…" in name and name.endswith(" +2") for name in shown)
    assert window.texts(".picture .place")[:2] == ["118–120", "115–117"]


@pytest.mark.parametrize(
    ("sources", "said"), [(4, ", with the number of items"), (30, ""), (1, None)], ids=["few", "many", "none"]
)
def test_the_legend_tells_of_what_is_there(window: Browser, page: Make, sources: int, said: str | None) -> None:
    window.open(page(crowded(sources)))
    legend = [text.strip() for text in window.texts(".legend li")]
    assert legend[:3] == ["served", "hidden by a later source", "last, but not served"]
    line = "from the source that hides to the one that is hidden"
    assert legend[3:] == ([] if said is None else [f"{line}{said}"])


def test_a_caption_can_be_read_where_the_table_is_wider_than_the_screen(
    window: Browser, small_page: pathlib.Path
) -> None:
    window.width(360)
    window.open(small_page)
    window.script("document.querySelector('#sources .wide').scrollIntoView()")
    box = (
        "const range = document.createRange(); range.selectNodeContents(document.querySelector('#sources caption'));"
        "const { left, right } = range.getBoundingClientRect(); return [left, right]"
    )
    seen = window.script(box)
    assert 0 < seen[0] < seen[1] <= 360
    window.script("document.querySelector('#sources .wide').scrollLeft = 300")
    assert window.script("return document.querySelector('#sources .wide').scrollLeft") == 300
    assert window.script(box) == seen


@pytest.mark.parametrize(("sources", "last"), [(4, "variables"), (30, "layers"), (120, "layers")])
def test_on_paper_the_picture_is_smaller_than_a_page_and_a_high_one_comes_last(
    window: Browser, page: Make, sources: int, last: str
) -> None:
    window.width(718)  # A4 without the margins of a browser
    window.open(page(crowded(sources)))
    window.command("Emulation.setEmulatedMedia", media="print")
    wide, high = window.script(
        "const box = document.querySelector('.picture svg').getBoundingClientRect(); return [box.width, box.height]"
    )
    assert wide <= 718
    assert 4 * CENTIMETRE < high <= 22 * CENTIMETRE + 1
    tops = window.script(
        "return Object.fromEntries(Array.from(document.querySelectorAll('main > section'),"
        " (one) => [one.id, one.getBoundingClientRect().top]))"
    )
    assert max(tops, key=tops.__getitem__) == last


def test_on_paper_all_of_the_table_of_sources_has_one_size(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.command("Emulation.setEmulatedMedia", media="print")
    sizes = window.script(
        "return Array.from(document.querySelectorAll('.sources :is(td, th, li, a, code, span)'),"
        " (one) => getComputedStyle(one).fontSize)"
    )
    assert len(sizes) > 50
    assert {round(float(size.removesuffix("px")), 1) for size in sizes} == {8.7}  # 6.5pt
