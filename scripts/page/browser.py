"""Headless Chromium, by WebDriver."""

import base64
import contextlib
import json
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure.programs import free_port

# Machines may be busy: what comes at all comes within this.
PATIENCE = 600.0

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Failure(Exception):
    """What the browser says that it can't do."""


class Browser:
    """A window with one page."""

    def __init__(self, driver: str, options: dict[str, Any]) -> None:
        self._driver = driver
        told = self._ask(
            "POST",
            "/session",
            {
                "capabilities": {
                    "alwaysMatch": {
                        "goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "WARNING"},
                    }
                }
            },
        )
        self._session = f"/session/{told['sessionId']}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(
            self._driver + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            raise Failure(f"{told['error']}: {told['message'].splitlines()[0]}") from None

    def open(self, url: str) -> None:
        self._ask("POST", f"{self._session}/url", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """What a script returns; promises are waited for."""
        return self._ask(
            "POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)}
        )

    def element(self, selector: str) -> dict[str, str]:
        told: dict[str, str] = self._ask(
            "POST", f"{self._session}/element", {"using": "css selector", "value": selector}
        )
        return told

    def click(self, selector: str) -> None:
        """As a user: fails where something else is in the way."""
        name = self.element(selector)[ELEMENT]
        self._ask("POST", f"{self._session}/element/{name}/click")

    def fill(self, selector: str, text: str) -> None:
        name = self.element(selector)[ELEMENT]
        self._ask("POST", f"{self._session}/element/{name}/clear")
        self._ask("POST", f"{self._session}/element/{name}/value", {"text": text})

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags the mouse over an element, from one place in it to another: shares of its sides."""
        box = self.run(
            "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height]",
            selector,
        )
        places = [
            {
                "type": "pointerMove",
                "duration": 50,
                "x": round(box[0] + x * box[2]),
                "y": round(box[1] + y * box[3]),
            }
            for x, y in (start, end)
        ]
        press, release = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        steps = [places[0], press, places[1], release]
        pointer = {"type": "pointer", "id": "mouse", "actions": steps}
        self._ask("POST", f"{self._session}/actions", {"actions": [pointer]})

    def text(self, selector: str) -> str:
        told: str = self.run(
            "return document.querySelector(arguments[0])?.textContent ?? ''", selector
        )
        return told

    def devtools(self, command: str, **parameters: object) -> Any:
        return self._ask(
            "POST",
            f"{self._session}/goog/cdp/execute",
            {"cmd": command, "params": parameters},
        )

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("GET", f"{self._session}/screenshot")))

    def complaints(self) -> list[str]:
        """What the page's console told since the last time: errors and warnings."""
        told = self._ask("POST", f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in told]

    def close(self) -> None:
        with contextlib.suppress(OSError, Failure):
            self._ask("DELETE", self._session)


@contextlib.contextmanager
def browser(
    width: int = 1280, height: int = 900, language: str = "en", phone: bool = False
) -> Iterator[Browser]:
    """A browser with a profile of its own, which is gone afterwards."""
    # The browser's own programs may write for a moment after its end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options: dict[str, Any] = {
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--lang={language}",
                f"--accept-lang={language}",
            ],
            "prefs": {"intl.accept_languages": language},
        }
        if phone:
            options["mobileEmulation"] = {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0}
            }
        with _driver() as address:
            opened = _begun(address, options)
            try:
                yield opened
            finally:
                opened.close()


@contextlib.contextmanager
def _driver() -> Iterator[str]:
    """The address of what drives a browser."""
    port = free_port()
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}", "--silent"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(address), "chromedriver answers")
        yield address
    finally:
        driver.terminate()
        driver.wait()


def _begun(address: str, options: dict[str, Any]) -> Browser:
    """A browser; its driver gives it a minute to start, which a busy machine may not."""
    for _ in range(4):
        with contextlib.suppress(Failure):
            return Browser(address, options)
    return Browser(address, options)


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"{address}/status", timeout=5) as answer:
            return bool(json.load(answer)["value"]["ready"])
    return False


def until(condition: Callable[[], object], what: str) -> None:
    """Waits until something holds; TimeoutError after minutes."""
    end = time.monotonic() + PATIENCE
    failure = ""
    while True:
        # What the browser can't tell now, as while it loads another page, it may tell later.
        try:
            if condition():
                return
            failure = ""
        except Failure as error:
            failure = f": {error}"
        if time.monotonic() > end:
            raise TimeoutError(f"not within {PATIENCE:.0f} seconds: {what}{failure}")
        time.sleep(0.05)
