"""Pictures of the page, for the documents: scripts/page/shots [FOLDER]

On a desk and on a telephone, in English and Chinese, light and dark, of two simulated boards. They
are written into FOLDER, docs where none is named.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from measure.programs import ROOT
from page.browser import Browser, browser, until
from page.running import Page, board, page

IMAGES = ROOT / "Tests/Fixtures/board-images"

# Names, sizes, languages, whether on a telephone, and themes.
SHOTS = [
    ("page-desk", (1280, 1000), "en", False, "light"),
    ("page-desk-zh", (1280, 1000), "zh-CN", False, "dark"),
    ("page-phone", (390, 844), "en", True, "dark"),
    ("page-phone-zh", (390, 844), "zh-CN", True, "light"),
]

# Values on the meter's picture.
FIELD = {
    "box": {"x": 144, "y": 96, "width": 162, "height": 44},
    "digits": 6,
    "decimals": 1,
    "unit": "m³",
    "quantity": "water",
    "grows": True,
}


def shot(served: Page, window: Browser, theme: str, file: Path) -> None:
    window.open(served.url)
    window.run("localStorage.setItem('scribe-theme', arguments[0])", theme)
    window.open(served.url)
    # Enough for a plot and for a few readings.
    until(
        lambda: (
            window.run("return document.querySelectorAll('.recent button').length") >= 4
            and window.run("return document.querySelectorAll('svg .line').length")
        ),
        "readings",
    )
    until(lambda: "ms" in window.text("#delay"), "figures")
    until(lambda: served.get("/api/cameras/1/link")["seconds"] > 20, "a plot")
    window.screenshot(file)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        quiet = (
            "--noise",
            "1.5",
            "--rotation",
            "1",
            "--rate",
            "4",
            "--reports",
            "--format",
            "jpeg",
        )
        texts = [part for digit in range(6) for part in ("--text", f"Water 00471.{digit}")]
        stack.enter_context(board(folder / "water-meter", *texts, *quiet))
        images = sorted(IMAGES.glob("*_00[0-4].png"))
        shown = [part for image in images for part in ("--image", image)]
        stack.enter_context(board(folder / "shelf", *shown, *quiet))
        ports = [str(folder / link) for link in ("water-meter", "shelf")]
        served = stack.enter_context(
            page(folder, ports, "--recordings", "recordings", "--corrections", "corrections")
        )
        until(served.has_read, "a reading")
        served.ask("PUT", "/api/cameras/1/fields/water", FIELD)
        for file, (width, height), language, phone, theme in SHOTS:
            with browser(width, height, language, phone) as window:
                shot(served, window, theme, options.folder / f"{file}.png")


if __name__ == "__main__":
    main()
