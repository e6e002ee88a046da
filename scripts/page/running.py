"""Simulated boards, and `scribe live --page` that reads them."""

import contextlib
import json
import re
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure.programs import ENVIRONMENT, SCRIBE
from page.browser import PATIENCE, until


class Page:
    """A page that is served, and the program that serves it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.url, self.process, self.folder = url, process, folder

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rsplit(":", 1)[1])

    @property
    def errors(self) -> str:
        return (self.folder / "errors").read_text(errors="replace")

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """What the page answers, as JSON; urllib.error.HTTPError where it refuses."""
        data = None if method == "GET" else json.dumps(body or {}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.url.rstrip("/") + path,
            data,
            {"Content-Type": "application/json", **named},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def status(self, method: str, path: str, body: object = None, **headers: str) -> int:
        try:
            self.ask(method, path, body, **headers)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def has_read(self) -> bool:
        with contextlib.suppress(urllib.error.HTTPError):
            return bool(self.get("/api/cameras/1/reading"))
        return False


@contextlib.contextmanager
def board(link: Path, *options: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A simulated board, at the port `link`."""
    command = [SCRIBE, "simulate", "--link", link, "--patience", "180", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    try:
        until(link.is_symlink, "the simulated board starts")
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def page(folder: Path, ports: list[str], *options: str | Path) -> Iterator[Page]:
    """`scribe live --page` at any free port, started in `folder`. Ends as with Ctrl-C."""
    named = [part for port in ports for part in ("--port", port)]
    with open(folder / "errors", "wb") as errors, open(folder / "readings", "wb") as readings:
        process = subprocess.Popen(
            [SCRIBE, "live", *named, "--json", "--page", "0", *options],
            stdin=subprocess.DEVNULL,
            stdout=readings,
            stderr=errors,
            env=ENVIRONMENT,
            cwd=folder,
        )
    try:
        served = Page("", process, folder)
        until(
            lambda: "page: http" in served.errors or process.poll() is not None, "the page is told"
        )
        found = re.search(r"page: (http://\S+?/)", served.errors)
        if not found:
            raise RuntimeError(f"scribe ended: {served.errors}")
        served.url = found[1]
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def simulated(
    *pictures: str | Path, options: tuple[str | Path, ...] = (), cameras: int = 1
) -> Iterator[Page]:
    """A page of simulated boards that show the same pictures."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        links = [folder / f"camera{number}" for number in range(1, cameras + 1)]
        for number, link in enumerate(links):
            stack.enter_context(board(link, "--seed", str(number + 1), *pictures))
        yield stack.enter_context(page(folder, [str(link) for link in links], *options))
