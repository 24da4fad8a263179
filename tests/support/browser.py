"""A headless Chromium that looks at pages as a user does: Debian's, by its own driver."""

from __future__ import annotations

import json
import pathlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_ALONE: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
)
"""Flags of a browser that asks nobody anything."""


class Browser:
    """One window. Whatever the pages ask of the network and say on the console is kept."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def command(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        found: dict[str, Any] = self.driver.execute_cdp_cmd(method, arguments)
        return found

    def script(self, text: str, *arguments: Any) -> Any:
        """What JavaScript returns, run beside the page's own."""
        return self.driver.execute_script(text, *arguments)

    def open(self, page: pathlib.Path, fragment: str = "") -> None:
        """Open a file, anew also when it is the one that is shown."""
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + fragment)

    def media(self, **features: str) -> None:
        """Emulate media features, such as prefers_color_scheme="dark"."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.command("Emulation.setEmulatedMedia", features=pairs)

    def requests(self) -> list[str]:
        """The addresses that were asked for since this was last called."""
        messages = (json.loads(entry["message"])["message"] for entry in self._log("performance"))
        sent = (one["params"] for one in messages if one["method"] == "Network.requestWillBeSent")
        return [one["request"]["url"] for one in sent]

    def complaints(self) -> list[dict[str, Any]]:
        """What the console was told since this was last called."""
        return self._log("browser")

    def _log(self, kind: str) -> list[dict[str, Any]]:
        return list(self.driver.get_log(kind))  # type: ignore[no-untyped-call]


@contextmanager
def browser(folder: pathlib.Path) -> Iterator[Browser]:
    """A browser with a profile of its own in that folder."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    lacking = " and ".join(name for name, path in programs.items() if path is None)
    assert not lacking, f"{lacking} cannot be found: run `make browser`, or install them"
    options = ChromeOptions()
    options.binary_location = str(programs["chromium"])
    for flag in (*_ALONE, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options, Service(programs["chromedriver"]))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
