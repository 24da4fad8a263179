"""The page of `overlays report` as it is seen and heard: roles, contrast, print, no scripts, hostile texts."""

from __future__ import annotations

import base64
import importlib.resources
import pathlib
import re
from typing import Any, Final

import pytest

from tests.browser.conftest import Make
from tests.support import pages
from tests.support.browser import Browser

LEAST_CONTRAST: Final = 4.5
"""Of text, for level AA."""
TITLE: Final = "Overlays of agent-overlays: values.yaml, release agent-overlays"
MAIN_TEXTS: Final = (
    "h1",
    "h2",
    "p.subject",
    "p.about",
    "caption",
    "nav a",
    ".facts dt",
    ".facts dd",
    ".count",
    "thead button",
    "tbody th",
    "tbody td a",
    "tbody td code",
    ".commit",
    ".none",
    ".why",
    ".chip",
    ".bad",
    ".copy",
    ".controls label",
    ".controls input",
    ".controls select",
    ".legend li",
    ".lines li",
    "svg text",
)
CONTRAST: Final = """
const colour = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (e) => {
  if (e.closest("svg .totals, svg .covers") === null && e.closest("svg")) {
    return colour(getComputedStyle(document.querySelector("svg .plate")).fill);
  }
  for (; e; e = e.parentElement) {
    const found = colour(getComputedStyle(e).backgroundColor);
    if (found.length === 3 || found[3] === 1) return found;
  }
  return [0, 0, 0]; // nothing painted: the body has to
};
return Array.from(document.querySelectorAll(arguments[0]), (e) => {
  const style = getComputedStyle(e);
  const pair = [light(colour(e instanceof SVGElement ? style.fill : style.color)), light(behind(e))];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
});
"""
"""JavaScript: the contrast of each element of a selector with what is behind it."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out(window: Browser, small_page: pathlib.Path, scheme: str) -> None:
    window.media(prefers_color_scheme=scheme)
    window.open(small_page)
    background = window.script("return getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 21, 28)"}[scheme]
    for selector in MAIN_TEXTS:
        found = window.script(CONTRAST, selector)
        assert found, f"no {selector}"
        assert min(found) >= LEAST_CONTRAST, f"{selector}: {min(found):.2f}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("fragment", ["", "#q=nothing+has+this&sort=name"])
def test_axe_finds_nothing(window: Browser, small_page: pathlib.Path, scheme: str, width: int, fragment: str) -> None:
    window.media(prefers_color_scheme=scheme)
    window.width(width)
    window.open(small_page, fragment)
    window.script(importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text())
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    result: dict[str, Any] = window.script("return axe.run(document, arguments[0])", rules)
    told = [f"{one['id']}: {node['html'][:200]}" for one in result["violations"] for node in one["nodes"]]
    assert told == []
    assert len(result["passes"]) > 20


def test_a_screen_reader_is_told_what_there_is(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    found = window.tree()
    assert found[0] == ("RootWebArea", TITLE)
    for role, name in (
        ("banner", ""),
        ("main", ""),
        ("navigation", "Sections"),
        ("heading", "Overlays of agent-overlays"),
        ("region", "Items"),
        ("region", "Changes"),
        ("search", "Items"),
        ("searchbox", "Filter"),
        ("combobox", "Surface"),
        ("status", ""),
        ("table", "Every item with the source that wins it and the copies that it shadows"),
        ("columnheader", "Winner"),
        ("button", "Winner"),
        ("rowheader", "jira"),
        ("button", "Copy TOOL_DIRS"),
        ("button", "Copy all variables as shell lines: Agent"),
        ("table", "Variables: Sandboxes"),
    ):
        assert (role, name) in found, (role, name)
    pictures = [name for role, name in found if role in ("image", "img")]
    assert pictures == ["Layers of the list, the last source on top"]
    rows = sum(role == "row" for role, _ in found)
    assert rows == window.script("return document.querySelectorAll('tr').length")


def test_the_number_of_matches_is_told(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.find("#items input").send_keys("pdf")
    element = window.find("#items-table-matches")
    assert element.get_attribute("role") == "status"
    assert element.text == "1 of 8 items"


def test_without_scripts_everything_is_there(window: Browser, small_page: pathlib.Path) -> None:
    window.command("Emulation.setScriptExecutionDisabled", value=True)
    window.open(small_page)
    found = window.tree()
    names = [name for role, name in found if role == "rowheader"]
    for name in ("deploy", "jira", "daily", "pdf", "web", "ada", "acme/base", "acme/last", "TOOL_DIRS", "OVL505"):
        assert name in names
    assert not {role for role, _ in found} & {"button", "searchbox", "combobox", "search"}
    assert ("columnheader", "Winner") in found


def test_print_has_everything_and_no_buttons(window: Browser, small_page: pathlib.Path) -> None:
    window.media(prefers_color_scheme="dark")
    window.open(small_page)
    window.command("Emulation.setEmulatedMedia", media="print")
    shown = "return Array.from(document.querySelectorAll(arguments[0])).filter((e) => e.checkVisibility()).length"
    assert window.script(shown, "nav, .controls, .copy, .shell, .skip") == 0
    for selector in ("tbody tr", "tbody code", ".lines li"):
        assert window.script(shown, selector) == window.script(f"return document.querySelectorAll({selector!r}).length")
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    assert window.script(style, "#items-table tbody", "contentVisibility") == "visible"
    assert window.script(style, ".value", "maxHeight") == "none"
    assert window.script(style, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert window.script(style, "body", "color") == "rgb(0, 0, 0)"
    assert window.script("return document.documentElement.scrollWidth <= innerWidth")
    pdf = base64.b64decode(window.command("Page.printToPDF")["data"])
    assert 1 < len(re.findall(rb"/Type */Page\b", pdf)) < 20


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1920])
def test_no_width_makes_the_page_scroll_sideways(window: Browser, small_page: pathlib.Path, width: int) -> None:
    window.width(width)
    window.open(small_page)
    window.media(prefers_color_scheme="light")
    assert window.script("return document.documentElement.scrollWidth") <= width


def test_hostile_texts_are_text(window: Browser, page: Make) -> None:
    made = page(pages.hostile)
    window.open(made)
    assert window.driver.title == TITLE
    assert window.script("return document.scripts.length") == 2
    assert window.script("return document.querySelectorAll('img, iframe, object, style ~ style').length") == 0
    assert window.script("return document.querySelectorAll('svg:not(.picture svg)').length") == 0
    assert window.script("return document.querySelectorAll('[onload], [onerror], [href^=javascript]').length") == 0
    names = window.texts("#items-table tbody th")
    for name in (pages.HOSTILE[0], pages.HOSTILE[1], "{{ 7 * 7 }}{% raw %}", "&lt;b&gt;&amp;"):
        assert name in names
    assert "a\\u202eb\\u2066c\\u061cd\\u200be" in names
    assert "line\\nbreak\\ttab" in names
    raw = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]"
    assert not re.search(raw, made.read_text())


def test_hostile_values_are_copied_as_they_are(window: Browser, page: Make) -> None:
    window.open(page(pages.hostile))
    for at, text in enumerate(pages.HOSTILE):
        button = f"[aria-label='Copy HOSTILE_{at}']"
        window.script("document.querySelector(arguments[0]).click()", button)
        window.until("document.querySelector(arguments[0]).textContent === 'Copied'", button)
        assert window.clipboard() == f"</script></style>{text}"


def test_nothing_else_may_run_or_be_loaded(chromium: Browser, small_page: pathlib.Path) -> None:
    chromium.reset()
    chromium.open(small_page)
    chromium.script(
        """
        const add = (name, more) => document.body.append(Object.assign(document.createElement(name), more));
        add("script", {textContent: "window.ran = 1"});
        add("div", {innerHTML: "<p onclick='window.ran = 1'>x</p>"});
        document.querySelector("p[onclick]").click();
        add("img", {src: "data:image/gif;base64,R0lGODlhAQABAAAAACw=", onerror: () => { window.refused = true; }});
        """
    )
    chromium.until("window.refused")
    assert chromium.script("return window.ran") is None
    assert chromium.script("return fetch('data:,x').then(() => 'loaded', () => 'refused')") == "refused"
    told = [one["message"] for one in chromium.complaints()]
    assert len(told) >= 4
    assert all("Content Security Policy" in one for one in told)
