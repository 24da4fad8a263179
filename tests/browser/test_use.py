"""The page of `overlays report` as it is used: filters, sorting, addresses, copying; by mouse and by keys alone."""

from __future__ import annotations

import pathlib

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browser.conftest import Make
from tests.support.browser import Browser
from tests.support.checkouts import List
from tests.support.overlays import overlays

NAMES = "#items-table tbody th"
ALL = ["deploy", "jira", "daily", "pdf", "web", "ada", "acme/base", "acme/last"]
SEARCH = "#items input"
MATCHES = "#items-table-matches"
HEAD = "#items-table thead th:nth-child({}) button"


def test_all_is_there_until_somebody_filters(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    assert window.texts(NAMES) == ALL
    assert window.texts(MATCHES) == ["8 items"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("jira", ["jira"]),
        ("JIRA", ["jira"]),
        ("acme/base", ["deploy", "jira", "daily", "pdf", "web", "acme/base"]),
        ("acme/base skills", ["pdf", "web"]),
        ("  tools   last ", ["jira"]),
        ("not served", ["web"]),
        ("nothing has this", []),
        ("2" * 40, ["jira", "web", "acme/last"]),
        ("1" * 40 + " pdf", ["pdf"]),
        ("3" * 40, []),
        ("[.*", []),
    ],
)
def test_what_is_typed_leaves_what_has_all_words(
    window: Browser, small_page: pathlib.Path, typed: str, names: list[str]
) -> None:
    window.open(small_page)
    window.find(SEARCH).send_keys(typed)
    assert window.texts(NAMES) == names
    assert window.texts(MATCHES) == [f"{len(names)} of 8 items"]


@pytest.mark.parametrize(("typed", "names"), [("2" * 40, ["acme/last"]), ("1" * 20, ["acme/base"]), ("3" * 40, [])])
def test_a_source_is_found_by_its_whole_commit(
    window: Browser, small_page: pathlib.Path, typed: str, names: list[str]
) -> None:
    window.open(small_page)
    window.find("#sources input").send_keys(typed)
    assert window.texts("#sources-table tbody th") == names


