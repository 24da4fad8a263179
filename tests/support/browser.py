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
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

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
PATIENCE: Final = 20
"""Seconds until something that is waited for must be true."""


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

    def reset(self) -> None:
        """As it is at the start of a session: an empty page, nothing emulated, nothing kept, an empty clipboard."""
        self.driver.get("about:blank")
        self.command("Emulation.setEmulatedMedia", media="", features=[])
        self.command("Emulation.clearDeviceMetricsOverride")
        self.command("Emulation.setScriptExecutionDisabled", value=False)
        self.command("Emulation.setFocusEmulationEnabled", enabled=True)
        self.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self.requests()
        self.complaints()

    def width(self, pixels: int) -> None:
        """Make the window so wide."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=pixels < 600
        )

    def find(self, selector: str) -> WebElement:
        """The first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """The text of each element of a CSS selector, shown or not."""
        elements = "Array.from(document.querySelectorAll(arguments[0]), (one) => one.textContent)"
        found: list[str] = self.script(f"return {elements}", selector)
        return found

    def until(self, condition: str, *arguments: Any) -> Any:
        """What a JavaScript expression gives as soon as that is true. Raises TimeoutException."""
        waiting = WebDriverWait(self.driver, PATIENCE)
        return waiting.until(lambda _: self.script(f"return {condition}", *arguments))

    def clipboard(self) -> str:
        """The text that was copied last."""
        found: str = self.script("return navigator.clipboard.readText()")
        return found

    def tree(self) -> list[tuple[str, str]]:
        """(role, name) of all that a screen reader is told of, in order."""
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]

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
