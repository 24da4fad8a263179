"""Pages as a browser shows them."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from tests.support import pages
from tests.support.browser import Browser, browser
from tests.support.checkouts import List

Make: TypeAlias = Callable[[Callable[[pathlib.Path], List]], pathlib.Path]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of a process."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def window(chromium: Browser) -> Iterator[Browser]:
    """The browser as it is at the start of a session; afterwards no page has complained or asked the network."""
    chromium.reset()
    yield chromium
    assert chromium.complaints() == []
    assert [url for url in chromium.requests() if not url.startswith(("file://", "about:"))] == []


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes the page of a list, once for all tests that want it."""
    made: dict[object, pathlib.Path] = {}

    def make(kind: Callable[[pathlib.Path], List]) -> pathlib.Path:
        if kind not in made:
            listed = kind(tmp_path_factory.mktemp("list"))
            base = ["--base", "HEAD"] if (listed.folder / ".git").exists() else []
            ran = listed.report(*base, "-o", "report.html")
            assert ran.code == 0, ran.told
            made[kind] = listed.folder / "report.html"
        return made[kind]

    return make


@pytest.fixture(scope="session")
def small_page(page: Make) -> pathlib.Path:
    """A page with one of everything."""
    return page(with_base)


def with_base(folder: pathlib.Path) -> List:
    """The small list, changed since a commit."""
    return pages.committed(pages.small(folder))


def few_crowded(folder: pathlib.Path) -> List:
    """Four sources with long names and large numbers."""
    return pages.crowded(folder, 4)