def test_it_filters_with_each_key(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    seen = []
    for key in "web":
        window.find(SEARCH).send_keys(key)
        seen.append(len(window.texts(NAMES)))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 1
    window.find(SEARCH).send_keys(Keys.BACKSPACE * 3)
    assert window.texts(NAMES) == ALL


def test_surface_state_and_words_are_taken_together(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    state = Select(window.find("#items select[name=state]"))
    found = {}
    for option in state.options:
        state.select_by_visible_text(option.text)
        found[option.text] = window.texts(NAMES)
    assert found == {
        "any": ALL,
        "served": ["deploy", "jira", "daily", "pdf", "ada", "acme/base", "acme/last"],
        "not served": ["web"],
        "shadows another copy": ["jira", "pdf", "web"],
        "shadows, declared": ["pdf"],
        "shadows, not declared": ["web"],
        "shadows, undeclared": ["jira"],
        "consumers disagree": ["jira", "web"],
    }
    state.select_by_visible_text("shadows another copy")
    Select(window.find("#items select[name=surface]")).select_by_visible_text("skills")
    assert window.texts(NAMES) == ["pdf", "web"]
    window.find(SEARCH).send_keys("web")
    assert window.texts(NAMES) == ["web"]
    window.find("#items button[type=reset]").click()
    window.until("document.querySelectorAll(arguments[0]).length === 8", NAMES)
    assert window.texts(MATCHES) == ["8 items"]


def test_each_column_sorts_up_down_and_back(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    head = window.find(HEAD.format(2))
    cell = window.find("#items-table thead th:nth-child(2)")
    head.click()
    assert window.texts(NAMES) == sorted(ALL)
    assert cell.get_attribute("aria-sort") == "ascending"
    head.click()
    assert window.texts(NAMES) == sorted(ALL, reverse=True)
    assert cell.get_attribute("aria-sort") == "descending"
    head.click()
    assert window.texts(NAMES) == ALL
    assert cell.get_attribute("aria-sort") is None
    window.find(HEAD.format(5)).click()
    assert window.texts(NAMES)[-1] == "jira"  # by how many copies it shadows
    window.find(HEAD.format(3)).click()
    assert window.texts(NAMES)[0] == "deploy"  # by the place of the winner in the list, not by its name
    assert window.texts("[aria-sort]") == ["Winner"]


def test_sources_sort_by_number(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    head = window.find("#sources-table thead th:nth-child(1) button")
    head.click()
    head.click()
    assert window.texts("#sources-table tbody th") == ["acme/last", "acme/extra", "acme/base"]


def warned(folder: pathlib.Path) -> List:
    """Twenty sources, each with a warning."""
    listed = List(folder, *({"repo": f"acme/source-{at}", "overrides": ["tools/none"]} for at in range(20)))
    for source in listed.sources:
        listed.has(source["repo"])
    return listed


def test_findings_sort_by_place_as_they_stand_in_the_file(window: Browser, page: Make) -> None:
    window.open(page(warned))
    column = ".findings tbody td:nth-child(3)"
    places = window.texts(column)
    lines = [int(place.split(":")[1]) for place in places]
    assert lines == sorted(lines)
    assert places != sorted(places)  # as text, 102 comes before 11
    head = window.find(".findings thead th:nth-child(3) button")
    head.click()
    assert window.texts(column) == places
    head.click()
    assert window.texts(column) == places[::-1]


def test_the_address_keeps_what_was_chosen(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.find(SEARCH).send_keys("acme/base &x=1")
    Select(window.find("#items select[name=surface]")).select_by_visible_text("skills")
    window.find(HEAD.format(2)).click()
    window.find(HEAD.format(2)).click()
    window.find("#sources input").send_keys("last")
    wanted = "#sources.q=last&q=acme%2Fbase+%26x%3D1&surface=skills&sort=-name"
    window.until("location.hash === arguments[0]", wanted)
    window.find("#items button[type=reset]").click()
    window.until("location.hash === '#sources.q=last'")
    window.find("#sources button[type=reset]").click()
    window.until("location.hash === ''")


def test_an_address_brings_it_back(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page, "#surface=skills&state=shadows&sort=-name&sources.q=extra")
    assert window.texts(NAMES) == ["web", "pdf"]
    assert window.texts("#sources-table tbody th") == ["acme/extra"]
    assert window.texts(MATCHES) == ["2 of 8 items"]
    window.script("location.hash = '#q=jira'")
    window.until("document.querySelectorAll(arguments[0]).length === 1", NAMES)
    assert window.find("#items select[name=surface]").get_attribute("value") == ""
    assert window.texts("#sources-table tbody th") == ["acme/base", "acme/extra", "acme/last"]


@pytest.mark.parametrize("fragment", ["#sort=-nonsense&surface=nothing&state=%3Cimg%3E", "#=&=%zz&q", "#%", "#items"])
def test_a_strange_address_shows_all(window: Browser, small_page: pathlib.Path, fragment: str) -> None:
    window.open(small_page, fragment)
    assert window.texts(NAMES) == ALL
    for select in ("surface", "state"):
        assert window.script(f"return document.querySelector('#items select[name={select}]').selectedIndex") == 0


def test_a_link_to_a_source_that_is_filtered_out_brings_it_back(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.find("#sources input").send_keys("extra")
    assert window.texts("#sources-table tbody th") == ["acme/extra"]
    window.find("#items-table tbody a[href='#source-1']").click()
    window.until("document.querySelector('#source-1') !== null")
    assert window.texts("#source-1 th") == ["acme/base"]


def test_copying_gives_the_whole_text(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.find("header .copy").click()
    window.until("document.querySelector('header .copy').textContent === 'Copied'")
    assert window.clipboard() == window.texts(".digest code")[0]
    window.find("#source-3 .copy").click()
    window.until("document.querySelector('#source-3 .copy').textContent === 'Copied'")
    assert window.clipboard() == "2" * 40
    assert "Copied the commit of acme/last" in window.texts("body > [role=status]")
    window.find("#variables .copy").click()
    window.until("document.querySelector('#variables .copy').textContent === 'Copied'")
    assert window.clipboard() == ":".join(
        f"/var/lib/centaur/repos/acme/{name}/tools" for name in ("base", "extra", "last")
    )


@pytest.mark.parametrize(("place", "consumer"), [*enumerate(["api", "repo-cache", "sandbox", "agent"])])
def test_shell_lines_are_those_of_render_env(
    window: Browser, small_page: pathlib.Path, place: int, consumer: str
) -> None:
    window.open(small_page)
    window.script("document.querySelectorAll('.shell')[arguments[0]].click()", place)
    window.until("document.querySelectorAll('.shell')[arguments[0]].textContent === 'Copied'", place)
    ran = overlays("render", "env", "-f", "values.yaml", "--for", consumer, "--format", "shell", cwd=small_page.parent)
    assert window.clipboard().encode() == ran.stdout


def test_it_copies_without_the_clipboard_of_secure_pages(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.script("Object.defineProperty(navigator.clipboard, 'writeText', {value: () => Promise.reject()})")
    window.find("header .copy").click()
    window.until("document.querySelector('header .copy').textContent === 'Copied'")
    assert window.clipboard().startswith("sha256:")
    assert window.script("return document.activeElement.className") == "copy"
    assert window.script("return document.querySelectorAll('textarea').length") == 0


def press(window: Browser, *keys: str) -> None:
    """Press keys where the focus is."""
    for key in keys:
        window.driver.switch_to.active_element.send_keys(key)


def test_keys_alone_lead_everywhere(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    seen: list[str] = []
    while True:
        press(window, Keys.TAB)
        name, outline, shown = window.script(
            "const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
            "return [e === document.body ? '' : e.getAttribute('aria-label') || e.name || e.textContent,"
            "        s.outlineStyle, r.width > 0 && r.bottom > 0 && r.top < innerHeight]"
        )
        if not name or len(seen) > 200:
            break
        seen.append(name)
        assert outline == "solid", f"no mark on {name!r}"
        assert shown, f"out of sight: {name!r}"
    assert seen[0] == "Skip to the content"
    order = [seen.index(name) for name in ("Copy the digest", "Findings", "Severity", "Picture of the layers", "q")]
    assert order == sorted(order)
    for name in ("surface", "state", "Clear", "Shadowed copies", "Copy TOOL_DIRS", "Table of the sources"):
        assert name in seen
    assert sum(name.startswith("Copy all variables as shell lines: ") for name in seen) == 4


def test_the_first_key_leads_past_the_head(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    press(window, Keys.TAB, Keys.ENTER)
    assert window.script("return document.activeElement.id") == "main"
    press(window, Keys.TAB)
    assert window.script("return document.activeElement.closest('main') !== null")


def test_columns_sort_by_keys(window: Browser, small_page: pathlib.Path) -> None:
    window.open(small_page)
    window.script("document.querySelector(arguments[0]).focus()", HEAD.format(2))
    press(window, Keys.ENTER)
    assert window.texts(NAMES) == sorted(ALL)
    press(window, Keys.SPACE)
    assert window.texts(NAMES) == sorted(ALL, reverse=True)
    assert window.script("return document.activeElement.textContent") == "Name"
