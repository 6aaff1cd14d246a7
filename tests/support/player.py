"""A headless Chromium that plays clips and reads the picture numbers, and the loopback server it plays from."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

PAGE = Path(__file__).with_suffix(".html")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    """Files of one folder, with ranges, as a browser needs them for seeking."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        path = PAGE if name == "player.html" else self.server.folder / name
        if "/" in name or not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]), len(body) - 1) if asked and asked[2] else len(body) - 1
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "text/html" if path is PAGE else "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last + 1 - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[first : last + 1])

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(("127.0.0.1", 0), _Handler)


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the player's page and the files of ``folder`` on the loopback; the address of it."""
    with _Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Loaded:
    """A clip as the browser sees it before playing: number of the first picture shown, seconds, shown size."""

    first: int
    duration: float
    width: int
    height: int


@dataclass(frozen=True)
class Played:
    """What was painted: media time and number of each picture, and the number that stays when all is over."""

    pictures: list[tuple[float, int]]
    last: int
    ended: bool
    error: str | None


class Player:
    """One page in a headless browser. Clips are names of files in the served folder."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def load(self, clip: str) -> Loaded:
        """Show a clip in the page as it was when it was new."""
        self._page.reload()
        return Loaded(**self._page.evaluate("load", clip))

    def seek(self, times: list[float]) -> list[int]:
        """The number shown after seeking to each time."""
        return cast("list[int]", self._page.evaluate("seekAll", times))

    def play(self, start: float, rate: float = 1.0) -> Played:
        """Play from ``start`` to the end at ``rate``."""
        seen = self._page.evaluate("([start, rate]) => play(start, rate)", [start, rate])
        return Played([(time, number) for time, number in seen["pictures"]], seen["last"], seen["ended"], seen["error"])


@contextlib.contextmanager
def open_player(folder: Path) -> Iterator[Player]:
    """Start the browser that is on the PATH (``chromium``) and open the player's page for clips in ``folder``."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise RuntimeError("There is no chromium on the PATH.")
    with serve(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            page = browser.new_page()
            page.set_default_timeout(30_000)
            page.goto(f"{address}/player.html")
            yield Player(page)
        finally:
            browser.close()
