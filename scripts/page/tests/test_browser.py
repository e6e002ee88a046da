"""The page in a browser, on simulated boards."""

import contextlib
import http.server
import json
import socket
import tempfile
import threading
import unittest
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from link.peer.framing import Kind
from link.peer.ports import terminal, until as step_until
from link.peer.tests.lines import Board
from link.peer.texts import Box, Character, Line, Part
from measure.programs import ENVIRONMENT, SCRIBE, output
from page.browser import Browser, browser, until
from page.running import Page, page, simulated

# The page keeps the last pictures alone: those that are looked at stay for half a minute.
SLOW = ("--rate", "0.5")
OPEN = "return document.querySelector('dialog.correction').open"
DRAWN = "return document.querySelector('dialog.correction canvas')?.dataset.picture"
# A busy machine takes longer than the twelve seconds in which something may be undone.
LASTING_TOASTS = """const begin = window.setTimeout;
window.setTimeout = (body, wait, ...rest) => begin(body, wait === 12000 ? 1e8 : wait, ...rest);"""
UNDO = """const button = [...document.querySelectorAll('.toast button')].at(-1);
button?.click();
return Boolean(button);"""
HOSTILE = "<script>window.hurt=1</script><img/src=x/onerror=hurt=1>\"'`${hurt=1}"


@unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
class Viewed(unittest.TestCase):
    """A page that a browser shows."""

    def seen(self, served: Page, language: str = "en") -> Browser:
        window = self.enterContext(browser(language=language))
        window.open(served.url)
        until(lambda: window.text("#state"), "the page knows its cameras")
        return window

    def drawn(self, window: Browser) -> int:
        return int(
            window.run("return document.querySelector('.picture canvas').dataset.picture ?? 0")
        )

    def counts(self, folder: Path, count: int) -> bool:
        """Whether a folder has so many corrections."""
        truth = folder / "truth.json"
        return truth.exists() and len(json.loads(truth.read_text())) == count

    def test_the_picture_moves_and_its_text_with_it(self) -> None:
        served = self.enterContext(simulated("--text", "FIRST 12", "--text", "OTHER 34"))
        window = self.seen(served)
        until(lambda: self.drawn(window) > 0, "a picture")
        first = self.drawn(window)
        until(lambda: self.drawn(window) >= first + 3, "three more pictures")
        until(lambda: "FIRST 12" in window.text("#text"), "the first text")
        until(lambda: "OTHER 34" in window.text("#text"), "the other text")
        until(lambda: window.run("return document.querySelectorAll('svg .line').length"), "boxes")
        until(lambda: window.text("#sharpness") not in ("", "–"), "the focus aid")
        until(lambda: "/s" in window.text("#link"), "figures of the link")
        novelty = "return document.querySelector('.novelty')?.textContent ?? ''"
        until(lambda: window.run(novelty).startswith("novelty 0."), "how novel the text is")
        self.assertEqual(window.complaints(), [])

    def test_a_text_is_corrected_and_lands_in_the_folder(self) -> None:
        served = self.enterContext(
            simulated("--text", "METER 00471", *SLOW, options=("--corrections", "told"))
        )
        window = self.seen(served)
        window.run(LASTING_TOASTS)
        until(lambda: window.run("return document.querySelectorAll('svg .line').length"), "boxes")
        folder = served.folder / "told"
        for count, text in enumerate(("METER 00472", "METER 00473"), 1):
            # Lines are drawn anew with each picture, so one is clicked as it stands.
            until(
                lambda: window.run(
                    "document.querySelector('svg .line')?.dispatchEvent("
                    "new MouseEvent('click', {bubbles: true}));"
                    f"{OPEN}"
                ),
                "the form",
            )
            until(lambda: window.run(DRAWN), "the form's picture")
            window.fill("dialog.correction .lines input", text)
            window.click("dialog.correction button.primary")
            until(partial(self.counts, folder, count), "the correction")
            until(lambda: not window.run(OPEN), "the form closes")
        truths = json.loads((folder / "truth.json").read_text())
        texts = {entry["text"] for entry in truths.values()}
        self.assertEqual(texts, {"METER 00472", "METER 00473"})
        for name, entry in truths.items():
            self.assertTrue((folder / name).exists())
            self.assertEqual(len(entry["box"]), 4)
        told = output([SCRIBE, "evaluate", folder], ENVIRONMENT)
        self.assertIn("2", told)
        until(lambda: window.run(UNDO), "undo")
        until(partial(self.counts, folder, 1), "undone")
        until(lambda: len(list(folder.glob("*.png"))) == 1, "its picture is gone")
        self.assertEqual(window.complaints(), [])

    def test_a_field_is_drawn_and_listed(self) -> None:
        served = self.enterContext(simulated("--text", "00471", *SLOW))
        window = self.seen(served)
        until(lambda: window.run("return document.querySelectorAll('svg .line').length"), "boxes")
        until(lambda: self.drawn(window) > 0, "a picture")
        window.click("#draw-field")
        window.drag(".picture .stage", (0.3, 0.3), (0.7, 0.6))
        until(
            lambda: window.run("return document.querySelector('dialog.field-form').open"), "a form"
        )
        window.fill("dialog.field-form input[type=text]", "water_meter")
        window.click("dialog.field-form button.primary")
        until(lambda: "water_meter" in window.text("#fields"), "the field is listed")
        fields = served.get("/api/cameras/1/fields")["fields"]
        self.assertEqual([field["name"] for field in fields], ["water_meter"])
        self.assertGreater(fields[0]["box"]["width"], 20)

    def test_the_mount_is_turned_with_a_click(self) -> None:
        served = self.enterContext(simulated("--text", "TURNED 18", "--mount", "upside-down"))
        window = self.seen(served)
        until(served.has_read, "a reading")
        window.click("#settings button[data-mount=upside-down]")
        until(lambda: served.get("/api/cameras/1")["mount"] == "upside-down", "the mount")
        until(lambda: "TURNED 18" in window.text("#text"), "the text upright")
        window.click("#settings button[data-mount=upright]")
        until(lambda: "TURNED 18" not in window.text("#text"), "the text upside down")

    def test_the_board_is_asked(self) -> None:
        served = self.enterContext(simulated("--text", "ASKED 5", options=("--recordings", "kept")))
        window = self.seen(served)
        until(served.has_read, "a reading")
        until(lambda: len(window.run(FORMATS)) > 2, "the formats")
        window.run(
            "const s = document.querySelector('#settings select'); s.value = 'bilevel';"
            "s.form.requestSubmit()"
        )
        until(
            lambda: "bilevel" in served.get("/api/cameras/1/link")["shape"], "images in that format"
        )
        window.click(".tools button.recording")
        until(lambda: served.get("/api/cameras/1")["recording"], "a recording")
        until(lambda: list((served.folder / "kept").glob("*.pcapng")), "its file")
        until(lambda: "Stop" in window.text(".tools button.recording"), "the button tells it")
        window.click(".tools button.recording")
        until(lambda: not served.get("/api/cameras/1")["recording"], "its end")

    def test_several_cameras_are_on_one_page(self) -> None:
        served = self.enterContext(simulated("--text", "CAM 1", cameras=2))
        window = self.seen(served)
        until(
            lambda: window.run("return document.querySelectorAll('.tile').length") == 2, "two tiles"
        )
        until(lambda: self.drawn(window) > 0, "a picture of the first")
        window.click("#tab-2")
        until(lambda: self.drawn(window) > 0, "a picture of the second")
        self.assertIn("camera2", window.text("#state"))

    def test_a_chinese_browser_gets_chinese(self) -> None:
        served = self.enterContext(simulated("--text", "7"))
        window = self.seen(served, "zh-CN")
        self.assertEqual(window.run("return document.documentElement.lang"), "zh-CN")
        until(lambda: "已连接" in window.text("#state"), "its words")
        window.click("#language")
        until(lambda: "connected" in window.text("#state"), "English")
        self.assertEqual(window.complaints(), [])

    def test_a_viewer_that_stops_reading_harms_nobody(self) -> None:
        served = self.enterContext(simulated("--text", "MOVES 8", "--baud", "0", "--rate", "20"))
        deaf = []
        for _ in range(10):
            viewer = socket.create_connection(("127.0.0.1", served.port))
            self.addCleanup(viewer.close)
            viewer.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            deaf.append(viewer)
        window = self.seen(served)
        until(lambda: self.drawn(window) > 0, "a picture")
        first, read = self.drawn(window), served.get("/api/cameras/1/link")["imagesRead"]
        until(lambda: self.drawn(window) >= first + 100, "a hundred more pictures")
        self.assertGreater(served.get("/api/cameras/1/link")["imagesRead"], read)


FORMATS = "return [...document.querySelector('#settings select').options].map(o => o.value)"


@unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
class Hostile(unittest.TestCase):
    def test_what_a_hostile_board_says_is_text(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        port, path = self.enterContext(terminal())
        with page(folder, [path]) as served, browser() as window:
            board = Board(port)
            step_until(lambda: board.sender.heard.get(Kind.HELLO), "a greeting", board.step)
            board.sender.hello()
            window.open(served.url)
            shown = f"{HOSTILE} \u202e\u200b\x1b[31m\x00\u2028end"
            board.sender.log(f"log {shown}")
            board.sender.print(f"console {HOSTILE}")
            boxes = Box(10, 10, 200, 30)
            characters = [Character(letter, 255, boxes) for letter in HOSTILE if letter != " "]
            line = Line(0, 255, boxes, characters[:100])
            board.sender.text(Part(0, 0, 320, 240, 5, 1, lines=[line]))
            step_until(served.has_read, "a reading", board.step)
            step_until(lambda: "<script>" in window.text("#text"), "the text", board.step)
            step_until(lambda: "end" in window.text(".messages"), "the log", board.step)
            told = window.text(".messages") + window.text("#text")
            for hidden in "\u202e\u200b\x1b\x00\u2028":
                self.assertNotIn(hidden, told)
            self.assertFalse(window.run("return 'hurt' in window"))
            made = "return document.querySelectorAll('main script, main img[src=x]').length"
            self.assertEqual(window.run(made), 0)
            self.assertEqual(window.complaints(), [])
            self.assertNotIn("\x1b", served.errors)

    def test_a_page_from_another_origin_does_nothing(self) -> None:
        served = self.enterContext(
            simulated("--text", "SECRET 7", options=("--recordings", "kept"))
        )
        until(served.has_read, "a reading")
        other = self.enterContext(site(ATTACK.replace("PAGE", served.url)))
        window = self.enterContext(browser())
        # Another port is another origin of the same site; localhost is another site.
        for name in ("127.0.0.1", "localhost"):
            window.open(f"http://{name}:{other}/")
            until(lambda: window.text("#done") == "done", "all attempts")
            self.assertEqual(window.text("#got"), "", name)
        camera = served.get("/api/cameras/1")
        self.assertFalse(camera["recording"])
        self.assertNotEqual(camera["mount"], "left")
        self.assertEqual(served.get("/api/cameras/1/fields")["fields"], [])
        self.assertFalse((served.folder / "kept").exists())
        self.assertEqual(served.status("GET", "/api/cameras", Host="evil.example"), 421)

    def test_other_machines_need_the_token(self) -> None:
        options = ("--page-address", "0.0.0.0", "--page-token", "token")
        served = self.enterContext(simulated("--text", "TOKEN 9", options=options))
        served.url = f"http://127.0.0.1:{served.port}/"
        token = (served.folder / "token").read_text().strip()
        self.assertEqual((served.folder / "token").stat().st_mode & 0o777, 0o600)
        self.assertNotIn(token, served.errors)
        self.assertEqual(served.status("GET", "/api/cameras"), 401)
        self.assertEqual(served.status("GET", "/api/cameras", Authorization=f"Bearer {token}"), 200)
        with browser() as window:
            window.open(served.url)
            self.assertIn("token", window.text("body"))
            window.open(f"{served.url}?token={token}")
            until(lambda: window.text("#state"), "the page")
            self.assertEqual(window.run("return location.search"), "")
            self.assertEqual(window.run("return document.cookie"), "")


# Everything that a page of another origin may try: forms, requests, pictures, frames, sockets.
ATTACK = """<!DOCTYPE html><p id="got"></p><p id="done"></p>
<iframe id="frame" src="PAGE"></iframe><iframe name="sink"></iframe>
<form id="form" method="post" target="sink" enctype="text/plain"
  action="PAGEapi/cameras/1/image"><input name='{"a":"' value='"}'></form>
<script>
const got = (what) => { document.getElementById("got").textContent += what + " "; };
const attempts = [
  ["PUT", "api/cameras/1/recording", '{"on":true}'],
  ["PUT", "api/cameras/1/mount", '{"mount":"left"}'],
  ["POST", "api/cameras/1/image", "{}"],
  ["PUT", "api/cameras/1/fields/evil", '{"box":{"x":1,"y":1,"width":9,"height":9}}'],
];
async function attack() {
  for (const [method, path, body] of attempts) {
    for (const mode of ["cors", "no-cors"]) {
      for (const type of ["application/json", "text/plain"]) {
        await fetch("PAGE" + path, { method, mode, body, credentials: "include",
          headers: { "Content-Type": type } }).then((a) => a.ok && got(path), () => {});
      }
    }
  }
  for (const path of ["api/cameras/1/reading", "metrics", "openapi.json"]) {
    await fetch("PAGE" + path).then((a) => a.text()).then((t) => got(t), () => {});
  }
  await new Promise((resolve) => {
    const image = new Image();
    image.onload = () => { got("picture"); resolve(); };
    image.onerror = resolve;
    image.src = "PAGEapi/cameras/1/picture";
  });
  await new Promise((resolve) => {
    const events = new EventSource("PAGEapi/events");
    events.onopen = () => { got("events"); resolve(); };
    events.onerror = () => { events.close(); resolve(); };
  });
  await new Promise((resolve) => {
    const socket = new WebSocket("PAGEapi/events".replace("http", "ws"));
    socket.onopen = () => { got("socket"); resolve(); };
    socket.onerror = resolve;
  });
  document.getElementById("form").submit();
  try {
    const inside = document.getElementById("frame").contentDocument?.getElementById("state");
    if (inside) got("frame");
  } catch { /* As it should be. */ }
  await new Promise((resolve) => setTimeout(resolve, 500));
  document.getElementById("done").textContent = "done";
}
attack();
</script>"""


@contextlib.contextmanager
def site(html: str) -> Iterator[int]:
    """Another site, which serves this page: its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


if __name__ == "__main__":
    unittest.main()
